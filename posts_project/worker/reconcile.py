"""Comparing what Posts knows with what Auth says, and mending it.

A difference may be news that is on its way: it counts only where a second look at both sides, some seconds later, finds
it too. What must not be guessed is told and left: who was erased here never comes back, and nobody is erased here of
whom Auth has no event that says so.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from posts_project.auth_client import MAX_USERS, RemoteUser, auth
from posts_project.events.models import EventPosition
from posts_project.events.registry import publish_as
from posts_project.events.services import Received, subject_of
from posts_project.profiles import tombstones
from posts_project.profiles.models import Profile, State
from posts_project.profiles.services import apply
from posts_project.revocations.models import RevokedSession, TokensEnded
from posts_project.worker import pulling
from shared.events import Event, SessionRevoked, TokensRevoked, UserState
from shared.snowflakes import MAX_ID

# As long as an event may be on its way while all is well.
SECOND_LOOK_SECONDS = 3.0
COLUMNS = tuple(UserState.__dataclass_fields__)

NO_PROFILE = "no profile"
OUTDATED = "outdated profile"
DIFFERENT = "different profile"
AHEAD = "profile newer than Auth"
ERASED_HERE = "erased here alone"
UNKNOWN = "unknown to Auth"
SESSION = "session not ended"
TOKENS = "tokens not ended"
GAP = "events missing"
KINDS = (NO_PROFILE, OUTDATED, DIFFERENT, AHEAD, ERASED_HERE, UNKNOWN, SESSION, TOKENS, GAP)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """`mend` makes it go away and tells whether it did; None where nobody but a person may decide.

    :param thing: what `subject` is the id of.
    :param detail: how far the two are apart, where that can be said in a word.
    """

    kind: str
    subject: str
    thing: str = "user"
    detail: str = ""
    mend: Callable[[], bool] | None = None


def differences(*, after: int = 0, seen: Callable[[int, int], None] = lambda count, last: None) -> Iterator[Difference]:
    """All there are, each while it is there: who mends it as it comes sees no consequence of it a second time.

    :param after: users up to that id were compared before.
    :param seen: called for every page of users with their number and the id of the last.
    :raises RemoteError: Auth cannot be asked.
    """
    suspects, unheard = list(_suspects(after, seen)), _revocations_without_effect()
    if suspects or unheard:
        time.sleep(SECOND_LOOK_SECONDS)
    for start in range(0, len(suspects), MAX_USERS):
        yield from _confirmed(suspects[start : start + MAX_USERS])
    if unheard:
        yield from map(_without_effect, _revocations_without_effect())


def _suspects(after: int, seen: Callable[[int, int], None]) -> Iterator[int]:
    """Ids of users that look different at the first look."""
    while True:
        users = auth().get_everybody(after=after)
        last = users[-1].user.id if users else MAX_ID
        profiles = {profile.id: profile for profile in Profile.objects.filter(id__gt=after, id__lte=last)}
        known = {user.user.id: user for user in users}
        yield from (one for one in sorted({*known, *profiles}) if _kind(known.get(one), profiles.get(one)))
        yield from _behind(users)
        if not users:
            return
        seen(len(users), last)
        after = last


def _behind(users: Sequence[RemoteUser]) -> Iterator[int]:
    """Those of whom something was recorded that never came."""
    newest = {subject_of(user.user.id): user for user in users}
    positions = EventPosition.objects.filter(subject__in=newest)
    yield from (newest[row.subject].user.id for row in positions if row.sequence < newest[row.subject].sequence)


def _confirmed(ids: Sequence[int]) -> Iterator[Difference]:
    """What a second look finds of those."""
    known = {user.user.id: user for user in auth().get_users(ids=ids)}
    profiles = Profile.objects.in_bulk(ids)
    for one in dict.fromkeys(ids):
        kind = _kind(known.get(one), profiles.get(one))
        if kind:
            yield Difference(kind=kind, subject=str(one), mend=_mend(kind, one, known.get(one)))
    yield from [_gap(one) for one in _behind(list(known.values()))]


def _kind(user: RemoteUser | None, profile: Profile | None) -> str:
    """What is wrong between the two; empty where nothing is."""
    if profile is None:
        return "" if user is None else ERASED_HERE if tombstones.stands_for(user.user.id) else NO_PROFILE
    if user is None:
        return "" if profile.state == State.ERASED else UNKNOWN
    if profile.state == State.ERASED:
        return ERASED_HERE
    if asdict(user.user) == _as_told(profile):
        return ""
    if profile.version == user.sequence:
        return DIFFERENT
    return OUTDATED if profile.version < user.sequence else AHEAD


def _as_told(profile: Profile) -> dict[str, Any]:
    return {column: getattr(profile, column) for column in COLUMNS} | {"state": profile.state_at_auth}


def _mend(kind: str, user_id: int, user: RemoteUser | None) -> Callable[[], bool] | None:
    if user is None:
        return partial(_erase_as_told, user_id)
    return partial(_take, user) if kind in (NO_PROFILE, OUTDATED, DIFFERENT) else None


@transaction.atomic
def _take(user: RemoteUser) -> bool:
    # Of two that say the same version Auth's is right: ours gives way.
    Profile.objects.filter(id=user.user.id, version=user.sequence).update(version=user.sequence - 1)
    return apply.apply_state(user.user, version=user.sequence)


def _erase_as_told(user_id: int) -> bool:
    """By the event that says so, if Auth has it."""
    pulling.pull_events(user_id)
    return not Profile.objects.filter(id=user_id).exclude(state=State.ERASED).exists()


def _revocations_without_effect() -> list[Event]:
    found: list[Event] = []
    after = 0
    while events := auth().get_revocations(after=after):
        found += _ineffective(events)
        after = int(events[-1].id)
    return found


def _ineffective(events: Sequence[Event]) -> Iterator[Event]:
    payloads = [event.payload() for event in events]
    sessions = [payload.session_id for payload in payloads if isinstance(payload, SessionRevoked)]
    users = [payload.user_id for payload in payloads if isinstance(payload, TokensRevoked)]
    ended = set(RevokedSession.objects.filter(session_id__in=sessions).values_list("session_id", flat=True))
    valid_after = dict(TokensEnded.objects.filter(user_id__in=users).values_list("user_id", "valid_after"))
    for event, payload in zip(events, payloads, strict=True):
        if isinstance(payload, SessionRevoked):
            is_effective = payload.session_id in ended or payload.expires_at <= timezone.now()
        else:
            assert isinstance(payload, TokensRevoked)
            is_effective = payload.user_id in valid_after and valid_after[payload.user_id] >= payload.valid_after
        if not is_effective:
            yield event


def _without_effect(event: Event) -> Difference:
    kind = SESSION if event.type == SessionRevoked.type else TOKENS
    return Difference(kind=kind, subject=event.subject, mend=partial(_revoke, event))


def _revoke(event: Event) -> bool:
    """Past the inbox, which may know the event: it is the effect that is missing."""
    publish_as(event.type, Received(payload=event.payload(), sequence=event.sequence, received_at=timezone.now()))
    return True


def _gap(user_id: int) -> Difference:
    return Difference(kind=GAP, subject=str(user_id), mend=partial(_pull, user_id))


def _pull(user_id: int) -> bool:
    pulling.pull_events(user_id)
    return True
