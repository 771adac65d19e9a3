"""Files of strangers, though made anew: how they are given out, and how those go that nothing refers to any more."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.files.storage import Storage
from django.db.models import Model
from django.http import HttpResponse

from shared.problems import NotFound
from shared.wire import JSONRenderer

BATCH = 500

# They may not be sniffed, run or framed, and never change.
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


class PictureRenderer(JSONRenderer):
    """For those who accept pictures alone; what is no picture is JSON all the same."""

    media_type = "image/*"
    format = "picture"


def stored_file(storage: Storage, name: str, *, content_type: str) -> HttpResponse:
    """The file of that name, which is ours and has no part of anybody's; under its last part it is shown and kept.

    :raises NotFound: there is none.
    """
    try:
        with storage.open(name) as file:
            content = file.read()
    except FileNotFoundError as error:
        raise NotFound from error
    disposition = f'inline; filename="{name.rpartition("/")[2]}"'
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition, **_HEADERS})


def delete_stale(listed: type[Model], delete: Callable[[str], None], *, now: datetime) -> int:
    """`delete` what became stale until `now`; a file that is gone already is done too. Return how many.

    :param listed: the list of files that nothing refers to: a name as its key, and `stale_since`.
    """
    rows: Any = listed._default_manager
    stale = list(rows.filter(stale_since__lte=now).values_list("pk", flat=True)[:BATCH])
    for name in stale:
        delete(name)
        rows.filter(pk=name).delete()
    return len(stale)
