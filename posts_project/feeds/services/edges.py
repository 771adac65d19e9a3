"""What a new, ended or changed edge means for a home timeline, in that edge's own transaction."""

from collections.abc import Sequence

from django.conf import settings

from posts_project import sql
from posts_project.follows.facts import FollowCreated, FollowRemoved, FollowsUnpulled

# Note [Filling from one author]: the author's newest entries down to the owner's floor. Where there are more than a
# whole timeline of them, those below are left out and the floor rises to the last one taken, so that "complete from the
# floor upward" stays true. Owners are locked, so that a floor cannot move in between.
_FILL = """
    WITH owner AS MATERIALIZED (
        SELECT owner_id, floor FROM timeline_owner WHERE owner_id = ANY(%(owners)s) ORDER BY owner_id FOR UPDATE),
    wanted AS MATERIALIZED (
        SELECT o.owner_id, e.at, e.post_id, row_number() OVER (PARTITION BY o.owner_id ORDER BY e.at DESC) AS place
        FROM owner o CROSS JOIN LATERAL (
            SELECT at, post_id FROM entry WHERE by_id = %(author)s AND at >= o.floor
            ORDER BY at DESC LIMIT {cap:d}) e),
    added AS (
        INSERT INTO timeline (owner_id, at, post_id, by_id)
        SELECT owner_id, at, post_id, %(author)s FROM wanted ON CONFLICT DO NOTHING)
    UPDATE timeline_owner o SET floor = greatest(o.floor, w.at)
    FROM wanted w WHERE w.owner_id = o.owner_id AND w.place = {cap:d}
"""


def backfill(fact: FollowCreated) -> None:
    """The new follower finds the author's posts at home at once; those of a pulled author are merged at read."""
    fill([fact.follower_id], fact.followee_id, unless_pulled=True)


def backfill_unpulled(fact: FollowsUnpulled) -> None:
    fill(fact.follower_ids, fact.followee_id, unless_pulled=False)


def purge(fact: FollowRemoved) -> None:
    """The author's posts leave the timeline with the edge, also those that a rebuild is just now putting there."""
    edge = {"owner": fact.follower_id, "author": fact.followee_id}
    sql.row("SELECT FROM timeline_owner WHERE owner_id = %(owner)s FOR UPDATE", edge)
    sql.execute("DELETE FROM timeline WHERE owner_id = %(owner)s AND by_id = %(author)s", edge)


def fill(owner_ids: Sequence[int], author_id: int, *, unless_pulled: bool) -> None:
    """Give these owners what they lack of the author's. See Note [Filling from one author]."""
    statement = _FILL.format(cap=settings.TIMELINE_ENTRIES)
    if unless_pulled:
        # No posts of a pulled author are wanted; the owner is locked all the same.
        statement = statement.replace(
            "WHERE by_id = %(author)s",
            "WHERE by_id = %(author)s AND NOT (SELECT is_pulled FROM profile WHERE id = %(author)s)",
        )
    sql.execute(statement, {"owners": list(owner_ids), "author": author_id})
