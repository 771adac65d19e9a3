"""What clients send, and the shapes of answers for the OpenAPI document."""

from posts_project.profiles.serializers import ProfileShort
from shared.fields import IntegerField, TimestampField
from shared.serializers import Input

# A year: whoever means longer can mute for good.
MAX_MUTE_SECONDS = 365 * 24 * 3600


class MuteInput(Input):
    """`expires_in` is in seconds; without it, or null, the mute has no end."""

    expires_in = IntegerField(min_value=1, max_value=MAX_MUTE_SECONDS, required=False, allow_null=True)


class MutedProfile(ProfileShort):
    """`expires_at` is when the mute ends by itself; null for never."""

    expires_at = TimestampField(allow_null=True)
