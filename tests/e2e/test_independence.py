"""Each service works while the other is down, and what happened meanwhile arrives afterwards."""

import time

import pytest

from shared.public_api import Person
from tests.e2e.conftest import PASSWORD, eventually


@pytest.fixture
def auth_is_down(stack):
    """Everything before the test ran with Auth up; it comes back afterwards."""

    def go_down():
        stack.stop("auth")

    yield go_down
    stack.start("auth")


@pytest.fixture
def posts_is_down(stack):
    running = []

    def go_down():
        stack.stop("posts")

        def come_back():
            running.append(True)
            stack.start("posts")

        return come_back

    yield go_down
    if not running:
        stack.start("posts")


def readiness(api, stack, service: str) -> dict:
    return api.call("GET", f"{getattr(stack, service + '_url')}/readyz").expect(200).body


def test_posts_reads_and_writes_with_live_tokens_while_auth_is_down(ada, bob, api, stack, auth_is_down):
    bob.call("PUT", f"/api/v1/profiles/{ada.username}/follow").expect(200)
    assert eventually(lambda: readiness(api, stack, "posts")["status"] == "ok") < 10
    auth_is_down()

    started = time.monotonic()
    post = ada.call("POST", "/api/v1/posts", {"text": "still here"}).expect(201).body["id"]
    entries = bob.call("GET", "/api/v1/timelines/home").expect(200).body["results"]

    assert [entry["post"]["id"] for entry in entries] == [post]
    assert time.monotonic() - started < 2
    assert eventually(lambda: readiness(api, stack, "posts")["status"] == "degraded") < 10
    assert set(readiness(api, stack, "posts")["checks"].values()) == {"ok"}


@pytest.mark.slow
def test_somebody_new_can_post_while_auth_is_down_before_their_event_arrived(sign_up, stack, auth_is_down):
    stack.stop("auth-worker")
    try:
        stranger = sign_up("stranger")
        auth_is_down()

        post = stranger.call("POST", "/api/v1/posts", {"text": "first words"}).expect(201).body

        assert post["author"]["username"] == stranger.username
    finally:
        stack.start("auth-worker")


@pytest.mark.slow
def test_auth_registers_and_logs_in_while_posts_is_down_and_the_events_arrive(api, stack, unused_name, posts_is_down):
    come_back = posts_is_down()

    people = [Person(api=api, username=unused_name("late"), password=PASSWORD) for _ in range(5)]
    for person in people:
        assert person.sign_up(display_name="Made while Posts was down")
        person.sign_in()
    assert eventually(lambda: readiness(api, stack, "auth")["status"] == "degraded") < 10

    come_back()
    stack.stop("auth")  # so that a profile can only come by event, not by a look-up
    try:
        for person in people:
            profile = f"/api/v1/profiles/{person.username}"
            eventually(lambda path=profile: api.call("GET", path).status == 200, seconds=40)
            assert api.call("GET", profile).body["display_name"] == "Made while Posts was down"
    finally:
        stack.start("auth")
