"""Leaving for a while, leaving for good."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection, connections
from django.utils import timezone

from auth_project.accounts.files import delete_stale
from auth_project.accounts.models import Erasure, User
from auth_project.accounts.services import deactivation
from auth_project.events.models import OutboxEvent
from auth_project.tokens.models import Session
from tests.auth.conftest import Api, SignedIn, sign_in
from tests.auth.explain import plan_of
from tests.auth.fakes import PASSWORD, make_user
from tests.auth.letters import delivered, told
from tests.pictures import FORM, form, picture

ME, DEACTIVATE, LOGIN = "/api/v1/users/me", "/api/v1/users/me/deactivate", "/api/v1/auth/login"


def erase(who: SignedIn, body: str = f'{{"password": "{PASSWORD}"}}', **headers: str) -> Any:
    return who.api.send("DELETE", ME, body, **headers)


def log_in(login: str = "ada") -> Any:
    return Api().post(LOGIN, {"login": login, "password": PASSWORD})


def events() -> list[str]:
    return [event.type for event in OutboxEvent.objects.order_by("sequence")]


# For a while


def test_who_deactivates_is_hidden_and_signed_out_everywhere(ada, api):
    elsewhere = sign_in(ada.user)

    response = ada.api.post(DEACTIVATE, {"password": PASSWORD})

    assert (response.status_code, response.content) == (204, b"")
    assert api.get("/api/v1/users/ada").status_code == 404
    assert api.get("/api/v1/users?q=ada").json()["results"] == []
    for one in (ada, elsewhere):
        assert one.api.get(ME).json()["code"] == "token_revoked"
        assert api.post("/api/v1/auth/refresh", {"refresh": one.tokens.refresh}).json()["code"] == "token_revoked"
    assert events() == ["user.deactivated", "tokens.revoked"]
    assert OutboxEvent.objects.get(type="user.deactivated").data["user"]["state"] == "deactivated"
    assert told() == [("ada@example.com", "Social: your account is hidden now")]


def test_the_next_sign_in_brings_them_back(ada, api):
    ada.api.post(DEACTIVATE, {"password": PASSWORD})

    response = log_in()

    assert response.status_code == 200
    assert Api(response.json()["access"]).get(ME).status_code == 200
    assert api.get("/api/v1/users/ada").status_code == 200
    assert events() == ["user.deactivated", "tokens.revoked", "user.reactivated"]
    assert OutboxEvent.objects.get(type="user.reactivated").data["user"]["state"] == "active"


def test_a_wrong_password_brings_nobody_back(ada):
    ada.api.post(DEACTIVATE, {"password": PASSWORD})

    response = Api().post(LOGIN, {"login": "ada", "password": "not this one"})

    assert response.json()["code"] == "invalid_credentials"
    assert User.objects.get().status == "deactivated"


def test_their_name_stays_theirs(ada):
    ada.api.post(DEACTIVATE, {"password": PASSWORD})

    response = Api().post("/api/v1/auth/register", {"username": "ada", "email": "x@y.org", "password": PASSWORD})

    assert response.json()["errors"][0]["code"] == "taken"


def test_reactivating_who_is_not_deactivated_does_nothing():
    sue = make_user("sue", status=User.Status.SUSPENDED)

    assert deactivation.reactivate(user_id=sue.pk) is False
    assert OutboxEvent.objects.count() == 0


@pytest.mark.parametrize("call", ["deactivate", "erase"])
def test_leaving_needs_the_password(ada, call):
    wrong = '{"password": "not this one"}'
    response = ada.api.send("POST", DEACTIVATE, wrong) if call == "deactivate" else erase(ada, wrong)

    assert (response.status_code, response.json()["code"]) == (403, "wrong_password")
    assert (User.objects.get().status, OutboxEvent.objects.count()) == ("active", 0)


@pytest.mark.parametrize("call", ["deactivate", "erase"])
def test_guessing_the_password_there_is_throttled(ada, call):
    def guess(number: int) -> int:
        body = f'{{"password": "guess {number}"}}'
        return (ada.api.send("POST", DEACTIVATE, body) if call == "deactivate" else erase(ada, body)).status_code

    assert [guess(number) for number in range(12)] == [403] * 10 + [429] * 2


@pytest.mark.parametrize(
    "body",
    ["", "{}", '{"password": 5}', '{"password": null}', '{"password": {"$ne": ""}}',
     '{"password": "x", "user_id": "1"}', '{"password": "\\ud800"}', '{"password": "' + "x" * 257 + '"}'],
)  # fmt: skip
def test_a_malformed_farewell_is_refused(ada, body):
    for response in (ada.api.send("POST", DEACTIVATE, body), erase(ada, body)):
        assert response.status_code == 400
        assert response.json()["code"] in ("validation_error", "parse_error")
    assert User.objects.get().status == "active"


def test_nobody_leaves_for_others(api):
    make_user("ada")

    assert api.send("DELETE", ME, '{"password": "x"}').status_code == 401
    assert api.post(DEACTIVATE, {"password": "x"}).status_code == 401


# For good


@pytest.mark.asvs("7.4.2")
def test_erasing_answers_its_id_and_signs_out_everywhere(ada, api):
    elsewhere = sign_in(ada.user)

    response = erase(ada)

    erasure = Erasure.objects.get()
    assert (response.status_code, response.json()) == (202, {"erasure_id": erasure.public_id})
    assert erasure.user_id == ada.user.pk
    for one in (ada, elsewhere):
        assert one.api.get(ME).json()["code"] == "token_revoked"
    assert log_in().json()["code"] == "invalid_credentials"
    assert api.get("/api/v1/users/ada").status_code == 404


def test_posts_is_told_last_that_nothing_may_be_kept(ada):
    ada.api.patch(ME, {"bio": "canary"})

    erase(ada)

    assert events() == ["tokens.revoked", "user.erased"]
    last = OutboxEvent.objects.get(type="user.erased")
    assert (last.data, last.sequence) == ({"user_id": str(ada.user.pk)}, 3)


def everything_stored() -> str:
    names = [name for name in connection.database.list_collection_names() if not name.startswith("django_migr")]
    return str({name: list(connection.database[name].find()) for name in names})


def test_nothing_of_the_person_is_left():
    eve = make_user("canary_name", email="canary@example.com", display_name="Canary D.", bio="a canary's bio")
    signed_in = sign_in(eve)
    signed_in.api.send("PATCH", ME, form(("avatar", "a.png", picture()), ("bio", None, b"new canary")), FORM)
    signed_in.api.send("PATCH", ME, '{"locale": "de"}', **{"Idempotency-Key": "canary-key"})
    signed_in.api.post("/api/v1/auth/email/change", {"email": "canary2@example.com", "password": PASSWORD})
    delivered()
    signed_in.api.post("/api/v1/auth/email/resend")
    signed_in.api.post("/api/v1/users/me/export")
    eve.refresh_from_db()

    assert erase(signed_in).status_code == 202

    farewell = delivered()
    assert [(message.to, message.subject) for message in farewell] == [
        (["canary@example.com"], "Social: your account was erased")
    ]
    delete_stale(now=timezone.now())
    assert not default_storage.exists(eve.avatar)
    assert "anary" not in everything_stored()
    assert (User.objects.count(), Session.objects.count()) == (0, 0)


def test_the_name_is_nobodys_any_more_and_the_address_is_free(ada):
    erase(ada)

    def register(name: str) -> Any:
        body = {"username": name, "email": "ada@example.com", "password": PASSWORD}
        return Api().post("/api/v1/auth/register", body)

    assert [(e["field"], e["code"]) for e in register("ADA").json()["errors"]] == [("username", "taken")]
    assert register("ada_returns").status_code == 201


def test_others_are_not_touched(ada):
    eve = sign_in(make_user("eve"))
    eve.api.patch(ME, {"bio": "mine"})

    erase(ada)

    assert eve.api.get(ME).json()["bio"] == "mine"
    assert OutboxEvent.objects.filter(user_id=eve.user.pk).count() == 1


def test_staff_cannot_erase_what_they_did():
    sam = sign_in(make_user("sam", is_staff=True))

    response = erase(sam)

    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert User.objects.count() == 1


def test_it_can_be_sent_with_a_key(ada):
    first = erase(ada, **{"Idempotency-Key": "farewell"})

    assert first.status_code == 202
    assert Erasure.objects.count() == 1


def test_erased_ten_times_at_once_is_erased_once(ada):
    def attempt(_: int) -> int:
        try:
            return erase(ada).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(attempt, range(10)))

    assert statuses.count(202) == 1
    assert set(statuses) <= {202, 401, 403, 429}
    assert (Erasure.objects.count(), events()) == (1, ["tokens.revoked", "user.erased"])


@pytest.mark.asvs("2.3.3")
def test_a_failure_in_the_middle_erases_nothing(ada, monkeypatch):
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("after the user was deleted")

    monkeypatch.setattr(Erasure.objects, "create", broken)

    assert erase(ada).status_code == 500

    assert User.objects.count() == 1
    assert (events(), Session.objects.count()) == ([], 1)
    assert ada.api.get(ME).status_code == 200


def test_the_events_of_a_user_are_found_by_an_index(ada):
    eve = sign_in(make_user("eve"))
    eve.api.patch(ME, {"bio": "mine"})
    ada.api.patch(ME, {"bio": "mine"})

    stages, examined = plan_of(OutboxEvent.objects.filter(user_id=ada.user.pk))

    assert "COLLSCAN" not in stages
    assert examined == 1
