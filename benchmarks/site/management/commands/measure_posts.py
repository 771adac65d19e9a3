"""`measure_posts`: all targets of Posts on the loaded database of POSTGRES_URL. Called by `python -m benchmarks`."""

import os
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from benchmarks import options as choices
from benchmarks.auth_stand_in import AuthStandIn
from benchmarks.bench import Bench
from benchmarks.callers import Signer
from benchmarks.measures import MEASURES
from benchmarks.posts_server import PostsServer
from benchmarks.progress import Steps
from benchmarks.report import Report
from benchmarks.watching import Watch
from posts_project import sql
from tools import proc
from tools.devstack import ports


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        choices.add_arguments(parser)
        choices.add_posts_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        report = Report()
        with ExitStack() as cleanup:
            bench = _bench(options, cleanup)
            for targets, measure in MEASURES:
                if not options["only"] or targets & set(options["only"]):
                    report.add(*measure(bench))
        if bench.failures:
            raise CommandError("requests failed: " + "\n".join(bench.failures))
        if report.is_missed:
            sys.exit(1)


def _bench(options: dict[str, Any], cleanup: ExitStack) -> Bench:
    folder, key = Path(os.environ["DATA_DIR"]), Ed25519PrivateKey.generate()
    steps = cleanup.enter_context(Steps())
    auth = cleanup.enter_context(AuthStandIn(int(os.environ["AUTH_PORT"]), key))
    server = cleanup.enter_context(PostsServer(folder=folder, port=ports.free_port()))
    bench = Bench(
        server=server,
        auth=auth,
        signer=Signer(key, issuer=settings.AUTH_ISSUER),
        watch=Watch(server=server, database=os.environ["POSTGRES_URL"]),
        steps=steps,
        database_pid=proc.parent(int(sql.rows("SELECT pg_backend_pid()", {})[0][0])),
        **{name: options[name] for name in ("rounds", "seconds", "connections", "minutes")},
    )
    cleanup.callback(bench.close)
    return bench
