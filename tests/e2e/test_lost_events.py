"""An event that never arrives is noticed, and one command tells whether anything is missing."""

import pytest
from pymongo import MongoClient

from shared.public_api import Person
from tests.e2e.conftest import PASSWORD, eventually

pytestmark = pytest.mark.slow

HOME = "/api/v1/timelines/home"


def lose_events_of(stack, person: Person) -> None:
    """As if they had been delivered and Posts had lost them."""
    with MongoClient(stack.databases.mongodb_url) as client:
        waiting = {"user_id": int(person.id), "status": "pending"}
        changed = client.get_default_database()["outbox"].update_many(waiting, {"$set": {"status": "delivered"}})
    assert changed.modified_count


def test_a_lost_log_out_is_obeyed_after_the_next_thing_that_happens(sign_up, api, stack):
    ada = sign_up("ada")
    stolen = ada.access
    api.call("GET", HOME, token=stolen).expect(200)
    ada.sign_in()
    stack.stop("auth-worker")
    api.call("POST", "/api/v1/auth/logout", token=stolen).expect(204)
    lose_events_of(stack, ada)
    ada.call("PATCH", "/api/v1/users/me", {"bio": "the next thing"}).expect(200)
    api.call("GET", HOME, token=stolen).expect(200)

    stack.start("auth-worker")

    assert eventually(lambda: api.call("GET", HOME, token=stolen).status == 401, seconds=30) < 30
    api.call("GET", HOME, token=ada.access).expect(200)


def test_what_nothing_shows_to_be_missing_is_found_and_mended_by_a_command(sign_up, api, stack, manage_posts):
    bob = sign_up("bob")
    stolen = bob.access
    api.call("GET", HOME, token=stolen).expect(200)
    assert eventually(lambda: api.call("GET", f"/api/v1/profiles/{bob.username}").status == 200) < 10
    stack.stop("auth-worker")
    bob.call("PATCH", "/api/v1/users/me", {"bio": "never told"}).expect(200)
    api.call("POST", "/api/v1/auth/logout", token=stolen).expect(204)
    lose_events_of(stack, bob)
    stack.start("auth-worker")

    found, mended = manage_posts("reconcile"), manage_posts("reconcile", "--fix")

    told = found.stdout + found.stderr
    assert (found.returncode, mended.returncode) == (1, 0)
    assert f"user {bob.id}: outdated profile\n" in told
    assert f"user {bob.id}: session not ended\n" in told
    assert manage_posts("reconcile").returncode == 0
    assert api.call("GET", f"/api/v1/profiles/{bob.username}").expect(200).body["bio"] == "never told"
    assert eventually(lambda: api.call("GET", HOME, token=stolen).status == 401) < 3
    assert PASSWORD not in told
