"""The shape of a row of people."""

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from auth_project.accounts import foreign_hashes, names
from auth_project.accounts.serializers import AddressField, LocaleField, UsernameField
from shared.fields import SecretField, TextField, TimestampField
from shared.serializers import Input

WORDS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class HashField(SecretField):
    """A password's hash, in the form in which it is stored."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=foreign_hashes.LONGEST, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        try:
            return foreign_hashes.accepted(super().to_internal_value(data))
        except foreign_hashes.HashRefused as error:
            raise serializers.ValidationError(str(error), code=error.code) from error


class WordFlagField(serializers.Field):
    """A flag as databases and spreadsheets write it."""

    default_error_messages = {"invalid": "Must be true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if data.lower() not in WORDS:
            self.fail("invalid")
        return WORDS[data.lower()]


class PersonInput(Input):
    """Whether the name and the address are free is not asked here: `services.sort_out` does, for many at once."""

    username = UsernameField()
    email = AddressField()
    password_hash = HashField(required=False)
    display_name = TextField(max_length=50, required=False)
    bio = TextField(max_length=500, required=False, multiline=True)
    created_at = TimestampField(required=False)
    is_private = WordFlagField(required=False)
    email_verified = WordFlagField(required=False)
    locale = LocaleField(required=False)

    def validate_username(self, username: str) -> str:
        if names.is_reserved(username):
            raise serializers.ValidationError("Is reserved.", code="reserved")
        return username

    def validate_created_at(self, moment: datetime) -> datetime:
        if not EARLIEST <= moment <= timezone.now():
            raise serializers.ValidationError("Must be a time between 1970 and now.", code="out_of_range")
        return moment
