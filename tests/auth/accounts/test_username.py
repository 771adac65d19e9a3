"""Names change hands never."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from auth_project.accounts.models import RetiredName, User
from auth_project.accounts.services import profile
from auth_project.events.models import OutboxEvent
from shared.events import UserUpdated
from shared.problems import Throttled
from tests.auth.conftest import Api, sign_in
from tests.auth.explain import plan_of
from tests.auth.fakes import PASSWORD, make_user

ME, REGISTER = "/api/v1/users/me", "/api/v1/auth/register"


def faults(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 400
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def register(name: str) -> Any:
    return Api().post(REGISTER, {"username": name, "email": f"{name}@new.example.com", "password": PASSWORD})


def test_a_new_name_is_answered_stored_and_told_to_posts(ada):
    response = ada.api.patch(ME, {"username": "Ada_Lovelace"})

    ada.user.refresh_from_db()
    event = OutboxEvent.objects.get()
    assert (response.status_code, response.json()["username"]) == (200, "ada_lovelace")
    assert event.envelope().payload() == UserUpdated(user=ada.user.public_state)
    assert Api().get("/api/v1/users/ada_lovelace").json()["id"] == str(ada.user.pk)
    assert Api().get("/api/v1/users/ada").status_code == 404


def test_one_signs_in_with_the_new_name_and_not_with_the_old(ada, api):
    ada.api.patch(ME, {"username": "countess"})

    statuses = [
        api.post("/api/v1/auth/login", {"login": login, "password": PASSWORD}).status_code
        for login in ("countess", "ada")
    ]

    assert statuses == [200, 401]


def test_the_old_name_is_nobodys_any_more(ada):
    ada.api.patch(ME, {"username": "countess"})
    eve = sign_in(make_user("eve"))

    assert faults(register("ada")) == [("username", "taken")]
    assert faults(eve.api.patch(ME, {"username": "ADA"})) == [("username", "taken")]
    assert faults(ada.api.patch(ME, {"username": "ada"})) == [("username", "taken")]


def test_the_same_name_again_changes_nothing(ada):
    response = ada.api.patch(ME, {"username": "ADA"})

    assert (response.status_code, response.json()["username"]) == (200, "ada")
    assert (OutboxEvent.objects.count(), RetiredName.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("eve", "taken"),
        ("EVE", "taken"),
        ("ad", "invalid"),
        ("ada-l", "invalid"),
        ("аda", "invalid"),
        ("admin", "reserved"),
        ("adm1n", "reserved"),
        ("rnoderator", "reserved"),
        ("me", "invalid"),
        (5, "invalid"),
        (None, "null"),
        ("", "blank"),
        ({"$ne": ""}, "invalid"),
        ("a" * 31, "invalid"),
        ("a" * 61, "invalid"),
        ("a\x00a", "forbidden_characters"),
    ],
)
def test_a_name_that_cannot_be_had_is_refused(ada, name, code):
    make_user("eve")

    response = ada.api.patch(ME, {"username": name, "bio": "new"})

    assert faults(response) == [("username", code)]
    ada.user.refresh_from_db()
    assert (ada.user.username, ada.user.bio) == ("ada", "")


@pytest.mark.parametrize("name", ["s_a_m", "5am", "sarn", "s_arn_"])
def test_nobody_may_look_like_staff(ada, name):
    make_user("sam", is_staff=True)

    assert faults(register(name)) == [("username", "reserved")]
    assert faults(ada.api.patch(ME, {"username": name})) == [("username", "reserved")]


def test_people_may_look_like_each_other(ada):
    make_user("sam")

    assert register("sarn").status_code == 201


@pytest.mark.asvs("2.3.4")
def test_of_twenty_who_want_a_name_at_once_one_gets_it():
    people = [sign_in(make_user(f"person{n}")) for n in range(20)]

    def attempt(number: int) -> Any:
        try:
            return people[number].api.patch(ME, {"username": "wanted"})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        responses = list(pool.map(attempt, range(20)))

    refusals = [response for response in responses if response.status_code != 200]
    assert len(refusals) == 19
    assert all(faults(refusal) == [("username", "taken")] for refusal in refusals)
    assert User.objects.filter(username_ci="wanted").count() == 1
    assert (OutboxEvent.objects.count(), RetiredName.objects.count()) == (1, 1)


def test_a_name_that_is_let_go_is_caught_by_nobody(ada):
    """Many register the old name in the very moment of the change: whatever wins, two never had it."""

    def rename() -> int:
        try:
            return ada.api.patch(ME, {"username": "countess"}).status_code
        finally:
            connections.close_all()

    def take(number: int) -> int:
        try:
            body = {"username": "ada", "email": f"catcher{number}@example.com", "password": PASSWORD}
            return Api().post(REGISTER, body).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(9) as pool:
        renamed = pool.submit(rename)
        taken = list(pool.map(take, range(16)))

    assert renamed.result() == 200
    assert taken == [400] * 16


def test_names_are_not_used_up_without_end(ada):
    for number in range(10):
        profile.update(user_id=ada.user.pk, username=f"name_{number}")

    with pytest.raises(Throttled):
        profile.update(user_id=ada.user.pk, username="one_more")


def test_retired_names_and_shapes_are_found_by_an_index(ada):
    for name in ("bob", "eve", "joe"):
        person = sign_in(make_user(name, username_shape=name))
        person.api.patch(ME, {"username": f"{name}_2"})
    kept = RetiredName.objects.first()

    for queryset in (RetiredName.objects.filter(pk=kept.pk), User.objects.filter(username_shape="bob2", is_staff=True)):
        stages, examined = plan_of(queryset)
        assert "COLLSCAN" not in stages
        assert examined <= 1


def test_of_a_retired_name_nothing_is_readable(ada):
    ada.api.patch(ME, {"username": "countess"})

    assert re.fullmatch(r"[0-9a-f]{64}", RetiredName.objects.get().pk)
