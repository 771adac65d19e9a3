"""`reconcile`: compare what Posts knows with what Auth says, and mend it."""

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from posts_project.profiles.models import Profile
from posts_project.progress import bar
from posts_project.worker import reconcile
from shared.fields import parse_id
from shared.remote_errors import RemoteError

HELP = """
Compare Auth's users with the profiles here, and the sessions and tokens that were ended there in the last quarter of an
hour with those that are refused here. Only tells, unless --fix is given; may run beside everything else, be stopped and
be repeated. A difference counts where a second look, some seconds later, finds it too.

Of use after a backup was restored, after events died (manage_auth.py outbox list --dead), or to be sure.

Never mended, and for you to look at: somebody who was erased here and not there, a profile that is newer than what Auth
knows (was an older backup of Auth restored?), and a profile of somebody of whom Auth knows nothing, not even that they
were erased.

Examples:
  manage_posts.py reconcile
  manage_posts.py reconcile --fix
  manage_posts.py reconcile --fix --after 190353203200000001

Exit status:
  0  there is no difference, or none is left
  1  differences are left
  2  the command line was not understood
  3  Auth does not answer; the message says how to go on
"""
AUTH_AWAY = 3
SHOWN = 20


class Command(BaseCommand):
    help = HELP

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fix", action="store_true", help="mend what is found; without it nothing is changed")
        parser.add_argument("--after", type=_id, default=0, metavar="ID", help="go on after the user with that id")

    def handle(self, *, fix: bool, after: int, **options: Any) -> None:
        found, mended = Counter[str](), Counter[str]()
        last = after
        with bar("compared", total=Profile.objects.filter(id__gt=after).count()) as (progress, task):

            def seen(count: int, user_id: int) -> None:
                nonlocal last
                last = user_id
                progress.advance(task, count)

            try:
                for one in reconcile.differences(after=after, seen=seen):
                    found[one.kind] += 1
                    is_mended = bool(fix and one.mend and one.mend())
                    mended[one.kind] += is_mended
                    if found.total() <= SHOWN:
                        self.stdout.write(f"user {one.subject}: {one.kind}{', mended' if is_mended else ''}")
            except RemoteError as error:
                raise CommandError(
                    f"Auth does not answer ({error}). Go on with --after {last}.", returncode=AUTH_AWAY
                ) from error
        self._tell(found, mended)

    def _tell(self, found: Counter[str], mended: Counter[str]) -> None:
        if found.total() > SHOWN:
            self.stdout.write(f"… and {found.total() - SHOWN} more")
        for kind in reconcile.KINDS:
            if found[kind]:
                self.stdout.write(f"{kind}: {found[kind]} found, {mended[kind]} mended")
        left = found.total() - mended.total()
        if left:
            raise CommandError(f"{left} differences are left.")
        self.stdout.write("There is no difference." if not found else "No difference is left.")


def _id(text: str) -> int:
    number = parse_id(text)
    if number is None:
        raise ArgumentTypeError("must be an id")
    return number
