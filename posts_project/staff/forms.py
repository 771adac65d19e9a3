"""The sign-in form of the admin site."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from posts_project.staff.backends import AWAY, refusal

SENTENCES = {
    AWAY: "The Auth service cannot be reached, so its accounts cannot sign in right now.",
    "otp_required": "A one-time code is required.",
    "mfa_required": "This account may not be without a second factor: set up one-time codes first.",
    "throttled": "Too many wrong attempts: try again later.",
}
OTHERWISE = "This login, password or one-time code is wrong."


class SignInForm(AuthenticationForm):
    """An account of the Auth service, with a one-time code where it has that; or a superuser made on this machine."""

    username = forms.CharField(label="Username or e-mail address", max_length=254)
    otp = forms.CharField(
        label="One-time code",
        required=False,
        max_length=32,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "username", "autofocus": ""})

    def get_invalid_login_error(self) -> ValidationError:
        return ValidationError(SENTENCES.get(refusal(self.request), OTHERWISE), code="invalid_login")
