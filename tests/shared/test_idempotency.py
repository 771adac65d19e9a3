"""`Idempotency-Key`: the same call again gets the same answer and has no second effect."""

import pytest

from tests.shared import urls
from tests.shared.memory_store import store

PATH = "/api/v1/counting"


@pytest.fixture(autouse=True)
def nothing_has_happened():
    urls.effects.clear()
    store.answers.clear()
    store.at_work.clear()
    store.secrets.clear()


def call(client, method="post", body=None, *, key="one", token=None):
    headers = {"Idempotency-Key": key} | ({"authorization": f"Bearer {token}"} if token else {})
    return getattr(client, method)(PATH, body or {"a": 1}, content_type="application/json", headers=headers)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_same_call_again_gets_the_same_answer_and_has_no_second_effect(client, method):
    first = call(client, method)
    second = call(client, method)

    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.get("Location") == first.get("Location")
    assert second.get("Content-Type") == first.get("Content-Type")
    assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
    assert len(urls.effects) == 1


def test_without_a_key_every_call_counts(client):
    for _ in range(2):
        client.post(PATH, {"a": 1}, content_type="application/json")

    assert len(urls.effects) == 2


@pytest.mark.parametrize(("method", "body"), [("post", {"a": 2}), ("post", {"b": 1}), ("put", {"a": 1})])
def test_another_request_with_the_key_is_refused(client, method, body):
    call(client)

    response = call(client, method, body)

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert len(urls.effects) == 1


def test_the_spelling_of_a_body_does_not_make_it_another(client):
    headers = {"Idempotency-Key": "one"}
    client.post(PATH, b'{"a":1,"b":[2]}', content_type="application/json", headers=headers)

    again = client.post(PATH, b' {"b": [2],\n"a": 1}', content_type="application/json", headers=headers)

    assert again["Idempotency-Replayed"] == "true"


def test_the_same_call_at_the_same_time_is_told_to_wait(client):
    store.at_work.add((0, "one"))

    response = call(client)

    assert (response.status_code, response.json()["code"]) == (409, "idempotency_in_progress")


def test_keys_belong_to_who_calls(client, sign, access_claims):
    call(client)

    assert "Idempotency-Replayed" not in call(client, token=sign(access_claims))


@pytest.mark.parametrize("key", ["", " ", "a b", "a" * 256, "\u00e9", "a\x7f"])
def test_a_key_is_1_to_255_visible_characters(client, key):
    response = call(client, key=key)

    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "Idempotency-Key")
    assert urls.effects == []


def test_a_refusal_is_remembered_too(client):
    first = call(client, body={"fail": "conflict"})
    second = call(client, body={"fail": "conflict"})

    assert (first.status_code, second.status_code, second["Idempotency-Replayed"]) == (409, 409, "true")
    assert second.json()["detail"] == "after 1"


def test_a_failure_of_ours_is_not(client):
    assert call(client, body={"fail": "bug"}).status_code == 500
    assert call(client, body={"fail": "bug"}).status_code == 500

    assert len(urls.effects) == 2


def test_the_store_is_told_which_answers_carry_tokens(client):
    call(client, "post")
    call(client, "put", key="two")

    assert store.secrets == [False, True]


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_a_body_that_was_promised_must_be_there(client, content_type):
    response = client.generic("POST", "/api/v1/echo", b"", CONTENT_TYPE=content_type)

    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_a_change_without_a_body_is_refused(client):
    response = client.patch("/api/v1/echo")

    assert (response.status_code, response.json()["code"]) == (400, "parse_error")
