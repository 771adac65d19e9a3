"""One's own account, others' public face, and what Posts may ask."""

import pytest

from auth_project.accounts.models import User
from auth_project.events.models import OutboxEvent
from shared.events import UserUpdated
from tests.auth.conftest import Api, PostsService, sign_in
from tests.auth.fakes import PASSWORD, make_user


def public_face(user: User) -> dict[str, object]:
    return {
        "id": str(user.pk),
        "username": user.username,
        "display_name": user.display_name,
        "bio": user.bio,
        "avatar_url": None,
        "is_private": user.is_private,
        "created_at": user.public_state.to_json()["created_at"],
    }


def test_one_sees_ones_own_account(ada):
    response = ada.api.get("/api/v1/users/me")

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json() == public_face(ada.user) | {
        "email": "ada@example.com",
        "email_verified": False,
        "mfa_enabled": False,
        "locale": "en",
    }


def test_without_a_token_there_is_no_me(api):
    response = api.get("/api/v1/users/me")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["code"] == "not_authenticated"


def test_a_change_is_answered_stored_and_told_to_posts(ada):
    response = ada.api.patch("/api/v1/users/me", {"display_name": "Ada", "bio": "Two\nlines", "is_private": True})

    ada.user.refresh_from_db()
    event = OutboxEvent.objects.get()
    assert response.status_code == 200
    assert response.json()["bio"] == ada.user.bio == "Two\nlines"
    assert event.envelope().payload() == UserUpdated(user=ada.user.public_state)
    assert event.sequence == ada.user.version == 1


def test_fields_that_are_not_named_stay(ada):
    ada.api.patch("/api/v1/users/me", {"bio": "a bio"})
    ada.api.patch("/api/v1/users/me", {"display_name": "Ada"})

    ada.user.refresh_from_db()
    assert (ada.user.bio, ada.user.display_name, ada.user.version) == ("a bio", "Ada", 2)


@pytest.mark.parametrize("changes", [{}, {"bio": ""}, {"locale": "de-AT"}])
def test_posts_is_not_told_of_what_it_does_not_show(ada, changes):
    response = ada.api.patch("/api/v1/users/me", changes)

    assert response.status_code == 200
    assert OutboxEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"is_private": "true"}, "is_private", "invalid"),
        ({"is_private": 1}, "is_private", "invalid"),
        ({"bio": "x" * 501}, "bio", "max_length"),
        ({"bio": 5}, "bio", "invalid"),
        ({"display_name": "two\nlines"}, "display_name", "single_line"),
        ({"display_name": "\u202edeificidni"}, "display_name", "forbidden_characters"),
        ({"locale": "not a tag"}, "locale", "invalid"),
        ({"is_superuser": True}, "is_superuser", "unknown_field"),
        ({"valid_after": None}, "valid_after", "unknown_field"),
        ({"password": PASSWORD}, "password", "unknown_field"),
    ],
)
def test_bad_changes_change_nothing(ada, changes, field, code):
    before = User.objects.values().get()

    response = ada.api.patch("/api/v1/users/me", {"bio": "new"} | changes)

    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, code)]
    assert User.objects.values().get() == before


@pytest.mark.asvs("15.3.1")
def test_anybody_sees_a_users_public_face(api, ada):
    for spelling in ("ada", "ADA", "ada/"):
        response = api.get(f"/api/v1/users/{spelling}")

        assert response.status_code == 200
        assert response.json() == public_face(ada.user)


@pytest.mark.parametrize("status", [User.Status.DEACTIVATED, User.Status.SUSPENDED])
def test_who_is_not_active_is_not_there(api, status):
    make_user("ada", status=status)

    assert api.get("/api/v1/users/ada").json()["code"] == "not_found"


@pytest.mark.parametrize("name", ["nobody", ".*", "%24ne", "a" * 5_000, "%F0%9F%A6%89"])
def test_an_unknown_name_is_not_found(api, ada, name):
    response = api.get(f"/api/v1/users/{name}")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_a_bad_token_is_no_anonymous_reader(ada):
    response = Api("nonsense").get("/api/v1/users/ada")

    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")


# Between the services


@pytest.mark.asvs("8.3.3")
def test_posts_looks_users_up_by_id_and_by_name(posts_service):
    ada, bob = make_user("ada", version=3), make_user("bob", status=User.Status.SUSPENDED)

    by_id = posts_service.get(f"/internal/v1/users?ids={ada.pk},{bob.pk},12345")
    by_name = posts_service.get("/internal/v1/users?usernames=Ada,bob,nobody")

    known = {
        "ada": {"user": ada.public_state.to_json(), "sequence": 3},
        "bob": {"user": bob.public_state.to_json(), "sequence": 0},
    }
    for response in (by_id, by_name):
        assert response.status_code == 200
        assert {one["user"]["username"]: one for one in response.json()["users"]} == known
    assert known["bob"]["user"]["state"] == "suspended"


@pytest.mark.parametrize(
    "query",
    ["", "?ids=", "?ids=a", "?ids=-1", f"?ids={2**63}", "?ids=1,,2", "?ids=1&usernames=a", "?names=a",
     "?ids=" + ",".join(["1"] * 101), "?usernames=" + ",".join(["ada"] * 101)],
)  # fmt: skip
def test_a_bad_look_up_is_refused(posts_service, query):
    response = posts_service.get(f"/internal/v1/users{query}")

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")


def test_posts_has_a_staff_members_credentials_checked(posts_service):
    sam = make_user("sam", is_staff=True, is_superuser=True)

    response = posts_service.post(
        "/internal/v1/credentials/check", {"login": "sam@example.com", "password": PASSWORD, "otp": "123456"}
    )

    assert response.status_code == 200
    assert response.json() == {"user": sam.public_state.to_json(), "roles": ["staff", "admin"]}


def test_wrong_credentials_are_told_to_posts_as_such(posts_service):
    make_user("sam", is_staff=True)

    response = posts_service.post("/internal/v1/credentials/check", {"login": "sam", "password": "not this one"})

    assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")


@pytest.mark.parametrize("path", ["/internal/v1/users?ids=1", "/internal/v1/credentials/check"])
@pytest.mark.asvs("10.4.10")
def test_nobody_but_posts_may_ask(api, path):
    someone = sign_in(make_user("eve", is_superuser=True))
    impostors = [PostsService(service="auth"), PostsService(audience="posts")]
    ask = (lambda who: who.get(path)) if "?" in path else (lambda who: who.post(path, {"login": "a", "password": "b"}))

    assert ask(api).json()["code"] == "not_authenticated"
    for who in (someone.api, *impostors):
        response = ask(who)
        assert (response.status_code, response.json()["code"]) == (401, "token_invalid")
