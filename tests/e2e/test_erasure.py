"""Leaving for good, through both services: at the end there is a receipt, and in no database anything of the person."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import jwt
import psycopg
import pymongo
import pytest
from psycopg import sql

from shared.public_api import Person
from tests.e2e.conftest import PASSWORD, eventually

# Revoked tokens must be known for as long as they live: the hourly purge takes these rows away (docs/personal-data.md).
FOR_A_WHILE = {"posts.tokens_ended"}
SECONDS = 60


@pytest.fixture
def eve(sign_up) -> Person:
    return sign_up("eve", display_name="Eve")


def lives_a_life(eve: Person, bob: Person) -> None:
    post = bob.call("POST", "/api/v1/posts", {"text": "Hello there"}).expect(201).body["id"]
    own = eve.call("POST", "/api/v1/posts", {"text": "#Hello", "in_reply_to": post}, Idempotency_Key="e1").expect(201)
    eve.call("PATCH", f"/api/v1/posts/{own.body['id']}", {"text": "#Hello again"}).expect(200)
    for mark in ("like", "repost", "bookmark"):
        eve.call("PUT", f"/api/v1/posts/{post}/{mark}").expect(200)
    for one, other in ((eve, bob), (bob, eve)):
        eventually(lambda who=one, of=other: who.call("PUT", f"/api/v1/profiles/{of.username}/follow").status == 200)
        one.call("PUT", f"/api/v1/profiles/{other.username}/mute").expect(200)
    kept = eve.call("POST", "/api/v1/lists", {"name": "Friends"}).expect(201).body["id"]
    eve.call("PUT", f"/api/v1/lists/{kept}/members/{bob.username}").expect(200, 204)
    eve.call("POST", "/api/v1/filters", {"phrase": "x"}).expect(201)
    eve.call("POST", "/api/v1/drafts", {"text": "never said"}).expect(201)
    eve.call("GET", "/api/v1/timelines/home").expect(200)
    eve.call("PATCH", "/api/v1/users/me", {"bio": "Eve's"}, Idempotency_Key="e2").expect(200)


def blocks(eve: Person, other: Person) -> None:
    eve.call("PUT", f"/api/v1/profiles/{other.username}/block").expect(200)


def places_of(stack, person: Person) -> set[str]:
    """The collections and tables in which a document or row has the person's id, username or address."""
    traces = re.compile(rf"\b({person.id}|{person.username})")
    return {f"auth.{name}" for name, text in documents(stack) if traces.search(text)} | {
        f"posts.{name}" for name, text in rows(stack) if traces.search(text)
    }


def documents(stack) -> Iterator[tuple[str, str]]:
    with pymongo.MongoClient(stack.databases.mongodb_url) as client:
        database = client.get_default_database()
        for name in database.list_collection_names():
            for document in database[name].find():
                yield name, str(document)


def rows(stack) -> Iterator[tuple[str, str]]:
    with psycopg.connect(stack.databases.postgres_url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in tables:
            for (text,) in connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))):
                yield name, text


def leave(person: Person) -> str:
    """Where anybody who knows it sees what becomes of the erasure."""
    answer = person.call("DELETE", "/api/v1/users/me", {"password": PASSWORD}).expect(202)
    return f"/api/v1/erasures/{answer.body['erasure_id']}"


def is_completed(api, where: str) -> bool:
    return api.call("GET", where).expect(200).body["status"] == "completed"


@contextmanager
def stopped(stack, name: str) -> Iterator[None]:
    stack.stop(name)
    try:
        yield
    finally:
        stack.start(name)


def test_who_leaves_gets_a_receipt_and_nothing_of_them_stays(stack, api, eve, bob, ada):
    lives_a_life(eve, bob)
    blocks(eve, ada)
    before = places_of(stack, eve)
    assert before >= {
        "auth.users", "auth.sessions", "auth.outbox", "auth.idempotent_answers", "posts.profile", "posts.post",
        "posts.mark", "posts.follow", "posts.mute", "posts.block", "posts.feed_list", "posts.filter", "posts.draft",
        "posts.timeline", "posts.timeline_owner", "posts.idempotent_answer",
    }  # fmt: skip

    where = leave(eve)
    eventually(lambda: is_completed(api, where), seconds=SECONDS)

    told = api.call("GET", where).body
    published = api.call("GET", "/.well-known/jwks.json").body["keys"]
    header = jwt.get_unverified_header(told["receipt"])
    [key] = [one for one in published if one["kid"] == header["kid"]]
    claims = jwt.decode(told["receipt"], jwt.PyJWK(key).key, algorithms=["EdDSA"], issuer=stack.auth_url)
    assert header["typ"] == "erasure-receipt+jwt"
    assert claims["jti"] == where.rpartition("/")[2]
    assert (claims["completed_at"], claims["services"]) == (told["completed_at"], ["auth", "posts"])
    assert not {eve.id, eve.username} & set(map(str, claims.values()))

    # The farewell is a mail that waits for its turn.
    eventually(lambda: places_of(stack, eve) <= FOR_A_WHILE, seconds=SECONDS)
    assert api.call("GET", "/api/v1/timelines/home", token=told["receipt"]).status == 401
    assert api.call("GET", "/api/v1/users/me", token=told["receipt"]).status == 401


def test_no_log_of_ours_tells_who_somebody_was(stack, api, eve, bob):
    lives_a_life(eve, bob)
    where = leave(eve)
    eventually(lambda: is_completed(api, where), seconds=SECONDS)

    logs = {path.name: path.read_text(errors="replace") for path in stack.logs.rglob("*") if path.is_file()}

    assert any("user.erased" in text for text in logs.values())
    assert {name for name, text in logs.items() if eve.username in text} == set()
    assert {name for name, text in logs.items() if re.search(rf"\b{eve.id}\b", text)} == set()


@pytest.mark.slow
def test_it_ends_well_although_each_was_away_when_its_turn_came(stack, api, eve, bob):
    lives_a_life(eve, bob)
    with stopped(stack, "posts-worker"):
        with stopped(stack, "posts"):
            where = leave(eve)
        eventually(lambda: api.call("GET", f"/api/v1/profiles/{eve.username}").status == 404, seconds=SECONDS)
        assert not is_completed(api, where)
        stack.stop("auth")
    try:
        eventually(lambda: count_of_jobs(stack, "worker.tell_erased", attempts=1) == 1, seconds=SECONDS)
    finally:
        stack.start("auth")

    eventually(lambda: is_completed(api, where), seconds=SECONDS)
    eventually(lambda: places_of(stack, eve) <= FOR_A_WHILE, seconds=SECONDS)


def count_of_jobs(stack, task: str, *, attempts: int) -> int:
    with psycopg.connect(stack.databases.postgres_url) as connection:
        statement = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND attempts >= %s"
        row = connection.execute(statement, [task, attempts]).fetchone()
        return row[0] if row else 0
