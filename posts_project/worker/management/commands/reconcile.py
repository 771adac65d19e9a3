"""`reconcile`: compare what Posts knows with what Auth says, and what it keeps twice with itself, and mend it."""

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from posts_project.feeds.models import TimelineOwner
from posts_project.posts.models import Post
from posts_project.profiles.models import Profile
from posts_project.worker import reconcile, reconcile_counters, reconcile_timelines
from posts_project.worker.reconcile import Difference
from shared.fields import parse_id
from shared.progress import bar
from shared.remote_errors import RemoteError

HELP = """
Compare what is kept twice, in three parts, one after the other:

  counters   how many posts, followers and followed a profile has, how many replies, likes, reposts and quotes a post,
             how many votes an option of a poll, with the rows that they count
  timelines  what is kept of home timelines, with the slower query that needs nothing kept
  auth       Auth's users with the profiles here, and the sessions and tokens that were ended there in the last quarter
             of an hour with those that are refused here; the only part that needs Auth

Only tells, unless --fix is given; may run beside everything else, be stopped and be repeated: nobody has to wait for
it. What may be on its way counts where a second look, some seconds later, finds it too.

Of use after a backup was restored, after events died (manage_auth.py outbox list --dead), or to be sure.

Never mended, and for you to look at: somebody who was erased here and not there, a profile that is newer than what Auth
knows (was an older backup of Auth restored?), and a profile of somebody of whom Auth knows nothing, not even that they
were erased.

Examples:
  manage_posts.py reconcile
  manage_posts.py reconcile --fix
  manage_posts.py reconcile --only counters
  manage_posts.py reconcile --only auth --fix --after 190353203200000001

Exit status:
  0  there is no difference, or none is left
  1  differences are left
  2  the command line was not understood
  3  Auth does not answer; the other parts were done, and the message says how to go on
"""
AUTH_AWAY = 3
SHOWN = 20
COUNTERS, TIMELINES, AUTH = PARTS = ("counters", "timelines", "auth")
KINDS = (*reconcile_counters.KINDS, *reconcile_timelines.KINDS, *reconcile.KINDS)


class Command(BaseCommand):
    help = HELP

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="mend what is found; without it nothing is changed")
        parser.add_argument("--only", choices=PARTS, help="one part of the three")
        parser.add_argument(
            "--after", type=_id, default=0, metavar="ID", help="go on after that user: timelines and auth"
        )

    def handle(self, *, fix: bool, only: str | None, after: int, **options: Any) -> None:
        if after and only == COUNTERS:
            raise CommandError("--after is for timelines and auth.", returncode=2)
        self.found, self.mended = Counter[str](), Counter[str]()
        parts = {
            COUNTERS: _counters,
            TIMELINES: lambda: _timelines(after),
            AUTH: lambda: _auth(after),
        }
        try:
            for part in [only] if only else PARTS:
                for one in parts[part]():
                    self._see(one, fix)
        except _AuthAway as away:
            self._sum_up()
            raise CommandError(str(away), returncode=AUTH_AWAY) from away
        self._sum_up()
        self._conclude()

    def _see(self, one: Difference, fix: bool) -> None:
        self.found[one.kind] += 1
        is_mended = bool(fix and one.mend and one.mend())
        self.mended[one.kind] += is_mended
        if self.found.total() <= SHOWN:
            detail = f" ({one.detail})" if one.detail else ""
            self.stdout.write(f"{one.thing} {one.subject}: {one.kind}{detail}{', mended' if is_mended else ''}")

    def _sum_up(self) -> None:
        if self.found.total() > SHOWN:
            self.stdout.write(f"… and {self.found.total() - SHOWN} more")
        for kind in KINDS:
            if self.found[kind]:
                self.stdout.write(f"{kind}: {self.found[kind]} found, {self.mended[kind]} mended")

    def _conclude(self) -> None:
        left = self.found.total() - self.mended.total()
        if left:
            raise CommandError(f"{left} differences are left.")
        self.stdout.write("There is no difference." if not self.found else "No difference is left.")


class _AuthAway(Exception):
    """Says how to go on."""


def _counters() -> Iterator[Difference]:
    with _steps("counted", total=Profile.objects.count() + Post.objects.count()) as seen:
        yield from reconcile_counters.differences(seen=seen)


def _timelines(after: int) -> Iterator[Difference]:
    with _steps("timelines", total=TimelineOwner.objects.filter(owner_id__gt=after).count()) as seen:
        yield from reconcile_timelines.differences(after=after, seen=seen)


def _auth(after: int) -> Iterator[Difference]:
    last = after
    with _steps("compared", total=Profile.objects.filter(id__gt=after).count()) as advance:

        def seen(count: int, user_id: int) -> None:
            nonlocal last
            last = user_id
            advance(count)

        try:
            yield from reconcile.differences(after=after, seen=seen)
        except RemoteError as error:
            raise _AuthAway(f"Auth does not answer ({error}). Go on with --only auth --after {last}.") from error


@contextmanager
def _steps(what: str, *, total: int) -> Iterator[Callable[[int], None]]:
    with bar(what, total=total) as (progress, task):
        yield lambda count: progress.advance(task, count)


def _id(text: str) -> int:
    number = parse_id(text)
    if number is None:
        raise ArgumentTypeError("must be an id")
    return number
