"""The page where staff sign in to an admin site, the same in both services."""

from typing import Any

from django import forms
from unfold.forms import AuthenticationForm
from unfold.widgets import UnfoldAdminTextInputWidget

TEMPLATE = "staff_sign_in.html"


class StaffSignInForm(AuthenticationForm):
    """By username or e-mail address (Django's would cut one at the length of a username), with a one-time code.

    Whoever derives from it says in its own words why a sign-in failed.
    """

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
