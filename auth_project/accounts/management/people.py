"""What operators name on the command line."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime

from django.core.management.base import CommandError

from auth_project.accounts import selectors
from auth_project.accounts.models import User


def user_named(login: str) -> User:
    """:raises CommandError: nobody has that username or address."""
    user = selectors.by_login(login)
    if user is None:
        raise CommandError(f"There is no user {login}.")
    return user


def moment(text: str) -> datetime:
    """`2026-12-31` or `2026-12-31T18:00`, in UTC where nothing else is said."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("must be a date like 2026-12-31, or a time like 2026-12-31T18:00") from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)
