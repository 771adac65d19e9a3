"""`trends`: what is talked about, and what is kept out of it."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from posts_project.posts.text import tag_name
from posts_project.trends import services
from posts_project.trends.models import Trend, WithheldTag

HELP = """
List the trends as they were last computed, and the tags that are withheld from them. The worker computes them every
minute: tags that many people have used publicly within two days, each person counted once.

  withhold TAG  keeps a tag out of the trends and of what search offers, at once and until it is restored; its posts
                and its timeline stay as they are
  restore TAG   lets it back, with the next computation

A tag may be written in any case, with or without its # (in a shell: '#tag'). All of it may be repeated.

Examples:
  manage_posts.py trends
  manage_posts.py trends --compute
  manage_posts.py trends withhold spam --dry-run
  manage_posts.py trends restore spam

Exit status:
  0  done, or there was nothing to do
  1  that is no tag; nothing was done
  2  the command line was not understood
"""
DEEDS = {"withhold": services.withhold, "restore": services.restore}


class Command(BaseCommand):
    help = HELP

    def create_parser(self, *args: Any, **kwargs: Any) -> Any:
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deed", nargs="?", choices=[*DEEDS], help="what to do; nothing: list them")
        parser.add_argument("tag", nargs="?", metavar="TAG", help="with which tag")
        parser.add_argument("--compute", action="store_true", help="compute them now, as the worker does by itself")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")

    def handle(self, *, deed: str | None, tag: str | None, compute: bool, dry_run: bool, **options: Any) -> None:
        if (deed is None) != (tag is None) or (deed and compute):
            raise CommandError("Give withhold or restore with one tag, or --compute, or nothing.", returncode=2)
        if deed is not None and tag is not None:
            self._do(deed, tag, dry_run=dry_run)
        elif compute and dry_run:
            self.stdout.write("The trends would be computed.")
        elif compute:
            self.stdout.write(f"{services.compute(now=timezone.now())} trends.")
        else:
            self._list()

    def _do(self, deed: str, tag: str, *, dry_run: bool) -> None:
        name = tag_name(tag)
        if name is None:
            raise CommandError(f"No text can have the tag {tag!r}.")
        done = {"withhold": "withheld", "restore": "restored"}[deed]
        if WithheldTag.objects.filter(name=name).exists() == (deed == "withhold"):
            self.stdout.write(f"#{name} is {'already' if deed == 'withhold' else 'not'} withheld.")
        elif dry_run:
            self.stdout.write(f"#{name} would be {done}.")
        else:
            DEEDS[deed](name)
            self.stdout.write(f"#{name} {done}.")

    def _list(self) -> None:
        last = Trend.objects.order_by("-run").values_list("run", flat=True).first() or 0
        withheld = set(WithheldTag.objects.values_list("name", flat=True))
        for trend in Trend.objects.filter(run=last).order_by("place"):
            if trend.name not in withheld:
                self.stdout.write(f"{trend.place:>3}  #{trend.name}  {trend.authors} people, {trend.posts} posts")
        for name in sorted(withheld):
            self.stdout.write(f"  -  #{name}  withheld")
