"""Opening cases. One of a target at a time, also where many report it at once."""

from django.db import transaction

from posts_project import sql
from posts_project.moderation.models import Case
from posts_project.moderation.services import audit
from posts_project.posts.models import Post
from posts_project.profiles.models import Profile
from posts_project.staff.models import StaffUser
from shared import snowflakes
from shared.problems import Conflict

ATTEMPTS = 5

_OPEN = """
    INSERT INTO moderation_case (id, profile_id, post_id, text)
    VALUES (%(id)s, %(profile)s, %(post)s::bigint, %(text)s) ON CONFLICT DO NOTHING
"""
# Held open until the transaction ends; those who report at the same time do not wait for each other.
_HOLD_OF_POST = "SELECT id FROM moderation_case WHERE closed_at IS NULL AND post_id = %(post)s FOR SHARE"
_HOLD_OF_PROFILE = """
    SELECT id FROM moderation_case WHERE closed_at IS NULL AND post_id IS NULL AND profile_id = %(profile)s FOR SHARE
"""


def opened(*, profile_id: int, post: Post | None) -> tuple[int, bool]:
    """The open case of the post, or of the profile, and whether it is new; it stays open while this transaction lasts.

    :raises Conflict: it was closed again and again in these very moments.
    """
    values = {
        "id": snowflakes.new_id(),
        "profile": profile_id,
        "post": post.id if post else None,
        "text": "\n\n".join(filter(None, (post.spoiler_text, post.text))) if post else "",
    }
    for _ in range(ATTEMPTS):
        is_new = bool(sql.execute(_OPEN, values))
        held = sql.row(_HOLD_OF_POST if post else _HOLD_OF_PROFILE, values)
        if held:
            return int(held[0]), is_new
    raise Conflict


@transaction.atomic
def open_by_staff(*, profile: Profile, post: Post | None, staff: StaffUser | None) -> Case:
    """The open case of a post or profile that nobody need have reported."""
    case_id, is_new = opened(profile_id=profile.id, post=post)
    if is_new:
        audit.note("case.opened", staff=staff, profile_id=profile.id, case_id=case_id, decision_id=None)
    return Case.objects.select_related("profile").get(id=case_id)
