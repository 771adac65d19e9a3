"""What a key is for follows from the clock."""

from datetime import timedelta

import pytest

from auth_project.signing_keys import schedule
from auth_project.signing_keys.schedule import State
from auth_project.tokens.access_tokens import LIFE
from shared.access_tokens import LEEWAY_SECONDS
from shared.jwks import REFRESH_SECONDS
from tests.auth.signing_keys.conftest import NOW, key

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (-1, [State.PUBLISHED, State.PUBLISHED]),
        (0, [State.SIGNING, State.PUBLISHED]),
        (29, [State.SIGNING, State.PUBLISHED]),
        (30, [State.RETIRING, State.SIGNING]),
        (35.9, [State.RETIRING, State.SIGNING]),
        (36, [State.RETIRED, State.SIGNING]),
        (10_000, [State.RETIRED, State.SIGNING]),
    ],
)
def test_a_key_is_published_signs_retires_and_is_retired(minutes, expected):
    keys = [key(1, signs_from=NOW), key(2, signs_from=NOW + 30 * MINUTE)]

    assert list(schedule.states(keys, now=NOW + minutes * MINUTE).values()) == expected


def test_at_every_moment_one_key_signs_and_all_whose_tokens_live_are_published():
    keys = [key(number, signs_from=NOW + number * 3 * MINUTE) for number in range(8)]

    for minutes in range(60):
        moment = NOW + minutes * MINUTE
        signing = schedule.signing(keys, now=moment)
        assert signing is not None
        for later in range(7):
            live = schedule.live(keys, now=moment + timedelta(minutes=later, seconds=-1))
            # A token lives for five minutes, and ten seconds more where clocks differ.
            assert signing in live or later > 5
        assert list(schedule.states(keys, now=moment).values()).count(State.SIGNING) == 1


def test_a_revoked_key_is_refused_at_once_and_leaves_the_rest_as_it_was():
    keys = [
        key(1, signs_from=NOW),
        key(2, signs_from=NOW + MINUTE, revoked_at=NOW),
        key(3, signs_from=NOW + 2 * MINUTE),
    ]

    assert list(schedule.states(keys, now=NOW).values()) == [State.SIGNING, State.REVOKED, State.PUBLISHED]
    assert schedule.signing(keys, now=NOW + MINUTE) is keys[0]
    assert schedule.retires_at(keys[0], keys) == NOW + 2 * MINUTE + schedule.VERIFIES_FOR


def test_a_retired_key_stays_retired_when_the_one_that_took_its_place_is_revoked():
    leaked_at = NOW + 60 * MINUTE
    keys = [
        key(1, signs_from=NOW),
        key(2, signs_from=NOW + 15 * MINUTE, revoked_at=leaked_at),
        key(3, signs_from=leaked_at + MINUTE),
    ]

    for moment in (leaked_at, leaked_at + MINUTE):
        assert schedule.states(keys, now=moment)[1] is State.RETIRED


def test_a_new_key_is_published_for_longer_than_anybody_may_go_on_with_an_old_set(settings):
    settings.SIGNING_KEY_LEAD_SECONDS = 900

    assert schedule.lead().total_seconds() > schedule.max_age() + REFRESH_SECONDS
    assert schedule.max_age() == 300


def test_an_old_key_is_good_for_longer_than_the_last_token_it_signed():
    assert LIFE + timedelta(seconds=LEEWAY_SECONDS) < schedule.VERIFIES_FOR
