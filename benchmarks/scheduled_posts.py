"""How late scheduled posts are, and whether each goes out once, also when workers are killed.

    .venv/bin/python -m benchmarks.scheduled_posts [--posts 20] [--within 30] [--workers 2] [--kill]

Starts a stack of its own on free ports, where ten authors schedule posts. Lateness is what a reader sees: from a post's
time to the first answer of the public timeline that has it, asked for twenty times a second.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.public_api import Person, PublicApi
from tools.devstack.stack import ROOT, Stack

PASSWORD = "seven quiet otters paint"
ALLOWED_SECONDS = 5
AUTHORS = 10
# Time to schedule them all before the first is due.
LEAD_SECONDS_PER_POST = 0.3
LOOK_EVERY_SECONDS = 0.05
# What a killed worker had in hand is taken up by the sweep, which comes every minute.
PATIENCE_SECONDS = 150


@dataclass
class Watched:
    """When each text was due, when it was first seen, and how often it is there."""

    due: dict[str, datetime] = field(default_factory=dict)
    late: dict[str, float] = field(default_factory=dict)
    copies: Counter[str] = field(default_factory=Counter)

    def look(self, api: PublicApi) -> None:
        entries = api.call("GET", "/api/v1/timelines/public?limit=100").expect(200).body
        seen_at = datetime.now(UTC)
        self.copies = Counter(entry["post"]["text"] for entry in entries["results"])
        for text in self.copies.keys() - self.late.keys():
            self.late[text] = (seen_at - self.due[text]).total_seconds()

    def is_complete(self) -> bool:
        return self.late.keys() == self.due.keys()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scheduled_posts", description=__doc__)
    parser.add_argument("--posts", type=int, default=20, help="at most 100, which is a page of the timeline")
    parser.add_argument("--within", type=float, default=30.0, help="seconds over which their times are spread; 0: one")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill", action="store_true", help="kill all workers but one while the posts go out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Stack.on_free_ports(Path(folder)) as stack, ExitStack() as others:
        workers = [others.enter_context(_worker(stack)) for _ in range(options.workers - 1)]
        api = PublicApi(auth_url=stack.auth_url, posts_url=stack.posts_url)
        watched = _schedule(_authors(api), options.posts, options.within)
        _watch(api, watched, to_kill=workers if options.kill else [])
        _report(watched, options)


@contextmanager
def _worker(stack: Stack) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "manage_posts.py", "worker"]
    with subprocess.Popen(command, cwd=ROOT, env=stack.environment, stdout=subprocess.DEVNULL) as worker:
        try:
            yield worker
        finally:
            worker.terminate()


def _authors(api: PublicApi) -> list[Person]:
    authors = [Person(api, f"author_{number}", PASSWORD) for number in range(AUTHORS)]
    for author in authors:
        author.sign_up()
    return authors


def _schedule(authors: list[Person], posts: int, within: float) -> Watched:
    first = datetime.now(UTC) + timedelta(seconds=5 + posts * LEAD_SECONDS_PER_POST)
    watched = Watched()
    for number in range(posts):
        at = first + timedelta(seconds=random.uniform(0, within))
        body = {"text": f"Post {number}", "scheduled_at": at.isoformat()}
        authors[number % AUTHORS].call("POST", "/api/v1/posts", body).expect(202)
        watched.due[body["text"]] = at
    assert datetime.now(UTC) < first, "this machine is too slow for so many"
    return watched


def _watch(api: PublicApi, watched: Watched, *, to_kill: list["subprocess.Popen[bytes]"]) -> None:
    ends_at = max(watched.due.values()) + timedelta(seconds=PATIENCE_SECONDS)
    while not watched.is_complete() and datetime.now(UTC) < ends_at:
        watched.look(api)
        if to_kill and len(watched.late) > len(watched.due) // 4:
            to_kill.pop().kill()
        time.sleep(LOOK_EVERY_SECONDS)
    # Long enough for a second job, or a second worker, to send what is out already.
    time.sleep(ALLOWED_SECONDS)
    watched.look(api)


def _report(watched: Watched, options: argparse.Namespace) -> None:
    late = sorted(watched.late.values())
    twice = sum(copies > 1 for copies in watched.copies.values())
    print(f"{options.workers} workers, {options.posts} posts within {options.within:g} s, killed: {options.kill}")
    print(f"  out {len(late)}, missing {options.posts - len(late)}, twice {twice}")
    if late:
        print(f"  late by {late[0]:.2f} to {late[-1]:.2f} s, median {statistics.median(late):.2f}", end="")
        print(f" (allowed {ALLOWED_SECONDS}); early: {sum(seconds < 0 for seconds in late)}")


if __name__ == "__main__":
    main()
