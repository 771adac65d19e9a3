"""Posts, seen from Auth: the calls we make to it, and the proof that a call comes from it."""

from functools import cache
from typing import Any

from django.conf import settings

from shared.breaker import CircuitBreaker
from shared.events import Event, EventResult, InvalidEvent
from shared.keys import load_key_set, load_private_key
from shared.remote_errors import RemoteUnavailable
from shared.service_client import ServiceClient
from shared.service_tokens import ServiceAuthentication, ServiceSigner, ServiceTokenVerifier


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

    def ping(self) -> None:
        """:raises RemoteError: Posts does not answer."""
        self._http.get("/healthz")


class PostsAuthentication(ServiceAuthentication):
    """Takes what Posts signed with the key pinned in our configuration, and nothing else."""

    def verifier(self) -> ServiceTokenVerifier:
        return _verifier()


@cache
def posts_client() -> PostsClient:
    """This process's one client: its connections and its breaker serve all threads."""
    key = load_private_key(settings.AUTH_SERVICE_KEY_FILE)
    signer = ServiceSigner(service="auth", audience="posts", key=key)
    return PostsClient(ServiceClient(base_url=settings.POSTS_BASE_URL, breaker=CircuitBreaker("posts"), signer=signer))


@cache
def _verifier() -> ServiceTokenVerifier:
    return ServiceTokenVerifier(service="auth", peer="posts", keys=load_key_set(settings.POSTS_SERVICE_JWKS_FILE))


def _results(answer: dict[str, Any]) -> list[EventResult]:
    """:raises RemoteUnavailable: the answer is not what was agreed; the events stay ours."""
    results = answer.get("results")
    if not isinstance(results, list):
        raise RemoteUnavailable("posts: the answer has no results")
    try:
        return [EventResult.from_json(result) for result in results]
    except InvalidEvent as error:
        raise RemoteUnavailable(f"posts: a result is malformed ({error})") from error
