"""What Posts tells Auth of somebody, for their archive."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts_project.lists.models import FeedList
from posts_project.posts.models import Kind, Post, PostVersion
from posts_project.profiles.models import Profile
from posts_project.worker import exports
from shared.env import Env
from shared.keys import load_private_key
from shared.service_client import MAX_ANSWER_BYTES
from shared.service_tokens import ServiceSigner
from shared.snowflakes import created_at, new_id
from shared.wire import dumps, timestamp
from tests.posts.lists.test_lists import makes
from tests.posts.moderation.deciding import decided
from tests.posts.people import Person

PATH = "/internal/v1/exports"
# What such a column holds is somebody's id, with or without a foreign key.
OF_PEOPLE = {"profile_id", "owner_id", "author_id", "user_id", "by_id", "actor_id", "actor"}
POLL = {"options": ["Yes", "No"], "multiple": False, "expires_in": 3_600}


def ask(body: Any, *, signer: ServiceSigner | None = None) -> Any:
    content = dumps(body)
    key = load_private_key(Env.read().path("AUTH_SERVICE_KEY_FILE"))
    signer = signer or ServiceSigner(service="auth", audience="posts", key=lambda: key)
    token = signer.sign(method="POST", path=PATH, body=content)
    return Client().post(PATH, content, "application/json", headers={"Authorization": f"Bearer {token}"})


def pages(user_id: int) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        response = ask({"user_id": str(user_id), "cursor": cursor})
        assert response.status_code == 200, response.content
        assert len(response.content) < MAX_ANSWER_BYTES
        yield response.json()
        cursor = response.json()["next"]
        if cursor is None:
            return


def told(user_id: int) -> dict[str, list[dict[str, Any]]]:
    """Section → all its rows, in the order in which they come."""
    found: dict[str, list[dict[str, Any]]] = {}
    for page in pages(user_id):
        for file in page["files"]:
            found.setdefault(file["name"].rpartition("-")[0], []).extend(file["content"])
    return found


def since(row: dict[str, Any]) -> dict[str, Any]:
    """The row without its time, which must be of now."""
    assert abs(timezone.datetime.fromisoformat(row["since"]) - timezone.now()) < timedelta(minutes=1)
    return {name: value for name, value in row.items() if name != "since"}


def test_all_that_somebody_has_done_is_told(ada: Person, bob: Person, cat: Person) -> None:
    theirs = bob.writes("Which?", poll=POLL)
    mine = ada.writes("#Hello @bob", in_reply_to=theirs["id"], poll=POLL, spoiler_text="a word")
    ada.patch(f"/api/v1/posts/{mine['id']}", {"text": "Hello again"})
    for mark in ("like", "repost", "bookmark", "mute"):
        assert ada.put(f"/api/v1/posts/{theirs['id']}/{mark}").status_code == 200
    assert ada.put(f"/api/v1/posts/{mine['id']}/pin").status_code == 200
    assert ada.put(f"/api/v1/posts/{theirs['id']}/vote", {"choices": [1]}).status_code == 200
    ada.follows(bob)
    bob.follows(ada)
    ada.put("/api/v1/profiles/bob/mute")
    ada.put("/api/v1/profiles/cat/block")
    listed = makes(ada)
    ada.put(f"/api/v1/lists/{listed}/members/bob")
    filtered = ada.post("/api/v1/filters", {"phrase": "spoilers"}).json()
    draft = ada.post("/api/v1/drafts", {"text": "Not yet"}).json()
    tomorrow = timestamp(timezone.now() + timedelta(days=1))
    report = ada.post("/api/v1/reports", {"post_id": theirs["id"], "reason": "abuse", "comment": "See"}).json()
    ada.post("/api/v1/reports", {"username": "bob", "reason": "spam"})
    decision = decided(ada, "warn", mine)
    ada.post("/api/v1/appeals", {"decision_id": str(decision.id), "text": "Why?"})
    decided(ada, "dismiss")
    later = ada.post("/api/v1/posts", {"text": "Tomorrow", "scheduled_at": tomorrow}).json()

    found = told(ada.id)

    known = {**ada.user.to_json(), "state": "active"}
    assert found["profile"] == [{name: known[name] for name in exports.SECTIONS[0].shown}]
    post = Post.objects.get(id=mine["id"])
    assert found["posts"] == [
        {
            "id": mine["id"],
            "text": "Hello again",
            "visibility": "public",
            "reply_policy": "everyone",
            "in_reply_to": theirs["id"],
            "quote_of": None,
            "thread": theirs["id"],
            "sensitive": post.sensitive,
            "spoiler_text": "a word",
            "language": None,
            "poll": post.poll,
            "media": [],
            "tags": post.tags,
            "mentions": post.mentions,
            "links": [],
            "created_at": timestamp(created_at(post.id)),
            "edited_at": timestamp(post.edited_at),
            "hidden_at": None,
        }
    ]
    assert found["post_versions"] == [
        {
            "post_id": mine["id"],
            "number": 1,
            "text": "#Hello @bob",
            "spoiler_text": "a word",
            "created_at": timestamp(PostVersion.objects.get().created_at),
        }
    ]
    for marks in ("likes", "reposts", "bookmarks", "muted_threads"):
        assert [since(row) for row in found[marks]] == [{"post_id": theirs["id"]}], marks
    assert [since(row) for row in found["pins"]] == [{"post_id": mine["id"]}]
    assert found["votes"] == [{"post_id": theirs["id"], "choices": [1]}]
    of_bob = {"id": str(bob.id), "username": "bob"}
    assert [since(row) for row in found["following"]] == [of_bob]
    assert [since(row) for row in found["followers"]] == [of_bob]
    assert [since(row) for row in found["mutes"]] == [{**of_bob, "expires_at": None}]
    assert [since(row) for row in found["blocks"]] == [{"id": str(cat.id), "username": "cat"}]
    assert [row["id"] for row in found["lists"]] == [str(listed)]
    assert [since(row) for row in found["list_members"]] == [{"list_id": str(listed), **of_bob}]
    assert found["filters"] == [filtered]
    assert found["reports"][0] == {name: report[name] for name in report if name != "state"} | {"decided": False}
    assert found["reports"][1]["profile_id"] == str(bob.id)
    [told_of] = found["decisions"]
    appealed_at = told_of.pop("appealed_at")
    assert told_of == {
        "id": str(decision.id),
        "kind": "warn",
        "reason": "spam",
        "text": "Too much of it.",
        "post_id": mine["id"],
        "until": None,
        "created_at": timestamp(created_at(decision.id)),
        "reversed_at": None,
        "appeal": "Why?",
        "outcome": None,
        "answer": "",
        "answered_at": None,
    }
    assert appealed_at is not None
    assert found["drafts"] == [{"id": draft["id"], "post": {"text": "Not yet"}, "updated_at": draft["updated_at"]}]
    assert found["scheduled_posts"] == [
        {"id": later["id"], "post": {"text": "Tomorrow"}, "scheduled_at": tomorrow, "failure": None}
    ]


def test_requests_are_told_to_both_sides(person: Any, bob: Person) -> None:
    ada = person("ada", is_private=True)
    bob.follows(ada)

    made, received = told(bob.id)["follow_requests_made"], told(ada.id)["follow_requests_received"]

    assert [since(row) for row in made] == [{"id": str(ada.id), "username": "ada"}]
    assert [since(row) for row in received] == [{"id": str(bob.id), "username": "bob"}]


def test_nothing_of_others_is_told(ada: Person, bob: Person) -> None:
    """Not what they wrote, nor who blocks, mutes and lists somebody; the unseen have no name."""
    bob.writes("A secret of Bob's for @ada")
    bob.put("/api/v1/profiles/ada/mute")
    bob.put(f"/api/v1/lists/{makes(bob)}/members/ada")
    bob.post("/api/v1/drafts", {"text": "A secret of Bob's"})
    assert str(bob.id) not in json.dumps(told(ada.id))

    ada.follows(bob)
    bob.becomes(state="deactivated")
    assert [since(row) for row in told(ada.id)["following"]] == [{"id": str(bob.id), "username": None}]

    bob.becomes(state="active")
    bob.put("/api/v1/profiles/ada/block")
    found = json.dumps(told(ada.id))
    assert str(bob.id) not in found
    assert "secret" not in found


def test_what_nobody_has_done_is_told_as_nothing(ada: Person) -> None:
    found = told(ada.id)

    assert list(found) == [section.name for section in exports.SECTIONS]
    assert {name for name, rows in found.items() if rows} <= {"profile", "home_timeline"}


def test_somebody_unknown_has_nothing(db: None) -> None:
    assert set(map(len, told(new_id()).values())) == {0}


def test_pages_are_bounded_and_tell_each_post_once(ada: Person) -> None:
    ids = write(ada, 1_203, text="x")

    found = [rows for page in pages(ada.id) if (rows := rows_of(page, "posts-"))]

    assert [len(rows) for rows in found] == [500, 500, 203]
    assert [row["id"] for rows in found for row in rows] == ids


def test_pages_of_large_posts_stay_small_enough(ada: Person) -> None:
    ids = write(ada, 120, text="\n🦦" * 2_500)

    assert [row["id"] for row in told(ada.id)["posts"]] == ids
    files = [file["name"] for page in pages(ada.id) for file in page["files"] if file["name"].startswith("posts-")]
    assert files == [f"posts-{number:04}.json" for number in range(1, len(files) + 1)]
    assert len(files) > 2


def test_a_page_that_just_fits_ends_its_section(ada: Person) -> None:
    ids = write(ada, 500, text="x")

    assert [row["id"] for row in told(ada.id)["posts"]] == ids


def write(author: Person, number: int, *, text: str) -> list[str]:
    rows = [
        Post(id=new_id(), author_id=author.id, text=text, visibility="public", reply_policy="everyone")
        for _ in range(number)
    ]
    return [str(post.id) for post in Post.objects.bulk_create(rows)]


def test_a_page_is_one_query_however_much_there_is(ada: Person, bob: Person) -> None:
    write(ada, 40, text="x")
    ada.follows(bob)
    cursor = None
    while True:
        with CaptureQueriesContext(connection) as queries:
            answer = ask({"user_id": str(ada.id), "cursor": cursor}).json()
        assert len(queries) == 1, queries.captured_queries
        cursor = answer["next"]
        if cursor is None:
            break


def test_what_is_written_meanwhile_neither_repeats_nor_hides_a_post(ada: Person) -> None:
    first = write(ada, 600, text="x")
    reading = pages(ada.id)
    seen = [row["id"] for page in (next(reading), next(reading)) for row in rows_of(page, "posts-")]

    Post.objects.filter(id=int(first[10])).delete()
    new = write(ada, 1, text="new")
    seen += [row["id"] for page in reading for row in rows_of(page, "posts-")]

    assert seen == first + new


def rows_of(page: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [row for file in page["files"] if file["name"].startswith(name) for row in file["content"]]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user_id": "1"},
        {"cursor": None},
        {"user_id": 1, "cursor": None},
        {"user_id": "0", "cursor": None},
        {"user_id": "1", "cursor": 1},
        {"user_id": "1", "cursor": "x" * 501},
        {"user_id": "1", "cursor": None, "all": True},
    ],
)
def test_a_body_that_asks_for_nothing_clear_is_refused(body: Any, db: None) -> None:
    response = ask(body)

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")


def test_a_cursor_that_is_not_this_persons_is_refused(ada: Person, bob: Person) -> None:
    mine = ask({"user_id": str(ada.id), "cursor": None}).json()["next"]

    for cursor in ("", "x", mine[:-1], mine + "x"):
        assert refusal({"user_id": str(ada.id), "cursor": cursor}) in ("invalid_cursor", "blank")
    assert refusal({"user_id": str(bob.id), "cursor": mine}) == "invalid_cursor"


def refusal(body: Any) -> str:
    response = ask(body)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["field"] == "cursor"
    return str(error["code"])


@pytest.mark.asvs("8.2.1", "13.2.1")
def test_only_auth_may_ask(ada: Person) -> None:
    body = {"user_id": str(ada.id), "cursor": None}
    key = load_private_key(settings.POSTS_SERVICE_KEY_FILE)

    answers = [
        Client().post(PATH, dumps(body), "application/json"),
        ada.post(PATH, body),
        ask(body, signer=ServiceSigner(service="posts", audience="posts", key=lambda: key)),
        ask(body, signer=ServiceSigner(service="auth", audience="posts", key=lambda: key)),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4


def test_every_column_that_names_a_person_is_in_a_section_or_left_out_for_a_reason() -> None:
    told_of = {f"{section.table}.{section.column}" for section in exports.SECTIONS}

    assert told_of & set(exports.LEFT_OUT) == set()
    assert personal_columns() | {"profile.id"} == told_of | set(exports.LEFT_OUT)


def test_every_kind_of_mark_has_its_section() -> None:
    kinds = {section.where for section in exports.SECTIONS if section.table == "mark"}

    assert kinds == {f"t.kind = '{kind.value}'" for kind in Kind}


def test_every_column_of_a_post_is_told() -> None:
    (section,) = (section for section in exports.SECTIONS if section.name == "posts")

    columns = {f"t.{field.column}" for field in Post._meta.concrete_fields} - {"t.author_id"}
    expressions = " ".join(section.shown.values())
    assert {column for column in columns if column not in expressions} == set()


def personal_columns() -> set[str]:
    """`table.column` of everything that leads to a person, directly or by what is theirs."""
    found = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            is_reference = isinstance(field, models.ForeignKey) and field.related_model in (Profile, Post, FeedList)
            if is_reference or field.column in OF_PEOPLE:
                found.add(f"{model._meta.db_table}.{field.column}")
    return found
