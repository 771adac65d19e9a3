"""What we make of Posts' answers."""

from typing import Any

import pytest

from auth_project.posts_client import PostsClient
from shared.breaker import CircuitBreaker
from shared.events import Event, EventResult
from shared.remote_errors import RemoteUnavailable
from tests.auth.fakes import NOW

EVENT = Event(id="1", type="user.erased", source="auth", subject="7", sequence=1, time=NOW, data={"user_id": "7"})


class FakeHttp:
    breaker = CircuitBreaker("posts")

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.posted: list[tuple[str, Any]] = []

    def post(self, path: str, body: Any) -> Any:
        self.posted.append((path, body))
        return self.answer


def test_events_travel_as_agreed():
    http = FakeHttp({"results": [{"id": "1", "status": "rejected", "reason": "unknown type"}]})

    results = PostsClient(http).send([EVENT])

    assert http.posted == [("/internal/v1/events", {"events": [EVENT.to_json()]})]
    assert results == [EventResult(id="1", status="rejected", reason="unknown type")]


@pytest.mark.parametrize(
    "answer", [{}, {"results": None}, {"results": {}}, {"results": [1]}, {"results": [{"id": "1", "status": "maybe"}]}]
)
def test_an_answer_that_was_not_agreed_is_no_delivery(answer):
    with pytest.raises(RemoteUnavailable):
        PostsClient(FakeHttp(answer)).send([EVENT])
