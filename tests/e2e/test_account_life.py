"""What happens to an account in Auth is obeyed by Posts: within a second where it takes a right away."""

import pytest

from shared.public_api import Person
from tests.e2e.conftest import PASSWORD, eventually

pytestmark = pytest.mark.slow

NEW_PASSWORD = "eleven brave sparrows"
# A second is the promise; the half is for the machine that the test shares with five servers.
SECONDS = 1.5


@pytest.fixture
def post_of_ada(ada) -> str:
    return f"/api/v1/posts/{ada.call('POST', '/api/v1/posts', {'text': 'Still there?'}).expect(201).body['id']}"


def is_refused(api, token: str) -> bool:
    return api.call("GET", "/api/v1/timelines/home", token=token).status == 401


def test_a_suspended_person_is_shut_out_and_unseen_until_reinstated(ada, api, post_of_ada, manage_auth):
    assert manage_auth("suspend_user", ada.username, "--reason", "spam").returncode == 0

    assert eventually(lambda: is_refused(api, ada.access)) < SECONDS
    assert api.call("GET", post_of_ada).status == 404
    assert api.call("GET", f"/api/v1/profiles/{ada.username}").status == 404
    assert api.call("POST", "/api/v1/auth/login", {"login": ada.username, "password": PASSWORD}).status == 401

    assert manage_auth("reinstate_user", ada.username).returncode == 0

    eventually(lambda: api.call("GET", post_of_ada).status == 200)
    ada.sign_in()
    assert ada.call("GET", "/api/v1/timelines/home").status == 200


def test_a_changed_password_ends_the_other_sessions_in_both_services(ada, api):
    thief = Person(api=api, username=ada.username, password=PASSWORD)
    thief.sign_in()

    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    ada.call("POST", "/api/v1/auth/password/change", body).expect(204)

    assert eventually(lambda: is_refused(api, thief.access)) < SECONDS
    assert api.call("GET", "/api/v1/timelines/home", token=ada.access).status == 200


@pytest.mark.asvs("10.3.3")
def test_a_new_username_is_known_to_posts(ada, api, unused_name):
    name = unused_name("renamed")
    ada.call("PATCH", "/api/v1/users/me", {"username": name}).expect(200)

    eventually(lambda: api.call("GET", f"/api/v1/profiles/{name}").status == 200)
    assert api.call("GET", f"/api/v1/profiles/{name}").body["id"] == ada.id


def test_who_deactivates_is_unseen_until_they_sign_in_again(ada, api, post_of_ada):
    ada.call("POST", "/api/v1/users/me/deactivate", {"password": PASSWORD}).expect(204)

    assert eventually(lambda: is_refused(api, ada.access)) < SECONDS
    assert api.call("GET", post_of_ada).status == 404

    ada.sign_in()

    eventually(lambda: api.call("GET", post_of_ada).status == 200)


def test_who_leaves_is_gone_from_posts_and_nobody_gets_the_name(ada, api, post_of_ada):
    answer = ada.call("DELETE", "/api/v1/users/me", {"password": PASSWORD}).expect(202)

    assert set(answer.body) == {"erasure_id"}
    assert eventually(lambda: is_refused(api, ada.access)) < SECONDS
    assert api.call("GET", post_of_ada).status == 404
    assert api.call("GET", f"/api/v1/profiles/{ada.username}").status == 404
    body = {"username": ada.username, "email": "somebody.else@example.org", "password": NEW_PASSWORD}
    assert api.call("POST", "/api/v1/auth/register", body).field_codes() == {"username": "taken"}
