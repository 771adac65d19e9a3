"""Where the files of pictures are: in the storage that settings call "media", under names that nobody can guess.

Whoever has the address of a file may read it, as with any such store: addresses are told to those who may read the
post, and are good until it is deleted, or hidden by moderators (`services.moving`).
"""

import re
import secrets

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from posts_project.media.pictures import THUMBNAIL, Picture

ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}
_SMALL = "_small.webp"
_NAME = re.compile(rf"[0-9a-f]{{32}}({'|'.join(map(re.escape, [*ENDINGS.values(), _SMALL]))})")


def new_stem() -> str:
    """128 random bits, with nothing of the sender's in them."""
    return secrets.token_hex(16)


def storage() -> Storage:
    return storages["media"]


def save(stem: str, picture: Picture) -> None:
    for name, content in ((stem + ENDINGS[picture.type], picture.content), (stem + _SMALL, picture.thumbnail)):
        storage().save(name, ContentFile(content))


def copy(stem: str, other: str, kind: str) -> bool:
    """Have the same under another stem; False where the files are gone."""
    try:
        for ending in (ENDINGS[kind], _SMALL):
            with storage().open(stem + ending) as file:
                storage().save(other + ending, file)
    except FileNotFoundError:
        return False
    return True


def delete(stem: str) -> None:
    """All that is named after it; what is not there is done too."""
    for ending in (*ENDINGS.values(), _SMALL):
        storage().delete(stem + ending)


def thumbnail(stem: str) -> bytes | None:
    """None where the file is gone."""
    try:
        with storage().open(stem + _SMALL) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return None


def part(stem: str, kind: str, *, offset: int, length: int) -> tuple[bytes, int]:
    """Some bytes of the picture, and the size of all of it. :raises FileNotFoundError: it is gone."""
    with storage().open(stem + ENDINGS[kind]) as file:
        file.seek(offset)
        return bytes(file.read(length)), file.size


def url(stem: str, kind: str) -> str:
    return f"{settings.POSTS_MEDIA_URL}/{stem}{ENDINGS[kind]}"


def thumbnail_url(stem: str) -> str:
    return f"{settings.POSTS_MEDIA_URL}/{stem}{_SMALL}"


def type_of(name: str) -> str | None:
    """The content type of the file of that name; None where it cannot be one of ours."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    return THUMBNAIL if found[1] == _SMALL else next(kind for kind, end in ENDINGS.items() if end == found[1])
