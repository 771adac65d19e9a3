"""Forgetting: what is old, what is about a post that is gone, what is of a person who leaves."""

from datetime import datetime

from posts_project import sql
from shared import snowflakes

BATCH = 5_000

_PURGE = """
    WITH gone AS (
        DELETE FROM notification WHERE id IN (
            SELECT id FROM notification WHERE id < %(before)s ORDER BY id LIMIT %(batch)s) RETURNING id),
    events AS (DELETE FROM notification_event e USING gone WHERE e.notification_id = gone.id)
    SELECT count(*) FROM gone
"""
_OF_POST = """
    WITH gone AS (
        DELETE FROM notification WHERE id IN (
            SELECT id FROM notification WHERE post_id = %(post)s AND post_id > 0 AND kind <> 'moderation'
            LIMIT %(batch)s) RETURNING id),
    events AS (DELETE FROM notification_event e USING gone WHERE e.notification_id = gone.id)
    SELECT count(*) FROM gone
"""
_OF_PROFILE = """
    WITH gone AS (
        DELETE FROM notification WHERE id IN (
            SELECT id FROM notification WHERE profile_id = %(profile)s LIMIT %(batch)s) RETURNING id),
    events AS (DELETE FROM notification_event e USING gone WHERE e.notification_id = gone.id)
    SELECT count(*) FROM gone
"""


def purge(*, before: datetime) -> None:
    """Remove those that were opened before then."""
    _in_batches(_PURGE, before=snowflakes.least_id_at(before))


def forget_post(post_id: int) -> None:
    _in_batches(_OF_POST, post=post_id)


def forget_told(profile_id: int) -> None:
    """Remove all that this person was told."""
    _in_batches(_OF_PROFILE, profile=profile_id)


def _in_batches(statement: str, **parameters: int) -> None:
    while sql.rows(statement, {**parameters, "batch": BATCH})[0][0] == BATCH:
        pass
