"""Drafts and scheduled posts as their author gets them."""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db.models import QuerySet

from posts_project import sql
from posts_project.drafts import unpublished
from posts_project.drafts.models import Draft, ScheduledPost
from posts_project.media.models import Medium
from shared.pagination import Keyset
from shared.wire import timestamp

Row = TypeVar("Row", Draft, ScheduledPost)

_MEDIA = """
    SELECT DISTINCT jsonb_array_elements_text(post -> 'media_ids')::bigint FROM (
        SELECT post FROM draft WHERE author_id = ANY(%(authors)s)
        UNION ALL SELECT post FROM scheduled_post WHERE author_id = ANY(%(authors)s)) unpublished
"""


def draft(draft_id: int, *, author_id: int) -> Draft | None:
    return Draft.objects.filter(id=draft_id, author_id=author_id).first()


def drafts(page: Keyset, *, author_id: int) -> list[Draft]:
    """Up to `page.fetch` of them, newest first, by when they were begun: a change moves none to another page."""
    return _page(Draft.objects.filter(author_id=author_id), page)


def scheduled_post(scheduled_id: int, *, author_id: int) -> ScheduledPost | None:
    return ScheduledPost.objects.filter(id=scheduled_id, author_id=author_id).first()


def scheduled_posts(page: Keyset, *, author_id: int) -> list[ScheduledPost]:
    """Up to `page.fetch` of them, newest first, by when they were made."""
    return _page(ScheduledPost.objects.filter(author_id=author_id), page)


def draft_body(row: Draft) -> dict[str, Any]:
    return {"id": str(row.id), **unpublished.shown(row.post), "updated_at": timestamp(row.updated_at)}


def scheduled_body(row: ScheduledPost) -> dict[str, Any]:
    body = {"id": str(row.id), "scheduled_at": timestamp(row.scheduled_at), "post": unpublished.shown(row.post)}
    return body if row.failure is None else {**body, "failure": row.failure}


def wanted(media: Collection[Medium]) -> set[int]:
    """Ids of those that are to be in a post once it is published, and others of the same people's."""
    return {number for (number,) in sql.rows(_MEDIA, {"authors": list({medium.owner_id for medium in media})})}


def _page(rows: QuerySet[Row], page: Keyset) -> list[Row]:
    place = sql.position(page)
    ordered = rows.filter(id__gt=place).order_by("id") if page.ascending else rows.filter(id__lt=place).order_by("-id")
    return list(ordered[: page.fetch])
