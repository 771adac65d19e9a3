"""Pictures as their owner and the readers of posts get them."""

from collections.abc import Iterable
from typing import Any

from posts_project import sql
from posts_project.media import files
from posts_project.media.models import Medium
from shared.problems import NotFound

_COLUMNS = ("id", "type", "stem", "width", "height", "blurhash", "alt_text", "focus")


def attached(post: str) -> str:
    """SQL: the pictures of `post`, a row of post, in order, as JSON for `shown_all`; null, and no look-up, where it
    has none."""
    return f"""CASE WHEN {post}.has_media THEN (
        SELECT json_agg(json_build_array({sql.columns(_COLUMNS, table="f")}) ORDER BY f.position)
        FROM medium f WHERE f.post_id = {post}.id) END"""  # noqa: S608 - built from constants


def url_of(medium: str) -> str:
    """SQL: where the file of `medium`, a row of it, is; takes the parameter `media_url`, as settings have it."""
    endings = " ".join(f"WHEN '{kind}' THEN '{ending}'" for kind, ending in files.ENDINGS.items())
    return f"%(media_url)s::text || '/' || {medium}.stem || CASE {medium}.type {endings} END"


def shown_all(found: Iterable[Iterable[Any]] | None) -> list[dict[str, Any]]:
    """What `attached` found, as clients get it."""
    return [_shown(*columns) for columns in found or ()]


def shown(medium: Medium) -> dict[str, Any]:
    return _shown(*(getattr(medium, name) for name in _COLUMNS))


def own(medium_id: int, owner_id: int) -> Medium:
    """:raises NotFound: there is none, or it is somebody else's."""
    found = Medium.objects.filter(id=medium_id, owner_id=owner_id).first()
    if found is None:
        raise NotFound
    return found


def ids_of(post_id: int) -> list[int]:
    """In the order of the post."""
    return list(Medium.objects.filter(post_id=post_id).order_by("position").values_list("id", flat=True))


def _shown(
    number: int, kind: str, stem: str, width: int, height: int, blurhash: str, alt_text: str, focus: str | None
) -> dict[str, Any]:
    return {
        "id": str(number),
        "type": kind,
        "url": files.url(stem, kind),
        "thumbnail_url": files.thumbnail_url(stem),
        "width": width,
        "height": height,
        "blurhash": blurhash,
        "alt_text": alt_text,
        "focus": focus,
    }
