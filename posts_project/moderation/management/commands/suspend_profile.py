"""`manage_posts.py suspend_profile NAME --reason TEXT [--until DATE] [--dry-run]`"""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from posts_project.events.registry import publish
from posts_project.moderation.facts import StandingChanged
from posts_project.moderation.management.operators import OperatorCommand, profile_named
from posts_project.moderation.models import MAX_TEXT, Kind, Reason
from posts_project.moderation.services import cases, decisions
from posts_project.profiles.models import Profile
from shared.operators import moment


class Command(OperatorCommand):
    help = (
        "Shut a person out, as moderators do in the admin site: the profile and its posts are hidden at once, their"
        " tokens are refused, and Auth is told to end their sessions and to let nobody sign in; while Auth is away"
        " it is told later. Nothing is deleted: reinstate_profile, or the date of --until, brings all of it back."
        " Of somebody suspended already nothing is changed, and Auth is told again."
    )
    examples = """
        eve --reason "Advertising, again and again" --dry-run
        eve --reason "Advertising, again and again" --category spam
        @eve --reason "Cooling off" --until 2026-12-31T18:00
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="username")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="told to the person, here and by mail")
        parser.add_argument("--category", choices=Reason.values, default=Reason.OTHER, help="other, if not given")
        parser.add_argument("--until", type=moment, metavar="DATE", help="when it ends by itself, in UTC; else never")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")

    def handle(
        self, *, name: str, reason: str, category: str, until: datetime | None, dry_run: bool, **options: Any
    ) -> None:
        text, profile = reason.strip(), profile_named(name)
        if not text or len(text) > MAX_TEXT:
            raise CommandError(f"--reason must say something, in {MAX_TEXT} characters at most.")
        if until is not None and until <= timezone.now():
            raise CommandError("--until must lie in the future.")
        end = f"until {until:%Y-%m-%d %H:%M %Z}" if until else "until reinstated"
        if profile.told_state is not None:
            return self._tell_again(profile, dry_run)
        if dry_run:
            return self.stdout.write(f"@{profile.username} would be suspended {end}. Nothing was done.")
        case = cases.open_by_staff(profile=profile, post=None, staff=None)
        decisions.decide(
            case_id=case.id, kind=Kind.SUSPEND, reason=category, text=text, until=until, staff=None, now=timezone.now()
        )
        return self.stdout.write(f"@{profile.username} is suspended {end}; Auth is being told.")

    def _tell_again(self, profile: Profile, dry_run: bool) -> None:
        if not dry_run:
            publish(StandingChanged(profile_id=profile.id))
        self.stdout.write(
            f"@{profile.username} is suspended already; Auth {'would be' if dry_run else 'is'} told again."
        )
