"""The shapes of requests and answers about users."""

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from auth_project.accounts import avatars, names, passwords, selectors
from shared.fields import FlagField, IdField, SecretField, TextField, TimestampField
from shared.serializers import Input, Output

FORBIDDEN_IN_ADDRESSES = re.compile(r"[\s,;:<>\"()\\]")
LANGUAGE_TAG = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


class UsernameField(TextField):
    """A username that is free, in its normalised form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=60, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        name = names.normalise(super().to_internal_value(data))
        if not names.is_username(name):
            raise serializers.ValidationError("Must have 3 to 30 characters out of a-z, 0-9 and _.", code="invalid")
        return name


class AddressField(TextField):
    """One e-mail address, and nothing that a mail server could take for more."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        address = super().to_internal_value(data)
        try:
            validate_email(address)
        except DjangoValidationError as error:
            raise serializers.ValidationError("Must be an e-mail address.", code="invalid") from error
        if FORBIDDEN_IN_ADDRESSES.search(address):
            raise serializers.ValidationError("Must be an e-mail address.", code="invalid")
        return address


class LocaleField(TextField):
    """A language tag (BCP 47)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=35, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        locale = super().to_internal_value(data)
        if not LANGUAGE_TAG.fullmatch(locale):
            raise serializers.ValidationError("Must be a language tag like en or pt-BR (BCP 47).", code="invalid")
        return locale


@extend_schema_field({"type": "string", "format": "binary"})
class AvatarField(serializers.Field):
    """A picture in a multipart body, made anew at once; null, in JSON, takes the present one away."""

    default_error_messages = {"invalid": "Must be a picture in a multipart body, or null."}

    def to_internal_value(self, data: Any) -> bytes:
        if not isinstance(data, UploadedFile):
            self.fail("invalid")
        return avatars.made_anew(data)


class RegisterInput(Input):
    username = UsernameField()
    email = AddressField()
    password = SecretField(max_length=passwords.LONGEST)
    display_name = TextField(max_length=50, required=False, allow_blank=True)

    def validate_username(self, username: str) -> str:
        refuse_unavailable(username, email=self._text("email"))
        return username

    def validate_email(self, email: str) -> str:
        # Where addresses must be verified nobody is told which ones have an account.
        if not settings.REQUIRE_VERIFIED_EMAIL and selectors.is_email_taken(email):
            raise serializers.ValidationError("Is taken.", code="taken")
        return email

    def validate_password(self, password: str) -> str:
        passwords.refuse_weak(password, username=self._text("username"), email=self._text("email"))
        return password

    def _text(self, name: str) -> str:
        value = self.initial_data.get(name)
        return value if isinstance(value, str) else ""


class CredentialsInput(Input):
    login = TextField(max_length=254, help_text="Username or e-mail address.")
    password = SecretField(max_length=passwords.LONGEST)
    otp = SecretField(max_length=32, required=False, help_text="One-time code, where the account asks for one.")


class ProfileInput(Input):
    """Changes of the user who is the serializer's instance."""

    username = UsernameField()
    display_name = TextField(max_length=50, allow_blank=True)
    bio = TextField(max_length=500, allow_blank=True, multiline=True)
    locale = LocaleField()
    is_private = FlagField()
    avatar = AvatarField(allow_null=True, help_text="JPEG, PNG, WebP or GIF, ≤ 10 MB; null removes it.")

    def validate_username(self, username: str) -> str:
        if self.instance is None or username != self.instance.username_ci:
            refuse_unavailable(username)
        return username


class TokenInput(Input):
    token = SecretField(max_length=128, help_text="From the link in the mail.")


class NewAddressInput(Input):
    email = AddressField()
    password = SecretField(max_length=passwords.LONGEST)


class PasswordInput(Input):
    password = SecretField(max_length=passwords.LONGEST)


class UserOutput(Output):
    id = IdField()
    username = serializers.CharField()
    display_name = serializers.CharField()
    bio = serializers.CharField()
    avatar_url = serializers.URLField(allow_null=True)
    is_private = serializers.BooleanField()
    created_at = TimestampField()


class MeOutput(UserOutput):
    """What the user alone sees of their account."""

    email = serializers.EmailField()
    email_verified = serializers.BooleanField()
    mfa_enabled = serializers.BooleanField()
    locale = serializers.CharField()


class UserStateOutput(UserOutput):
    """A user as Posts keeps them: shared.events.UserState."""

    state = serializers.ChoiceField(choices=["active", "deactivated", "suspended"])


class KnownUserOutput(Output):
    user = UserStateOutput()
    sequence = serializers.IntegerField(help_text="How many events of this user there are in this state.")


class KnownUsersOutput(Output):
    users = KnownUserOutput(many=True)


class EventsOutput(Output):
    events = serializers.ListField(child=serializers.JSONField(), help_text="As they are delivered.")


class UserEventsOutput(EventsOutput):
    sequence = serializers.IntegerField(help_text="Of the last event of this user that there is; 0: none is known.")


class ErasureBegunOutput(Output):
    erasure_id = serializers.CharField(help_text="Nobody can guess it; under it one sees what became of the erasure.")


class ErasureOutput(ErasureBegunOutput):
    status = serializers.ChoiceField(choices=["pending", "completed"])
    requested_at = TimestampField()
    completed_at = TimestampField(allow_null=True, help_text="When neither service had anything left.")
    receipt = serializers.CharField(allow_null=True, help_text="A signed proof (JWS); null until it is completed.")


class ExportOutput(Output):
    id = IdField()
    status = serializers.ChoiceField(choices=["pending", "ready"])
    requested_at = TimestampField()
    expires_at = TimestampField(allow_null=True, help_text="Until when a ready archive can be fetched.")


class UserPageOutput(Output):
    results = UserOutput(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class CheckedUserOutput(Output):
    user = UserStateOutput()
    roles = serializers.ListField(child=serializers.CharField())


def refuse_unavailable(username: str, *, email: str = "") -> None:
    """:raises ValidationError: nobody may have that name, or somebody has it, had it, or is about to have it.

    :param email: whose registration it is: who sends it again has not taken the name from themselves.
    """
    if names.is_reserved(username) or selectors.is_like_staff(username):
        raise serializers.ValidationError("Is reserved.", code="reserved")
    if selectors.is_username_taken(username, registering=email):
        raise serializers.ValidationError("Is taken.", code="taken")
