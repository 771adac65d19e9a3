"""`index_posts`: let posts be found that were written before there was a search."""

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from posts_project.posts.services import indexing
from shared.fields import parse_id
from shared.progress import bar
from shared.snowflakes import MAX_ID

HELP = """
Store the words of posts that have none, newest first, so that search finds them: once after an update from a version
without search, when no process of the older version runs any more. New and edited posts need nothing.

Five hundred posts are held for some hundred milliseconds; nobody who reads waits. May run beside everything else, be
stopped and be repeated: what has words is passed over.

With --again the words of all posts are stored anew, of use where it has changed what a word is. --before ID goes on
where such a run was stopped.

Examples:
  manage_posts.py index_posts --dry-run
  manage_posts.py index_posts
  manage_posts.py index_posts --again --before 190353203200000001

Exit status:
  0  done, or there was nothing to do
  2  the command line was not understood
"""


class Command(BaseCommand):
    help = HELP

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="also those that have words")
        parser.add_argument("--before", type=_id, default=MAX_ID, metavar="ID", help="only posts older than that one")
        parser.add_argument("--dry-run", action="store_true", help="only tell how many posts there are to do")

    def handle(self, *, again: bool, before: int, dry_run: bool, **options: Any) -> None:
        # Millions are counted, and walked through, for longer than a request may take.
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        total = indexing.left(before=before, again=again)
        if dry_run:
            self.stdout.write(f"{total} posts would be indexed.")
            return
        done, last = 0, before
        try:
            with bar("indexed", total=total) as (progress, task):
                for ids in indexing.batches(before=before, again=again):
                    done += indexing.index(ids)
                    last = ids[-1]
                    progress.advance(task, len(ids))
            indexing.forget_absent()
        except KeyboardInterrupt:
            self.stderr.write(f"Stopped. Go on with --before {last}.")
            raise
        self.stdout.write(f"{done} posts indexed.")


def _id(text: str) -> int:
    number = parse_id(text)
    if number is None:
        raise ArgumentTypeError("must be an id")
    return number
