"""What clients send and get."""

from typing import Any

from rest_framework import serializers

from posts_project.moderation.models import MAX_COMMENT, MAX_TEXT, Cause, Kind, Outcome, Reason
from shared.fields import ChoiceField, IdField, TextField, TimestampField
from shared.serializers import Input, Output


class ReportInput(Input):
    """Either `post_id` or `username`."""

    post_id = IdField(required=False)
    username = TextField(required=False, max_length=100)
    reason = ChoiceField(choices=Reason.choices)
    comment = TextField(required=False, default="", allow_blank=True, max_length=MAX_COMMENT, multiline=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("post_id" in attrs) == ("username" in attrs):
            raise serializers.ValidationError({"post_id": "Give either post_id or username."})
        return attrs


class ReportOutput(Output):
    """`post_id` or `profile_id`, as it was reported; `closed` tells that moderators have decided, not what."""

    id = IdField()
    post_id = IdField(allow_null=True)
    profile_id = IdField(allow_null=True)
    reason = serializers.ChoiceField(choices=Reason.choices)
    comment = serializers.CharField()
    state = serializers.ChoiceField(choices=["open", "closed"])
    created_at = TimestampField()


class AppealInput(Input):
    decision_id = IdField()
    text = TextField(max_length=MAX_TEXT, multiline=True)


class AppealOutput(Output):
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=["open", *Outcome.values])
    answer = serializers.CharField()
    created_at = TimestampField()
    answered_at = TimestampField(allow_null=True)


class DecisionOutput(Output):
    """`until` is when a suspension ends by itself; `reversed_by` tells why a decision is no longer in force."""

    id = IdField()
    kind = serializers.ChoiceField(choices=[kind for kind in Kind.values if kind != Kind.DISMISS])
    reason = serializers.ChoiceField(choices=Reason.choices)
    text = serializers.CharField()
    post_id = IdField(allow_null=True)
    until = TimestampField(allow_null=True)
    created_at = TimestampField()
    reversed_at = TimestampField(allow_null=True)
    reversed_by = serializers.ChoiceField(choices=Cause.choices, allow_null=True)
    appeal = AppealOutput(allow_null=True)
