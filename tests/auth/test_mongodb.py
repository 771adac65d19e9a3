"""Documents read and added past the ORM are what the ORM would have made of them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, models

from auth_project import mongodb
from auth_project.accounts.models import User
from auth_project.tokens.models import Session
from auth_project.transactions import run_in_txn
from tests.auth.conftest import SignedIn
from tests.auth.fakes import NOW, make_user

SESSION: dict[str, Any] = {"created_at": NOW, "last_used_at": NOW, "expires_at": NOW, "ip": None, "token_hash": "x"}


def columns(instance: models.Model | None) -> dict[str, Any]:
    assert instance is not None
    return {field.attname: getattr(instance, field.attname) for field in instance._meta.concrete_fields}


def test_a_user_and_a_session_are_found_as_the_orm_finds_them(ada: SignedIn):
    User.objects.filter(pk=ada.user.pk).update(valid_after=datetime(2026, 1, 1, tzinfo=UTC))

    user = mongodb.find_one(User, match={"username_ci": "ada"})
    session = mongodb.find_one(Session, match={"user_id": ada.user.pk})

    assert columns(user) == columns(User.objects.get())
    assert columns(session) == columns(Session.objects.get())


def test_what_is_not_there_is_none():
    assert mongodb.find_one(User, match={"username_ci": "nobody"}) is None


def test_what_was_found_can_be_saved():
    make_user("ada")
    user = mongodb.find_one(User, match={"username_ci": "ada"})
    assert user is not None

    user.bio = "new"
    user.save(update_fields=["bio"])

    assert User.objects.get().bio == "new"


def test_what_is_added_is_found_by_the_orm_and_can_be_saved():
    one = Session(id="a" * 22, user_id=5, **SESSION)

    mongodb.insert_one(one)
    one.generation = 1
    one.save()

    assert columns(Session.objects.get()) == columns(one)


def test_a_second_one_with_the_same_key_is_refused():
    mongodb.insert_one(Session(id="a" * 22, user_id=5, **SESSION))

    with pytest.raises(IntegrityError):
        mongodb.insert_one(Session(id="a" * 22, user_id=6, **SESSION))

    assert Session.objects.get().user_id == 5


def test_both_are_part_of_the_open_transaction():
    class Undone(Exception):
        pass

    def work() -> None:
        mongodb.insert_one(Session(id="a" * 22, user_id=5, **SESSION))
        assert mongodb.find_one(Session, match={"_id": "a" * 22}) is not None
        raise Undone

    with pytest.raises(Undone):
        run_in_txn(work)

    assert mongodb.find_one(Session, match={"_id": "a" * 22}) is None
