"""Answers kept in the transaction of their effect; a lock that lives as long as that tells who else is at it."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone

from posts_project.idempotency.models import Answer
from shared.idempotency import KEEP_FOR, Call, InProgress, KeyReused, StoredAnswer, stored


class PostgresStore:
    """`shared.idempotency.IdempotencyStore` on PostgreSQL. No answer of this service carries a token."""

    def once(self, call: Call, work: Callable[[], HttpResponse], *, secret: bool) -> HttpResponse:
        now = timezone.now()
        with transaction.atomic():
            if not _lock(call):
                raise InProgress
            known = _known(call, now)
            if known is not None:
                return known.response()
            response = work()
            _keep(call, stored(response), now)
            return response

    def remember(self, call: Call, answer: StoredAnswer) -> None:
        _keep(call, answer, timezone.now())


def purge_answers(*, now: datetime) -> int:
    """Delete what is older than a day; return how many answers that were."""
    deleted, _ = Answer.objects.filter(expires_at__lt=now).delete()
    return deleted


def forget_answers(*, user_id: int) -> None:
    """Delete what that user was answered."""
    Answer.objects.filter(actor=user_id).delete()


def _known(call: Call, now: datetime) -> StoredAnswer | None:
    answer = Answer.objects.filter(pk=(call.actor, call.key), expires_at__gt=now).first()
    if answer is None:
        return None
    if answer.fingerprint != call.fingerprint:
        raise KeyReused
    return StoredAnswer(status=answer.status, body=bytes(answer.body), headers=answer.headers)


def _keep(call: Call, answer: StoredAnswer, now: datetime) -> None:
    # An expired answer of the same key may still be there, and is replaced.
    Answer.objects.bulk_create(
        [
            Answer(
                actor=call.actor,
                key=call.key,
                fingerprint=call.fingerprint,
                status=answer.status,
                headers=answer.headers,
                body=answer.body,
                expires_at=now + KEEP_FOR,
            )
        ],
        update_conflicts=True,
        unique_fields=["actor", "key"],
        update_fields=["fingerprint", "status", "headers", "body", "expires_at"],
    )


def _lock(call: Call) -> bool:
    """Take the key's lock until the transaction ends; False where somebody else has it."""
    digest = hashlib.blake2b(f"{call.actor} {call.key}".encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [int.from_bytes(digest, "big", signed=True)])
        return bool(cursor.fetchone()[0])


store = PostgresStore()
