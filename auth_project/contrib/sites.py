"""The admin site: unfold's, without a way to set a password."""

from typing import Any, NoReturn

from django.http import Http404, HttpRequest
from unfold.sites import UnfoldAdminSite


class AuthAdminSite(UnfoldAdminSite):
    login_template = "tokens/login.html"

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        """Django's form knows nothing of our rules for passwords, nor of the sessions that a change must end."""
        raise Http404
