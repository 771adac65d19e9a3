"""Events as Auth would record them."""

from django.utils import timezone

from shared.events import Event, Payload
from shared.snowflakes import new_id


def told(payload: Payload, subject: int, sequence: int) -> Event:
    return Event(
        id=str(new_id()),
        type=payload.type,
        source="auth",
        subject=str(subject),
        sequence=sequence,
        time=timezone.now(),
        data=payload.to_data(),
    )
