"""The sign-in form of the admin site."""

from typing import Any

from django.core.exceptions import ValidationError

from posts_project.staff.backends import AWAY, refusal
from shared.staff_sign_in import StaffSignInForm

SENTENCES = {
    AWAY: "The Auth service cannot be reached, so its accounts cannot sign in right now.",
    "otp_required": "A one-time code is required.",
    "mfa_required": "This account may not be without a second factor: set up one-time codes first.",
    "throttled": "Too many wrong attempts: try again later.",
}
OTHERWISE = "This login, password or one-time code is wrong."


class SignInForm(StaffSignInForm):
    """An account of the Auth service, with a one-time code where it has that; or a superuser made on this machine."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["otp"].widget.attrs["inputmode"] = "numeric"

    def get_invalid_login_error(self) -> ValidationError:
        return ValidationError(SENTENCES.get(refusal(self.request), OTHERWISE), code="invalid_login")
