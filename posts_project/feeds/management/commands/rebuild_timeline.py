"""`rebuild_timeline`: make home timelines anew from who follows whom and who wrote what."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from posts_project.feeds.models import TimelineOwner
from posts_project.feeds.services import owners
from posts_project.profiles.models import Profile
from posts_project.profiles.usernames import normalised
from shared.progress import bar

HELP = """
Make home timelines anew. What is kept for a person is thrown away and filled again from whom they follow; nobody
notices, as until then a slower query gives the same answer. May be stopped and repeated at any point.

Where something else is being written that would be missed, the timeline is left to the worker, which fills it a moment
later. Who has not come by for a month has no timeline, and gets one on return.

Examples:
  manage_posts.py rebuild_timeline ada bob
  manage_posts.py rebuild_timeline --all --dry-run

Exit status:
  0  done, or there was nothing to do
  1  a name is not known; nothing was done
  2  the command line was not understood
"""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("usernames", nargs="*", default=[], metavar="USERNAME", help="whose timeline")
        whose.add_argument("--all", action="store_true", help="of everybody who has one")
        parser.add_argument("--dry-run", action="store_true", help="only tell how many there are")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = None if options["all"] else _ids(options["usernames"])
        found = TimelineOwner.objects.all() if wanted is None else TimelineOwner.objects.filter(owner_id__in=wanted)
        total = found.count()
        if options["dry_run"]:
            self.stdout.write(f"{total} timelines would be made anew.")
            return
        batches = owners.everybody() if wanted is None else [list(found.values_list("owner_id", flat=True))]
        filled = 0
        with bar("rebuilt", total=total) as (progress, task):
            for batch in batches:
                for owner_id in batch:
                    owners.begin_again(owner_id)
                    filled += owners.rebuild(owner_id)
                    progress.advance(task)
        self.stdout.write(f"{filled} timelines made anew, {total - filled} left to the worker.")


def _ids(usernames: Sequence[str]) -> list[int]:
    known = dict(Profile.objects.filter(username__in=map(normalised, usernames)).values_list("username", "id"))
    strange = next((name for name in usernames if normalised(name) not in known), None)
    if strange is not None:
        raise CommandError(f"There is no profile {strange!r} here.")
    return list(known.values())
