"""Using pictures in a post: each in one, which is locked before them (`posts.locks`)."""

from collections.abc import Sequence

from posts_project import sql
from posts_project.media.models import Medium
from shared.problems import FieldError

FIELD = "media_ids"

_DETAILS = {"not_found": "There is no such picture of yours.", "in_use": "Another post uses this picture."}

_RELEASE = """
    UPDATE medium SET post_id = NULL, position = NULL WHERE post_id = %(post)s AND id <> ALL(%(ids)s::bigint[])
"""
_PLACE = """
    UPDATE medium SET post_id = %(post)s, position = array_position(%(ids)s::bigint[], id) WHERE id = ANY(%(ids)s)
"""


def faults(ids: Sequence[int], *, owner_id: int, post_id: int | None = None, lock: bool = True) -> list[FieldError]:
    """Why the post (None: a new one) cannot use them; where it can, they stay so until this transaction ends.

    :param lock: False where nothing is going to be done with them now.
    """
    if not ids:
        return []
    rows = Medium.objects.select_for_update() if lock else Medium.objects.all()
    found = {medium.id: medium for medium in rows.filter(id__in=ids, owner_id=owner_id).order_by("id")}
    wrong = {
        "not_found": any(wanted not in found for wanted in ids),
        "in_use": any(medium.post_id not in (None, post_id) for medium in found.values()),
    }
    return [FieldError(field=FIELD, code=code, detail=_DETAILS[code]) for code, is_so in wrong.items() if is_so]


def place(ids: Sequence[int], *, post_id: int) -> None:
    """Let the post use exactly these, without `faults`, in this order; what it used before can be used again."""
    parameters = {"post": post_id, "ids": list(ids)}
    sql.execute(_RELEASE, parameters)
    if ids:
        sql.execute(_PLACE, parameters)
