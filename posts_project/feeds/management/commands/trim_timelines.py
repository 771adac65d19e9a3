"""`trim_timelines`: cut home timelines to what is kept of each."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from posts_project.feeds.models import TimelineOwner
from posts_project.feeds.services import owners
from shared.progress import bar

HELP = """
Cut every home timeline to its newest entries (TIMELINE_ENTRIES, {entries} here). The worker does so every hour; by hand
it is of use after that setting was lowered. Nothing is lost: what is older is read by a slower query. May be stopped
and repeated at any point; locks two hundred timelines at a time, for milliseconds.

Examples:
  manage_posts.py trim_timelines --dry-run
  manage_posts.py trim_timelines

Exit status:
  0  done, or there was nothing to do
  2  the command line was not understood
"""


class Command(BaseCommand):
    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        self.help = HELP.format(entries=settings.TIMELINE_ENTRIES)
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only tell how many entries would go")

    def handle(self, *args: Any, **options: Any) -> None:
        take = owners.surplus if options["dry_run"] else owners.trim_some
        entries, total = 0, TimelineOwner.objects.count()
        with bar("trimmed", total=total) as (progress, task):
            for batch in owners.everybody():
                entries += take(batch)
                progress.advance(task, len(batch))
        verb = "would go" if options["dry_run"] else "went"
        self.stdout.write(f"{entries} entries of {total} timelines {verb}.")
