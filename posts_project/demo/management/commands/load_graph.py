"""`load_graph`: a friendship graph becomes people, follows and posts."""

import re
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from posts_project.demo.graphs import Graph, MalformedGraph, generate, read_edges
from posts_project.demo.loading import Loader, Steps
from shared.public_api import ApiError, PublicApi

DEVELOPMENT_PASSWORD = "seven quiet otters paint"  # noqa: S105 - printed for whoever tries the demo
USERNAME = re.compile("[a-z0-9_]{3,30}")

HELP = """
Load a friendship graph through the public APIs of both services: every node registers, every edge becomes a follow in
both directions, everybody writes posts that mention friends.

The file has a pair of names a line (`17 42`); blank lines and lines that begin with # or % are left out. The whole file
is read before anything is written.

A load that was interrupted goes on when it is started again with the same arguments; a complete one changes nothing.

Examples:
  manage_posts.py load_graph friends.edges --posts 5
  manage_posts.py load_graph --generate 100
"""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("file", nargs="?", type=Path, metavar="FILE", help="an edge list")
        source.add_argument("--generate", type=int, metavar="PEOPLE", help="make a graph of so many people up instead")
        parser.add_argument("--posts", type=int, default=5, metavar="N", help="posts each (default 5)")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="seed of graph and texts (default 1)")
        parser.add_argument("--prefix", default="node", help="begins every username (default node: 17 is node17)")
        parser.add_argument("--password", help="everybody's password; must be given in production")
        parser.add_argument("--tries", type=int, default=8, help="of a request while a service is away (default 8)")
        parser.add_argument("--threads", type=int, default=4, help="requests at a time (default 4)")
        parser.add_argument("--auth-url", default=settings.AUTH_BASE_URL, help="default %(default)s")
        parser.add_argument("--posts-url", default=settings.POSTS_PUBLIC_URL, help="default %(default)s")
        parser.add_argument("--dry-run", action="store_true", help="read and check the graph, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        graph = _graph(options)
        password = _password(options)
        self.stdout.write(f"{len(graph.friends)} people, {graph.follows} follows, {options['posts']} posts each")
        if not options["dry_run"]:
            self._load(graph, password, options)

    def _load(self, graph: Graph, password: str, options: dict[str, Any]) -> None:
        seconds: list[float] = []
        started = time.monotonic()
        try:
            with _progress() as progress:
                loaded = _loader(graph, password, options, steps=_Bars(progress), observe=seconds.append).run()
        except ApiError as error:
            raise CommandError(f"Stopped: {error}. Start again with the same arguments to go on.") from error
        elapsed = time.monotonic() - started
        self.stdout.write(
            f"registered {loaded.registered} (known {loaded.known}), followed {loaded.follows}, posted {loaded.posts} "
            f"in {elapsed:.1f} s: {len(seconds)} requests, {len(seconds) / elapsed:.0f} a second"
        )


def _loader(
    graph: Graph, password: str, options: dict[str, Any], *, steps: Steps, observe: Callable[[float], None]
) -> Loader:
    threads = options["threads"]
    api = PublicApi(
        auth_url=options["auth_url"],
        posts_url=options["posts_url"],
        pool=threads,
        tries=options["tries"],
        observe=observe,
    )
    return Loader(
        api=api,
        graph=graph,
        posts_each=options["posts"],
        seed=options["seed"],
        prefix=options["prefix"],
        password=password,
        threads=threads,
        steps=steps,
    )


class _Bars:
    """A progress bar a phase."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def phase(self, name: str, total: int) -> Callable[[int], None]:
        if not self._progress.console.is_terminal:
            self._progress.console.print(f"{name}: {total}")
        task = self._progress.add_task(name, total=total)
        return lambda steps: self._progress.advance(task, steps)


def _progress() -> Progress:
    columns = (TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(file=sys.stderr))


def _graph(options: dict[str, Any]) -> Graph:
    for name, least in (("posts", 0), ("threads", 1), ("tries", 1), ("generate", 2)):
        if options[name] is not None and options[name] < least:
            raise CommandError(f"--{name} must be at least {least}")
    try:
        graph = read_edges(options["file"]) if options["file"] else generate(options["generate"], seed=options["seed"])
    except MalformedGraph as error:
        raise CommandError(str(error)) from error
    _refuse_usernames([f"{options['prefix']}{name}".lower() for name in graph.friends])
    return graph


def _refuse_usernames(usernames: list[str]) -> None:
    """Auth would refuse them too, but only after half of the graph has been written."""
    strange = next((name for name in usernames if not USERNAME.fullmatch(name)), None)
    if strange is not None:
        raise CommandError(f"{strange} cannot be a username (3 to 30 of a-z, 0-9 and _): try another --prefix")
    if len(set(usernames)) < len(usernames):
        raise CommandError("two names of the graph differ only in case: usernames do not")


def _password(options: dict[str, Any]) -> str:
    if options["password"]:
        return str(options["password"])
    if settings.ENVIRONMENT == "production":
        raise CommandError("--password must be given in production")
    return DEVELOPMENT_PASSWORD
