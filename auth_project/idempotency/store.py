"""Answers kept in the transaction of their effect.

A claim, written before the work begins, tells others that somebody is at it; the answer replaces it in the transaction
of the effect. A worker that dies in between leaves a claim that is void after ten seconds, and no effect.
"""

import base64
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from auth_project.idempotency.models import Answer
from auth_project.mongodb import find_one_and_update
from auth_project.transactions import run_in_txn
from shared.idempotency import KEEP_FOR, KEEP_SECRETS_FOR, Call, InProgress, KeyReused, StoredAnswer, stored
from shared.problems import Problem

# Longer than a call takes that has to hash and to wait for a new primary; whoever is slower still undoes its work.
CLAIM_FOR = timedelta(seconds=10)


class MongoStore:
    """`shared.idempotency.IdempotencyStore` on MongoDB."""

    def once(self, call: Call, work: Callable[[], HttpResponse], *, secret: bool) -> HttpResponse:
        now = timezone.now()
        claim = secrets.token_hex(16)
        known = _claim(call, claim, now)
        if known is not None:
            return known.response()
        keep = KEEP_SECRETS_FOR if secret else KEEP_FOR
        try:
            outcome = run_in_txn(lambda: _worked(call, claim, work, now + keep))
        except BaseException:
            _give_back(call, claim)
            raise
        if isinstance(outcome, Problem):
            _give_back(call, claim)
            raise outcome
        return outcome

    def was_answered(self, *, actor: int, key: str, now: datetime) -> bool:
        """Whether an answer is kept under that user's key; what it is `once` tells, to the same request alone."""
        kept = Answer.objects.filter(pk=f"{actor} {key}", expires_at__gt=now)
        return kept.exclude(status=None).exists()

    def remember(self, call: Call, answer: StoredAnswer) -> None:
        now = timezone.now()
        claim = secrets.token_hex(16)
        if _claim(call, claim, now) is None:
            _keep(call, claim, answer, now + KEEP_FOR)


def purge_answers(*, now: datetime) -> int:
    """Delete answers whose time is over; return how many."""
    deleted, _ = Answer.objects.filter(expires_at__lt=now).delete()
    return deleted


def forget_answers(*, user_id: int) -> None:
    """Delete what that user was answered; a call that is at work keeps its claim."""
    _of(user_id).exclude(status=None).delete()


def forget_calls(*, user_id: int) -> None:
    """Delete what that user was answered and whatever they have claimed."""
    _of(user_id).delete()


def _of(user_id: int) -> QuerySet[Answer]:
    return Answer.objects.filter(pk__gte=f"{user_id} ", pk__lt=f"{user_id}!")


def _claim(call: Call, claim: str, now: datetime) -> StoredAnswer | None:
    """Claim the key, or return what it was answered.

    :raises KeyReused: it belongs to another request. :raises InProgress: somebody else has claimed it.
    """
    new = Answer(
        id=_id(call),
        fingerprint=call.fingerprint,
        claim=claim,
        claimed_until=now + CLAIM_FOR,
        expires_at=now + CLAIM_FOR,
    )
    try:
        new.save(force_insert=True)
    except IntegrityError:
        if known := _known(call, now):
            return known
        _take_over(new, now)
    return None


def _known(call: Call, now: datetime) -> StoredAnswer | None:
    answer = Answer.objects.filter(pk=_id(call), expires_at__gt=now).first()
    if answer is None:
        return None
    if answer.fingerprint != call.fingerprint:
        raise KeyReused
    return _unseal(answer) if answer.status is not None else None


def _take_over(new: Answer, now: datetime) -> None:
    """Put `new` in the place of an answer that has expired or a claim that is void."""
    taken = Answer.objects.filter(pk=new.pk, claimed_until__lte=now, expires_at__lte=now).update(
        fingerprint=new.fingerprint,
        claim=new.claim,
        claimed_until=new.claimed_until,
        expires_at=new.expires_at,
        status=None,
        sealed=b"",
    )
    if not taken:
        raise InProgress


def _worked(call: Call, claim: str, work: Callable[[], HttpResponse], expires_at: datetime) -> HttpResponse | Problem:
    """What `work` answers, kept with its effect; a refusal that is an effect itself is returned to be raised later."""
    try:
        response = work()
    except Problem as problem:
        if not problem.keeps_effects:
            raise
        return problem
    _keep(call, claim, stored(response), expires_at)
    return response


def _keep(call: Call, claim: str, answer: StoredAnswer, expires_at: datetime) -> None:
    kept = find_one_and_update(
        Answer,
        match={"_id": _id(call), "claim": claim},
        update={"$set": {"status": answer.status, "sealed": _seal(answer), "expires_at": expires_at}},
    )
    if kept is None:
        # Slower than the claim lasts: whoever took it over does the work, and ours is undone.
        raise InProgress


def _give_back(call: Call, claim: str) -> None:
    Answer.objects.filter(pk=_id(call), claim=claim, status=None).delete()


def _id(call: Call) -> str:
    return f"{call.actor} {call.key}"


def _seal(answer: StoredAnswer) -> bytes:
    document: dict[str, Any] = {"headers": answer.headers, "body": base64.b64encode(answer.body).decode()}
    return _cipher().encrypt(json.dumps(document).encode())


def _unseal(answer: Answer) -> StoredAnswer:
    document = json.loads(_cipher().decrypt(bytes(answer.sealed)))
    return StoredAnswer(status=answer.status or 0, body=base64.b64decode(document["body"]), headers=document["headers"])


def _cipher() -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"idempotent answers").derive(
        settings.SECRET_KEY.encode()
    )
    return Fernet(base64.urlsafe_b64encode(derived))


store = MongoStore()
