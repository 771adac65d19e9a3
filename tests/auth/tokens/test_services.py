"""Sessions: rotation that forgives a lost answer and nothing else."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection, connections

from auth_project.accounts.models import User
from auth_project.events.models import OutboxEvent
from auth_project.tokens import services
from auth_project.tokens.models import Session
from auth_project.tokens.refresh_tokens import RefreshToken, new_sid
from auth_project.tokens.services import Device, TokenReused, end_session, purge_expired, refresh
from shared.events import SessionRevoked
from shared.problems import TokenExpired, TokenInvalid, TokenRevoked
from tests.auth.fakes import NOW, make_user

SECOND = timedelta(seconds=1)


@pytest.fixture
def user() -> User:
    return make_user("ada")


@pytest.fixture
def parent(user: User) -> str:
    """The refresh token of a session that began at NOW."""
    return start(user, NOW)


def start(user: User, now: datetime) -> str:
    return services.start_session(user=user, device=Device(ip="::1", user_agent="x"), now=now).refresh


@pytest.mark.asvs("11.5.1", "7.2.2")
def test_the_database_holds_only_hashes(parent):
    stored = str(connection.database["sessions"].find_one())

    assert parent not in stored
    assert RefreshToken.parse(parent).secret.hex() not in stored
    assert RefreshToken.parse(parent).hash in stored


def test_a_refresh_moves_the_session_on(parent):
    child = refresh(token=parent, now=NOW + 60 * SECOND).refresh

    session = Session.objects.get()
    assert RefreshToken.parse(child) == RefreshToken.parse(parent).successor()
    assert (session.generation, session.last_used_at) == (1, NOW + 60 * SECOND)
    assert refresh(token=child, now=NOW + 120 * SECOND).refresh != child


def test_a_replay_within_ten_seconds_gets_the_very_same_successor(parent):
    child = refresh(token=parent, now=NOW + 60 * SECOND).refresh

    assert refresh(token=parent, now=NOW + 70 * SECOND).refresh == child
    assert Session.objects.get().generation == 1


@pytest.mark.asvs("10.4.5")
def test_a_later_replay_ends_the_session_for_everybody(parent, user):
    child = refresh(token=parent, now=NOW).refresh

    with pytest.raises(TokenReused):
        refresh(token=parent, now=NOW + 11 * SECOND)

    session = Session.objects.get()
    assert (session.ended_at, session.end_reason) == (NOW + 11 * SECOND, "token_reused")
    for token in (parent, child):
        with pytest.raises(TokenRevoked):
            refresh(token=token, now=NOW + 12 * SECOND)
    event = OutboxEvent.objects.get().envelope().payload()
    assert event == SessionRevoked(
        user_id=user.pk, session_id=session.pk, expires_at=NOW + 11 * SECOND + services.REFUSE_TOKENS_FOR
    )


@pytest.mark.asvs("10.4.5")
def test_an_older_ancestor_ends_the_session_even_at_once(parent):
    child = refresh(token=parent, now=NOW).refresh
    refresh(token=child, now=NOW)

    with pytest.raises(TokenReused):
        refresh(token=parent, now=NOW)

    assert Session.objects.get().is_over


def test_a_made_up_token_ends_nobodys_session(parent):
    for text in (parent[:-1] + ("A" if parent[-1] != "A" else "Q"), "x" * 91, str(RefreshToken.first(new_sid()))):
        with pytest.raises(TokenInvalid):
            refresh(token=text, now=NOW)

    assert not Session.objects.get().is_over


@pytest.mark.slow
@pytest.mark.asvs("15.4.1", "10.4.5")
def test_fifty_threads_stay_signed_in_as_one_family_through_a_hundred_rounds(parent):
    together = threading.Barrier(50)

    def refresh_again_and_again(_: int) -> list[str]:
        tokens = [parent]
        try:
            for number in range(100):
                together.wait(timeout=60)
                tokens.append(refresh(token=tokens[-1], now=NOW + number * 60 * SECOND).refresh)
        except BaseException:
            together.abort()
            raise
        finally:
            connections.close_all()
        return tokens

    with ThreadPoolExecutor(50) as pool:
        families = {tuple(tokens) for tokens in pool.map(refresh_again_and_again, range(50))}

    assert len(families) == 1
    session = Session.objects.get()
    assert (session.generation, session.is_over) == (100, False)


@pytest.mark.asvs("7.3.1", "10.4.8")
def test_a_session_unused_for_fourteen_days_has_expired(parent):
    child = refresh(token=parent, now=NOW + timedelta(days=14) - SECOND).refresh

    with pytest.raises(TokenExpired):
        refresh(token=child, now=NOW + timedelta(days=28) - SECOND)


@pytest.mark.asvs("7.3.2", "10.4.8")
def test_a_session_ends_after_ninety_days_however_much_it_is_used(parent):
    token = parent
    for day in range(10, 90, 10):
        token = refresh(token=token, now=NOW + timedelta(days=day)).refresh

    with pytest.raises(TokenExpired):
        refresh(token=token, now=NOW + timedelta(days=90))


def test_a_user_whose_sessions_were_all_ended_cannot_refresh(parent, user):
    User.objects.filter(pk=user.pk).update(valid_after=NOW + SECOND)

    with pytest.raises(TokenRevoked):
        refresh(token=parent, now=NOW + 2 * SECOND)

    assert refresh(token=start(user, NOW + SECOND), now=NOW + 2 * SECOND)


@pytest.mark.parametrize("status", [User.Status.SUSPENDED, User.Status.DEACTIVATED])
def test_a_user_who_is_not_active_cannot_refresh(parent, user, status):
    User.objects.filter(pk=user.pk).update(status=status)

    with pytest.raises(TokenRevoked):
        refresh(token=parent, now=NOW)


def test_ending_twice_tells_posts_once(parent):
    session = Session.objects.get()

    for seconds in (1, 2):
        end_session(session_id=session.pk, reason=Session.EndReason.LOGOUT, now=NOW + seconds * SECOND)

    session.refresh_from_db()
    assert session.ended_at == NOW + SECOND
    assert OutboxEvent.objects.count() == 1


def test_ending_one_session_leaves_the_others(parent, user):
    other = start(user, NOW)

    end_session(session_id=RefreshToken.parse(parent).sid, reason=Session.EndReason.LOGOUT, now=NOW)

    assert refresh(token=other, now=NOW)


def test_sessions_past_their_ninety_days_are_purged(parent, user):
    start(user, NOW + timedelta(days=1))

    assert purge_expired(now=NOW + timedelta(days=90, seconds=1)) == 1
    with pytest.raises(TokenInvalid):
        refresh(token=parent, now=NOW)
