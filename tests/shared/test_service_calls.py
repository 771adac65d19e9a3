"""Every call to the other service is counted by how it ended."""

from contextlib import nullcontext

import pytest

from shared import metrics, tracing
from shared.breaker import CircuitBreaker
from shared.remote_errors import RemoteHeldBack, RemoteNotFound, RemoteRefused, RemoteUnavailable
from shared.service_calls import watched


class Client:
    def __init__(self, error: Exception | None) -> None:
        self.breaker = CircuitBreaker("a-peer")
        self._error = error

    @watched
    def _call(self, method: str, path: str) -> str:
        if self._error:
            raise self._error
        return f"{method} {path}"


def counted() -> dict[str, float]:
    outcomes = ("ok", "refused", "unavailable", "held_back")
    counts = {one: metrics.CALLS.labels("a-peer", one)._value.get() for one in outcomes}
    return counts | {"timed": sum(bucket.get() for bucket in metrics.CALL_DURATION.labels("a-peer")._buckets)}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "ok"),
        (RemoteNotFound(404), "refused"),
        (RemoteRefused(403), "refused"),
        (RemoteUnavailable("slow"), "unavailable"),
        (RemoteHeldBack("open"), "held_back"),
    ],
)
def test_a_call_is_counted_by_its_outcome_and_timed_where_it_was_made(error, outcome):
    before = counted()

    if error:
        with pytest.raises(type(error)):
            Client(error)._call("GET", "/x")
    else:
        assert Client(None)._call("GET", "/x") == "GET /x"

    after = counted()
    changed = {one: after[one] - before[one] for one in after if after[one] != before[one]}
    assert changed == {outcome: 1} | ({"timed": 1} if outcome != "held_back" else {})


def test_a_span_tells_of_a_call_without_the_id_in_its_path(monkeypatch):
    told = []
    monkeypatch.setattr(tracing, "asking", lambda name, attributes: told.append((name, attributes)) or nullcontext())

    Client(None)._call("GET", "/internal/v1/users/190353203200000001/events")
    Client(None)._call("GET", "/internal/v1/users/7")

    assert [name for name, _ in told] == ["GET /internal/v1/users/{id}/events", "GET /internal/v1/users/{id}"]
    assert [said["url.template"] for _, said in told] == ["/internal/v1/users/{id}/events", "/internal/v1/users/{id}"]
