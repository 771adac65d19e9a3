"""Pictures that people put into posts."""

from django.db import models
from django.db.models import Q

from posts_project.profiles.models import Profile

MAX_ALT_TEXT = 1_500
# Of a post.
MAX_MEDIA = 4


class Medium(models.Model):
    """A picture: whose it is, what it looks like, and the post that uses it, if one does, at which place in it.

    Its files are named after `stem`, which nobody can guess: `media.files`. The post is one of the app above: no key.
    """

    id = models.BigIntegerField(primary_key=True)
    owner = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    post_id = models.BigIntegerField(null=True, blank=True)
    position = models.SmallIntegerField(null=True, blank=True)
    stem = models.CharField(max_length=32)
    type = models.CharField(max_length=10)
    width = models.IntegerField()
    height = models.IntegerField()
    blurhash = models.CharField(max_length=30)
    alt_text = models.TextField(blank=True, default="")
    focus = models.CharField(max_length=20, null=True, blank=True)

    class Meta:
        db_table = "medium"
        verbose_name = "picture"
        constraints = [
            models.CheckConstraint(
                condition=Q(post_id__isnull=True, position__isnull=True)
                | Q(post_id__isnull=False, position__isnull=False),
                name="medium_placed_in_post",
            )
        ]
        indexes = [
            models.Index(fields=["owner", "id"], name="medium_of_owner"),
            models.Index(fields=["post_id", "position"], condition=Q(post_id__isnull=False), name="medium_of_post"),
            models.Index(fields=["id"], condition=Q(post_id__isnull=True), name="medium_unused"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id} of {self.owner_id}"


class StaleFile(models.Model):
    """The stem of files that nothing refers to from `stale_since` on. A job deletes them: a file cannot be part of a
    transaction.

    An upload stands here, an hour ahead, before its files are written, so that none is left of one that fails midway.
    """

    id = models.CharField(max_length=32, primary_key=True)
    stale_since = models.DateTimeField()

    class Meta:
        db_table = "stale_file"
        indexes = [models.Index(fields=["stale_since"], name="stale_file_since")]

    def __str__(self) -> str:
        return self.id
