"""Deliveries from Auth: each event once, by version, with its effect or not at all."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from posts_project.auth_client import RemoteUser
from posts_project.events.models import EventPosition, InboxEvent
from posts_project.follows.models import Follow
from posts_project.posts.models import Post
from posts_project.profiles.models import Profile
from posts_project.revocations import live
from shared.env import Env
from shared.events import (
    NOBODY,
    ErasureCompleted,
    Payload,
    SessionRevoked,
    SigningKeyRevoked,
    TokensRevoked,
    UserDeactivated,
    UserErased,
    UserReactivated,
    UserRegistered,
    UserState,
    UserUpdated,
)
from shared.keys import load_private_key, public_jwk
from shared.service_tokens import ServiceSigner
from shared.wire import dumps
from tests.posts.conftest import JobRunner
from tests.posts.fakes import FakeAuthClient
from tests.posts.people import TEST_KEY, Person, Visitor, access_token, user
from tests.posts.told import told

PATH = "/internal/v1/events"
pytestmark = pytest.mark.django_db


def event(payload: Payload, subject: int, sequence: int) -> dict[str, Any]:
    return told(payload, subject, sequence).to_json()


def send(body: dict[str, Any], *, signer: ServiceSigner | None = None) -> Any:
    content = dumps(body)
    key = load_private_key(Env.read().path("AUTH_SERVICE_KEY_FILE"))
    signer = signer or ServiceSigner(service="auth", audience="posts", key=lambda: key)
    token = signer.sign(method="POST", path=PATH, body=content)
    return Client().post(PATH, content, "application/json", headers={"Authorization": f"Bearer {token}"})


def deliver(*events: dict[str, Any]) -> list[str]:
    response = send({"events": list(events)})
    assert response.status_code == 200, response.content
    return [result["status"] for result in response.json()["results"]]


def test_registered_user_has_a_profile() -> None:
    ada = user("ada", display_name="Ada L.", bio="Counts.")

    assert deliver(event(UserRegistered(user=ada), ada.id, 1)) == ["applied"]

    stored = Profile.objects.get(id=ada.id)
    assert (stored.username, stored.display_name, stored.bio, stored.version) == ("ada", "Ada L.", "Counts.", 1)


def test_second_delivery_has_no_effect() -> None:
    ada = user("ada")
    registered = event(UserRegistered(user=ada), ada.id, 1)

    assert deliver(registered) == ["applied"]
    assert deliver(registered, registered) == ["duplicate", "duplicate"]
    assert InboxEvent.objects.count() == 1


def test_any_order_ends_in_the_last_state() -> None:
    for order in itertools.permutations(range(4)):
        ada = user(f"ada_{'_'.join(map(str, order))}")
        told: list[Payload] = [
            UserRegistered(user=ada),
            UserUpdated(user=replace(ada, display_name="Second")),
            UserDeactivated(user=replace(ada, state="deactivated")),
            UserReactivated(user=replace(ada, display_name="Last")),
        ]
        events = [event(payload, ada.id, number) for number, payload in enumerate(told, start=1)]

        deliver(*[events[index] for index in order])

        stored = Profile.objects.get(id=ada.id)
        assert (stored.display_name, stored.state, stored.version) == ("Last", "active", 4)


def test_older_news_is_stale() -> None:
    ada = user("ada")
    deliver(event(UserUpdated(user=ada), ada.id, 5))

    assert deliver(event(UserUpdated(user=replace(ada, bio="old")), ada.id, 4)) == ["stale"]
    assert Profile.objects.get(id=ada.id).bio == ""


def test_name_that_changed_hands_goes_to_the_newer_holder_and_the_older_is_asked_about(
    auth: FakeAuthClient, jobs: JobRunner
) -> None:
    ada, bob = user("ada"), user("bob")
    deliver(event(UserRegistered(user=ada), ada.id, 1), event(UserRegistered(user=bob), bob.id, 1))
    auth.knows(RemoteUser(user=replace(ada, username="countess"), sequence=2))

    assert deliver(event(UserUpdated(user=replace(bob, username="ada")), bob.id, 2)) == ["applied"]
    assert Profile.objects.get(username="ada").id == bob.id
    assert Profile.objects.get(id=ada.id).username == f"~{ada.id}"

    assert jobs.run() == ["profiles.refresh"]
    assert Profile.objects.get(id=ada.id).username == "countess"


def test_two_users_who_swap_names_both_get_theirs(jobs: JobRunner, auth: FakeAuthClient) -> None:
    ada, bob = user("ada"), user("bob")
    deliver(event(UserRegistered(user=ada), ada.id, 1), event(UserRegistered(user=bob), bob.id, 1))
    now_bob, now_ada = replace(ada, username="bob"), replace(bob, username="ada")
    auth.knows(RemoteUser(user=now_bob, sequence=2), RemoteUser(user=now_ada, sequence=3))

    statuses = deliver(event(UserUpdated(user=now_bob), ada.id, 2), event(UserUpdated(user=now_ada), bob.id, 3))
    jobs.run()

    assert statuses == ["applied", "applied"]
    assert {profile.id: profile.username for profile in Profile.objects.all()} == {ada.id: "bob", bob.id: "ada"}


def test_deactivated_user_disappears_and_comes_back(ada: Person, bob: Person, anyone: Any) -> None:
    post = ada.writes("still here")
    bob.follows(ada)

    deliver(event(UserDeactivated(user=replace(ada.user, state="deactivated")), ada.id, 2))
    assert anyone.get("/api/v1/profiles/ada").status_code == 404
    assert anyone.get(f"/api/v1/posts/{post['id']}").status_code == 404
    assert bob.home() == []

    deliver(event(UserReactivated(user=ada.user), ada.id, 3))
    assert anyone.get("/api/v1/profiles/ada").status_code == 200
    assert bob.home() == [post["id"]]


def test_suspended_user_is_hidden_and_does_not_write(ada: Person, bob: Person, anyone: Visitor) -> None:
    bob.follows(ada)
    post = ada.writes("before")
    deliver(event(UserDeactivated(user=replace(ada.user, state="suspended")), ada.id, 2))

    refusals = [
        ada.post("/api/v1/posts", {"text": "after"}),
        ada.patch(f"/api/v1/posts/{post['id']}", {"text": "after"}),
        ada.delete(f"/api/v1/posts/{post['id']}"),
        ada.put("/api/v1/profiles/bob/follow"),
        ada.delete("/api/v1/profiles/bob/follow"),
    ]

    assert {(refusal.status_code, refusal.json()["code"]) for refusal in refusals} == {(403, "account_inactive")}
    assert anyone.get("/api/v1/profiles/ada").status_code == 404
    assert anyone.get(f"/api/v1/posts/{post['id']}").status_code == 404
    assert bob.home() == []
    assert ada.home() == [post["id"]]


def test_erased_user_is_gone_at_once_and_their_traces_soon(ada: Person, bob: Person, jobs: JobRunner) -> None:
    ada.writes("mine")
    reply = bob.writes("Hi @ada", in_reply_to=ada.writes("ours")["id"])
    bob.follows(ada)
    ada.follows(bob)

    assert deliver(event(UserErased(user_id=ada.id), ada.id, 2)) == ["applied"]
    assert bob.get("/api/v1/profiles/ada").status_code == 404
    assert bob.home() == [reply["id"]]

    jobs.run()
    assert not Post.objects.filter(author_id=ada.id).exists()
    assert not Follow.objects.exists()
    assert bob.get("/api/v1/profiles/bob").json()["counts"] == {"posts": 1, "followers": 0, "following": 0}
    assert not Profile.objects.filter(id=ada.id).exists()


def test_erasure_is_the_last_word(ada: Person) -> None:
    deliver(event(UserErased(user_id=ada.id), ada.id, 2))

    assert deliver(event(UserUpdated(user=ada.user), ada.id, 3)) == ["stale"]
    assert Profile.objects.get(id=ada.id).state == "erased"


def test_erasure_of_somebody_unheard_of_keeps_them_out(jobs: JobRunner) -> None:
    ada = user("ada")
    deliver(event(UserErased(user_id=ada.id), ada.id, 9))

    assert deliver(event(UserRegistered(user=ada), ada.id, 1)) == ["stale"]
    jobs.run()
    assert deliver(event(UserRegistered(user=ada), ada.id, 2)) == ["stale"]
    assert deliver(event(UserErased(user_id=ada.id), ada.id, 10)) == ["stale"]
    assert not Profile.objects.exists()


def test_events_are_remembered_without_the_id_of_whom_they_are_of() -> None:
    ada = user("ada")
    deliver(event(UserRegistered(user=ada), ada.id, 1))

    assert str(ada.id) not in InboxEvent.objects.get().subject


def test_revoked_session_is_refused(ada: Person, revocations: live.RevocationList) -> None:
    ended = SessionRevoked(
        user_id=ada.id, session_id="session-of-ada", expires_at=timezone.now() + timedelta(minutes=5)
    )
    deliver(event(ended, ada.id, 2))
    revocations.refresh()

    response = ada.get("/api/v1/timelines/home")

    assert (response.status_code, response.json()["code"]) == (401, "token_revoked")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_tokens_from_before_a_moment_are_refused_and_later_ones_taken(
    ada: Person, revocations: live.RevocationList
) -> None:
    ended = TokensRevoked(user_id=ada.id, valid_after=timezone.now() + timedelta(seconds=2))
    deliver(event(ended, ada.id, 2))
    deliver(event(replace(ended, valid_after=datetime(2026, 1, 1, tzinfo=UTC)), ada.id, 3))
    revocations.refresh()

    assert ada.get("/api/v1/timelines/public").status_code == 401
    ada.token = access_token(ada.id, "ada", iat=int(ended.valid_after.timestamp()) + 1)
    assert ada.get("/api/v1/timelines/public").status_code == 200


def test_a_token_of_a_leaked_key_is_refused_also_where_it_was_taken_before(
    ada: Person, revocations: live.RevocationList
) -> None:
    assert ada.get("/api/v1/timelines/home").status_code == 200

    leaked = event(SigningKeyRevoked(kid=public_jwk(TEST_KEY)["kid"]), NOBODY, 1)
    assert [deliver(leaked), deliver({**leaked, "id": "again"})] == [["applied"], ["applied"]]
    revocations.refresh()

    refused = ada.get("/api/v1/timelines/home")
    assert (refused.status_code, refused.json()["code"]) == (401, "token_invalid")
    assert not EventPosition.objects.filter(is_behind=True).exists()


def test_malformed_event_does_not_stop_its_batch() -> None:
    ada = user("ada")
    good = event(UserRegistered(user=ada), ada.id, 1)
    unknown = {**event(UserRegistered(user=ada), ada.id, 2), "type": "user.promoted"}
    broken = {**event(UserRegistered(user=ada), ada.id, 3), "data": {"user": {"id": "x"}}}

    response = send({"events": [unknown, broken, "nonsense", good]})

    statuses = [result["status"] for result in response.json()["results"]]
    assert statuses == ["rejected", "rejected", "rejected", "applied"]
    assert response.json()["results"][0]["reason"] == "type: 'user.promoted' is not known"


def test_what_only_auth_is_told_is_rejected(ada: Person) -> None:
    assert deliver(event(ErasureCompleted(user_id=ada.id), ada.id, 1)) == ["rejected"]


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": {}}, {"events": [{}] * 501}, {"event": []}])
def test_body_that_is_no_batch_is_refused(body: dict[str, Any]) -> None:
    response = send(body)

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")


def test_only_auth_may_deliver(ada: Person) -> None:
    body = {"events": [event(UserUpdated(user=replace(ada.user, bio="forged")), ada.id, 9)]}
    key = load_private_key(settings.POSTS_SERVICE_KEY_FILE)

    answers = [
        Client().post(PATH, dumps(body), "application/json"),
        ada.post(PATH, body),
        send(body, signer=ServiceSigner(service="posts", audience="posts", key=lambda: key)),
        send(body, signer=ServiceSigner(service="auth", audience="posts", key=lambda: key)),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4
    assert Profile.objects.get(id=ada.id).bio == ""


def test_failing_subscriber_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, person: Callable[..., Person]
) -> None:
    from posts_project.events import registry

    def fail(received: Any) -> None:
        raise RuntimeError

    ada = user("ada")
    table = {**registry._subscribers}
    monkeypatch.setattr(registry, "_subscribers", {**table, "user.registered": [*table["user.registered"], fail]})

    with pytest.raises(RuntimeError):
        send({"events": [event(UserRegistered(user=ada), ada.id, 1)]})

    assert not Profile.objects.filter(id=ada.id).exists()
    assert not InboxEvent.objects.exists()


def test_state_of_the_wire_is_what_posts_reads() -> None:
    ada = user("ada")

    assert UserState.from_json(ada.to_json()) == ada
