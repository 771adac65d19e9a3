"""Asking for a mail: a row in the transaction of what the mail is about, never a call to a mail server."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.mail.message import BadHeaderError
from django.db.models import QuerySet

from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.mail.models import Mail
from auth_project.transactions import in_txn, run_in_txn

_NOT_IN_AN_ADDRESS = re.compile(r"[\s,;<>\x00-\x1f\x7f]")


class SentOutsideTransaction(RuntimeError):
    """A mail that could be lost, or tell of a change that never happened: a bug of ours."""


def send(*, to: str, template: str, context: Mapping[str, Any] | None = None, user_id: int | None = None) -> None:
    """Have the worker send `mail/<template>.txt` to that one address.

    :param context: what the template names; nothing secret.
    :param user_id: whom it is about; their mails go with them when they are erased.
    :raises BadHeaderError: `to` could be read as more than one address, or as a header of its own.
    """
    if not in_txn():
        raise SentOutsideTransaction(template)
    if _NOT_IN_AN_ADDRESS.search(to):
        raise BadHeaderError("Not one address")
    Mail.objects.create(to=to, template=template, context=dict(context or {}), user_id=user_id)


def retry_dead(*, ids: Sequence[int] | None, now: datetime) -> int:
    """Make those dead mails, or with None all of them, due at `now`; return how many that were.

    One that is more than a day old gets a single try.
    """
    dead = Mail.objects.filter(status=Mail.Status.DEAD)
    if ids is not None:
        dead = dead.filter(pk__in=list(ids))
    return run_in_txn(lambda: _try_again(dead, now))


def _try_again(dead: QuerySet[Mail], now: datetime) -> int:
    count = dead.update(status=Mail.Status.PENDING, due_at=now, attempts=0)
    if count:
        record(Event.MAILS_RETRIED, user_id=None, mails=str(count))
    return count
