"""What we make of Posts' answers."""

from typing import Any

import pytest

from auth_project.posts_client import ExportPage, PostsClient, PostsFile
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


def test_a_page_of_an_archive_is_asked_for_and_read_as_agreed():
    http = FakeHttp({"files": [{"name": "likes-0001.json", "about": "Likes.", "content": [{"id": "1"}]}], "next": "on"})

    page = PostsClient(http).export_page(user_id=7, cursor=None)

    assert http.posted == [("/internal/v1/exports", {"user_id": "7", "cursor": None})]
    assert page == ExportPage(
        files=[PostsFile(name="likes-0001.json", about="Likes.", content=[{"id": "1"}])], next="on"
    )


GOOD_FILE = {"name": "likes-0001.json", "about": "Likes.", "content": []}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"files": None, "next": None},
        {"files": [], "next": 1},
        {"files": [], "next": ""},
        {"files": [], "next": "x" * 501},
        {"files": [1], "next": None},
        *[
            {"files": [GOOD_FILE | {"name": name}], "next": None}
            for name in ("", "../x.json", "a/b.json", "/x.json", "x.exe", "x\n.json", None)
        ],
        {"files": [GOOD_FILE | {"about": None}], "next": None},
        {"files": [GOOD_FILE | {"content": {}}], "next": None},
    ],
)
def test_an_answer_that_was_not_agreed_is_no_page(answer):
    with pytest.raises(RemoteUnavailable):
        PostsClient(FakeHttp(answer)).export_page(user_id=7, cursor=None)
