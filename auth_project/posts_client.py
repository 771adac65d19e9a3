"""Posts, seen from Auth: the calls we make to it, and the proof that a call comes from it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from shared.breaker import CircuitBreaker
from shared.events import Event, EventResult, InvalidEvent
from shared.key_files import OwnKey, PinnedKeys
from shared.remote_errors import RemoteRefused, RemoteUnavailable
from shared.service_client import ServiceClient
from shared.service_tokens import ServiceAuthentication, ServiceSigner, ServiceTokenVerifier

LONGEST_CURSOR = 500

# Nothing that could leave the folder an archive is unpacked in.
_FILE_NAME = re.compile(r"[a-z0-9_-]{1,60}\.json")


@dataclass(frozen=True, kw_only=True)
class PostsFile:
    """A file of an archive: what its reader is told of it, and its rows."""

    name: str
    about: str
    content: list[Any]


@dataclass(frozen=True, kw_only=True)
class ExportPage:
    """`next` leads on; None at the end."""

    files: list[PostsFile]
    next: str | None


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
    return PostsClient(ServiceClient(base_url=settings.POSTS_BASE_URL, breaker=CircuitBreaker("posts"), signer=signer))


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
    return ExportPage(files=[_posts_file(file) for file in files], next=following)


def _posts_file(file: Any) -> PostsFile:
    name, about, content = (file.get(key) if isinstance(file, dict) else None for key in ("name", "about", "content"))
    if not (isinstance(name, str) and _FILE_NAME.fullmatch(name) and isinstance(about, str)):
        raise RemoteUnavailable("posts: a file of an archive has no proper name")
    if not isinstance(content, list):
        raise RemoteUnavailable("posts: a file of an archive has no rows")
    return PostsFile(name=name, about=about, content=content)
