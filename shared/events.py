"""Events that cross the border between the services: the envelope (names of CloudEvents 1.0) and their payloads.

`sequence` counts all events of one user, from 1. `user.*` events carry the whole public state and are applied where
they are newer than what is stored; `session.revoked` and `tokens.revoked` only ever add, so their order is free;
`user.erased` is terminal. Of what Posts sends, `erasure.completed` is its answer to that and stands alone; the sequence
of `profile.suspended` and `profile.reinstated` counts what its moderators said of one user, and the newer word wins.
`signing_key.revoked` is about no user; it only ever adds, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, Protocol, Self

from shared.fields import parse_id
from shared.wire import parse_timestamp, timestamp

MAX_BATCH = 500
# In the place of a user, of what is about none.
NOBODY = 0

UserStatus = Literal["active", "deactivated", "suspended", "erased"]
USER_STATUSES: tuple[UserStatus, ...] = ("active", "deactivated", "suspended", "erased")

EventStatus = Literal["applied", "duplicate", "stale", "rejected"]
EVENT_STATUSES: tuple[EventStatus, ...] = ("applied", "duplicate", "stale", "rejected")


class InvalidEvent(ValueError):
    """A document that is no event of ours; the message names the member at fault."""


@dataclass(frozen=True, kw_only=True)
class UserState:
    """What Posts knows of a user: all of it public."""

    id: int
    username: str
    display_name: str
    bio: str
    avatar_url: str | None
    is_private: bool
    created_at: datetime
    state: UserStatus

    def to_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "username": self.username,
            "display_name": self.display_name,
            "bio": self.bio,
            "avatar_url": self.avatar_url,
            "is_private": self.is_private,
            "created_at": timestamp(self.created_at),
            "state": self.state,
        }

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """:raises InvalidEvent: a member is missing or has a wrong type."""
        members = _Members(document)
        return cls(
            id=members.id("id"),
            username=members.text("username"),
            display_name=members.text("display_name"),
            bio=members.text("bio"),
            avatar_url=members.text("avatar_url") if members.raw("avatar_url") is not None else None,
            is_private=members.flag("is_private"),
            created_at=members.moment("created_at"),
            state=members.one_of("state", USER_STATUSES),
        )


class Payload(Protocol):
    """What an event says; `type` names it."""

    type: ClassVar[str]

    def to_data(self) -> dict[str, Any]: ...

    @classmethod
    def from_data(cls, data: Any) -> Self: ...


@dataclass(frozen=True, kw_only=True)
class _UserPayload:
    user: UserState

    def to_data(self) -> dict[str, Any]:
        return {"user": self.user.to_json()}

    @classmethod
    def from_data(cls, data: Any) -> Self:
        return cls(user=UserState.from_json(_Members(data).raw("user")))


@dataclass(frozen=True, kw_only=True)
class _OfUser:
    """Says who, and by its type what."""

    user_id: int

    def to_data(self) -> dict[str, Any]:
        return {"user_id": str(self.user_id)}

    @classmethod
    def from_data(cls, data: Any) -> Self:
        return cls(user_id=_Members(data).id("user_id"))


class UserRegistered(_UserPayload):
    type: ClassVar[str] = "user.registered"


class UserUpdated(_UserPayload):
    type: ClassVar[str] = "user.updated"


class UserDeactivated(_UserPayload):
    """The account is hidden: by its owner (`deactivated`) or by moderation (`suspended`), as `user.state` says."""

    type: ClassVar[str] = "user.deactivated"


class UserReactivated(_UserPayload):
    type: ClassVar[str] = "user.reactivated"


class UserErased(_OfUser):
    """The person has left for good; nothing about them may be kept or come back."""

    type: ClassVar[str] = "user.erased"


class ErasureCompleted(_OfUser):
    """Posts keeps nothing of that person any more: what `user.erased` asked for is done."""

    type: ClassVar[str] = "erasure.completed"


@dataclass(frozen=True, kw_only=True)
class ProfileSuspended:
    """Moderators of Posts have shut somebody out, until then or (None) until they say so."""

    type: ClassVar[str] = "profile.suspended"
    user_id: int
    reason: str
    until: datetime | None

    def to_data(self) -> dict[str, Any]:
        until = timestamp(self.until) if self.until else None
        return {"user_id": str(self.user_id), "reason": self.reason, "until": until}

    @classmethod
    def from_data(cls, data: Any) -> Self:
        members = _Members(data)
        return cls(
            user_id=members.id("user_id"),
            reason=members.text("reason"),
            until=members.moment("until") if members.raw("until") is not None else None,
        )


class ProfileReinstated(_OfUser):
    """The moderators' suspension is over: taken back, appealed with success, or at its end."""

    type: ClassVar[str] = "profile.reinstated"


@dataclass(frozen=True, kw_only=True)
class SessionRevoked:
    """One session has ended; its access tokens are refused until the last of them has expired at `expires_at`."""

    type: ClassVar[str] = "session.revoked"
    user_id: int
    session_id: str
    expires_at: datetime

    def to_data(self) -> dict[str, Any]:
        return {
            "user_id": str(self.user_id),
            "session_id": self.session_id,
            "expires_at": timestamp(self.expires_at),
        }

    @classmethod
    def from_data(cls, data: Any) -> Self:
        members = _Members(data)
        return cls(
            user_id=members.id("user_id"),
            session_id=members.text("session_id"),
            expires_at=members.moment("expires_at"),
        )


@dataclass(frozen=True, kw_only=True)
class TokensRevoked:
    """All tokens of a user that were issued before `valid_after` are refused."""

    type: ClassVar[str] = "tokens.revoked"
    user_id: int
    valid_after: datetime

    def to_data(self) -> dict[str, Any]:
        return {"user_id": str(self.user_id), "valid_after": timestamp(self.valid_after)}

    @classmethod
    def from_data(cls, data: Any) -> Self:
        members = _Members(data)
        return cls(user_id=members.id("user_id"), valid_after=members.moment("valid_after"))


@dataclass(frozen=True, kw_only=True)
class SigningKeyRevoked:
    """What that key has signed is refused, whatever the published set said before. About no user: `NOBODY`."""

    type: ClassVar[str] = "signing_key.revoked"
    kid: str

    def to_data(self) -> dict[str, Any]:
        return {"kid": self.kid}

    @classmethod
    def from_data(cls, data: Any) -> Self:
        return cls(kid=_Members(data).text("kid", at_most=43))


Payloads = Mapping[str, type[Payload]]

FROM_AUTH: Payloads = {
    payload.type: payload
    for payload in (
        UserRegistered, UserUpdated, UserDeactivated, UserReactivated, UserErased, SessionRevoked, TokensRevoked,
        SigningKeyRevoked,
    )
}  # fmt: skip
FROM_POSTS: Payloads = {payload.type: payload for payload in (ErasureCompleted, ProfileSuspended, ProfileReinstated)}
PAYLOADS: Payloads = {**FROM_AUTH, **FROM_POSTS}


@dataclass(frozen=True, kw_only=True)
class Event:
    """One fact, past tense. `subject` is the id of the user it is about, or `NOBODY`; `time` is when it became true."""

    id: str
    type: str
    source: str
    subject: str
    sequence: int
    time: datetime
    data: dict[str, Any]

    def payload(self, among: Payloads = PAYLOADS) -> Payload:
        """:param among: the types that may come from where this one came from.
        :raises InvalidEvent: another type, or data that does not fit it.
        """
        if self.type not in among:
            raise InvalidEvent(f"type: {self.type!r} is not known")
        return among[self.type].from_data(self.data)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": self.type,
            "source": self.source,
            "subject": self.subject,
            "sequence": self.sequence,
            "time": timestamp(self.time),
            "data": self.data,
        }

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """The envelope alone is judged here; its data when `payload` is asked for.

        :raises InvalidEvent: a member is missing, superfluous or has a wrong type.
        """
        members = _Members(document)
        members.exactly({"id", "type", "source", "subject", "sequence", "time", "data"})
        return cls(
            id=members.text("id", at_most=64),
            type=members.text("type", at_most=64),
            source=members.text("source", at_most=64),
            subject=members.text("subject", at_most=64),
            sequence=members.count("sequence"),
            time=members.moment("time"),
            data=members.object("data"),
        )


@dataclass(frozen=True, kw_only=True)
class EventResult:
    """What the receiver made of one event: `applied`, `duplicate` (seen before), `stale` (something newer is known)
    or, for a `reason`, `rejected` (sending it again will not help)."""

    id: str
    status: EventStatus
    reason: str = ""

    def to_json(self) -> dict[str, str]:
        reason = {"reason": self.reason} if self.reason else {}
        return {"id": self.id, "status": self.status, **reason}

    @classmethod
    def from_json(cls, document: Any) -> Self:
        members = _Members(document)
        reason = members.text("reason") if members.raw("reason") is not None else ""
        return cls(id=members.text("id"), status=members.one_of("status", EVENT_STATUSES), reason=reason)


class _Members:
    """Typed access to the members of a document that came from outside."""

    def __init__(self, document: Any) -> None:
        if not isinstance(document, Mapping):
            raise InvalidEvent("must be an object")
        self._document = document

    def raw(self, name: str) -> Any:
        return self._document.get(name)

    def exactly(self, names: set[str]) -> None:
        if unexpected := set(self._document) ^ names:
            raise InvalidEvent(f"{sorted(unexpected)[0]}: missing or not known")

    def text(self, name: str, *, at_most: int = 10_000) -> str:
        value = self.raw(name)
        if not isinstance(value, str) or len(value) > at_most or "\x00" in value:
            raise InvalidEvent(f"{name}: must be a text of at most {at_most} characters")
        return value

    def id(self, name: str) -> int:
        value = parse_id(self.text(name))
        if value is None:
            raise InvalidEvent(f"{name}: must be an id")
        return value

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if not isinstance(value, bool):
            raise InvalidEvent(f"{name}: must be true or false")
        return value

    def count(self, name: str) -> int:
        value = self.raw(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
            raise InvalidEvent(f"{name}: must be a positive whole number")
        return value

    def object(self, name: str) -> dict[str, Any]:
        value = self.raw(name)
        if not isinstance(value, dict):
            raise InvalidEvent(f"{name}: must be an object")
        return value

    def one_of(self, name: str, choices: tuple[Any, ...]) -> Any:
        value = self.raw(name)
        if value not in choices:
            raise InvalidEvent(f"{name}: must be one of {', '.join(choices)}")
        return value

    def moment(self, name: str) -> datetime:
        try:
            return parse_timestamp(self.text(name))
        except ValueError as error:
            raise InvalidEvent(f"{name}: must be a time with an offset") from error
