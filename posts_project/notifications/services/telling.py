"""Telling somebody of something, in the transaction in which it happens; a repeat changes nothing."""

from collections.abc import Collection

from posts_project import sql
from posts_project.events.registry import publish
from posts_project.notifications.facts import NotificationsTold, Told
from posts_project.notifications.models import OPEN_MILLISECONDS, Kind
from shared import snowflakes

NOBODY = 0

# Nothing where they are not here any more, or do not want to know. Else how far they have read, and the newest group.
_NEWEST = """
    SELECT coalesce(s.read_up_to, 0), coalesce(n.id, 0)
    FROM profile p LEFT JOIN notification_settings s ON s.profile_id = p.id
    LEFT JOIN LATERAL (
        SELECT id FROM notification WHERE profile_id = p.id AND kind = %(kind)s::varchar AND post_id = %(post)s
        ORDER BY after_id DESC LIMIT 1) n ON true
    WHERE p.id = %(profile)s AND p.state <> 'erased' AND NOT coalesce(%(kind)s::varchar = ANY(s.off), false)
"""
_BEGIN = """
    INSERT INTO notification (id, profile_id, kind, post_id, after_id)
    VALUES (%(id)s, %(profile)s, %(kind)s::varchar, %(post)s, %(after)s) ON CONFLICT DO NOTHING
"""
_ADD = """
    INSERT INTO notification_event (notification_id, actor_id, at) VALUES (%(id)s, %(actor)s, %(at)s)
    ON CONFLICT DO NOTHING
"""
_TELL_ONCE = """
    WITH told AS (
        INSERT INTO notification (id, profile_id, kind, post_id, after_id)
        SELECT w.id, w.profile_id, %(kind)s::varchar, %(post)s, 0
        FROM unnest(%(ids)s::bigint[], %(profiles)s::bigint[]) w (id, profile_id)
        JOIN profile p ON p.id = w.profile_id AND p.state <> 'erased'
        LEFT JOIN notification_settings s ON s.profile_id = p.id
        WHERE NOT coalesce(%(kind)s::varchar = ANY(s.off), false)
        ORDER BY w.profile_id ON CONFLICT DO NOTHING RETURNING profile_id, id),
    events AS (INSERT INTO notification_event (notification_id, actor_id, at) SELECT id, %(actor)s, id FROM told)
    SELECT profile_id, id FROM told
"""


def tell(*, profile_id: int, kind: str, post_id: int | None = None, actor_id: int | None = None) -> None:
    """Tell one person of one thing: in a group with others of its kind and post, but for what has no actor, which
    stands alone. Nobody is told of what they did themselves."""
    if profile_id == actor_id:
        return
    about: dict[str, int | str] = {"profile": profile_id, "kind": kind, "post": post_id or 0}
    at = snowflakes.new_id()
    group = _group(about, at, stands_alone=actor_id is None)
    if group and sql.execute(_ADD, {"id": group, "actor": actor_id or NOBODY, "at": at}):
        publish(NotificationsTold(told=[Told(profile_id=profile_id, notification_id=group, at=at)]))


def tell_once(*, profile_ids: Collection[int], kind: Kind, post_id: int, actor_id: int = NOBODY) -> None:
    """Tell many people what there is to say once of a post, however often this is called."""
    wanted = sorted(set(profile_ids) - {actor_id})
    if not wanted:
        return
    ids = [snowflakes.new_id() for _ in wanted]
    about = {"kind": kind.value, "post": post_id, "actor": actor_id, "ids": ids, "profiles": wanted}
    found = sql.rows(_TELL_ONCE, about)
    told = [Told(profile_id=profile, notification_id=number, at=number) for profile, number in found]
    if told:
        publish(NotificationsTold(told=told))


def _group(about: dict[str, int | str], at: int, *, stands_alone: bool) -> int:
    """The group that takes in what happens now, opened where there is none; 0 where nobody wants to know."""
    newest = sql.row(_NEWEST, about)
    if newest is None:
        return 0
    read_up_to, last = newest
    oldest_open = at - (OPEN_MILLISECONDS << snowflakes.RANDOM_BITS)
    if not stands_alone and last > read_up_to and last > oldest_open:
        return int(last)
    if sql.execute(_BEGIN, {**about, "id": at, "after": last}):
        return at
    # Somebody else has opened it at the same moment, and their transaction has ended by now.
    return int(sql.rows(_NEWEST, about)[0][1])
