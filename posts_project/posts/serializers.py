"""What clients send, and the shapes of answers for the OpenAPI document."""

import re
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from posts_project.media.models import MAX_MEDIA
from posts_project.media.serializers import MediaOutput
from posts_project.posts.models import MAX_SPOILER, MAX_TEXT, ReplyPolicy, Visibility
from posts_project.posts.polls import (
    FEWEST_OPTIONS,
    LONGEST_SECONDS,
    MAX_OPTION,
    MOST_OPTIONS,
    SHORTEST_SECONDS,
    Question,
)
from posts_project.posts.text import is_visible
from posts_project.profiles.serializers import ProfileShort
from shared.fields import ChoiceField, FlagField, IdField, IntegerField, TextField, TimestampField
from shared.serializers import Input, Output

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


class LanguageField(TextField):
    """A BCP 47 tag, by its form: `en`, `pt-BR`, `zh-Hant`."""

    default_error_messages = {"invalid_language": "Must be a language tag such as en or pt-BR."}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if not _LANGUAGE.fullmatch(value):
            self.fail("invalid_language")
        return value


class VisibleField(TextField):
    """Text in which there is something to see, unless it may be blank."""

    default_error_messages = {"blank": "Must have something to see."}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if not self.allow_blank and not is_visible(value):
            self.fail("blank")
        return value


class BodyField(VisibleField):
    """The text of a post, kept as it was sent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_TEXT, multiline=True, trim_whitespace=False, **kwargs)


class PollInput(Input):
    """`expires_in` is in seconds. The options must be distinct."""

    default_error_messages = {"repeated": "Must be distinct."}

    options = serializers.ListField(
        child=VisibleField(max_length=MAX_OPTION), min_length=FEWEST_OPTIONS, max_length=MOST_OPTIONS
    )
    multiple = FlagField(required=False)
    expires_in = IntegerField(min_value=SHORTEST_SECONDS, max_value=LONGEST_SECONDS)

    def validate_options(self, options: list[str]) -> list[str]:
        if len(set(options)) < len(options):
            self.fail("repeated")
        return options

    def validate(self, attrs: dict[str, Any]) -> Any:
        return Question(**attrs)


class MediaIdsField(serializers.ListField):
    """Pictures of the author's, in the order of the post."""

    default_error_messages = {"repeated": "Must be distinct."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=IdField(), max_length=MAX_MEDIA, **kwargs)

    def to_internal_value(self, data: Any) -> list[int]:
        ids = super().to_internal_value(data)
        if len(set(ids)) < len(ids):
            self.fail("repeated")
        return list(ids)


_SOMETHING = "Must have something to see unless there is a poll or a picture."


class PostInput(Input):
    # Whether there must be something to publish, rather than the beginnings of it.
    is_whole = True

    text = BodyField(required=False, allow_blank=True, help_text=_SOMETHING)
    visibility = ChoiceField(choices=Visibility.choices, required=False)
    reply_policy = ChoiceField(choices=ReplyPolicy.choices, required=False)
    in_reply_to = IdField(required=False, allow_null=True)
    quote_of = IdField(required=False, allow_null=True)
    sensitive = FlagField(required=False)
    spoiler_text = TextField(max_length=MAX_SPOILER, required=False, allow_blank=True, trim_whitespace=False)
    language = LanguageField(max_length=35, required=False, allow_null=True)
    poll = PollInput(required=False, allow_null=True)
    media_ids = MediaIdsField(required=False, help_text="Uploaded pictures of one's own that no other post uses.")

    def to_internal_value(self, data: Any) -> Any:
        # Known before the fields are judged, so that all faults of a body are told at once.
        if self.is_whole and not (isinstance(data, dict) and (data.get("poll") or data.get("media_ids"))):
            self.fields["text"] = BodyField()
        return super().to_internal_value(data)


class PostEdit(Input):
    """What is not named stays as it is."""

    text = BodyField(required=False, allow_blank=True, help_text=_SOMETHING)
    visibility = ChoiceField(choices=Visibility.choices, required=False)
    reply_policy = ChoiceField(choices=ReplyPolicy.choices, required=False)
    sensitive = FlagField(required=False)
    spoiler_text = TextField(max_length=MAX_SPOILER, required=False, allow_blank=True, trim_whitespace=False)
    language = LanguageField(max_length=35, required=False, allow_null=True)
    media_ids = MediaIdsField(
        required=False,
        help_text="All pictures from now on, in their order; what is left out is free again. Their alt texts are"
        " changed with `PATCH /api/v1/media/{media_id}`.",
    )


class VoteInput(Input):
    """Places of the chosen options, counted from zero; one of them unless the poll is `multiple`."""

    default_error_messages = {"repeated": "Must be distinct."}

    choices = serializers.ListField(
        child=IntegerField(min_value=0, max_value=MOST_OPTIONS - 1), min_length=1, max_length=MOST_OPTIONS
    )

    def validate_choices(self, choices: list[int]) -> list[int]:
        if len(set(choices)) < len(choices):
            self.fail("repeated")
        return choices


class TagOutput(Output):
    name = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class MentionOutput(Output):
    id = IdField()
    username = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class LinkOutput(Output):
    url = serializers.CharField()
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class PostCounts(Output):
    replies = serializers.IntegerField()
    likes = serializers.IntegerField()
    reposts = serializers.IntegerField()
    quotes = serializers.IntegerField()


class PostRelation(Output):
    """What the viewer has done with the post; all false without a token.

    `filtered` is there only where filters of the viewer's warn of the post: their phrases.
    """

    liked = serializers.BooleanField()
    reposted = serializers.BooleanField()
    bookmarked = serializers.BooleanField()
    muted = serializers.BooleanField()
    pinned = serializers.BooleanField()
    filtered = serializers.ListField(child=serializers.CharField(), required=False)


class QuotedPost(Output):
    """The quoted post, without what it quotes itself."""

    id = IdField()
    author = ProfileShort()
    text = serializers.CharField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    media = MediaOutput(many=True)
    tags = TagOutput(many=True)
    mentions = MentionOutput(many=True)
    links = LinkOutput(many=True)
    sensitive = serializers.BooleanField()
    spoiler_text = serializers.CharField()
    language = serializers.CharField(allow_null=True)
    created_at = TimestampField()
    edited_at = TimestampField(allow_null=True)


class UnavailablePost(Output):
    """What is quoted is deleted, or not for the viewer to read."""

    id = IdField()
    unavailable = serializers.ChoiceField(choices=[True])


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="QuoteOf", serializers=[QuotedPost, UnavailablePost], resource_type_field_name=None
    )
)
class QuoteOfField(serializers.JSONField):
    pass


class PollOption(Output):
    title = serializers.CharField()
    votes = serializers.IntegerField(allow_null=True)


class PollRelation(Output):
    """What the viewer has chosen; nothing without a token."""

    choices = serializers.ListField(child=serializers.IntegerField())


class PollOutput(Output):
    """`votes` and `voters` are null until the viewer has voted or the poll is over; the author is a viewer like any."""

    id = IdField()
    options = PollOption(many=True)
    multiple = serializers.BooleanField()
    expires_at = TimestampField()
    closed = serializers.BooleanField()
    voters = serializers.IntegerField(allow_null=True)
    viewer = PollRelation()


class PostOutput(Output):
    """Positions of tags, mentions and links are in code points."""

    id = IdField()
    author = ProfileShort()
    text = serializers.CharField()
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    reply_policy = serializers.ChoiceField(choices=ReplyPolicy.choices)
    in_reply_to = IdField(allow_null=True)
    quote_of = QuoteOfField(allow_null=True)
    media = MediaOutput(many=True)
    poll = PollOutput(allow_null=True)
    tags = TagOutput(many=True)
    mentions = MentionOutput(many=True)
    links = LinkOutput(many=True)
    sensitive = serializers.BooleanField()
    spoiler_text = serializers.CharField()
    language = serializers.CharField(allow_null=True)
    created_at = TimestampField()
    edited_at = TimestampField(allow_null=True)
    counts = PostCounts()
    viewer = PostRelation()


class ThreadOutput(Output):
    """Both oldest first, two hundred posts at most; what the viewer may not read is left out."""

    ancestors = PostOutput(many=True)
    descendants = PostOutput(many=True)


class VersionOutput(Output):
    text = serializers.CharField()
    spoiler_text = serializers.CharField()
    created_at = TimestampField()


class PostResults(Output):
    results = PostOutput(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class TimelineEntry(Output):
    """`reposted_by` names who brought the post here; null where its author did."""

    reposted_by = ProfileShort(allow_null=True)
    post = PostOutput()
