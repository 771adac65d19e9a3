"""Of each user it is known up to where nothing is missing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from posts_project.events import services
from posts_project.events.models import EventPosition
from shared.events import SessionRevoked
from tests.posts.conftest import JobRunner
from tests.posts.told import told

ADA = 190353203200000001
pytestmark = pytest.mark.django_db


def arrive(*sequences: int) -> None:
    """Something harmless happened to Ada, in this order."""
    ended = SessionRevoked(user_id=ADA, session_id="s", expires_at=timezone.now() + timedelta(minutes=5))
    services.receive([told(ended, ADA, number).to_json() for number in sequences], now=timezone.now())


def position() -> tuple[int, bool]:
    known = EventPosition.objects.get(subject=services.subject_of(ADA))
    return known.sequence, known.is_behind


@pytest.mark.parametrize(
    ("sequences", "expected"),
    [
        ([1], (1, False)),
        ([1, 2, 3], (3, False)),
        ([1, 1, 2, 1], (2, False)),
        ([1, 2, 4, 5], (2, True)),
        ([2], (0, True)),
        ([2, 1], (1, True)),
        ([1, 3, 2], (2, True)),
    ],
)
def test_it_goes_as_far_as_nothing_is_missing(sequences: list[int], expected: tuple[int, bool]) -> None:
    arrive(*sequences)

    assert position() == expected


def test_a_gap_is_asked_for_once_some_seconds_later(jobs: JobRunner) -> None:
    arrive(1, 3, 4, 6)

    assert jobs.queued() == ["worker.pull_events"]
    assert jobs.run() == []


def test_what_comes_in_turn_is_not_asked_for(jobs: JobRunner) -> None:
    arrive(1, 2, 3)

    assert jobs.queued() == []


def test_it_costs_one_statement_in_turn_and_two_out_of_it(django_assert_num_queries: object) -> None:
    arrive(1)

    with django_assert_num_queries(5):  # type: ignore[operator] - savepoint, inbox, position, the revocation, savepoint
        arrive(2)
