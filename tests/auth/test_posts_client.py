"""What we make of Posts' answers."""

from typing import Any

import pytest

from auth_project.posts_client import ExportPage, Piece, PostsClient, PostsFile, PostsPicture
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
    files = [{"name": "likes-0001.json", "about": "Likes.", "content": [{"id": "1"}]}]
    http = FakeHttp({"files": files, "pictures": [{"id": "5", "name": "5.jpg"}], "next": "on"})

    page = PostsClient(http).export_page(user_id=7, cursor=None)

    assert http.posted == [("/internal/v1/exports", {"user_id": "7", "cursor": None})]
    assert page == ExportPage(
        files=[PostsFile(name="likes-0001.json", about="Likes.", content=[{"id": "1"}])],
        pictures=[PostsPicture(id="5", name="5.jpg")],
        next="on",
    )


def test_a_posts_of_before_has_no_pictures():
    page = PostsClient(FakeHttp({"files": [], "next": None})).export_page(user_id=7, cursor=None)

    assert page == ExportPage(files=[], pictures=[], next=None)


def test_a_piece_of_a_picture_is_asked_for_and_read_as_agreed():
    http = FakeHttp({"content": "QUJD", "next": 8})

    piece = PostsClient(http).picture_piece(user_id=7, picture_id="5", offset=5)

    asked = {"user_id": "7", "picture_id": "5", "offset": 5}
    assert http.posted == [("/internal/v1/exports/pictures", asked)]
    assert piece == Piece(content=b"ABC", next=8)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"content": 5, "next": None},
        {"content": "QUJ", "next": None},
        {"content": "Q*JD", "next": None},
        {"content": "é", "next": None},
        {"content": "", "next": 5},
        {"content": "QUJD", "next": 5},
        {"content": "QUJD", "next": 9},
        {"content": "QUJD", "next": "8"},
    ],
)
def test_an_answer_that_was_not_agreed_is_no_piece(answer):
    with pytest.raises(RemoteUnavailable):
        PostsClient(FakeHttp(answer)).picture_piece(user_id=7, picture_id="5", offset=5)


BAD_PICTURES = [(5, "5.jpg"), ("x", "5.jpg"), ("5", "../5.jpg"), ("5", "5.jpg\n"), ("5", None)]
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
        {"files": [], "pictures": {}, "next": None},
        *[
            {"files": [], "pictures": [one], "next": None}
            for one in (
                1,
                {"id": 5, "name": "5.jpg"},
                {"id": "5"},
                {"id": "5", "name": "../5.jpg"},
                {"id": "x", "name": "5.jpg"},
            )
        ],
    ],
)
def test_an_answer_that_was_not_agreed_is_no_page(answer):
    with pytest.raises(RemoteUnavailable):
        PostsClient(FakeHttp(answer)).export_page(user_id=7, cursor=None)
