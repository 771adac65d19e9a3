"""Sign-in to the admin site: the same function as the API's, for staff alone."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from auth_project.accounts import selectors
from auth_project.accounts.models import User
from auth_project.accounts.services.credentials import InvalidCredentials
from auth_project.tokens import second_factor, sign_in
from shared.rate_limits import client_network


class CredentialsBackend:
    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """:raises Problem: the password was right but not enough, or too many were wrong; the form shows why."""
        if request is None or not username or not password:
            return None
        otp = request.POST.get("otp", "").strip()
        network, now = client_network(request), timezone.now()
        try:
            user = sign_in.authenticate_staff(login=username, password=password, otp=otp, network=network, now=now)
        except InvalidCredentials:
            return None
        sign_in.tell(user, is_let_in=user.is_staff)
        return user if user.is_staff else None

    def get_user(self, user_id: int) -> User | None:
        """Asked on every request of an admin session: it ends when the account is no longer active or staff, or must
        have a second factor that it has not."""
        user = selectors.by_id(user_id)
        if user is None or not (user.is_active and user.is_staff) or second_factor.is_missing(user):
            return None
        return user
