"""Signing in, staying so, and out."""

import statistics
import time

import pytest
from django.db import connection

from auth_project.events.models import OutboxEvent
from auth_project.tokens.models import Session
from shared.keys import parse_key_set
from tests.auth.conftest import Api, access_claims, sign_in
from tests.auth.fakes import PASSWORD, make_user

LOGIN, REFRESH, LOGOUT = "/api/v1/auth/login", "/api/v1/auth/refresh", "/api/v1/auth/logout"


@pytest.mark.parametrize("login", ["ada", "ADA", "ada@example.com", "Ada@Example.COM"])
@pytest.mark.asvs("7.2.4")
def test_one_signs_in_by_name_or_address(api, login):
    make_user("ada")

    response = api.post(LOGIN, {"login": login, "password": PASSWORD})

    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh", "expires_in", "token_type"}
    assert Api(response.json()["access"]).get("/api/v1/users/me").json()["username"] == "ada"


def test_the_session_remembers_the_device(api):
    make_user("ada")

    api.post(LOGIN, {"login": "ada", "password": PASSWORD}, **{"User-Agent": "a browser\x1b[31m" + "x" * 500})

    session = Session.objects.get()
    assert session.ip == "127.0.0.1"
    assert session.user_agent == "a browser[31m" + "x" * 243


def test_every_refusal_to_sign_in_takes_the_same_time(api):
    make_user("ada")
    times: dict[str, list[float]] = {"ada": [], "nobody": []}

    for _ in range(15):
        connection.database["counters"].delete_many({})
        for login, taken in times.items():
            started = time.perf_counter()
            api.post(LOGIN, {"login": login, "password": "not the password"})
            taken.append(time.perf_counter() - started)

    known, unknown = (statistics.median(taken) for taken in times.values())
    assert abs(known - unknown) < 0.5 * known  # without the hash of nobody one of them takes a tenth


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"login": "ada"}, "password", "required"),
        ({"login": {"$ne": ""}, "password": "x"}, "login", "invalid"),
        ({"login": "ada", "password": {"$ne": ""}}, "password", "invalid"),
        ({"login": "ada", "password": PASSWORD, "admin": True}, "admin", "unknown_field"),
        ({"login": "ada", "password": "x" * 257}, "password", "max_length"),
    ],
)
def test_a_malformed_sign_in_is_refused_by_field(api, body, field, code):
    response = api.post(LOGIN, body)

    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, code)]


def test_the_access_token_says_what_was_agreed(ada):
    claims = access_claims(ada)

    assert set(claims) == {"iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "username", "roles"}
    assert (claims["sub"], claims["username"], claims["roles"]) == (str(ada.user.pk), "ada", [])
    assert claims["aud"] == ["auth", "posts"]
    assert claims["exp"] - claims["iat"] == 300
    assert claims["sid"] == Session.objects.get().pk


def test_staff_carry_their_roles():
    sam = sign_in(make_user("sam", is_staff=True, is_superuser=True))

    assert access_claims(sam)["roles"] == ["staff", "admin"]


def test_refreshing_gives_a_new_pair(ada, api):
    response = api.post(REFRESH, {"refresh": ada.tokens.refresh})

    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh", "expires_in", "token_type"}
    assert Api(response.json()["access"]).get("/api/v1/users/me").status_code == 200
    assert api.post(REFRESH, {"refresh": ada.tokens.refresh}).json()["refresh"] == response.json()["refresh"]


def test_an_old_access_token_in_the_header_keeps_nobody_from_refreshing(ada):
    response = Api("an.expired.token").post(REFRESH, {"refresh": ada.tokens.refresh})

    assert response.status_code == 200


@pytest.mark.asvs("10.4.5")
def test_an_ancestor_that_comes_back_ends_the_session(ada, api):
    child = api.post(REFRESH, {"refresh": ada.tokens.refresh}).json()
    grandchild = api.post(REFRESH, {"refresh": child["refresh"]}).json()

    reused = api.post(REFRESH, {"refresh": ada.tokens.refresh})

    assert (reused.status_code, reused.json()["code"]) == (401, "token_reused")
    assert reused["WWW-Authenticate"].startswith("Bearer")
    assert api.post(REFRESH, {"refresh": grandchild["refresh"]}).json()["code"] == "token_revoked"
    assert Api(grandchild["access"]).get("/api/v1/users/me").json()["code"] == "token_revoked"
    assert [event.type for event in OutboxEvent.objects.all()] == ["session.revoked"]


@pytest.mark.parametrize("refresh", ["", "garbage", "A" * 91, "é", "ada", "x" * 257])
def test_a_bad_refresh_token_is_refused(ada, api, refresh):
    response = api.post(REFRESH, {"refresh": refresh})

    assert response.status_code in (400, 401)
    assert response.json()["code"] in ("token_invalid", "validation_error")
    assert not Session.objects.get().is_over


def test_an_access_token_is_no_refresh_token_and_the_other_way_round(ada, api):
    assert api.post(REFRESH, {"refresh": ada.tokens.access}).status_code in (400, 401)
    assert Api(ada.tokens.refresh).get("/api/v1/users/me").json()["code"] == "token_invalid"


@pytest.mark.asvs("7.4.1")
def test_signing_out_ends_the_session_in_both_services(ada, api):
    response = ada.api.post(LOGOUT)

    assert (response.status_code, response.content) == (204, b"")
    assert ada.api.get("/api/v1/users/me").json()["code"] == "token_revoked"
    assert ada.api.post(LOGOUT).json()["code"] == "token_revoked"
    assert api.post(REFRESH, {"refresh": ada.tokens.refresh}).json()["code"] == "token_revoked"
    event = OutboxEvent.objects.get().envelope()
    assert (event.type, event.data["session_id"]) == ("session.revoked", Session.objects.get().pk)


def test_signing_out_needs_a_token(api):
    assert api.post(LOGOUT).json()["code"] == "not_authenticated"


def test_the_published_keys_can_be_cached_and_have_no_private_half(api):
    response = api.get("/.well-known/jwks.json")

    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=300"
    (key,) = response.json()["keys"]
    assert set(key) == {"kty", "crv", "use", "alg", "kid", "x"}
    assert parse_key_set(response.json())
