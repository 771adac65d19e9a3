"""What a viewer is sent: each entry and notification as their own lists show it to them now, or not at all."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from posts_project import sql
from posts_project.feeds import selectors as feeds
from posts_project.notifications import selectors as notifications
from posts_project.notifications.selectors import Shown
from posts_project.posts import rows

MOST_MISSED = feeds.MOST_MISSED

_FOLLOWERS = """
    SELECT follower_id FROM follow WHERE followee_id = %(by)s AND follower_id = ANY(%(viewers)s)
    UNION SELECT profile_id FROM tag_follow
    WHERE name IN (SELECT name FROM post_tag WHERE post_id = %(at)s) AND profile_id = ANY(%(viewers)s)
"""


@dataclass(frozen=True, kw_only=True)
class Event:
    """`number` is a snowflake: where it stands among all events of its viewer."""

    number: int
    name: str
    body: dict[str, Any]


def audience(by_id: int, *, at: int, among: Collection[int]) -> set[int]:
    """To whom of these viewers something that `by_id` brings at `at` may come, by the author or, where it is a post, by
    a tag; one statement, however many follow."""
    found = {row[0] for row in sql.rows(_FOLLOWERS, {"by": by_id, "at": at, "viewers": list(among)})}
    return found | ({by_id} & set(among))


def entry(viewer_id: int, *, at: int, by_id: int) -> Event | None:
    """None where it does not stand in their home, or a filter hides it."""
    row = feeds.home_entry(viewer_id, at=at, by_id=by_id)
    return None if row is None or rows.is_hidden(row) else _entry(row)


def notification(viewer_id: int, *, number: int, notification_id: int) -> Event | None:
    """As it is after the event of that number; None where it is not to be seen."""
    found = notifications.among([notification_id], viewer_id=viewer_id)
    return Event(number=number, name="notification", body=found[0].body) if found else None


def missed(viewer_id: int, *, after: int) -> list[Event]:
    """What came after `after`, oldest first: the newest hundred entries of their home and the newest hundred
    notifications."""
    home = [_entry(row) for row in feeds.home_since(viewer_id, after=after) if not rows.is_hidden(row)]
    told = [_told(one) for one in notifications.since(viewer_id, after=after, limit=MOST_MISSED)]
    return sorted(home + told, key=lambda event: event.number)


def _entry(row: sql.Row) -> Event:
    return Event(number=rows.position(row), name="post", body=rows.entry(row))


def _told(shown: Shown) -> Event:
    return Event(number=shown.at, name="notification", body=shown.body)
