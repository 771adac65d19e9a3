"""Removing all that an erased person left: nobody can see it from the moment of erasure; jobs take it away.

Note [The way of an erasure]: Auth deletes what it has and records `user.erased`; its inbox here blanks the profile and
queues the purge; the purge ends with the profile itself, in one transaction with the job that tells Auth; Auth then
forgets the id and signs a receipt. Each step is repeated until it is done, and done once.
"""

from datetime import datetime

from django.db import transaction

from posts_project.auth_client import auth
from posts_project.events.registry import defer
from posts_project.profiles.facts import ProfileErased
from posts_project.profiles.models import Profile
from posts_project.worker import blotting
from posts_project.worker.personal_data import AT_LAST, PERSONAL, PURGE, TELL, erase
from shared.events import ErasureCompleted, Event
from shared.pseudonyms import pseudonym
from shared.wire import timestamp

SOURCE = "posts"


class NotTaken(Exception):
    """Auth does not know what to make of the event: the services are of versions that do not fit."""


def begin(fact: ProfileErased) -> None:
    defer(PURGE, profile_id=fact.profile_id, username=fact.username)


def purge_profile(profile_id: int, *, username: str, now: datetime) -> None:
    """Remove all that one profile left, and at last itself; may be stopped and repeated at any point."""
    erase(PERSONAL, profile_id)
    if username:
        blotting.blot_out(profile_id=profile_id, username=username)
    with transaction.atomic():
        # Where the profile is gone, an earlier run came to its end, and Auth is being told.
        if Profile.objects.select_for_update().filter(id=profile_id).exists():
            erase(AT_LAST, profile_id)
            defer(TELL, user_id=profile_id, at=timestamp(now))


def tell_auth(user_id: int, *, at: datetime) -> None:
    """Tell that it is done. The event's id is the same at every try, so that Auth takes one.

    :raises RemoteError, NotTaken: the job that calls this is tried again.
    """
    payload = ErasureCompleted(user_id=user_id)
    event = Event(
        id=f"erasure-{pseudonym('event of erasure', user_id)[:40]}",
        type=payload.type,
        source=SOURCE,
        subject=str(user_id),
        sequence=1,
        time=at,
        data=payload.to_data(),
    )
    result = auth().send(event)
    if result.status == "rejected":
        raise NotTaken(result.reason)
