"""Recording what happened, and handing it out for delivery. See Note [Auth writes and the outbox]."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.db.models import F, QuerySet

from auth_project.events.models import OutboxEvent
from auth_project.mongodb import find_one_and_update
from auth_project.transactions import in_txn
from shared.delivery import Claimed
from shared.events import (
    NOBODY,
    Event,
    Payload,
    SessionRevoked,
    TokensRevoked,
    UserDeactivated,
    UserReactivated,
    UserRegistered,
    UserUpdated,
)
from shared.request_context import current_traceparent
from shared.snowflakes import least_id_at

KEEP_DELIVERED_FOR = timedelta(days=7)
# The types that carry what a user looks like.
STATES = [kind.type for kind in (UserRegistered, UserUpdated, UserDeactivated, UserReactivated)]

REVOCATIONS = [SessionRevoked.type, TokensRevoked.type]
# Five minutes, and more than any two clocks are apart.
TOKENS_LIVE_FOR = timedelta(minutes=15)


class RecordedOutsideTransaction(RuntimeError):
    """An event that could be lost, or told of a change that never happened: a bug of ours."""


def record(*, user_id: int, payload: Payload) -> OutboxEvent:
    """Tell Posts about a change of that user, in the transaction that makes the change.

    The user's `version` goes up by one and is the event's place in the order of all their events; so two changes of
    one user that happen at once meet at that document, and MongoDB lets one of them run again after the other.
    """
    if not in_txn():
        raise RecordedOutsideTransaction(payload.type)
    user = find_one_and_update(get_user_model(), match={"_id": user_id}, update={"$inc": {"version": 1}})
    if user is None:
        raise LookupError(f"no user {user_id} to record {payload.type} of")
    return OutboxEvent.objects.create(
        type=payload.type,
        user_id=user_id,
        sequence=user.version,
        data=payload.to_data(),
        traceparent=current_traceparent() or None,
    )


def record_of_nobody(payload: Payload) -> OutboxEvent:
    """Tell Posts about what is no user's, in the transaction that makes it so. It has no order."""
    if not in_txn():
        raise RecordedOutsideTransaction(payload.type)
    return OutboxEvent.objects.create(
        type=payload.type,
        user_id=NOBODY,
        sequence=1,
        data=payload.to_data(),
        traceparent=current_traceparent() or None,
    )


def events_of(user_id: int, *, after: int, limit: int) -> list[Event]:
    """Those of a user beyond a sequence that are still kept, in their order."""
    rows = OutboxEvent.objects.filter(user_id=user_id, sequence__gt=after).order_by("sequence")[:limit]
    return [row.envelope() for row in rows]


def revocations(*, after: int, now: datetime, limit: int) -> list[Event]:
    """Those that may still matter to a token, beyond the event of that id; one walk along the ids."""
    start = max(after, least_id_at(now - TOKENS_LIVE_FOR))
    rows = OutboxEvent.objects.filter(pk__gt=start, type__in=REVOCATIONS).order_by("pk")[:limit]
    return [row.envelope() for row in rows]


class MongoOutboxStore:
    """`shared.delivery.OutboxStore` on MongoDB. Any number of workers may share the collection.

    :param worker: this process's name, by which it finds the events it holds.
    """

    def __init__(self, *, worker: str) -> None:
        self._worker = worker

    def claim(self, *, limit: int, lease: timedelta, now: datetime) -> list[Claimed]:
        """Three statements whatever the limit, 40 times faster than a `find_one_and_update` for each event.

        The update changes documents one by one, each only while it is still due: of two workers one gets each.
        """
        due = OutboxEvent.objects.filter(status=OutboxEvent.Status.PENDING, due_at__lte=now)
        ids = list(due.order_by("due_at").values_list("pk", flat=True)[:limit])
        if not ids:
            return []
        ends_at = now + lease
        due.filter(pk__in=ids).update(due_at=ends_at, worker=self._worker, attempts=F("attempts") + 1)
        ours = OutboxEvent.objects.filter(pk__in=ids, worker=self._worker, due_at=ends_at).order_by("pk")
        return [_claimed(row) for row in ours]

    def delivered(self, ids: Sequence[str], *, now: datetime) -> None:
        OutboxEvent.objects.filter(pk__in=[int(one) for one in ids]).update(
            status=OutboxEvent.Status.DELIVERED, delivered_at=now, due_at=now, worker="", last_error=""
        )

    def retry(self, claimed: Claimed, *, at: datetime, error: str) -> None:
        self._held(claimed).update(due_at=at, worker="", last_error=error[:500])

    def dead(self, claimed: Claimed, *, reason: str, now: datetime) -> None:
        self._held(claimed).update(status=OutboxEvent.Status.DEAD, due_at=now, worker="", last_error=reason[:500])

    def hasten(self, *, now: datetime) -> int:
        """Make due what was put off till later and nobody holds; return how many events those were."""
        put_off = OutboxEvent.objects.filter(status=OutboxEvent.Status.PENDING, due_at__gt=now, worker="")
        return put_off.update(due_at=now)

    def hand_back(self, *, now: datetime) -> int:
        """Make all that this worker holds due again; return how many events those were."""
        held = OutboxEvent.objects.filter(status=OutboxEvent.Status.PENDING, worker=self._worker)
        return held.update(due_at=now, worker="")

    def _held(self, claimed: Claimed) -> QuerySet[OutboxEvent]:
        return OutboxEvent.objects.filter(pk=int(claimed.event.id), status=OutboxEvent.Status.PENDING)


def forget_states(*, user_id: int) -> None:
    """Delete what events said of a user, delivered or not; their revocations, which name nothing, stay.

    For erasure alone: the event of that is recorded afterwards, and for Posts it outweighs all that came before.
    """
    OutboxEvent.objects.filter(user_id=user_id, type__in=STATES).delete()


def forget(*, user_id: int) -> None:
    """Delete every event of a user, once the other service has told that nothing of them is kept there."""
    OutboxEvent.objects.filter(user_id=user_id).delete()


def retry_dead(*, ids: Sequence[int] | None, now: datetime) -> int:
    """Make those dead events, or with None all of them, due at `now`; return how many that were."""
    dead = OutboxEvent.objects.filter(status=OutboxEvent.Status.DEAD)
    if ids is not None:
        dead = dead.filter(pk__in=list(ids))
    return _ask_again(dead, now=now)


def recorded_since(moment: datetime) -> QuerySet[OutboxEvent]:
    """Delivered ones that were recorded at that moment or later."""
    return OutboxEvent.objects.filter(status=OutboxEvent.Status.DELIVERED, pk__gte=least_id_at(moment))


def replay(*, since: datetime, now: datetime) -> int:
    """Make due at `now` what was recorded since and delivered; return how many events those were.

    For a Posts that was restored from a backup: what it knows already it recognises.
    """
    return _ask_again(recorded_since(since), now=now)


def purge_delivered(*, now: datetime) -> int:
    """Delete what was delivered more than seven days before `now`; dead events stay until somebody looks."""
    # `due_at` of a delivered event is the moment of delivery, so this walks the one index.
    old = OutboxEvent.objects.filter(status=OutboxEvent.Status.DELIVERED, due_at__lt=now - KEEP_DELIVERED_FOR)
    deleted, _ = old.delete()
    return deleted


def _ask_again(events: QuerySet[OutboxEvent], *, now: datetime) -> int:
    """Their own time stays that of what they tell; they have another day to be taken."""
    return events.update(status=OutboxEvent.Status.PENDING, due_at=now, asked_again_at=now, attempts=0, worker="")


def _claimed(row: OutboxEvent) -> Claimed:
    return Claimed(
        event=row.envelope(),
        attempts=row.attempts - 1,
        waits_since=row.asked_again_at or row.created_at,
        traceparent=row.traceparent or "",
    )
