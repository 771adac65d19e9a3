"""Asking Auth for events that never came."""

from django.utils import timezone

from posts_project.auth_client import auth
from posts_project.events import positions, services
from posts_project.profiles.services import fill


def pull_events(subject: str) -> None:
    """Ask for what is missing of a user's events and apply it as if it had been delivered; may be repeated at any time.

    What Auth does not keep any more is made up for by the user as they are now.

    :raises RemoteError: Auth cannot be asked now; the job that calls this is tried again.
    """
    after = positions.begin_pull(subject)
    last = after + 1
    while after < last:
        events, last = auth().get_events(user_id=int(subject), after=after)
        services.receive([event.to_json() for event in events], now=timezone.now())
        reached = events[-1].sequence if events else last
        if len(events) < reached - after:
            fill.refresh(int(subject))
        positions.complete(subject, reached)
        after = reached
