"""A session's life: started by a sign-in, kept alive by refreshing, ended once."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from auth_project.accounts import selectors as users
from auth_project.accounts.models import User
from auth_project.accounts.services import valid_after
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.events import outbox
from auth_project.mongodb import find_one_and_update, insert_one
from auth_project.throttling.guesses import Guesser
from auth_project.tokens import selectors
from auth_project.tokens.access_tokens import LIFE, AccessToken
from auth_project.tokens.models import ABSOLUTE_LIMIT, IDLE_LIMIT, MOST_SESSIONS, Session
from auth_project.tokens.refresh_tokens import RefreshToken, new_sid
from auth_project.transactions import run_in_txn
from shared.access_tokens import LEEWAY_SECONDS
from shared.events import SessionRevoked
from shared.problems import NotAuthenticated, NotFound, TokenExpired, TokenInvalid, TokenRevoked
from shared.rate_limits import network_of

# How long a parent may be answered with its one successor again: a lost answer, two tabs.
REPLAY_WINDOW = timedelta(seconds=10)

# How long access tokens of an ended session must be refused: their life, the verifiers' leeway, and a margin for one
# that was signed while the session was ending.
REFUSE_TOKENS_FOR = LIFE + timedelta(seconds=LEEWAY_SECONDS + 10)

Method = Literal["password", "passkey", "registration"]
# As what the audit has the end of a session, where that is not all there is to say.
ENDINGS = {Session.EndReason.LOGOUT: Event.LOGOUT, Session.EndReason.TOKEN_REUSED: Event.TOKEN_REUSED}

logger = logging.getLogger(__name__)


class TokenReused(NotAuthenticated):
    """Somebody else has, or had, this token: nobody can tell the thief from the owner, so the session ends."""

    keeps_effects = True
    code, title = "token_reused", "The refresh token was used before; its session has been ended"


@dataclass(frozen=True, kw_only=True, repr=False)
class TokenPair:
    """What a client needs to act for the user; `expires_in` in seconds, of the access token."""

    access: str
    refresh: str
    expires_in: int = int(LIFE.total_seconds())
    token_type: str = "Bearer"  # noqa: S105 - RFC 6750's name


@dataclass(frozen=True, kw_only=True)
class Device:
    """Where a sign-in came from, to show to the user."""

    ip: str | None
    user_agent: str


def start_session(*, user: User, device: Device, now: datetime, method: Method = "password") -> TokenPair:
    """Sign `user` in. Of more than fifty sessions the oldest end.

    :param method: how they have shown who they are.
    :param now: a moment before the password was checked, so that a password changed meanwhile ends this session too.
    """
    token = RefreshToken.first(new_sid())
    session = Session(
        id=token.sid,
        user_id=user.pk,
        created_at=now,
        last_used_at=now,
        expires_at=now + ABSOLUTE_LIMIT,
        ip=device.ip,
        user_agent=device.user_agent,
        token_hash=token.hash,
    )
    run_in_txn(lambda: _start(session, method))
    logger.info("session.started", extra={"user_id": user.pk})
    if selectors.live_sessions(user, now=now)[MOST_SESSIONS:].exists():
        run_in_txn(lambda: _end_surplus(user, now))
    Guesser(login=user.username_ci, account=user.pk, network=network_of(device.ip)).remember(now=now)
    return _pair(user, session, token, now)


def refresh(*, token: str, now: datetime) -> TokenPair:
    """A new pair for the bearer of `token`, whose time is over with that. See Note [Derived successors].

    :raises TokenInvalid: we never issued it. :raises TokenExpired: unused for 14 days, or its session is 90 days old.
    :raises TokenRevoked: its session has ended, or its user may not sign in.
    :raises TokenReused: it was used before; its session ends with this call.
    """
    parent = RefreshToken.parse(token)
    session = _rotated(parent, now) or _replayed(parent, now)
    user = users.by_id(session.user_id)
    if user is None or not user.accepts_session(born_at=session.created_at):
        raise TokenRevoked
    return _pair(user, session, parent.successor(), now)


def end_session(*, session_id: str, reason: Session.EndReason, now: datetime) -> None:
    """End a session, here at once and in Posts as soon as the event arrives; once ended it stays so."""
    run_in_txn(lambda: _end(session_id, reason, now))


def end_own_session(*, user: User, session_id: str, now: datetime) -> None:
    """End one of `user`'s sessions from another. :raises NotFound: it is over, or it is not theirs."""
    if not selectors.live_sessions(user, now=now).filter(pk=session_id).exists():
        raise NotFound
    end_session(session_id=session_id, reason=Session.EndReason.BY_USER, now=now)


def end_others(*, user_id: int, keep: str | None, reason: Session.EndReason, now: datetime) -> None:
    """End all sessions of a user but `keep`, in one transaction; without `keep`, all that were born before `now`."""
    run_in_txn(lambda: _end_others(user_id, keep, reason, now))


def purge_expired(*, now: datetime) -> int:
    """Delete sessions that are past their 90 days, whether or not they were ended before."""
    deleted, _ = Session.objects.filter(expires_at__lt=now).delete()
    return deleted


def _start(session: Session, method: Method) -> None:
    insert_one(session)
    record(Event.LOGIN_SUCCEEDED, user_id=session.user_id, method=method, session_id=session.pk)


def _rotated(parent: RefreshToken, now: datetime) -> Session | None:
    """The session, moved on from `parent` to its successor; None where `parent` is not its present token.

    One atomic step: of many who come with the same token one moves the session on.
    """
    successor = parent.successor()
    return find_one_and_update(
        Session,
        match={
            "_id": parent.sid,
            "generation": parent.generation,
            "token_hash": parent.hash,
            "ended_at": None,
            "expires_at": {"$gt": now},
            "last_used_at": {"$gt": now - IDLE_LIMIT},
        },
        update={
            "$set": {
                "generation": successor.generation,
                "token_hash": successor.hash,
                "parent_hash": parent.hash,
                "last_used_at": now,
            }
        },
    )


def _replayed(parent: RefreshToken, now: datetime) -> Session:
    """The session, where `parent` was used a moment ago and is its present token's parent."""
    session = selectors.by_id(parent.sid)
    if session is None:
        raise TokenInvalid
    if session.is_over:
        raise TokenRevoked
    if session.has_expired(now=now):
        raise TokenExpired
    if session.parent_hash == parent.hash and now - session.last_used_at <= REPLAY_WINDOW:
        return session
    end_session(session_id=session.pk, reason=Session.EndReason.TOKEN_REUSED, now=now)
    logger.warning("session.token_reused", extra={"user_id": session.user_id})
    raise TokenReused


def _end_others(user_id: int, keep: str | None, reason: Session.EndReason, now: datetime) -> None:
    user = User.objects.get(pk=user_id)
    if keep is None:
        valid_after.end_all(user, now=now)
    else:
        for session in selectors.live_sessions(user, now=now).exclude(pk=keep):
            _end(session.pk, reason, now)


def _end_surplus(user: User, now: datetime) -> None:
    for session in selectors.live_sessions(user, now=now)[MOST_SESSIONS:]:
        _end(session.pk, Session.EndReason.TOO_MANY, now)


def _end(session_id: str, reason: Session.EndReason, now: datetime) -> None:
    session = selectors.by_id(session_id)
    if session is None or session.is_over:
        return
    session.ended_at, session.end_reason = now, reason
    session.save(update_fields=["ended_at", "end_reason"])
    payload = SessionRevoked(user_id=session.user_id, session_id=session.pk, expires_at=now + REFUSE_TOKENS_FOR)
    outbox.record(user_id=session.user_id, payload=payload)
    event = ENDINGS.get(reason, Event.SESSION_ENDED)
    record(event, user_id=session.user_id, session_id=session.pk, reason=reason.value)


def _pair(user: User, session: Session, token: RefreshToken, now: datetime) -> TokenPair:
    return TokenPair(access=AccessToken.issue(user=user, session_id=session.pk, now=now), refresh=str(token))
