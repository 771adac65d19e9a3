"""What clients send and get."""

from typing import Any

from rest_framework import serializers

from posts_project.notifications.models import Kind
from posts_project.notifications.selectors import MOST_COUNTED, MOST_UNREAD
from posts_project.posts.serializers import PostOutput
from posts_project.profiles.serializers import ProfileShort
from shared.fields import FlagField, IdField, TimestampField
from shared.serializers import Input, Output


class ReadInput(Input):
    """`up_to` is the id of the newest notification that was seen; it and all older ones are read then."""

    up_to = IdField()


class PreferencesEdit(Input):
    """Kind → whether one wants to be told of it from now on; what is not named stays as it is."""

    def get_fields(self) -> dict[str, Any]:
        return {kind: FlagField(required=False) for kind in Kind.values}


class PreferencesOutput(Output):
    """Kind → whether one is told of it."""

    def get_fields(self) -> dict[str, Any]:
        return {kind: serializers.BooleanField() for kind in Kind.values}


class UnreadOutput(Output):
    """`count` is exact below a hundred, and a hundred where there are more."""

    count = serializers.IntegerField(min_value=0, max_value=MOST_UNREAD)


class NotificationOutput(Output):
    """Likes and reposts of one post, and follows, are one notification until it is read, for a day at most.

    `actors` are those who did it last, newest first, at most five; `count` is how many did it, up to a thousand.
    """

    id = IdField()
    type = serializers.ChoiceField(choices=Kind.choices)
    created_at = TimestampField(help_text="When the first of it happened.")
    read = serializers.BooleanField()
    actors = ProfileShort(many=True)
    count = serializers.IntegerField(min_value=1, max_value=MOST_COUNTED)
    post = PostOutput(
        allow_null=True, help_text="The reply, mention or quote; for the other kinds the post it is about, if any."
    )
