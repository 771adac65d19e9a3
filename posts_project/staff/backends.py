"""Signing in to the admin site with an account of the Auth service."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.http import HttpRequest

from posts_project.auth_client import InvalidCredentials, Staff, auth
from posts_project.staff.models import StaffUser
from shared.remote_errors import RemoteError

_REFUSAL = "_auth_refusal"
AWAY = "away"


class AuthServiceBackend(ModelBackend):
    """Asks Auth about login, password and one-time code, and keeps a shadow of who it was.

    While Auth cannot be asked nobody's password can be judged: the form says so, and a superuser made here still gets
    in by the next backend.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> StaffUser | None:
        if not username or not password:
            return None
        try:
            staff = auth().check_credentials(
                login=username, password=password, otp=_one_time_code(request), address=_address(request)
            )
        except InvalidCredentials as error:
            _note_refusal(request, error.code)
            return None
        except RemoteError:
            _note_refusal(request, AWAY)
            return None
        return _shadow(staff) if {"staff", "admin"} & set(staff.roles) else None


def refusal(request: HttpRequest | None) -> str:
    """Why Auth did not let in whoever tried with `request`, in its own code; `AWAY` where it could not be asked."""
    return getattr(request, _REFUSAL, "")


def _note_refusal(request: HttpRequest | None, code: str) -> None:
    if request is not None:
        setattr(request, _REFUSAL, code)


@transaction.atomic
def _shadow(staff: Staff) -> StaffUser | None:
    """The local row of that person, brought up to date: what they may do is Auth's to say at each sign-in."""
    said = {
        "username": f"{staff.user.username}@auth",
        "is_staff": True,
        "is_superuser": "admin" in staff.roles,
        "is_active": staff.user.state == "active",
    }
    # "!" is no hash of anything: a shadow's password is known to Auth alone.
    shadow, _ = StaffUser.objects.update_or_create(id=staff.user.id, defaults={**said, "password": "!"})
    return shadow if shadow.is_active else None


def _one_time_code(request: HttpRequest | None) -> str:
    return request.POST.get("otp", "").strip() if request is not None else ""


def _address(request: HttpRequest | None) -> str:
    return request.META.get("REMOTE_ADDR", "") if request is not None else ""
