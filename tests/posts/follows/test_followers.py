"""Who follows whom, as others may know it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from posts_project import sql
from posts_project.follows import selectors
from posts_project.profiles.services.apply import apply_state
from shared.pagination import Keyset
from shared.snowflakes import MAX_ID
from tests.posts.people import Person, Visitor

MANY = 50_000


@pytest.mark.parametrize("list_name", ["followers", "following"])
def test_both_lists_are_open_and_newest_first(
    list_name: str, ada: Person, bob: Person, cat: Person, anyone: Visitor
) -> None:
    for other in (bob, cat):
        other.follows(ada)
        ada.follows(other)

    answer = anyone.get(f"/api/v1/profiles/ada/{list_name}")

    assert answer.status_code == 200
    assert answer.json() == {"results": [cat.short, bob.short], "next": None, "previous": None}


@pytest.mark.parametrize("list_name", ["followers", "following"])
def test_lists_of_a_private_profile_are_for_itself_and_its_followers(
    list_name: str, person: Callable[..., Person], bob: Person, cat: Person, anyone: Visitor
) -> None:
    ada = person("ada", is_private=True)
    bob.follows(ada)
    ada.put("/api/v1/follow-requests/bob/accept")
    ada.follows(bob)
    cat.follows(ada)
    path = f"/api/v1/profiles/ada/{list_name}"

    assert [who.get(path).json()["results"] for who in (ada, bob)] == [[bob.short], [bob.short]]
    assert [who.get(path).json()["results"] for who in (cat, anyone)] == [[], []]


def test_those_who_are_away_are_left_out(ada: Person, bob: Person, cat: Person, anyone: Visitor) -> None:
    for fan in (bob, cat):
        fan.follows(ada)
    apply_state(type(cat.user)(**{**vars(cat.user), "state": "deactivated"}), version=2)

    assert anyone.get("/api/v1/profiles/ada/followers").json()["results"] == [bob.short]
    assert anyone.get("/api/v1/profiles/cat/following").status_code == 404


def test_unknown_profile_has_no_lists(anyone: Visitor) -> None:
    assert anyone.get("/api/v1/profiles/nobody/followers").status_code == 404
    assert anyone.get("/api/v1/profiles/nobody/following").status_code == 404


def test_pages_neither_repeat_nor_hide_while_followers_arrive(
    person: Callable[..., Person], ada: Person, anyone: Visitor, django_assert_num_queries: Any
) -> None:
    fans = [person(f"fan_{n}") for n in range(6)]
    for fan in fans[:5]:
        fan.follows(ada)

    with django_assert_num_queries(2):  # the name, and the page
        first = anyone.get("/api/v1/profiles/ada/followers?limit=2").json()
    fans[5].follows(ada)
    second = anyone.get(first["next"]).json()
    third = anyone.get(second["next"]).json()
    back = anyone.get(second["previous"]).json()
    newest = anyone.get(back["previous"]).json()

    names = [found["username"] for page in (first, second, third) for found in page["results"]]
    assert names == ["fan_4", "fan_3", "fan_2", "fan_1", "fan_0"]
    assert back["results"] == first["results"]
    assert newest["results"] == [fans[5].short]
    assert third["next"] is None
    assert anyone.get(first["next"].replace("followers", "following")).status_code == 400


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_any_page_of_fifty_thousand_followers_costs_the_same(ada: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO profile (id, username, display_name, bio, is_private, created_at, state, version, is_pulled)
            SELECT n, 'fan_' || n, '', '', false, now(), 'active', 1, false FROM generate_series(1, %(many)s) n
            """,
            {"many": MANY},
        )
        # Or every row of `follow` is checked by the plan made when there were few people, which reads them all.
        cursor.execute("ANALYZE profile")
        # Nobody came in the order of their ids.
        cursor.execute(
            """
            INSERT INTO follow (follower_id, followee_id, since, pull)
            SELECT n, %(ada)s, n::bigint * 7919 %% 50021, false FROM generate_series(1, %(many)s) n
            """,
            {"ada": ada.id, "many": MANY},
        )
        cursor.execute(
            """
            INSERT INTO follow (follower_id, followee_id, since, pull)
            SELECT %(ada)s, n, n::bigint * 7919 %% 50021, false FROM generate_series(1, %(many)s) n
            """,
            {"ada": ada.id, "many": MANY},
        )
        cursor.execute("VACUUM ANALYZE profile, follow, block")

    for whom in (selectors._FOLLOWERS, selectors._FOLLOWING):
        costs = [buffers(whom, ada.id, position) for position in (MAX_ID, MANY // 2, 100)]
        assert max(costs) <= 150, costs


def buffers(whom: str, profile_id: int, position: int) -> int:
    page = Keyset(url="", scope="", limit=20)
    statement = selectors._page(whom, page.ascending, page.fetch)
    parameters = {"viewer": 0, "profile": profile_id, "position": position}
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        answer: Any = cursor.fetchone()[0]
        cursor.execute("RESET plan_cache_mode")
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    assert len(sql.rows(statement, parameters)) == page.fetch
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
