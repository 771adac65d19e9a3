"""What the commands of this app have in common, and whom they name."""

from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError

from posts_project.profiles.models import Profile, State
from shared import operators


class OperatorCommand(operators.OperatorCommand):
    program, database = "manage_posts.py", "PostgreSQL"

    def is_outage(self, error: Exception) -> bool:
        return isinstance(error, OperationalError | InterfaceError)


def profile_named(name: str) -> Profile:
    """:raises CommandError: nobody of that name is known here."""
    profile = (
        Profile.objects.filter(username=name.strip().removeprefix("@").lower()).exclude(state=State.ERASED).first()
    )
    if profile is None:
        raise CommandError(f"There is no profile {name} here.")
    return profile
