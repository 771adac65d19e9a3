"""Answers are kept in the transaction of their effect, and a key is worked on by one at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from posts_project.idempotency.models import Answer
from posts_project.idempotency.store import purge_answers
from posts_project.posts.models import Post


def publish(person, text="Hello", key="one"):
    return person.post("/api/v1/posts", {"text": text}, headers={"Idempotency-Key": key})


def test_a_post_sent_again_is_one_post(person):
    ada = person("ada")

    first, second = publish(ada), publish(ada)

    assert (first.status_code, second.status_code, second.content) == (201, 201, first.content)
    assert {name: second[name] for name in ("Location", "ETag", "Idempotency-Replayed")} == {
        "Location": first["Location"],
        "ETag": first["ETag"],
        "Idempotency-Replayed": "true",
    }
    assert Post.objects.count() == 1


def test_keys_belong_to_people(person):
    assert publish(person("ada")).json()["id"] != publish(person("bob")).json()["id"]


def test_another_body_with_the_key_is_refused(person):
    ada = person("ada")
    publish(ada)

    answer = publish(ada, "Something else")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Post.objects.count() == 1


@pytest.mark.parametrize("method", ["put", "delete"])
def test_calls_without_a_body_take_a_key_too(person, method):
    ada, bob = person("ada"), person("bob")
    call = getattr(ada, method)

    first = call(f"/api/v1/profiles/{bob.username}/follow", headers={"Idempotency-Key": "two"})
    second = call(f"/api/v1/profiles/{bob.username}/follow", headers={"Idempotency-Key": "two"})

    assert (first.status_code, second.status_code, second["Idempotency-Replayed"]) == (200, 200, "true")


def test_a_refusal_is_remembered(person):
    ada = person("ada")

    first, second = publish(ada, ""), publish(ada, "")

    assert (first.status_code, second.status_code, second["Idempotency-Replayed"]) == (400, 400, "true")


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_post(person):
    ada = person("ada")

    def attempt(_):
        try:
            return publish(ada)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(attempt, range(20)))

    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert Post.objects.count() == 1


def test_an_expired_answer_is_forgotten_and_then_deleted(person):
    ada = person("ada")
    publish(ada)
    Answer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert purge_answers(now=timezone.now()) == 1
    assert publish(ada).status_code == 201
    assert Post.objects.count() == 2
