"""Who has a home timeline: everybody who came by in the last thirty days."""

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from posts_project import sql
from posts_project.events.registry import defer
from posts_project.profiles.facts import ProfileCreated
from shared.snowflakes import MAX_ID

SEEN_EVERY_SECONDS = 6 * 3600
REMEMBERED_OWNERS = 100_000
TRIM_BATCH = 200

# `floor` MAX_ID: nothing is kept yet. Whoever is new follows nobody, so for them "nothing" is everything: floor 0.
_OPEN = """
    INSERT INTO timeline_owner (owner_id, floor, opened_in, last_seen_at)
    VALUES (%(owner)s, %(floor)s, pg_current_xact_id()::text::bigint, %(now)s)
    ON CONFLICT (owner_id) DO UPDATE SET last_seen_at = excluded.last_seen_at
    RETURNING floor
"""

# Note [Opening a timeline]: from the row's commit on every fan-out includes the owner, but a post published by an older
# transaction may have missed the row, so the past is filled in only when all of those have ended. What runs in another
# database of the same server, or only keeps tables in order, writes no posts here; whatever is not known to is waited
# for. Who those are is asked first: asked after the snapshot, one that has just ended would be in neither.
_HARMLESS = """
    SELECT backend_xid::text FROM pg_stat_activity
    WHERE backend_xid IS NOT NULL AND (datname <> current_database() OR backend_type = 'autovacuum worker')
"""
_IS_SETTLED = """
    SELECT NOT EXISTS (
        SELECT FROM pg_snapshot_xip(pg_current_snapshot()) AS running
        WHERE running < o.opened_in::text::xid8 AND running::xid::text <> ALL(%(harmless)s))
    FROM timeline_owner o WHERE owner_id = %(owner)s AND floor = {nothing} FOR UPDATE
"""

_REBUILD = """
    WITH authors AS (
        SELECT followee_id AS id FROM follow WHERE follower_id = %(owner)s AND NOT pull UNION SELECT %(owner)s),
    heads AS (
        SELECT f.id FROM authors f CROSS JOIN LATERAL (
            SELECT at FROM entry WHERE by_id = f.id ORDER BY at DESC LIMIT 1) h
        ORDER BY h.at DESC LIMIT {cap:d}),
    wanted AS MATERIALIZED (
        SELECT q.* FROM heads CROSS JOIN LATERAL (
            SELECT at, post_id, by_id FROM entry WHERE by_id = heads.id ORDER BY at DESC LIMIT {cap:d}) q
        ORDER BY q.at DESC LIMIT {cap:d}),
    added AS (
        INSERT INTO timeline (owner_id, at, post_id, by_id) SELECT %(owner)s, at, post_id, by_id FROM wanted
        ON CONFLICT DO NOTHING)
    UPDATE timeline_owner SET floor = (SELECT CASE WHEN count(*) = {cap:d} THEN min(at) ELSE 0 END FROM wanted)
    WHERE owner_id = %(owner)s
"""

_TRIM = """
    WITH owner AS MATERIALIZED (
        SELECT owner_id FROM timeline_owner WHERE owner_id = ANY(%(owners)s) ORDER BY owner_id FOR UPDATE),
    last AS MATERIALIZED (
        SELECT o.owner_id, l.at FROM owner o CROSS JOIN LATERAL (
            SELECT at FROM timeline WHERE owner_id = o.owner_id
            ORDER BY at DESC OFFSET {cap:d} - 1 LIMIT 1) l),
    removed AS (
        DELETE FROM timeline t USING last WHERE t.owner_id = last.owner_id AND t.at < last.at RETURNING 1),
    raised AS (
        UPDATE timeline_owner o SET floor = greatest(o.floor, last.at) FROM last
        WHERE o.owner_id = last.owner_id)
    SELECT count(*) FROM removed
"""

_SURPLUS = """
    SELECT coalesce(sum(greatest(kept - {cap:d}, 0)), 0)
    FROM (SELECT count(*) AS kept FROM timeline WHERE owner_id = ANY(%(owners)s) GROUP BY owner_id) t
"""

_REOPEN = """
    UPDATE timeline_owner SET floor = %(nothing)s, opened_in = pg_current_xact_id()::text::bigint
    WHERE owner_id = %(owner)s
"""


class _RecentlySeen:
    """Whom this process has noted in the last hours, so that a visit costs no write."""

    def __init__(self) -> None:
        self._noted: dict[int, float] = {}
        self._lock = threading.Lock()

    def is_news(self, owner_id: int) -> bool:
        now = time.monotonic()
        if now - self._noted.get(owner_id, float("-inf")) < SEEN_EVERY_SECONDS:
            return False
        with self._lock:
            if len(self._noted) >= REMEMBERED_OWNERS:
                self._noted.clear()
            self._noted[owner_id] = now
        return True

    def clear(self) -> None:
        self._noted.clear()


recently_seen = _RecentlySeen()


def open_for_newcomer(fact: ProfileCreated) -> None:
    sql.execute(_OPEN.replace("%(now)s", "now()"), {"owner": fact.profile_id, "floor": 0})


def seen(owner_id: int, *, now: datetime) -> None:
    """Note that the owner looked at their home; where they have no timeline (any more), have one made."""
    if recently_seen.is_news(owner_id):
        _note(owner_id, now)


@transaction.atomic
def _note(owner_id: int, now: datetime) -> None:
    floor = sql.rows(_OPEN, {"owner": owner_id, "floor": MAX_ID, "now": now})[0][0]
    if floor == MAX_ID:
        defer("feeds.rebuild", owner_id=owner_id)


@transaction.atomic
def rebuild(owner_id: int) -> bool:
    """Fill an opened timeline; False where it is too early. See Note [Opening a timeline]."""
    parameters = {"owner": owner_id, "harmless": _harmless()}
    settled = sql.row(_IS_SETTLED.format(nothing=MAX_ID), parameters)
    if settled is None:
        return True
    if settled[0]:
        sql.execute(_REBUILD.format(cap=settings.TIMELINE_ENTRIES), {"owner": owner_id})
    return bool(settled[0])


@transaction.atomic
def begin_again(owner_id: int) -> None:
    """Throw away what is kept for the owner and have it made anew; until then the two-stage query serves.

    Whoever calls may `rebuild` at once, and the queued job then finds nothing to do.
    """
    sql.execute(_REOPEN, {"owner": owner_id, "nothing": MAX_ID})
    sql.execute("DELETE FROM timeline WHERE owner_id = %(owner)s", {"owner": owner_id})
    defer("feeds.rebuild", owner_id=owner_id)


def everybody(*, after: int = -1) -> Iterator[list[int]]:
    """All who have a timeline, by the batch; those whose id is above `after`."""
    while owners := _owners_after(after):
        yield owners
        after = owners[-1]


def trim() -> int:
    """Cut every timeline to its newest entries and raise its floor with it; return how many rows went."""
    return sum(trim_some(owners) for owners in everybody())


@transaction.atomic
def trim_some(owner_ids: Sequence[int]) -> int:
    """`trim` for these owners alone."""
    return int(sql.rows(_TRIM.format(cap=settings.TIMELINE_ENTRIES), {"owners": list(owner_ids)})[0][0])


def surplus(owner_ids: Sequence[int]) -> int:
    """How many rows `trim_some` would take from these owners now."""
    return int(sql.rows(_SURPLUS.format(cap=settings.TIMELINE_ENTRIES), {"owners": list(owner_ids)})[0][0])


def drop_idle(*, now: datetime) -> int:
    """Drop the timelines of those who have not come by for thirty days; return how many."""
    before = now - timedelta(days=settings.TIMELINE_IDLE_DAYS)
    dropped = 0
    while owners := _idle(before):
        with transaction.atomic():
            sql.execute("DELETE FROM timeline_owner WHERE owner_id = ANY(%(owners)s)", {"owners": owners})
            sql.execute("DELETE FROM timeline WHERE owner_id = ANY(%(owners)s)", {"owners": owners})
        dropped += len(owners)
    return dropped


def _harmless() -> list[str]:
    return [xid for (xid,) in sql.rows(_HARMLESS, {})]


def _owners_after(after: int) -> list[int]:
    statement = """
        SELECT owner_id FROM timeline_owner WHERE owner_id > %(after)s ORDER BY owner_id LIMIT %(batch)s
    """
    return [row[0] for row in sql.rows(statement, {"after": after, "batch": TRIM_BATCH})]


def _idle(before: datetime) -> list[int]:
    statement = "SELECT owner_id FROM timeline_owner WHERE last_seen_at < %(before)s LIMIT %(batch)s"
    return [row[0] for row in sql.rows(statement, {"before": before, "batch": TRIM_BATCH})]
