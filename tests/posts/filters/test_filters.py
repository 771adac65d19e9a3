"""Filters as their owner keeps them."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from posts_project.filters import services
from posts_project.filters.models import Filter
from shared.wire import parse_timestamp, timestamp
from tests.posts.people import Person, Visitor

FAR = "2199-01-01T00:00:00.000Z"
# To the database it is always the moment at which a test's transaction began.
AN_HOUR_AGO = timezone.now() - timedelta(hours=1)


def test_created_filter_is_answered_and_found(ada: Person) -> None:
    response = ada.post(
        "/api/v1/filters", {"phrase": " Spoiler ", "action": "warn", "whole_word": True, "expires_at": FAR}
    )

    created = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/v1/filters/{created['id']}"
    assert created == {
        "id": created["id"], "phrase": "Spoiler", "action": "warn", "whole_word": True, "expires_at": FAR,
    }  # fmt: skip
    found = ada.get(response.headers["Location"])
    assert (found.json(), found.headers["ETag"]) == (created, response.headers["ETag"])
    assert ada.get("/api/v1/filters").json() == {"results": [created], "next": None, "previous": None}


def test_only_the_phrase_is_needed(ada: Person) -> None:
    created = ada.post("/api/v1/filters", {"phrase": "x"}).json()

    assert created == {"id": created["id"], "phrase": "x", "action": "hide", "whole_word": False, "expires_at": None}


def test_what_is_not_named_stays_as_it_is(ada: Person) -> None:
    created = makes(ada, phrase="x", action="warn", whole_word=True, expires_at=FAR)
    path = f"/api/v1/filters/{created['id']}"

    assert ada.patch(path, {}).json() == created
    assert ada.patch(path, {"phrase": "y", "expires_at": None}).json() == {**created, "phrase": "y", "expires_at": None}
    last = ada.patch(path, {"action": "hide", "whole_word": False})
    assert (last.status_code, ada.get(path).json()) == (200, last.json())
    assert last.json() == {
        "id": created["id"],
        "phrase": "y",
        "action": "hide",
        "whole_word": False,
        "expires_at": None,
    }


def test_deleted_filter_is_gone(ada: Person) -> None:
    path = f"/api/v1/filters/{makes(ada, phrase='x')['id']}"

    assert ada.delete(path).status_code == 204

    assert [ada.get(path).status_code, ada.delete(path).status_code] == [404, 404]
    assert ada.patch(path, {"phrase": "y"}).status_code == 404
    assert ada.get("/api/v1/filters").json()["results"] == []


def test_change_of_what_another_device_has_changed_is_refused(ada: Person) -> None:
    path = f"/api/v1/filters/{makes(ada, phrase='x')['id']}"
    seen = ada.get(path).headers["ETag"]
    changed = ada.patch(path, {"phrase": "y"}, headers={"If-Match": seen})
    assert changed.status_code == 200

    stale = [ada.patch(path, {"phrase": "z"}, headers={"If-Match": seen}), ada.delete(path, headers={"If-Match": seen})]

    assert [(answer.status_code, answer.json()["code"]) for answer in stale] == [(412, "precondition_failed")] * 2
    assert ada.get(path, headers={"If-None-Match": changed.headers["ETag"]}).status_code == 304


def test_filters_of_others_are_not_there(ada: Person, bob: Person) -> None:
    path = f"/api/v1/filters/{makes(ada, phrase='x')['id']}"

    answers = [bob.get(path), bob.patch(path, {"phrase": "y"}), bob.delete(path)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 3
    assert bob.get("/api/v1/filters").json()["results"] == []
    assert ada.get(path).json()["phrase"] == "x"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "phrase", "required"),
        ({"phrase": ""}, "phrase", "blank"),
        ({"phrase": " \u3000"}, "phrase", "blank"),
        ({"phrase": "x" * 101}, "phrase", "max_length"),
        ({"phrase": "a\nb"}, "phrase", "single_line"),
        ({"phrase": "a\x01b"}, "phrase", "forbidden_characters"),
        ({"phrase": "a\x00b"}, "phrase", "forbidden_characters"),
        ({"phrase": 5}, "phrase", "invalid"),
        ({"phrase": "x", "action": "delete"}, "action", "invalid_choice"),
        ({"phrase": "x", "whole_word": "true"}, "whole_word", "invalid"),
        ({"phrase": "x", "expires_at": "tomorrow"}, "expires_at", "invalid"),
        ({"phrase": "x", "expires_at": "2199-01-01T00:00:00"}, "expires_at", "invalid"),
        ({"phrase": "x", "expires_at": 5}, "expires_at", "invalid"),
        ({"phrase": "x", "expires_at": timestamp(AN_HOUR_AGO)}, "expires_at", "past"),
        ({"phrase": "x", "pattern": ".*"}, "pattern", "unknown_field"),
    ],
)
def test_what_makes_no_filter_is_refused(body: dict[str, Any], field: str, code: str, ada: Person) -> None:
    kept = makes(ada, phrase="kept")
    answers = [ada.post("/api/v1/filters", body), ada.patch(f"/api/v1/filters/{kept['id']}", body)]

    for answer in answers if body else answers[:1]:
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]
    assert list(Filter.objects.values_list("phrase", flat=True)) == ["kept"]


def test_phrase_is_kept_in_nfc_and_may_have_a_hundred_code_points(ada: Person) -> None:
    assert makes(ada, phrase="e\u0301" * 100)["phrase"] == "é" * 100
    assert makes(ada, phrase="👍" * 100)["phrase"] == "👍" * 100


def test_filters_are_paged_newest_first_in_one_query(ada: Person, django_assert_num_queries: Any) -> None:
    created = [makes(ada, phrase=f"phrase {n}") for n in range(5)][::-1]

    with django_assert_num_queries(1):
        first = ada.get("/api/v1/filters?limit=2").json()
    second = ada.get(first["next"]).json()
    back = ada.get(second["previous"]).json()

    assert first["results"] + second["results"] == created[:4]
    assert back["results"] == first["results"]
    assert ada.get(second["next"]).json()["results"] == created[4:]


@pytest.mark.slow
def test_a_hundred_filters_are_enough(ada: Person, bob: Person) -> None:
    created = [makes(ada, phrase=f"phrase {n}") for n in range(services.MAX_FILTERS)]

    refused = ada.post("/api/v1/filters", {"phrase": "one more"})

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_filters")
    makes(bob, phrase="x")
    Filter.objects.filter(id=created[0]["id"]).update(expires_at=AN_HOUR_AGO)
    makes(ada, phrase="in place of one that is over")


def test_a_filter_that_is_over_is_as_none_and_is_removed(ada: Person, bob: Person) -> None:
    kept, over = makes(ada, phrase="kept", expires_at=FAR), makes(ada, phrase="over", expires_at=FAR)
    ada.follows(bob)
    post = bob.writes("It is over")
    assert ada.home() == []
    Filter.objects.filter(id=over["id"]).update(expires_at=AN_HOUR_AGO)

    assert ada.home() == [post["id"]]

    assert ada.get("/api/v1/filters").json()["results"] == [kept]
    assert ada.get(f"/api/v1/filters/{over['id']}").status_code == 404
    assert services.purge(now=timezone.now()) == 1
    assert services.purge(now=parse_timestamp(FAR)) == 1


@pytest.mark.parametrize(("method", "path"), [
    ("get", "filters"), ("post", "filters"), ("get", "filters/1"), ("patch", "filters/1"), ("delete", "filters/1"),
])  # fmt: skip
def test_filters_need_a_token(method: str, path: str, anyone: Visitor) -> None:
    response = getattr(anyone, method)(f"/api/v1/{path}")

    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize("number", ["0", "x", str(2**63), "-1", "%00"])
def test_a_number_that_is_no_id_names_no_filter(number: str, ada: Person) -> None:
    assert ada.get(f"/api/v1/filters/{number}").status_code in (400, 404)


def makes(someone: Person, **fields: Any) -> dict[str, Any]:
    response = someone.post("/api/v1/filters", fields)
    assert response.status_code == 201, response.content
    return response.json()
