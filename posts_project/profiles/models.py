"""Posts' own copy of a user, so that no read ever asks Auth."""

from django.db import models
from django.db.models.functions import Now

from shared import snowflakes

# Note [Slotted counters]: a count is the sum of up to eight rows, and a write adds to one of them at random. Eight
# writers rarely wait for each other, none ever for the profile or post itself, and the sum is exact.
SLOTS = 8


class State(models.TextChoices):
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
    SUSPENDED = "suspended"
    ERASED = "erased"


class Profile(models.Model):
    """`id` is the user's id at Auth. `version` is the sequence of the last event applied; 0 is provisional: known from
    a token alone, while Auth could not be asked.

    `state` is what counts everywhere. While moderators have suspended the profile it is `suspended`, whatever Auth says
    meanwhile, and `told_state` keeps that; null otherwise. A limited profile is on no surface of strangers.

    `username` is unique among all. Whoever loses theirs (erased, or a rename that overtook another) holds `~id`, which
    no one can choose.
    """

    id = models.BigIntegerField(primary_key=True)
    username = models.CharField(max_length=30, unique=True)
    display_name = models.TextField(blank=True)
    bio = models.TextField(blank=True)
    avatar_url = models.TextField(null=True, blank=True)
    is_private = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=11, choices=State, default=State.ACTIVE)
    told_state = models.CharField(max_length=11, choices=State, null=True, blank=True)
    is_limited = models.BooleanField(default=False, db_default=False)
    version = models.BigIntegerField(default=0)
    # Past the follower threshold: posts are merged into home timelines at read instead of being fanned out.
    is_pulled = models.BooleanField(default=False)

    # Set by look-ups that are made for somebody (`profiles.services.fill`): a block stands between the two.
    is_apart: bool = False

    class Meta:
        db_table = "profile"
        constraints = [
            models.CheckConstraint(condition=models.Q(id__gt=0, id__lte=snowflakes.MAX_ID), name="profile_id_range"),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="profile_state_known"),
            models.CheckConstraint(condition=models.Q(version__gte=0), name="profile_version_not_negative"),
        ]

    def __str__(self) -> str:
        return f"@{self.username}"

    @property
    def state_at_auth(self) -> str:
        return self.told_state or self.state

    @property
    def is_present(self) -> bool:
        """Whoever is not neither writes nor is seen anywhere, also by those who are suspended for a while."""
        return self.state == State.ACTIVE


class ProfileCount(models.Model):
    """One of up to eight shares of a profile's counts. See Note [Slotted counters]."""

    pk = models.CompositePrimaryKey("profile_id", "slot")
    profile = models.ForeignKey(Profile, models.CASCADE, related_name="counts", db_index=False)
    slot = models.SmallIntegerField()
    posts = models.IntegerField(default=0)
    followers = models.IntegerField(default=0)
    following = models.IntegerField(default=0)

    class Meta:
        db_table = "profile_count"
        constraints = [
            models.CheckConstraint(condition=models.Q(slot__gte=0, slot__lt=SLOTS), name="profile_count_slot_range")
        ]

    def __str__(self) -> str:
        return f"{self.profile_id}/{self.slot}"


class ErasedPerson(models.Model):
    """That somebody was here and never comes back; the id is a keyed hash of theirs (`profiles.tombstones`)."""

    id = models.CharField(max_length=64, primary_key=True)
    erased_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "erased_person"

    def __str__(self) -> str:
        return self.id[:8]
