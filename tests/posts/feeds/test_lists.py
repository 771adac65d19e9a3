"""Timelines of lists: what its people wrote and reposted, each post once, and nothing that the viewer may not see."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from posts_project.feeds import selectors
from shared.pagination import Keyset
from shared.snowflakes import MAX_ID
from tests.posts.lists.test_lists import makes
from tests.posts.people import Person


@pytest.fixture
def feed(ada: Person) -> Callable[..., str]:
    """Ada's list of the people given; the path of its timeline."""

    def make(*members: Person) -> str:
        number = makes(ada)
        for member in members:
            assert ada.put(f"/api/v1/lists/{number}/members/{member.username}").status_code == 200
        return f"timelines/lists/{number}"

    return make


def test_list_shows_its_people_whether_or_not_they_are_followed(
    feed: Callable[..., str], ada: Person, bob: Person, cat: Person
) -> None:
    ada.follows(cat)
    path = feed(bob)
    cat.writes("from somebody else")
    first, _, last = bob.writes("one"), ada.writes("own"), bob.writes("two", visibility="unlisted")

    response = ada.get(f"/api/v1/{path}")

    entries = [{"reposted_by": None, "post": post} for post in (last, first)]
    assert (response.status_code, response.json()) == (200, {"results": entries, "next": None, "previous": None})


def test_owner_on_their_own_list_stands_in_it(feed: Callable[..., str], ada: Person) -> None:
    path = feed(ada)
    own = ada.writes("own", visibility="mentioned")

    assert brought(ada, path) == [(None, own["id"])]


def test_empty_list_is_an_empty_page(feed: Callable[..., str], ada: Person) -> None:
    assert brought(ada, feed()) == []


def test_what_is_not_for_the_viewer_is_left_out(
    feed: Callable[..., str], person: Callable[..., Person], ada: Person, bob: Person, cat: Person
) -> None:
    shy = person("shy", is_private=True)
    path = feed(bob, shy)
    post = cat.writes("Hello")
    bob.writes("for followers", visibility="followers")
    shy.writes("private")
    shy.put(f"/api/v1/posts/{post['id']}/repost")
    named = shy.writes("Hello @ada", visibility="mentioned")

    assert brought(ada, path) == [(None, named["id"])]
    ada.follows(shy)
    shy.put("/api/v1/follow-requests/ada/accept")
    assert [name for name, _ in brought(ada, path)] == [None, "shy", None]


def test_a_post_is_there_once_however_often_it_is_brought(
    feed: Callable[..., str], person: Callable[..., Person], ada: Person, bob: Person, cat: Person
) -> None:
    shy = person("shy", is_private=True)
    path = feed(bob, cat, shy)
    stranger = person("stranger")
    post, named = stranger.writes("Hello"), shy.writes("Hello @ada and @bob", visibility="mentioned")
    for reposter in (person("nobody_on_it"), bob, cat):
        reposter.put(f"/api/v1/posts/{post['id']}/repost")
        reposter.put(f"/api/v1/posts/{named['id']}/repost")

    assert brought(ada, path) == [("bob", post["id"]), (None, named["id"])]
    bob.delete(f"/api/v1/posts/{post['id']}/repost")
    assert brought(ada, path) == [("cat", post["id"]), (None, named["id"])]
    ada.put("/api/v1/profiles/cat/mute")
    assert brought(ada, path) == [(None, named["id"])]


def test_muted_and_filtered_posts_stay_away(feed: Callable[..., str], ada: Person, bob: Person, cat: Person) -> None:
    path = feed(bob, cat)
    noise, post = bob.writes("some noise"), cat.writes("Hello")
    ada.post("/api/v1/filters", {"phrase": "noise"})
    assert brought(ada, path) == [(None, post["id"])]

    ada.put("/api/v1/profiles/cat/mute")
    assert brought(ada, path) == []
    assert ada.get(f"/api/v1/posts/{noise['id']}").status_code == 200


def test_page_is_one_query_and_pages_neither_repeat_nor_hide(
    feed: Callable[..., str], ada: Person, bob: Person, cat: Person, django_assert_num_queries: Any
) -> None:
    path = feed(bob, cat)
    old = [author.writes("old")["id"] for author in (bob, cat, cat, bob)][::-1]

    with django_assert_num_queries(1):
        first = ada.get(f"/api/v1/{path}?limit=2").json()
    new = bob.writes("just in")["id"]
    second = ada.get(first["next"]).json()
    back = ada.get(second["previous"]).json()
    newest = ada.get(back["previous"]).json()

    assert ids(first) + ids(second) == old
    assert (ids(back), ids(newest), second["next"]) == (old[:2], [new], None)
    other = f"timelines/lists/{makes(ada)}"
    assert ada.get(first["next"].replace(path, other)).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_page_reads_only_as_far_as_need_be(
    feed: Callable[..., str], person: Callable[..., Person], ada: Person, bob: Person, cat: Person
) -> None:
    """Bob has written thousands of posts, and Cat reposted thousands of somebody else's."""
    path = feed(bob, cat)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO post
                (id, author_id, text, visibility, reply_policy, sensitive, spoiler_text, tags, mentions, links)
            SELECT 1000 + n * 2, (ARRAY[%(bob)s, %(other)s]::bigint[])[1 + n %% 2],
                'Hello', 'public', 'everyone', false, '', '[]', '[]', '[]'
            FROM generate_series(1, 10000) n
            """,
            {"bob": bob.id, "other": person("other").id},
        )
        # Or every row of `mark` is checked by the plan made when there were few posts, which reads them all.
        cursor.execute("ANALYZE post")
        cursor.execute(
            """
            INSERT INTO mark (profile_id, post_id, kind, since)
            SELECT %(cat)s, id, 'repost', id + 1 FROM post WHERE author_id <> %(bob)s
            """,
            {"cat": cat.id, "bob": bob.id},
        )
        cursor.execute("VACUUM ANALYZE post, mark, profile, list_member, feed_list")

    page = Keyset(url="", scope="", limit=20)
    statement = selectors._of_list(page.ascending, page.fetch)
    parameters = {"viewer": ada.id, "list": int(path.rpartition("/")[2]), "position": MAX_ID}

    assert len(selectors.list_timeline(ada.id, page, list_id=parameters["list"])) == page.fetch
    assert buffers(statement, parameters) <= 1_000


def buffers(statement: str, parameters: dict[str, int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        answer: Any = cursor.fetchone()[0]
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@pytest.mark.parametrize("number", ["0", "x", str(2**63), "12"])
def test_a_list_that_is_not_there_has_no_timeline(number: str, ada: Person) -> None:
    assert ada.get(f"/api/v1/timelines/lists/{number}").status_code == 404


def brought(viewer: Person, path: str) -> list[tuple[str | None, str]]:
    """Who brought what, newest first."""
    found = viewer.get(f"/api/v1/{path}").json()["results"]
    return [(entry["reposted_by"] and entry["reposted_by"]["username"], entry["post"]["id"]) for entry in found]


def ids(page: dict[str, Any]) -> list[str]:
    return [entry["post"]["id"] for entry in page["results"]]
