"""Asking Auth for events that never came."""

from datetime import timedelta

from django.utils import timezone

from posts_project.auth_client import auth
from posts_project.events import positions, services
from posts_project.events.facts import EventsMissed
from posts_project.events.registry import defer_at
from posts_project.profiles import tombstones
from posts_project.profiles.services import fill

# What only overtook another has been followed by it then.
PATIENCE = timedelta(seconds=5)
PULL = "worker.pull_events"


def begin(fact: EventsMissed) -> None:
    """Nothing is asked of those who were erased: whatever comes late of them has no effect."""
    if not tombstones.stands_for(fact.user_id):
        defer_at(fact.noticed_at + PATIENCE, PULL, profile_id=fact.user_id)


def pull_events(user_id: int) -> None:
    """Ask for what is missing of a user's events and apply it as if it had been delivered; may be repeated at any time.

    What Auth does not keep any more is made up for by the user as they are now.

    :raises RemoteError: Auth cannot be asked now; the job that calls this is tried again.
    """
    subject = services.subject_of(user_id)
    after = positions.begin_pull(subject)
    last = after + 1
    while after < last:
        events, last = auth().get_events(user_id=user_id, after=after)
        services.receive([event.to_json() for event in events], now=timezone.now())
        reached = events[-1].sequence if events else last
        if len(events) < reached - after:
            fill.refresh(user_id)
        positions.complete(subject, reached)
        after = reached
