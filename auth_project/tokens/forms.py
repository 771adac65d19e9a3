"""The sign-in form of the admin site."""

from typing import Any

from django.core.exceptions import ValidationError

from shared.problems import Problem
from shared.staff_sign_in import StaffSignInForm


class LoginForm(StaffSignInForm):
    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except Problem as refusal:
            raise ValidationError(f"{refusal.detail}.", code=refusal.code) from refusal

    def get_invalid_login_error(self) -> ValidationError:
        return ValidationError("This login, password or one-time code is wrong.", code="invalid_login")
