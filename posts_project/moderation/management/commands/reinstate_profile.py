"""`manage_posts.py reinstate_profile NAME [--dry-run]`"""

from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from posts_project.moderation.management.operators import OperatorCommand, profile_named
from posts_project.moderation.models import Cause, Decision, Kind
from posts_project.moderation.services import decisions
from posts_project.profiles.models import State


class Command(OperatorCommand):
    help = (
        "Take back a suspension by moderators or by suspend_profile: the profile is again what Auth says of it, and"
        " Auth is told to let the person sign in again. Ends no suspension by an administrator of Auth: that is"
        " manage_auth.py reinstate_user."
    )
    examples = """
        eve --dry-run
        eve
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="username")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")

    def handle(self, *, name: str, dry_run: bool, **options: Any) -> None:
        profile = profile_named(name)
        in_force = Decision.objects.filter(profile=profile, kind=Kind.SUSPEND, reversal=None).first()
        if in_force is None:
            by_auth = " Auth says that it is: see manage_auth.py." if profile.state == State.SUSPENDED else ""
            return self.stdout.write(f"@{profile.username} is not suspended here; nothing was done.{by_auth}")
        if dry_run:
            return self.stdout.write(f"@{profile.username} would be reinstated. Nothing was done.")
        decisions.reverse(decision_id=in_force.id, cause=Cause.STAFF, staff=None, now=timezone.now())
        return self.stdout.write(f"@{profile.username} is reinstated; Auth is being told.")
