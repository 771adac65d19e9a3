"""Conditional requests: what a client has is not sent again, and of two who change the same, one wins."""

from typing import Any

import pytest

from tests.posts.parallel import at_once
from tests.posts.people import Person, Visitor

OTHER = '"0123456789abcdef0123456789abcdef"'

# What a client can send that names the present tag, or does not; %s is the tag.
NAMING = ["%s", "W/%s", "*", " * ", '"other", %s', "W/%s , " + OTHER, f"{OTHER},%s", ',%s,, "x"', '"a,b",%s']
NOT_NAMING = [OTHER, f"W/{OTHER}", "", '""', "x", '"*"', f"{OTHER}, *", '"a, *, b"', "'%s'", "w/%s"]


@pytest.fixture(params=["post", "profile"])
def path(request: Any, ada: Person) -> str:
    post = ada.writes("Hello")
    return {"post": f"/api/v1/posts/{post['id']}", "profile": "/api/v1/profiles/ada"}[request.param]


@pytest.mark.parametrize("sent", NAMING)
def test_what_the_client_has_is_not_sent_again(sent: str, path: str, anyone: Visitor) -> None:
    etag = anyone.get(path).headers["ETag"]

    response = anyone.get(path, headers={"If-None-Match": with_tag(sent, etag)})

    assert (response.status_code, response.content) == (304, b"")
    assert (response.headers["ETag"], response.headers["Cache-Control"]) == (etag, "private, no-cache")


@pytest.mark.parametrize("sent", NOT_NAMING)
def test_what_the_client_has_not_is_sent(sent: str, path: str, anyone: Visitor) -> None:
    whole = anyone.get(path)

    response = anyone.get(path, headers={"If-None-Match": with_tag(sent, whole.headers["ETag"])})

    assert (response.status_code, response.content) == (200, whole.content)


def test_tag_is_strong_and_changes_with_the_reader_and_with_what_is_read(ada: Person, bob: Person) -> None:
    for path, change in (
        (f"/api/v1/posts/{ada.writes('Hello')['id']}", "like"),
        ("/api/v1/profiles/ada", "follow"),
    ):
        before = bob.get(path).headers["ETag"]

        bob.put(f"{path}/{change}")

        after = bob.get(path).headers["ETag"]
        assert before != after != ada.get(path).headers["ETag"]
        assert after.startswith('"')
        assert bob.client.head(path, headers={"Authorization": f"Bearer {bob.token}"}).headers["ETag"] == after


@pytest.mark.parametrize("sent", [sent for sent in NAMING if "W/%s" not in sent])
def test_change_of_what_the_client_has_seen_is_made(sent: str, ada: Person) -> None:
    path = f"/api/v1/posts/{ada.writes('one')['id']}"

    edited = ada.patch(path, {"text": "two"}, headers=if_match(sent, ada.get(path)))
    deleted = ada.delete(path, headers=if_match(sent, edited))

    assert (edited.status_code, edited.json()["text"], deleted.status_code) == (200, "two", 204)


@pytest.mark.parametrize("sent", [*NOT_NAMING, "W/%s", '"other", W/%s'])
def test_change_of_something_else_is_refused(sent: str, ada: Person) -> None:
    path = f"/api/v1/posts/{ada.writes('one')['id']}"
    whole = ada.get(path)

    answers = [
        ada.patch(path, {"text": "two"}, headers=if_match(sent, whole)),
        ada.delete(path, headers=if_match(sent, whole)),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(412, "precondition_failed")] * 2
    assert ada.get(path).content == whole.content


def test_whoever_may_not_change_it_is_told_that_first(ada: Person, bob: Person) -> None:
    seen, hidden = ada.writes("seen"), ada.writes("hidden", visibility="mentioned")

    answers = [
        bob.patch(f"/api/v1/posts/{post['id']}", {"text": "two"}, headers={"If-Match": OTHER})
        for post in (seen, hidden)
    ]

    assert [answer.status_code for answer in answers] == [403, 404]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("last", ["edit", "delete"])
def test_of_many_who_have_seen_the_same_one_wins(last: str, ada: Person) -> None:
    path = f"/api/v1/posts/{ada.writes('Hello')['id']}"
    seen = {"If-Match": ada.get(path).headers["ETag"]}

    def change(number: int) -> int:
        if number == 0 and last == "delete":
            return int(ada.delete(path, headers=seen).status_code)
        return int(ada.patch(path, {"text": f"by {number}"}, headers=seen).status_code)

    statuses = at_once(change, 12)

    won = [status for status in statuses if status in (200, 204)]
    assert len(won) == 1
    # What is gone is gone, whatever was seen of it.
    assert set(statuses) - set(won) <= ({412} if won == [200] else {404})
    if won == [200]:
        assert ada.get(path).json()["text"] == f"by {statuses.index(200)}"
        assert len(ada.get(f"{path}/history").json()["results"]) == 2


def with_tag(sent: str, etag: str) -> str:
    return sent.replace("%s", etag)


def if_match(sent: str, response: Any) -> dict[str, str]:
    return {"If-Match": with_tag(sent, response.headers["ETag"])}
