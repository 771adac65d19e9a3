"""The list of revocations in memory: kept up to date by its own thread, within half a second."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from posts_project.revocations import live, services

PATIENCE_SECONDS = 2.0


def covers(follower: live.Follower, session: str) -> bool:
    return follower.current().covers(user_id=1, session_id=session, issued_at=0)


@pytest.mark.django_db(transaction=True)
def test_revocation_is_known_to_the_process_soon_after_it_was_recorded() -> None:
    follower = live.Follower()
    assert not covers(follower, "s")

    services.revoke_session(session_id="s", expires_at=timezone.now() + timedelta(minutes=5), now=timezone.now())

    started = time.monotonic()
    while not covers(follower, "s") and time.monotonic() - started < PATIENCE_SECONDS:
        time.sleep(0.01)
    follower.stop()
    assert time.monotonic() - started < 1.0


@pytest.mark.django_db
def test_judging_a_token_reads_no_database(django_assert_num_queries: object) -> None:
    known = live.RevocationList()
    services.end_tokens(user_id=1, valid_after=timezone.now())
    known.refresh()

    with django_assert_num_queries(0):  # type: ignore[operator]
        assert known.covers(user_id=1, session_id="s", issued_at=0)
        assert not known.covers(user_id=1, session_id="s", issued_at=int(time.time()) + 1)
        assert not known.covers(user_id=2, session_id="s", issued_at=0)


@pytest.mark.django_db
def test_a_key_that_has_leaked_stays_refused() -> None:
    known = live.RevocationList()
    for _ in range(2):
        services.revoke_key(kid="leaked")
    known.refresh()

    known.forget_expired(now=(timezone.now() + timedelta(days=365)).timestamp())

    assert (known.covers_key("leaked"), known.covers_key("another")) == (True, False)
    assert services.purge(now=timezone.now() + timedelta(days=365)) == 0


@pytest.mark.django_db
def test_expired_revocations_are_forgotten_in_memory_and_purged_from_the_table() -> None:
    known = live.RevocationList()
    now = timezone.now()
    services.revoke_session(session_id="s", expires_at=now + timedelta(minutes=5), now=now)
    services.end_tokens(user_id=1, valid_after=now - timedelta(days=1))
    known.refresh()

    known.forget_expired(now=(now + timedelta(minutes=6)).timestamp())

    assert not known.covers(user_id=1, session_id="s", issued_at=0)
    assert services.purge(now=now + timedelta(minutes=6)) == 2


@pytest.mark.django_db
def test_a_session_is_remembered_no_longer_than_a_token_can_live() -> None:
    now = timezone.now()
    services.revoke_session(session_id="s", expires_at=now + timedelta(days=90), now=now)

    assert services.purge(now=now + live.TOKEN_LIFE + timedelta(seconds=1)) == 1


@pytest.mark.django_db
def test_a_token_of_the_very_second_of_a_revocation_is_refused_and_one_of_the_next_is_not() -> None:
    ended_at = timezone.now().replace(microsecond=900_000)
    services.end_tokens(user_id=1, valid_after=ended_at)
    known = live.RevocationList()
    known.refresh()

    covered = [
        known.covers(user_id=1, session_id="s", issued_at=int(ended_at.timestamp()) + seconds) for seconds in (-1, 0, 1)
    ]

    assert covered == [True, True, False]
