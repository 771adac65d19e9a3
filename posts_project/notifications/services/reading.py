"""What somebody has read, and of what they want to hear."""

from collections.abc import Callable, Mapping

from django.db import transaction

from posts_project import sql
from posts_project.notifications import selectors
from posts_project.notifications.models import Kind, NotificationSettings

# Up to the newest that there is: whatever comes later is unread, even where somebody names an id of tomorrow.
_READ = """
    INSERT INTO notification_settings AS s (profile_id, read_up_to)
    SELECT %(profile)s, max(id) FROM notification WHERE profile_id = %(profile)s AND id <= %(up_to)s
    HAVING max(id) IS NOT NULL
    ON CONFLICT (profile_id) DO UPDATE SET read_up_to = excluded.read_up_to WHERE s.read_up_to < excluded.read_up_to
"""


def read(*, profile_id: int, up_to: int) -> None:
    """Mark as read what is not newer than `up_to`, which need be none of theirs; nothing becomes unread again."""
    sql.execute(_READ, {"profile": profile_id, "up_to": up_to})


@transaction.atomic
def prefer(
    *, profile_id: int, changes: Mapping[str, bool], precondition: Callable[[dict[str, bool]], None]
) -> dict[str, bool]:
    """Change of which kinds somebody is told from now on; all of them as they are then.

    :param precondition: called with what they were, locked; raises where the client's does not hold.
    """
    NotificationSettings.objects.get_or_create(profile_id=profile_id)
    settings = NotificationSettings.objects.select_for_update().get(profile_id=profile_id)
    before = selectors.as_preferences(settings.off)
    precondition(before)
    after = {**before, **changes}
    settings.off = [kind for kind in Kind.values if not after[kind]]
    settings.save(update_fields=["off"])
    return after
