"""The other service, as far as Posts asks anything of it."""

from collections.abc import Collection

from posts_project.auth_client import InvalidCredentials, RemoteUser, Staff
from shared.events import Event, EventResult, EventStatus
from shared.remote_errors import RemoteUnavailable


class FakeAuthClient:
    """Knows the users it is told of; `down` makes it unreachable; `calls` are the look-ups it was asked for;
    `refuses` is the code with which it refuses every sign-in; `told` are the events it was sent."""

    def __init__(self) -> None:
        self.users: dict[int, RemoteUser] = {}
        self.passwords: dict[str, tuple[str, Staff]] = {}
        self.calls: list[tuple[str, ...]] = []
        self.told: list[Event] = []
        self.verdict: EventStatus = "applied"
        self.down = False
        self.refuses = ""

    def knows(self, *users: RemoteUser) -> None:
        self.users |= {user.user.id: user for user in users}

    def get_users(self, *, ids: Collection[int] = (), usernames: Collection[str] = ()) -> list[RemoteUser]:
        self.calls.append((*map(str, ids), *usernames))
        self._require_up()
        return [user for user in self.users.values() if user.user.id in ids or user.user.username in usernames]

    def check_credentials(self, *, login: str, password: str, otp: str = "", address: str = "") -> Staff:
        self._require_up()
        if self.refuses:
            raise InvalidCredentials(self.refuses)
        known, staff = self.passwords.get(login, ("", None))
        if staff is None or known != password:
            raise InvalidCredentials
        return staff

    def send(self, event: Event) -> EventResult:
        self._require_up()
        status = "duplicate" if event.id in {one.id for one in self.told} else self.verdict
        self.told.append(event)
        return EventResult(id=event.id, status=status)

    def ping(self) -> None:
        self._require_up()

    def _require_up(self) -> None:
        if self.down:
            raise RemoteUnavailable("auth: down")
