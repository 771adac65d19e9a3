"""The other service, and people to test with."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from auth_project.accounts import passwords
from auth_project.accounts.hashers import Argon2idHasher
from auth_project.accounts.models import User
from auth_project.accounts.names import normalise, shape
from auth_project.posts_client import ExportPage, Piece, PostsFile, PostsPicture
from shared.events import Event, EventResult
from shared.remote_errors import RemoteNotFound, RemoteUnavailable

PASSWORD = "correct horse battery staple"
# What to patch where the database is to fail, whatever it is asked and by whom.
EVERY_CALL_OF_MONGODB = "pymongo.synchronous.mongo_client.MongoClient._retry_internal"
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


class FakePosts:
    """Takes events as Posts does; `is_down` makes it unreachable, `verdicts` what it says of an event's type, `pages`
    what it has of anybody for their archive, on the first of them `pictures` by their ids, in pieces, and `asked` where
    it was asked for pages from."""

    def __init__(self) -> None:
        self.received: list[Event] = []
        self.is_down = False
        self.verdicts: dict[str, str] = {}
        self.pages: list[list[PostsFile]] = [[]]
        self.pictures: dict[str, list[bytes]] = {}
        self.asked: list[str | None] = []

    def send(self, events: list[Event]) -> list[EventResult]:
        if self.is_down:
            raise RemoteUnavailable("posts: ConnectionError")
        self.received += events
        return [EventResult(id=one.id, status=self.verdicts.get(one.type, "applied")) for one in events]

    def export_page(self, *, user_id: int, cursor: str | None) -> ExportPage:
        self.ping()
        self.asked.append(cursor)
        place = int(cursor or 0)
        is_last = place + 1 == len(self.pages)
        pictures = [PostsPicture(id=one, name=f"{one}.png") for one in self.pictures] if place == 0 else []
        return ExportPage(files=self.pages[place], pictures=pictures, next=None if is_last else str(place + 1))

    def picture_piece(self, *, user_id: int, picture_id: str, offset: int) -> Piece:
        self.ping()
        if not self.pictures[picture_id]:
            raise RemoteNotFound(404, "not_found", "")
        pieces, begins = self.pictures[picture_id], 0
        for number, piece in enumerate(pieces, start=1):
            if begins == offset:
                return Piece(content=piece, next=None if number == len(pieces) else begins + len(piece))
            begins += len(piece)
        raise AssertionError(f"no piece of {picture_id} begins at {offset}")

    def ping(self) -> None:
        if self.is_down:
            raise RemoteUnavailable("posts: ConnectionError")


def hash_of(password: str) -> str:
    """What it costs to check is what it costs in this test (`conftest`)."""
    return _hash_of(password, Argon2idHasher.memory_cost)


@cache
def _hash_of(password: str, memory_cost: int) -> str:
    return passwords.hashed(password)


def make_user(username: str, *, password: str = PASSWORD, email: str = "", **attributes: Any) -> User:
    """A stored user, of whom no event was recorded."""
    email = email or f"{username}@example.com"
    return User.objects.create(
        username=normalise(username),
        username_ci=normalise(username),
        username_shape=attributes.pop("username_shape", shape(normalise(username))),
        email=email,
        email_ci=normalise(email),
        display_name=attributes.pop("display_name", username),
        password=hash_of(password),
        **attributes,
    )
