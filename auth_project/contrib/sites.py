"""The admin site: unfold's, without a way to set a password."""

from typing import Any, NoReturn

from django.http import Http404, HttpRequest
from unfold.sites import UnfoldAdminSite

from shared import staff_sign_in


class AuthAdminSite(UnfoldAdminSite):
    login_template = staff_sign_in.TEMPLATE

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> NoReturn:
        """Django's form knows nothing of our rules for passwords, nor of the sessions that a change must end."""
        raise Http404
