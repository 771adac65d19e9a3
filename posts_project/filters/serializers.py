"""What clients send and get."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from posts_project.filters.models import MAX_PHRASE, Action
from shared.fields import ChoiceField, FlagField, IdField, TextField, TimestampField
from shared.serializers import Input, Output


class FutureField(TimestampField):
    """A time that is still to come."""

    default_error_messages = {"past": "Must be a time to come."}

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if moment <= timezone.now():
            self.fail("past")
        return moment


class FilterInput(Input):
    """Without `expires_at`, or null, the filter has no end."""

    phrase = TextField(max_length=MAX_PHRASE)
    action = ChoiceField(choices=Action.choices, default=Action.HIDE)
    whole_word = FlagField(required=False)
    expires_at = FutureField(required=False, allow_null=True)


class FilterEdit(Input):
    """What is not named stays as it is."""

    phrase = TextField(max_length=MAX_PHRASE, required=False)
    action = ChoiceField(choices=Action.choices, required=False)
    whole_word = FlagField(required=False)
    expires_at = FutureField(required=False, allow_null=True)


class FilterOutput(Output):
    """`phrase` is looked for literally, in any case, in what others write; as a whole word where `whole_word` says so.

    `hide` takes posts out of the timelines that come to the viewer; `warn` names the phrase in `viewer.filtered`.
    """

    id = IdField()
    phrase = serializers.CharField()
    action = serializers.ChoiceField(choices=Action.choices)
    whole_word = serializers.BooleanField()
    expires_at = TimestampField(allow_null=True)
