"""Posts, seen from Auth: the calls we make to it, and the proof that a call comes from it."""

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from shared.breaker import CircuitBreaker
from shared.events import Event, EventResult, InvalidEvent
from shared.fields import parse_id
from shared.key_files import OwnKey, PinnedKeys
from shared.remote_errors import RemoteRefused, RemoteUnavailable
from shared.service_client import ServiceClient
from shared.service_tokens import ServiceAuthentication, ServiceSigner, ServiceTokenVerifier

LONGEST_CURSOR = 500

# Nothing that could leave the folder an archive is unpacked in.
_FILE_NAME = re.compile(r"[a-z0-9_-]{1,60}\.json")
_PICTURE_NAME = re.compile(r"[0-9]{1,19}\.[a-z]{3,4}")


@dataclass(frozen=True, kw_only=True)
class PostsFile:
    """A file of an archive: what its reader is told of it, and its rows."""

    name: str
    about: str
    content: list[Any]


@dataclass(frozen=True, kw_only=True)
class PostsPicture:
    """A picture of theirs, and how its file is to be called."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class ExportPage:
    """`next` leads on; None at the end."""

    files: list[PostsFile]
    pictures: list[PostsPicture]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some of a picture's file; `next` is where the next begins, None at the end."""

    content: bytes
    next: int | None


class PostsClient:
    """Calls that are answered or fail within a second; failures are `shared.remote_errors.RemoteError`s."""

    def __init__(self, http: ServiceClient) -> None:
        self._http = http

    @property
    def breaker(self) -> CircuitBreaker:
        return self._http.breaker

    def send(self, events: list[Event]) -> list[EventResult]:
        """Hand over up to 500 events; what Posts made of each, in whatever order it says so."""
        answer = self._http.post("/internal/v1/events", {"events": [event.to_json() for event in events]})
        return _results(answer)

    def export_page(self, *, user_id: int, cursor: str | None) -> ExportPage:
        """Some of what Posts keeps of somebody: the first page without a cursor, then what `next` of the last says."""
        answer = self._http.post("/internal/v1/exports", {"user_id": str(user_id), "cursor": cursor})
        return _export_page(answer)

    def picture_piece(self, *, user_id: int, picture_id: str, offset: int) -> Piece:
        """Some of the file of one of somebody's pictures, from there on.

        :raises RemoteNotFound: it is not there any more.
        """
        asked = {"user_id": str(user_id), "picture_id": picture_id, "offset": offset}
        return _piece(self._http.post("/internal/v1/exports/pictures", asked), offset)

    def ping(self) -> None:
        """:raises RemoteError: Posts does not answer."""
        self._http.get("/healthz")


class PostsAuthentication(ServiceAuthentication):
    """Takes what Posts signed with a key pinned in our configuration, and nothing else."""

    def verifier(self) -> ServiceTokenVerifier:
        return _verifier()


@cache
def posts_client() -> PostsClient:
    """This process's one client: its connections and its breaker serve all threads."""
    return _client(OwnKey(settings.AUTH_SERVICE_KEY_FILE, variable="AUTH_SERVICE_KEY_FILE"))


def check_keys() -> None:
    """:raises ConfigurationError: our own key or the keys of Posts cannot be read."""
    posts_client()
    _verifier()


def takes(key: Ed25519PrivateKey) -> bool:
    """Whether Posts takes calls signed with `key`. It is shown a batch without events, which it refuses afterwards.

    :raises RemoteUnavailable: it does not answer.
    """
    try:
        _client(lambda: key).send([])
    except RemoteRefused as error:
        return error.status != 401
    return True


def _client(key: Callable[[], Ed25519PrivateKey]) -> PostsClient:
    signer = ServiceSigner(service="auth", audience="posts", key=key)
    client = ServiceClient(
        base_url=settings.POSTS_BASE_URL,
        breaker=CircuitBreaker("posts"),
        signer=signer,
        ca_file=settings.PEER_CA_FILE,
    )
    return PostsClient(client)


@cache
def _verifier() -> ServiceTokenVerifier:
    pinned = PinnedKeys(settings.POSTS_SERVICE_JWKS_FILE, variable="POSTS_SERVICE_JWKS_FILE")
    return ServiceTokenVerifier(service="auth", peer="posts", keys=pinned)


def _results(answer: dict[str, Any]) -> list[EventResult]:
    """:raises RemoteUnavailable: the answer is not what was agreed; the events stay ours."""
    results = answer.get("results")
    if not isinstance(results, list):
        raise RemoteUnavailable("posts: the answer has no results")
    try:
        return [EventResult.from_json(result) for result in results]
    except InvalidEvent as error:
        raise RemoteUnavailable(f"posts: a result is malformed ({error})") from error


def _export_page(answer: dict[str, Any]) -> ExportPage:
    """:raises RemoteUnavailable: the answer is not what was agreed."""
    files, following = answer.get("files"), answer.get("next")
    is_cursor = isinstance(following, str) and 0 < len(following) <= LONGEST_CURSOR
    if not isinstance(files, list) or not (following is None or is_cursor):
        raise RemoteUnavailable("posts: the answer is no page of an archive")
    # A Posts of before there were any says nothing of them.
    pictures = answer.get("pictures", [])
    if not isinstance(pictures, list):
        raise RemoteUnavailable("posts: the pictures of an archive are no list")
    return ExportPage(
        files=[_posts_file(file) for file in files], pictures=[_picture(one) for one in pictures], next=following
    )


def _picture(picture: Any) -> PostsPicture:
    number, name = (picture.get(key) if isinstance(picture, dict) else None for key in ("id", "name"))
    if not (isinstance(number, str) and parse_id(number) and isinstance(name, str) and _PICTURE_NAME.fullmatch(name)):
        raise RemoteUnavailable("posts: a picture of an archive has no proper name")
    return PostsPicture(id=number, name=name)


def _piece(answer: dict[str, Any], offset: int) -> Piece:
    content, following = answer.get("content"), answer.get("next")
    try:
        read = b64decode(content, validate=True) if isinstance(content, str) else None
    except ValueError:
        read = None
    # Each piece leads further, or there would be no end.
    if read is None or following not in (None, offset + len(read)) or following == offset:
        raise RemoteUnavailable("posts: the answer is no piece of a picture")
    return Piece(content=read, next=following)


def _posts_file(file: Any) -> PostsFile:
    name, about, content = (file.get(key) if isinstance(file, dict) else None for key in ("name", "about", "content"))
    if not (isinstance(name, str) and _FILE_NAME.fullmatch(name) and isinstance(about, str)):
        raise RemoteUnavailable("posts: a file of an archive has no proper name")
    if not isinstance(content, list):
        raise RemoteUnavailable("posts: a file of an archive has no rows")
    return PostsFile(name=name, about=about, content=content)
