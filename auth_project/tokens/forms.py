"""The sign-in form of the admin site."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from shared.problems import Problem


class LoginForm(AuthenticationForm):
    """By username or e-mail address (Django's would cut one at the length of a username), with a one-time code."""

    username = forms.CharField(label="Username or e-mail address", max_length=254)
    otp = forms.CharField(
        label="One-time code",
        required=False,
        max_length=32,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "one-time-code"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget = UnfoldAdminTextInputWidget(attrs={"autocomplete": "username", "autofocus": ""})

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except Problem as refusal:
            raise ValidationError(f"{refusal.detail}.", code=refusal.code) from refusal

    def get_invalid_login_error(self) -> ValidationError:
        return ValidationError("This login, password or one-time code is wrong.", code="invalid_login")
