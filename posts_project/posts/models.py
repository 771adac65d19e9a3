"""Posts, whom they mention, what readers did with them, and how often."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from posts_project.posts.visibility import ReadableBy
from posts_project.profiles.models import SLOTS, Profile
from shared import snowflakes

MAX_TEXT = 5_000
MAX_SPOILER = 500


class Visibility(models.TextChoices):
    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"


class ReplyPolicy(models.TextChoices):
    EVERYONE = "everyone"
    FOLLOWERS = "followers"
    MENTIONED = "mentioned"
    NOBODY = "nobody"


# Replies that anyone may open are counted; counting the others would tell of what a reader may not see.
COUNTED = (Visibility.PUBLIC, Visibility.UNLISTED)


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, viewer_id: int) -> Self:
        """Posts that `viewer_id` (0: nobody in particular) may read, by the rule in `posts.visibility`."""
        return self.filter(ReadableBy(viewer_id))


class Post(models.Model):
    """`id` is a snowflake and tells when the post was made.

    `tags`, `mentions` and `links` are what the text was found to hold when it was written, in the shape that clients
    get, with offsets in code points; `Mention` and `PostTag` hold the same for look-ups.
    """

    id = models.BigIntegerField(primary_key=True)
    author = models.ForeignKey(Profile, models.CASCADE, related_name="posts", db_index=False)
    text = models.TextField()
    visibility = models.CharField(max_length=9, choices=Visibility)
    reply_policy = models.CharField(max_length=9, choices=ReplyPolicy)
    # Replies stay when their parent goes, and go on naming it: no constraint.
    in_reply_to = models.ForeignKey(
        "self", models.DO_NOTHING, null=True, blank=True, related_name="replies", db_constraint=False, db_index=False
    )
    # What is quoted may go, and is then named as unavailable: no constraint.
    quote_of = models.ForeignKey(
        "self", models.DO_NOTHING, null=True, blank=True, related_name="quotes", db_constraint=False, db_index=False
    )
    # The post that began the thread, null where that is this one. It may be gone.
    thread_id = models.BigIntegerField(null=True, blank=True)
    sensitive = models.BooleanField(default=False)
    spoiler_text = models.TextField(blank=True, default="")
    language = models.CharField(max_length=35, null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    mentions = models.JSONField(default=list, blank=True)
    links = models.JSONField(default=list, blank=True)
    # What is asked, as `posts.polls` writes it; who chose what stands in `Vote`, how often in `PollCount`.
    poll = models.JSONField(null=True, blank=True)
    # Whether there are pictures to look for, in `media.models`.
    has_media = models.BooleanField(default=False, db_default=False)
    edited_at = models.DateTimeField(null=True, blank=True)
    # By moderators; from then on it is there for its author alone.
    hidden_at = models.DateTimeField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        db_table = "post"
        constraints = [
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="post_visibility_known"),
            models.CheckConstraint(condition=Q(reply_policy__in=ReplyPolicy.values), name="post_reply_policy_known"),
        ]
        indexes = [
            models.Index(fields=["author", "id"], name="post_by_author"),
            models.Index(fields=["id"], condition=Q(visibility=Visibility.PUBLIC), name="post_public"),
            models.Index(fields=["in_reply_to", "id"], condition=Q(in_reply_to__isnull=False), name="post_replies"),
            models.Index(fields=["quote_of", "id"], condition=Q(quote_of__isnull=False), name="post_quotes"),
            models.Index(fields=["thread_id", "id"], condition=Q(thread_id__isnull=False), name="post_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.id} by {self.author_id}"

    @property
    def created_at(self) -> datetime:
        return snowflakes.created_at(self.id)


class PostVersion(models.Model):
    """What a post said until an edit; `number` counts from 1, `created_at` is when it was said."""

    pk = models.CompositePrimaryKey("post_id", "number")
    post = models.ForeignKey(Post, models.CASCADE, related_name="versions", db_index=False)
    number = models.IntegerField()
    text = models.TextField()
    spoiler_text = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "post_version"

    def __str__(self) -> str:
        return f"{self.post_id}, version {self.number}"


class PostCount(models.Model):
    """One of up to eight shares of a post's counts. See Note [Slotted counters] in `profiles.models`."""

    pk = models.CompositePrimaryKey("post_id", "slot")
    post = models.ForeignKey(Post, models.CASCADE, related_name="counts", db_index=False)
    slot = models.SmallIntegerField()
    replies = models.IntegerField(default=0)
    likes = models.IntegerField(default=0)
    reposts = models.IntegerField(default=0)
    quotes = models.IntegerField(default=0)

    class Meta:
        db_table = "post_count"
        constraints = [models.CheckConstraint(condition=Q(slot__gte=0, slot__lt=SLOTS), name="post_count_slot_range")]

    def __str__(self) -> str:
        return f"{self.post_id}/{self.slot}"


class Mention(models.Model):
    """`profile` is named in `post`, and may read it whatever its visibility."""

    pk = models.CompositePrimaryKey("post_id", "profile_id")
    post = models.ForeignKey(Post, models.CASCADE, related_name="mention_rows", db_index=False)
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)

    class Meta:
        db_table = "mention"
        indexes = [models.Index(fields=["profile", "post"], name="mention_of_profile")]

    def __str__(self) -> str:
        return f"{self.profile_id} in {self.post_id}"


class Kind(models.TextChoices):
    """What a profile can do with a post, or (`MUTE`) with the whole thread."""

    LIKE = "like"
    REPOST = "repost"
    BOOKMARK = "bookmark"
    PIN = "pin"
    MUTE = "mute"


class Mark(models.Model):
    """`profile` likes, reposts … `post`. `since` is a snowflake: when it began, and the order of lists.

    One table of all kinds, so that one look-up tells a reader all that they have done with a post. A mute stands at
    the first post of the thread and outlives it: no constraint. Others are made with the post locked, and go with it.
    """

    pk = models.CompositePrimaryKey("profile_id", "post_id", "kind")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    post_id = models.BigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    since = models.BigIntegerField()

    class Meta:
        db_table = "mark"
        constraints = [models.CheckConstraint(condition=Q(kind__in=Kind.values), name="mark_kind_known")]
        indexes = [
            models.Index(fields=["profile", "kind", "since"], name="mark_of_profile"),
            models.Index(fields=["post_id", "kind", "since"], include=["profile"], name="mark_of_post"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.post_id} by {self.profile_id}"


class PostTag(models.Model):
    """`name` is folded, so that #Café and #café are one tag."""

    pk = models.CompositePrimaryKey("name", "post_id")
    name = models.CharField(max_length=100)
    post = models.ForeignKey(Post, models.CASCADE, related_name="tag_rows")

    class Meta:
        db_table = "post_tag"

    def __str__(self) -> str:
        return f"#{self.name} in {self.post_id}"


class PostWords(models.Model):
    """By what a post is found: the words of its text and more, as `posts.lexemes` writes them.

    A table of its own, as a column of two million posts could only be added by writing all of them anew under a lock.
    Without a constraint, since the version before this one deletes posts and knows nothing of it.
    """

    post = models.OneToOneField(Post, models.DO_NOTHING, primary_key=True, related_name="+", db_constraint=False)
    words = SearchVectorField()

    class Meta:
        db_table = "post_words"
        # Without a list of what is pending, which every search would have to go through, some twenty times.
        indexes = [GinIndex(fields=["words"], name="post_words_gin", fastupdate=False)]

    def __str__(self) -> str:
        return f"words of {self.post_id}"


class Vote(models.Model):
    """What `profile` chose in the poll of `post`: places of options, in rising order. Cast once."""

    pk = models.CompositePrimaryKey("post_id", "profile_id")
    post = models.ForeignKey(Post, models.CASCADE, related_name="votes", db_index=False)
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+")
    choices = ArrayField(models.SmallIntegerField())

    class Meta:
        db_table = "vote"

    def __str__(self) -> str:
        return f"{self.profile_id} in {self.post_id}"


class PollCount(models.Model):
    """One of up to eight shares of how often an option was chosen; the option `VOTERS` counts who voted at all.

    See Note [Slotted counters] in `profiles.models`.
    """

    VOTERS = -1

    pk = models.CompositePrimaryKey("post_id", "option", "slot")
    post = models.ForeignKey(Post, models.CASCADE, related_name="poll_counts", db_index=False)
    option = models.SmallIntegerField()
    slot = models.SmallIntegerField()
    votes = models.IntegerField(default=0)

    class Meta:
        db_table = "poll_count"
        constraints = [models.CheckConstraint(condition=Q(slot__gte=0, slot__lt=SLOTS), name="poll_count_slot_range")]

    def __str__(self) -> str:
        return f"{self.post_id}/{self.option}/{self.slot}"
