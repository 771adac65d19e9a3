"""The circuit breaker's states, with a clock that is given."""

import pytest

from shared.breaker import CircuitBreaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return CircuitBreaker("peer", clock=clock)


def test_five_failures_in_a_row_open_it(breaker):
    for _ in range(4):
        breaker.failed()
    assert breaker.allows()

    breaker.failed()

    assert (breaker.state(), breaker.allows()) == ("open", False)


def test_half_of_the_last_twenty_open_it(breaker):
    for _ in range(9):
        breaker.failed()
        breaker.succeeded()
    assert breaker.state() == "closed"

    breaker.succeeded()
    breaker.failed()

    assert breaker.state() == "open"


def test_one_probe_at_a_time_goes_through_when_the_time_is_up(breaker, clock):
    for _ in range(5):
        breaker.failed()
    clock.now = 6.1

    assert (breaker.state(), breaker.allows(), breaker.allows()) == ("half_open", True, False)


def test_a_failed_probe_opens_it_again(breaker, clock):
    for _ in range(5):
        breaker.failed()
    clock.now = 6.1
    breaker.allows()

    breaker.failed()

    assert breaker.state() == "open"


def test_a_good_probe_closes_it_and_forgets_the_past(breaker, clock):
    for _ in range(5):
        breaker.failed()
    clock.now = 6.1
    breaker.allows()

    breaker.succeeded()
    for _ in range(4):
        breaker.failed()

    assert breaker.state() == "closed"
