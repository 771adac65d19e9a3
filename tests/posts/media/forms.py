"""Uploads as clients send them."""

from collections.abc import Mapping
from typing import Any

from tests.pictures import FORM as FORM
from tests.pictures import form as multipart
from tests.pictures import picture
from tests.posts.people import Person


def form(fields: Mapping[str, Any] | None = None, *, content: bytes | None = None, filename: str = "a.png") -> bytes:
    """A body with a picture, or `content`, and other fields."""
    texts = [(name, None, str(value).encode()) for name, value in (fields or {}).items()]
    return multipart(("file", filename, picture(size=(8, 6)) if content is None else content), *texts)


def uploads(who: Person, content: bytes | None = None, *, filename: str = "a.png", **fields: Any) -> dict[str, Any]:
    """Upload a picture; the answer's body."""
    response = send(who, form(fields, content=content, filename=filename))
    assert response.status_code == 201, response.content
    return response.json()


def send(who: Person, body: bytes, **headers: str) -> Any:
    authorization = {"Authorization": f"Bearer {who.token}"}
    return who.client.generic("POST", "/api/v1/media", body, FORM, headers=authorization | headers)
