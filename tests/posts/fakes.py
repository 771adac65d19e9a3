"""The other service, as far as Posts asks anything of it."""

from collections import defaultdict
from collections.abc import Collection

from posts_project.auth_client import InvalidCredentials, RemoteUser, Staff
from shared.events import Event, EventResult, EventStatus, SessionRevoked, TokensRevoked
from shared.remote_errors import RemoteUnavailable

REVOCATIONS = {SessionRevoked.type, TokensRevoked.type}


class FakeAuthClient:
    """Knows the users and events it is told of, and tells `page` of them at once; `down` makes it unreachable; `calls`
    are the look-ups it was asked for; `refuses` is the code with which it refuses every sign-in; `told` are the events
    it was sent."""

    def __init__(self) -> None:
        self.users: dict[int, RemoteUser] = {}
        self.events: list[Event] = []
        self.page = 500
        self._by_subject: dict[str, list[Event]] = {}
        self._sorted = 0
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

    def get_everybody(self, *, after: int) -> list[RemoteUser]:
        self._require_up()
        return [self.users[one] for one in sorted(self.users) if one > after][: self.page]

    def get_events(self, *, user_id: int, after: int) -> tuple[list[Event], int]:
        self._require_up()
        own = sorted(self._events_of(str(user_id)), key=lambda one: one.sequence)
        known = self.users[user_id].sequence if user_id in self.users else 0
        last = max([known, *(one.sequence for one in own)])
        return [one for one in own if one.sequence > after][: self.page], last

    def get_revocations(self, *, after: int) -> list[Event]:
        self._require_up()
        found = [one for one in self.events if one.type in REVOCATIONS and int(one.id) > after]
        return sorted(found, key=lambda one: int(one.id))[: self.page]

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

    def _events_of(self, subject: str) -> list[Event]:
        if self._sorted != len(self.events):
            self._by_subject = defaultdict(list)
            for event in self.events:
                self._by_subject[event.subject].append(event)
            self._sorted = len(self.events)
        return self._by_subject.get(subject, [])

    def _require_up(self) -> None:
        if self.down:
            raise RemoteUnavailable("auth: down")
