"""Words that somebody does not want to meet in what others write."""

from django.db import models
from django.db.models import Q

from posts_project.profiles.models import Profile

MAX_PHRASE = 100


class Action(models.TextChoices):
    HIDE = "hide"
    WARN = "warn"


class Filter(models.Model):
    """`phrase` is taken literally, in any case; `pattern` is what is looked for in texts, made from it once.

    See Note [Marked texts] in `filters.matching`. What a filter does is told where posts are read: `posts.rows`.
    """

    id = models.BigIntegerField(primary_key=True)
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="+", db_index=False)
    phrase = models.CharField(max_length=MAX_PHRASE)
    pattern = models.TextField()
    action = models.CharField(max_length=4, choices=Action)
    whole_word = models.BooleanField(default=False)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "filter"
        constraints = [models.CheckConstraint(condition=Q(action__in=Action.values), name="filter_action_known")]
        indexes = [models.Index(fields=["profile", "id"], name="filter_of_profile")]

    def __str__(self) -> str:
        return f"{self.action} {self.phrase!r} for {self.profile_id}"
