"""Uploads as clients send them."""

from collections.abc import Mapping
from typing import Any

from tests.pictures import FORM as FORM
from tests.pictures import form as multipart
from tests.pictures import picture


def form(fields: Mapping[str, Any] | None = None, *, content: bytes | None = None, filename: str = "a.png") -> bytes:
    """A body with a picture, or `content`, and other fields."""
    texts = [(name, None, str(value).encode()) for name, value in (fields or {}).items()]
    return multipart(("file", filename, picture(size=(8, 6)) if content is None else content), *texts)
