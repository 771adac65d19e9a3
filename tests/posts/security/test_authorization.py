"""The matrix of docs/authorization.md: everybody calls everything, and gets what the row says."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from posts_project.revocations import services as revoking
from posts_project.revocations.live import RevocationList
from shared.keys import load_private_key
from shared.service_tokens import ServiceSigner
from tests.authorization import Row, assert_each_operation_has_one_row, rows, verdict
from tests.operations import Operation
from tests.posts.calls import CALLS, OPERATIONS, Call, World, make_world
from tests.posts.contents import contents
from tests.posts.people import Person, Visitor, access_token

ROWS = rows("posts")
BY_NAME = {str(operation): operation for operation in OPERATIONS.values()}
OF_POSTS = [operation for operation in OPERATIONS.values() if "post_id" in operation.parameters]
INBOX = "/internal/v1/events"


@pytest.fixture
def world(person: Callable[..., Person]) -> World:
    return make_world(person)


@pytest.mark.asvs("8.1.1")
def test_every_operation_has_one_row_and_every_row_its_operation() -> None:
    assert_each_operation_has_one_row("posts")


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.asvs("7.4.1", "7.4.2", "8.2.1", "8.3.1", "8.3.2", "10.4.10")
def test_everybody_gets_what_their_row_says(row: Row, world: World, revocations: RevocationList) -> None:
    operation = BY_NAME[row.operation]
    path = world.address(operation)
    query = CALLS.get(operation.id, Call()).query
    end_sessions(world, revocations)
    before = contents()

    assert verdict(as_nobody(operation, path)) == row["nobody"]
    assert verdict(world.send(operation, path, **bearer(service_token(operation, path)))) == row["service"]
    for token in (signed_out(world), ended_with_all(world)):
        assert verdict(world.send(operation, path, **bearer(token))) == row["revoked"]
    assert operation.method == "GET" or contents() == before
    for state in ("suspended", "deactivated"):
        world.me.becomes(state=state)
        before = contents()
        assert verdict(world.send(operation, path)) == row["inactive"]
        assert operation.method == "GET" or contents() == before
    world.me.becomes(state="active")
    good = world.send(operation, f"{path}?{query}")
    assert (verdict(good), good.status_code < 300) == (row["user"], True), good.content


def end_sessions(world: World, revocations: RevocationList) -> None:
    """One by its id; and all from before half a minute ago."""
    now = timezone.now()
    revoking.revoke_session(session_id="signed-out", expires_at=now + timedelta(minutes=5), now=now)
    revoking.end_tokens(user_id=world.me.id, valid_after=now - timedelta(seconds=30))
    revocations.refresh()


def signed_out(world: World) -> str:
    return access_token(world.me.id, world.me.username, sid="signed-out")


def ended_with_all(world: World) -> str:
    return access_token(world.me.id, world.me.username, iat=int(time.time()) - 60)


@pytest.mark.slow
@pytest.mark.parametrize("row", [row for row in ROWS if row["others'"]], ids=str)
@pytest.mark.parametrize("roles", [[], ["staff", "admin"]], ids=["a user", "staff"])
@pytest.mark.asvs("8.2.1", "8.2.2", "8.3.1")
def test_what_belongs_to_others_stays_as_it_is(row: Row, roles: list[str], world: World) -> None:
    """What may be seen is 403, all else as if it were not there. Staff have no rights here that users do not have."""
    operation = BY_NAME[row.operation]
    path = world.turned.address(operation)
    token = access_token(world.me.id, world.me.username, roles=roles)
    before = contents()

    response = world.send(operation, path, **bearer(token))

    assert str(response.status_code) == row["others'"]
    assert contents() == before
    if response.status_code == 404:
        nowhere = operation.address(**dict.fromkeys(CALLS[operation.id].own, "9"))
        assert unnamed(response) == unnamed(world.send(operation, nowhere))


def test_a_row_says_what_happens_to_others_objects_where_there_are_any() -> None:
    personal = {row.operation for row in ROWS if row["others'"]}

    assert personal == {str(operation) for operation in BY_NAME.values() if CALLS.get(operation.id, Call()).own}


@pytest.mark.parametrize("operation", OF_POSTS, ids=str)
@pytest.mark.asvs("8.2.2")
def test_a_post_that_may_not_be_seen_is_not_there(operation: Operation, world: World) -> None:
    hidden = world.other.writes("For followers", visibility="followers")
    before = contents()

    answers = [
        [send(operation, operation.address(post_id=post_id)) for post_id in (hidden["id"], "9")]
        for send in (world.send, as_nobody)
    ]

    (unseen, absent), (closed, also_closed) = answers
    assert (unseen.status_code, unnamed(unseen)) == (404, unnamed(absent))
    assert (closed.status_code in (401, 404), unnamed(closed)) == (True, unnamed(also_closed))
    assert contents() == before


@pytest.mark.asvs("10.4.10", "13.2.1", "8.3.3")
def test_what_is_between_the_services_is_closed_to_people(world: World) -> None:
    staff = access_token(world.me.id, world.me.username, roles=["staff", "admin"])
    visitors = [Visitor(), world.me, Visitor(token=staff)]

    answers = [visitor.post(INBOX, {"events": []}) for visitor in visitors]

    assert [answer.status_code for answer in answers] == [401, 401, 401]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def as_nobody(operation: Operation, path: str) -> HttpResponse:
    return Client().generic(operation.method, path, b"{}" if operation.body else b"", "application/json")


def service_token(operation: Operation, path: str) -> str:
    key = load_private_key(settings.POSTS_SERVICE_KEY_FILE.with_name("auth_service.pem"))
    signer = ServiceSigner(service="auth", audience="posts", key=lambda: key)
    return signer.sign(method=operation.method, path=path, body=b"")


def unnamed(response: HttpResponse) -> dict[str, Any]:
    """The problem, but for what names the call."""
    return {**response.json(), "instance": "", "request_id": ""}
