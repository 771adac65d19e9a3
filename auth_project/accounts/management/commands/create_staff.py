"""`manage_auth.py create_staff NAME [EMAIL]`: somebody who may use the admin sites."""

import sys
from getpass import getpass
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from auth_project.accounts import selectors
from auth_project.accounts.management.people import user_named
from auth_project.accounts.models import User
from auth_project.accounts.serializers import RegisterInput
from auth_project.accounts.services.register import register
from auth_project.accounts.services.staff import promote
from auth_project.staff.commands import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Make an account that may sign in to the admin sites of both services, to look; with --superuser, to change"
        " things too. The password is asked for, or read from standard input where that is no terminal, so that it"
        " stands in no history and no process list. The address counts as confirmed, as you vouch for it. With"
        " --promote an account that is there already becomes staff and keeps its address and password."
    )
    examples = """
        sam sam@example.org
        sam sam@example.org --superuser < password.txt
        ada --promote --superuser
    """

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="3 to 30 characters out of a-z, 0-9 and _")
        parser.add_argument("email", nargs="?", default="", help="for a new account")
        parser.add_argument("--superuser", action="store_true", help="may change what others may only look at")
        parser.add_argument("--promote", action="store_true", help="the account exists; no password is asked for")

    def handle(self, *, username: str, email: str, superuser: bool, promote: bool, **options: Any) -> None:
        user = _promoted(username, superuser) if promote else _made(username, email, superuser)
        self.stdout.write(f"{user.username} may now sign in at /admin/ ({', '.join(user.roles)}).")
        if settings.REQUIRE_STAFF_MFA and not user.mfa_enabled:
            self.stdout.write("Before that they must set up one-time codes: POST /api/v1/auth/mfa/totp and …/confirm.")


def _promoted(username: str, superuser: bool) -> User:
    user = user_named(username)
    promote(user, is_superuser=superuser)
    return user


def _made(username: str, email: str, superuser: bool) -> User:
    if selectors.is_username_taken(username):
        raise CommandError(f"username: Is taken. To make that account staff: create_staff {username} --promote")
    if not email:
        raise CommandError("email: A new account needs an address: create_staff NAME EMAIL")
    wanted = RegisterInput(data={"username": username, "email": email, "password": _password()})
    if not wanted.is_valid():
        raise CommandError("\n".join(f"{name}: {' '.join(faults)}" for name, faults in wanted.errors.items()))
    return register(**wanted.validated_data, email_verified=True, is_staff=True, is_superuser=superuser)


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass()
    if getpass("Password (again): ") != password:
        raise CommandError("The passwords differ.")
    return password
