"""`import_posts`: bring somebody's posts from a file."""

import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from posts_project.imports import lines, mastodon, places, services
from posts_project.imports.items import Fault, Item, LeftOut
from posts_project.profiles.models import Profile
from posts_project.profiles.usernames import normalised
from shared.progress import bar

HELP = """
Bring posts that somebody wrote elsewhere: each gets its place in the time when it was written, so it stands there in
their profile, in timelines and under its tags. Nobody is told of it, and it mentions nobody, as the names in it are of
people elsewhere.

FILE is one of two:
  *.json      the outbox.json of a Mastodon archive. Notes become posts, with their visibility, warning, tags and the
              threads among themselves. Reposts, polls and attachments are left out and counted.
  all others  JSON lines, one post each:
              {"id": "1", "created_at": "2025-01-02T03:04:05Z", "text": "Hello", "visibility": "public",
               "reply_policy": "everyone", "sensitive": false, "spoiler_text": "", "language": "en",
               "in_reply_to": null}
              All but created_at and text may be missing. id and in_reply_to are the file's own, of any form; what is
              answered stands in an earlier line, or was imported before.

May be stopped and repeated at any point, also while others write: what was imported is known by its id in the file (by
the whole line where there is none) and is not imported again, not even where it was deleted since. What cannot become a
post is named with its place in the file and a reason, and the rest goes on.

Examples:
  manage_posts.py import_posts outbox.json --as ada --dry-run
  manage_posts.py import_posts outbox.json --as ada --old-posts first-day
  manage_posts.py import_posts posts.jsonl --as ada

Exit status:
  0  all is imported, or was before
  1  some could not be imported, and the rest is; or nobody of that name is here, or the file cannot be read
  2  the command line was not understood
"""
REFUSED, FIRST_DAY = OLD_POSTS = ("refuse", "first-day")
Entry = Item | Fault | LeftOut


class Command(BaseCommand):
    help = HELP

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what to read")
        parser.add_argument("--as", dest="username", required=True, metavar="NAME", help="whose posts they become")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")
        parser.add_argument(
            "--old-posts",
            choices=OLD_POSTS,
            default=REFUSED,
            help="what becomes of posts from before 2024, which no id can tell: refused (the default), or put on the"
            " first day of that year, in their order",
        )

    def handle(self, *, file: Path, username: str, dry_run: bool, old_posts: str, **options: Any) -> None:
        author = Profile.objects.filter(username=normalised(username)).first()
        if author is None or not author.is_present:
            raise CommandError(f"There is nobody called {username!r} here.")
        run = _Run(author.id, dry_run=dry_run, keeps_old=old_posts == FIRST_DAY, complain=self._complain)
        try:
            with _entries(file) as entries:
                try:
                    run.take_all(entries)
                finally:
                    self._tell(run)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except mastodon.NotAnOutbox as error:
            raise CommandError(f"{file} is no outbox of Mastodon: {error}") from error
        except services.AuthorAway as error:
            raise CommandError(f"{username} is not here any more; the rest was left.") from error
        if run.faults:
            raise CommandError(f"{run.faults} could not be imported.")

    def _complain(self, fault: Fault) -> None:
        self.stderr.write(f"{fault.place}: {fault.reason}")

    def _tell(self, run: "_Run") -> None:
        verb = "would be imported" if run.dry_run else "imported"
        self.stdout.write(f"{run.imported} posts {verb}, {run.present} were here before.")
        for what, count in sorted(run.left_out.items()):
            self.stdout.write(f"{what}: {count}")


class _Run:
    """One file on its way: what has become of its entries so far."""

    def __init__(self, author_id: int, *, dry_run: bool, keeps_old: bool, complain: Callable[[Fault], None]) -> None:
        self.author_id, self.dry_run, self.keeps_old, self.complain = author_id, dry_run, keeps_old, complain
        self.imported = self.present = self.faults = 0
        self.left_out = Counter[str]()
        self._waiting: list[Item] = []
        # Of a dry run alone: what would be known by now.
        self._earlier = set[str]()

    def take_all(self, entries: Iterator[Entry]) -> None:
        for entry in entries:
            self._take(entry)
            if len(self._waiting) == services.BATCH:
                self._store()
        self._store()

    def _take(self, entry: Entry) -> None:
        if isinstance(entry, LeftOut):
            self.left_out[entry.what] += 1
        elif isinstance(entry, Fault):
            self._refuse(entry)
        else:
            self._waiting.append(entry)

    def _store(self) -> None:
        items, self._waiting = self._settled(self._waiting), []
        if self.dry_run:
            batch = services.sort_out(items, author_id=self.author_id, earlier=self._earlier)
            self._earlier |= {item.key for item in batch.new}
        else:
            batch = services.store(items, author_id=self.author_id)
        self.imported += len(batch.new)
        self.present += len(batch.present)
        for item in batch.orphans:
            self._refuse(Fault(place=item.place, reason="in_reply_to: not_found"))

    def _settled(self, items: list[Item]) -> list[Item]:
        """Those of `items` that may have a place; of the others those are no fault that have one from before."""
        placeless = [item for item in items if not self._has_place(item)]
        if not placeless:
            return items
        known = services.sort_out(placeless, author_id=self.author_id).present
        self.present += len(known)
        for item in placeless:
            if item not in known:
                self._refuse(Fault(place=item.place, reason="created_at: before_2024"))
        return [item for item in items if item not in placeless]

    def _has_place(self, item: Item) -> bool:
        is_old, is_ancient = places.is_old(item.created_at), places.is_ancient(item.created_at)
        return not is_ancient and (self.keeps_old or not is_old)

    def _refuse(self, fault: Fault) -> None:
        self.faults += 1
        self.complain(fault)


@contextmanager
def _entries(path: Path) -> Iterator[Iterator[Entry]]:
    """What the file holds, beside a bar of how much of it was read."""
    with path.open("rb") as file:
        if path.suffix == ".json":
            found = mastodon.activities(file)
            with bar("read", total=len(found)) as (progress, task):
                yield _watched(mastodon.read(found), lambda: progress.advance(task))
        else:
            with bar("read", total=os.fstat(file.fileno()).st_size) as (progress, task):
                yield _watched(lines.read(file), lambda: progress.update(task, completed=file.tell()))


def _watched(entries: Iterator[Entry], step: Callable[[], None]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        step()
