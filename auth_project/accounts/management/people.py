"""What operators name on the command line."""

from django.core.management.base import CommandError

from auth_project.accounts import selectors
from auth_project.accounts.models import User


def user_named(login: str) -> User:
    """:raises CommandError: nobody has that username or address."""
    user = selectors.by_login(login)
    if user is None:
        raise CommandError(f"There is no user {login}.")
    return user
