"""Carries mails to the mail server, each as soon as it is due, and again later where that fails."""

import logging
import smtplib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from prometheus_client import Counter

from auth_project.mail.models import Mail
from auth_project.mongodb import find_one_and_update

LEASE = timedelta(minutes=2)
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)

MAILS = Counter("mail_deliveries_total", "Mails handed to the mail server, by what came of it", ["outcome"])
for _outcome in ("sent", "dropped", "postponed", "dead"):
    MAILS.labels(_outcome)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, repr=False)
class Letter:
    """What is really sent: the template's words, with a link in its context perhaps, and so in no log."""

    to: str
    template: str
    context: Mapping[str, Any]


# What to send for a mail at that moment; None where it has lost its reason meanwhile.
Compose = Callable[[Mail, datetime], Letter | None]


def deliver_due(*, compose: Compose, now: datetime) -> int:
    """Send what is due at `now`; return how many mails the mail server took."""
    sent = 0
    while (mail := _claim(now)) is not None:
        sent += _deliver(mail, compose, now)
    return sent


def _claim(now: datetime) -> Mail | None:
    """The mail that has waited longest, nobody else's until the lease ends."""
    return find_one_and_update(
        Mail,
        match={"status": Mail.Status.PENDING, "due_at": {"$lte": now}},
        update={"$set": {"due_at": now + LEASE}, "$inc": {"attempts": 1}},
    )


def _deliver(mail: Mail, compose: Compose, now: datetime) -> bool:
    try:
        letter = compose(mail, now)
        if letter is not None:
            _message(letter, number=mail.pk).send()
    except Exception as error:
        # Whatever is wrong with one mail must not keep the others from leaving.
        _postpone(mail, error, now)
        return False
    Mail.objects.filter(pk=mail.pk).delete()
    _tell("sent" if letter else "dropped", mail, level=logging.INFO)
    return letter is not None


def _message(letter: Letter, *, number: int) -> EmailMultiAlternatives:
    context = {"site": settings.SITE_NAME, **letter.context}
    head, _, text = render_to_string(f"mail/{letter.template}.txt", context).strip().partition("\n")
    subject, text = head.removeprefix("Subject: "), text.strip() + "\n"
    # The same number at a second try: readers show a mail that arrives twice once.
    headers = {"Message-ID": f"<{number}@{urlsplit(settings.WEB_URL).hostname}>", "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(subject, text, settings.DEFAULT_FROM_EMAIL, [letter.to], headers=headers)
    page = render_to_string("mail/layout.html", {"subject": subject, "text": text, "site": settings.SITE_NAME})
    message.attach_alternative(page, "text/html")
    return message


def _postpone(mail: Mail, error: Exception, now: datetime) -> None:
    """The error's class alone is kept: a mail server likes to repeat the address."""
    is_hopeless = isinstance(error, smtplib.SMTPRecipientsRefused) or now - mail.created_at > GIVE_UP_AFTER
    status = Mail.Status.DEAD if is_hopeless else Mail.Status.PENDING
    due_at = now + min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(mail.attempts - 1, 16))
    reason = error.__class__.__name__
    Mail.objects.filter(pk=mail.pk).update(status=status, due_at=due_at, last_error=reason)
    outcome = "dead" if is_hopeless else "postponed"
    _tell(outcome, mail, level=logging.WARNING, attempts=mail.attempts, reason=reason)


def _tell(outcome: str, mail: Mail, *, level: int, **extra: Any) -> None:
    MAILS.labels(outcome).inc()
    logger.log(level, f"mail.{outcome}", extra={"mail_id": mail.pk, "template": mail.template, **extra})
