"""Which events of Posts have arrived. See Note [Auth writes and the outbox]."""

from datetime import datetime, timedelta

from auth_project.events.models import InboxEvent
from shared.events import Event

# Posts gives up after two days.
RECOGNISED_FOR = timedelta(days=30)


def remember(event: Event, *, now: datetime) -> bool:
    """Whether `event` is new; in the transaction of its effect.

    Of two deliveries at once MongoDB lets the later one run again, which then finds the id.
    """
    if InboxEvent.objects.filter(pk=event.id).exists():
        return False
    InboxEvent.objects.create(pk=event.id, type=event.type, received_at=now)
    return True


def purge_received(*, now: datetime) -> int:
    """Forget what arrived more than thirty days before `now`, which nobody repeats any more; return how many."""
    deleted, _ = InboxEvent.objects.filter(received_at__lt=now - RECOGNISED_FOR).delete()
    return deleted
