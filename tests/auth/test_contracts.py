"""Auth's side of the border: it sends and answers what the examples of `tests/contracts` show, by their schemas."""

import copy
import dataclasses
from base64 import b64encode

import pytest
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.accounts.services import profile
from auth_project.accounts.services.register import register
from auth_project.events.models import OutboxEvent
from auth_project.posts_client import PostsClient
from auth_project.tokens import services
from auth_project.tokens.models import Session
from shared.breaker import CircuitBreaker
from shared.events import Event
from tests.auth.conftest import sign_in
from tests.auth.fakes import NOW, PASSWORD, make_user
from tests.contracts.contract import example, faults


class RecordingHttp:
    """Answers as Posts does in the example, and keeps what it was sent."""

    breaker = CircuitBreaker("posts")

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent: dict = {}

    def post(self, path, body):
        self.sent = {"method": "POST", "path": path, "body": body}
        return example(self.name)["response"]["body"]


def recorded() -> dict:
    """The newest event, as it will be sent."""
    return OutboxEvent.objects.order_by("-id").first().envelope().to_json()


def test_a_registration_is_told_as_agreed():
    register(username="ada", email="ada@example.com", password=PASSWORD, display_name="Ada Lovelace")

    assert faults("event.user.registered", recorded()) == []


def test_a_changed_profile_is_told_as_agreed():
    profile.update(user_id=make_user("ada").pk, bio="Analytical engines.\nLondon.", is_private=True)

    assert faults("event.user.updated", recorded()) == []


def test_an_ended_session_is_told_as_agreed():
    sign_in(make_user("ada"))
    services.end_session(session_id=Session.objects.get().pk, reason=Session.EndReason.LOGOUT, now=NOW)

    assert faults("event.session.revoked", recorded()) == []


def test_a_delivery_is_sent_and_its_answer_read_as_agreed():
    http = RecordingHttp("call.events")
    events = [Event.from_json(document) for document in example("call.events")["request"]["body"]["events"]]

    results = PostsClient(http).send(events)

    assert http.sent == example("call.events")["request"]
    assert [result.to_json() for result in results] == example("call.events")["response"]["body"]["results"]


def test_a_page_of_an_archive_is_asked_for_and_read_as_agreed():
    http = RecordingHttp("call.exports")
    agreed = example("call.exports")

    page = PostsClient(http).export_page(user_id=int(agreed["request"]["body"]["user_id"]), cursor=None)

    assert http.sent == agreed["request"]
    assert dataclasses.asdict(page) == agreed["response"]["body"]


def test_a_piece_of_a_picture_is_asked_for_and_read_as_agreed():
    http = RecordingHttp("call.export_pictures")
    agreed = example("call.export_pictures")
    asked = agreed["request"]["body"]

    piece = PostsClient(http).picture_piece(user_id=int(asked["user_id"]), picture_id=asked["picture_id"], offset=0)

    assert http.sent == agreed["request"]
    assert {"content": b64encode(piece.content).decode(), "next": piece.next} == agreed["response"]["body"]


@pytest.mark.parametrize("by", ["ids", "usernames"])
def test_looked_up_users_are_answered_as_agreed(posts_service, by):
    name = f"call.users_by_{'id' if by == 'ids' else 'username'}"
    ada = make_user("ada", display_name="Ada Lovelace")
    ada.version = 1
    ada.save()
    values = {"ids": f"{ada.pk},190353203200000002", "usernames": "ada,nobody"}[by]

    answer = posts_service.get(f"/internal/v1/users?{by}={values}")

    call = copy.deepcopy(example(name)) | {"response": {"status": answer.status_code, "body": answer.json()}}
    call["request"]["params"] = {by: values}
    assert faults(name, call) == []
    assert [entry["user"]["id"] for entry in answer.json()["users"]] == [str(ada.pk)]


@pytest.mark.parametrize("name", ["call.users_all", "call.user_events", "call.revocations"])
def test_what_posts_may_have_missed_is_listed_as_agreed(posts_service, name):
    register(username="ada", email="ada@example.com", password=PASSWORD, display_name="Ada Lovelace")
    sign_in(User.objects.get())
    services.end_session(session_id=Session.objects.get().pk, reason=Session.EndReason.LOGOUT, now=timezone.now())
    path = {"call.user_events": f"/internal/v1/users/{User.objects.get().pk}/events"}.get(
        name, example(name)["request"]["path"]
    )

    answer = posts_service.get(f"{path}?after=0")

    call = copy.deepcopy(example(name)) | {"response": {"status": answer.status_code, "body": answer.json()}}
    assert faults(name, call) == []
    (rows,) = [value for value in answer.json().values() if isinstance(value, list)]
    assert rows


def test_credentials_are_checked_as_agreed(posts_service):
    make_user("ada", is_staff=True)
    request = {"login": "ada", "password": PASSWORD}

    answer = posts_service.post("/internal/v1/credentials/check", request)

    call = copy.deepcopy(example("call.credentials_check"))
    call["request"]["body"] = request
    call["response"] = {"status": answer.status_code, "body": answer.json()}
    assert faults("call.credentials_check", call) == []


def test_the_key_set_is_published_as_agreed(api):
    answer = api.get("/.well-known/jwks.json")

    call = example("call.jwks") | {"response": {"status": answer.status_code, "body": answer.json()}}
    assert faults("call.jwks", call) == []
