"""An event that never came is asked for as soon as a later one shows that it is missing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from posts_project.auth_client import RemoteUser
from posts_project.events import services
from posts_project.events.models import EventPosition, InboxEvent
from posts_project.profiles.models import Profile
from posts_project.revocations.models import RevokedSession
from posts_project.worker.pulling import pull_events
from shared.events import Event, SessionRevoked, UserRegistered, UserUpdated
from shared.remote_errors import RemoteUnavailable
from tests.posts.conftest import JobRunner
from tests.posts.fakes import FakeAuthClient
from tests.posts.people import user
from tests.posts.told import told

pytestmark = pytest.mark.django_db
ADA = user("ada")
NEW = replace(ADA, bio="new")


def history() -> list[Event]:
    ended = SessionRevoked(user_id=ADA.id, session_id="s", expires_at=timezone.now() + timedelta(minutes=5))
    payloads = [UserRegistered(user=ADA), ended, UserUpdated(user=replace(ADA, bio="old")), UserUpdated(user=NEW)]
    return [told(payload, ADA.id, number) for number, payload in enumerate(payloads, start=1)]


def arrive(*events: Event) -> None:
    services.receive([event.to_json() for event in events], now=timezone.now())


def soon(jobs: JobRunner) -> list[str]:
    return jobs.run(by=timezone.now() + timedelta(seconds=6))


def test_a_lost_revocation_is_in_force_some_seconds_after_the_next_event(auth: FakeAuthClient, jobs: JobRunner) -> None:
    auth.events = history()
    arrive(auth.events[0], auth.events[2])
    assert not RevokedSession.objects.exists()

    assert soon(jobs) == ["worker.pull_events"]

    assert RevokedSession.objects.get().session_id == "s"
    assert (Profile.objects.get().bio, InboxEvent.objects.count()) == ("new", 4)
    known = EventPosition.objects.get()
    assert (known.sequence, known.is_behind) == (4, False)


def test_what_auth_does_not_keep_is_made_up_for_by_the_user_as_they_are(auth: FakeAuthClient, jobs: JobRunner) -> None:
    first, *_, last = history()
    auth.knows(RemoteUser(user=NEW, sequence=6))
    arrive(first, last)

    soon(jobs)

    assert (Profile.objects.get().bio, EventPosition.objects.get().sequence) == ("new", 6)
    assert soon(jobs) == []


def test_many_are_asked_for_page_by_page(auth: FakeAuthClient) -> None:
    auth.events, auth.page = history(), 2
    arrive(auth.events[3])

    pull_events(ADA.id)

    assert (InboxEvent.objects.count(), EventPosition.objects.get().sequence) == (4, 4)


def test_while_auth_is_away_nothing_is_taken_for_complete(auth: FakeAuthClient) -> None:
    auth.events, auth.down = history(), True
    arrive(auth.events[1])

    with pytest.raises(RemoteUnavailable):
        pull_events(ADA.id)

    assert EventPosition.objects.get().sequence == 0
    auth.down = False
    pull_events(ADA.id)
    assert EventPosition.objects.get().sequence == 4
