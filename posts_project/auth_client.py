"""What Posts may ask Auth, who people are and what happened to them, and what it tells Auth."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from shared.breaker import CircuitBreaker
from shared.events import Event, EventResult, InvalidEvent, UserState
from shared.key_files import OwnKey
from shared.remote_errors import RemoteRefused, RemoteUnavailable
from shared.service_client import ServiceClient
from shared.service_tokens import ServiceSigner
from shared.snowflakes import MAX_ID

MAX_USERS = 100


class InvalidCredentials(Exception):
    """The login, password or one-time code is wrong, or not enough; `code` is what Auth calls it."""

    def __init__(self, code: str = "invalid_credentials") -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class RemoteUser:
    """A user as Auth knows them, and the sequence of their last event."""

    user: UserState
    sequence: int


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Who has signed in, and what they may do: `staff`, `admin`."""

    user: UserState
    roles: tuple[str, ...]


class AuthClient:
    """Calls to Auth. Every method raises RemoteUnavailable (try later) or RemoteRefused (our mistake)."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    def get_users(self, *, ids: Collection[int] = (), usernames: Collection[str] = ()) -> list[RemoteUser]:
        """Those of the named users that exist; by ids or by usernames, a hundred at a time."""
        name, values = ("ids", [str(number) for number in ids]) if ids else ("usernames", list(usernames))
        batches = [values[start : start + MAX_USERS] for start in range(0, len(values), MAX_USERS)]
        return [user for batch in batches for user in self._users("/internal/v1/users", {name: ",".join(batch)})]

    def get_everybody(self, *, after: int) -> list[RemoteUser]:
        """The next users in the order of their ids, beyond that one; none where there are no more."""
        return self._users("/internal/v1/users/all", {"after": str(after)})

    def get_events(self, *, user_id: int, after: int) -> tuple[list[Event], int]:
        """The next 200 events of a user at most, beyond a sequence, and the sequence of the last there is."""
        answer = self._client.get(f"/internal/v1/users/{user_id}/events", {"after": str(after)})
        return _events(answer), _count(answer.get("sequence"))

    def get_revocations(self, *, after: int) -> list[Event]:
        """The next 200 at most of the last quarter of an hour, beyond the event of that id."""
        return _events(self._client.get("/internal/v1/revocations", {"after": str(after)}))

    def check_credentials(self, *, login: str, password: str, otp: str = "", address: str = "") -> Staff:
        """:param address: the browser's, for which Auth counts wrong attempts.
        :raises InvalidCredentials: Auth does not let this login in with this password and code.
        """
        optional = {name: value for name, value in (("otp", otp), ("address", address)) if value}
        body = {"login": login, "password": password} | optional
        try:
            answer = self._client.post("/internal/v1/credentials/check", body)
        except RemoteRefused as error:
            raise InvalidCredentials(error.code) from error
        return Staff(user=_state(answer.get("user")), roles=tuple(str(role) for role in answer.get("roles", ())))

    def send(self, event: Event) -> EventResult:
        """Hand over one event; what Auth made of it."""
        answer = self._client.post("/internal/v1/events", {"events": [event.to_json()]})
        return _result(answer.get("results"))

    def ping(self) -> None:
        self._client.get("/healthz")

    def _users(self, path: str, parameters: dict[str, str]) -> list[RemoteUser]:
        rows = self._client.get(path, parameters).get("users")
        if not isinstance(rows, list):
            raise RemoteUnavailable("auth: no list of users")
        return [_remote_user(row) for row in rows]


def _result(results: Any) -> EventResult:
    """Of the one event that was sent."""
    try:
        [result] = results if isinstance(results, list) else []
        return EventResult.from_json(result)
    except ValueError as error:
        raise RemoteUnavailable("auth: no result of the event") from error


def _remote_user(row: Any) -> RemoteUser:
    if not isinstance(row, dict):
        raise RemoteUnavailable("auth: a user that is none")
    return RemoteUser(user=_state(row.get("user")), sequence=_count(row.get("sequence"), at_least=1))


def _events(answer: dict[str, Any]) -> list[Event]:
    rows = answer.get("events")
    if not isinstance(rows, list):
        raise RemoteUnavailable("auth: no list of events")
    try:
        return [Event.from_json(row) for row in rows]
    except InvalidEvent as error:
        raise RemoteUnavailable(f"auth: {error}") from error


def _count(value: Any, *, at_least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not at_least <= value < 2**63:
        raise RemoteUnavailable("auth: no sequence")
    return value


def _state(document: Any) -> UserState:
    # What the peer sends is checked like anybody's input (OWASP API10).
    try:
        return UserState.from_json(document)
    except InvalidEvent as error:
        raise RemoteUnavailable(f"auth: {error}") from error


breaker = CircuitBreaker("auth")


_client: "AuthClient | None" = None


def auth() -> AuthClient:
    """The client of this process, made at first use."""
    global _client
    if _client is None:
        _client = _signing_with(OwnKey(settings.POSTS_SERVICE_KEY_FILE, variable="POSTS_SERVICE_KEY_FILE"), breaker)
    return _client


def takes(key: Ed25519PrivateKey) -> bool:
    """Whether Auth takes calls signed with `key`. :raises RemoteUnavailable: it does not answer."""
    try:
        _signing_with(lambda: key, CircuitBreaker("auth")).get_revocations(after=MAX_ID)
    except RemoteRefused as error:
        return error.status != 401
    return True


def _signing_with(key: Callable[[], Ed25519PrivateKey], breaker: CircuitBreaker) -> AuthClient:
    signer = ServiceSigner(service="posts", audience="auth", key=key)
    return AuthClient(ServiceClient(base_url=settings.AUTH_BASE_URL, breaker=breaker, signer=signer))


def use(client: AuthClient | None) -> None:
    """Put `client` in the place of the real one, as tests do; None brings the real one back."""
    global _client
    _client = client
