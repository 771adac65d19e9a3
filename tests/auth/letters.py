"""The worker's crank for mails, turned by hand."""

import re
from datetime import datetime

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from auth_project.accounts.letters import compose
from auth_project.mail.post import deliver_due


def delivered(*, now: datetime | None = None) -> list[EmailMultiAlternatives]:
    """Send what waits; the mails that left with that."""
    mail.outbox.clear()
    deliver_due(compose=compose, now=now or timezone.now())
    return list(mail.outbox)


def told(*, now: datetime | None = None) -> list[tuple[str, str]]:
    """Send what waits: to whom, and under which subject."""
    return [(message.to[0], message.subject) for message in delivered(now=now)]


def token_in(message: EmailMultiAlternatives) -> str:
    (token,) = re.findall(r"\?token=([A-Za-z0-9_-]{43})\b", str(message.body))
    return token


def only_token() -> str:
    """Send what waits, which is one mail with a link: the token in that."""
    (message,) = delivered()
    return token_in(message)
