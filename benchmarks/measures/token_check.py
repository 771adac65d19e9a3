"""T4: who is asking, judged without asking Auth."""

import itertools
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from django.test import RequestFactory
from rest_framework.request import Request

from benchmarks.bench import Bench
from benchmarks.callers import Person, request
from benchmarks.dataset import finding
from benchmarks.report import Figure
from posts_project import authentication
from posts_project.authentication import ViewerAuthentication
from shared.jwks import StaticKeys

TOKENS = 500


def measure(bench: Bench) -> Iterator[Figure]:
    readers = finding.readers(TOKENS)
    checks = bench.rounds_of("T4: token check", {"check": lambda: _check(bench, readers)})["check"]
    cold, cached, signature = ([check[place] for check in checks] for place in range(3))
    yield Figure(target="T4", what="check of a new token", rounds=cold, unit="µs CPU", digits=1, at_most=150)
    yield Figure(target="T4", what="check of one seen before", rounds=cached, unit="µs CPU", digits=2, at_most=5)
    what = "  an Ed25519 signature alone, which tells how fast the machine is"
    yield Figure(target="T4", what=what, rounds=signature, unit="µs CPU", digits=1)
    tokens = bench.tokens(readers)
    before = bench.auth.look_ups()
    pages = itertools.cycle(request("GET", "/api/v1/timelines/home", token=tokens[reader]) for reader in readers)
    requests = len(bench.run(pages).load.latencies)
    calls = bench.auth.look_ups() - before
    yield Figure(target="T4", what=f"calls to Auth during {requests:,} requests", rounds=[calls], digits=0, at_most=0)


def _check(bench: Bench, readers: list[Person]) -> tuple[float, float, float]:
    """µs of CPU time a token, at its first check and its second: signature, claims, expiry, revocation, viewer.

    The third is that of a signature alone.
    """
    authentication.trust(StaticKeys(bench.signer.public_keys()))
    authenticate = ViewerAuthentication().authenticate
    authenticate(_request(bench.signer.token(readers[0])))  # begins to follow revocations
    requests = [_request(bench.signer.token(reader)) for reader in readers]
    return (
        _microseconds(authenticate, requests),
        _microseconds(authenticate, requests),
        _microseconds(bench.signer.verify_once, range(TOKENS)),
    )


def _request(token: str) -> Request:
    return Request(RequestFactory().get("/", headers={"Authorization": f"Bearer {token}"}))


def _microseconds(work: Callable[[Any], object], items: Collection[object]) -> float:
    started = time.thread_time()
    for item in items:
        work(item)
    return (time.thread_time() - started) / len(items) * 1e6
