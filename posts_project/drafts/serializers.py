"""A post that is not out yet, as it is sent and answered: the fields of `PostInput`, whatever they are."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from posts_project.drafts.unpublished import FIELDS
from posts_project.posts.serializers import PostInput
from shared.fields import IdField, TimestampField
from shared.serializers import Output

SOONEST = timedelta(seconds=1)
LATEST = timedelta(days=365)


class ScheduleField(TimestampField):
    default_error_messages = {
        "too_early": "Must be at least a second from now.",
        "too_late": "Must be at most a year from now.",
    }

    def to_internal_value(self, value: Any) -> datetime:
        moment, now = super().to_internal_value(value), timezone.now()
        if moment < now + SOONEST:
            self.fail("too_early")
        if moment > now + LATEST:
            self.fail("too_late")
        return moment


class PublishInput(PostInput):
    """A post to be published: at once, or at `scheduled_at`, from a second to a year from now."""

    scheduled_at = ScheduleField(required=False, allow_null=True)


class DraftInput(PostInput):
    """What a post can say, as far as there is something yet. What is not named stays as it is; null takes it away."""

    # Whether it all makes a post is asked when it is to be one.
    is_whole = False

    def get_fields(self) -> dict[str, serializers.Field]:
        return _nullable(super().get_fields(), required=False)


class ScheduledEdit(DraftInput):
    """What is not named stays as it is; null takes it away."""

    scheduled_at = ScheduleField(required=False)


class PostAsGiven(PostInput):
    """What the author has said of a post, null where nothing."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return _nullable(super().get_fields(), required=True)


class DraftOutput(PostAsGiven):
    """What the author has said of a post, null where nothing."""

    id = IdField()
    updated_at = TimestampField()


class FaultOutput(Output):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class FailureOutput(Output):
    """The problem with which publishing was refused."""

    code = serializers.CharField()
    detail = serializers.CharField()
    errors = FaultOutput(many=True)  # type: ignore[assignment]  # a field, not DRF's list of faults


class ScheduledPostOutput(Output):
    """`failure` is there only where the post did not go out at its time: it waits for a new one, or to be deleted."""

    id = IdField()
    scheduled_at = TimestampField()
    post = PostAsGiven()
    failure = FailureOutput(required=False)


def _nullable(fields: dict[str, serializers.Field], *, required: bool) -> dict[str, serializers.Field]:
    for name in FIELDS:
        fields[name].required, fields[name].allow_null = required, True
    return fields
