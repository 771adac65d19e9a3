"""What a line of a file may say of a post."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from posts_project.posts.models import MAX_SPOILER, ReplyPolicy, Visibility
from posts_project.posts.serializers import BodyField, LanguageField
from shared.fields import ChoiceField, FlagField, TextField, TimestampField
from shared.serializers import Input

MAX_SOURCE = 500


class PastField(TimestampField):
    default_error_messages = {"in_future": "Must not lie in the future."}

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if moment > timezone.now():
            self.fail("in_future")
        return moment


class ItemInput(Input):
    """A post as it was written elsewhere; `id` and `in_reply_to` are the file's own, of any form."""

    id = TextField(max_length=MAX_SOURCE, required=False)
    created_at = PastField()
    text = BodyField()
    visibility = ChoiceField(choices=Visibility.choices, required=False)
    reply_policy = ChoiceField(choices=ReplyPolicy.choices, required=False)
    sensitive = FlagField(required=False)
    spoiler_text = TextField(max_length=MAX_SPOILER, required=False, allow_blank=True, trim_whitespace=False)
    language = LanguageField(max_length=35, required=False, allow_null=True)
    in_reply_to = TextField(max_length=MAX_SOURCE, required=False, allow_null=True)
