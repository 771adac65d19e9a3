"""New passwords: with the old one, or with a mail; once, and the owner is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from auth_project.accounts.models import OneTimeToken, User
from auth_project.accounts.one_time_tokens import TokenRefused
from auth_project.accounts.services import credentials
from auth_project.accounts.services import passwords as service
from auth_project.mail.models import Mail
from shared.problems import ValidationProblem
from tests.auth.fakes import NOW, PASSWORD, make_user
from tests.auth.letters import delivered, only_token, told

NEW = "a wholly different one"


def change(user: User, *, current: str = PASSWORD, new: str = NEW) -> User:
    return service.change(user_id=user.pk, current=current, new=new, network="127.0.0.1", now=NOW)


def reset(token: str, *, new: str = NEW, now: Any = None) -> User:
    return service.reset(token=token, new=new, now=now or timezone.now())


def opens(user: User, password: str) -> bool:
    try:
        credentials.check(login=user.username, password=password, network="127.0.0.1", now=timezone.now())
    except credentials.InvalidCredentials:
        return False
    return True


@pytest.fixture
def ada() -> User:
    return make_user("ada")


@pytest.fixture
def token(ada: User) -> str:
    service.request_reset(email="ADA@example.com", now=timezone.now())
    return only_token()


@pytest.mark.asvs("6.3.7")
def test_a_change_is_told_to_the_owner(ada):
    change(ada)

    assert opens(ada, NEW)
    assert not opens(ada, PASSWORD)
    assert told() == [("ada@example.com", "Social: your password was changed")]


@pytest.mark.asvs("6.2.3")
def test_a_change_needs_the_present_password(ada):
    with pytest.raises(credentials.WrongPassword):
        change(ada, current="not this one")

    assert opens(ada, PASSWORD)
    assert told() == []


@pytest.mark.parametrize(
    ("new", "code"), [("short", "min_length"), ("password123", "too_common"), ("ada12345", "too_similar")]
)
def test_a_weak_new_password_is_refused_with_the_reason(ada, token, new, code):
    for attempt in (lambda: change(ada, new=new), lambda: reset(token, new=new)):
        with pytest.raises(ValidationProblem) as refusal:
            attempt()
        assert [(error.field, error.code) for error in refusal.value.errors] == [("new_password", code)]

    assert opens(ada, PASSWORD)
    assert reset(token) == ada


def test_of_two_changes_at_once_one_is_refused(ada):
    def attempt(new: str) -> bool:
        try:
            change(ada, new=new)
        except credentials.WrongPassword:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(attempt, ["the first new password", "the second new password"]))

    assert sorted(done) == [False, True]
    assert Mail.objects.count() == 1


def test_asking_for_a_reset_is_the_same_row_for_everybody(ada):
    service.request_reset(email="ada@example.com", now=NOW)
    service.request_reset(email="nobody@example.com", now=NOW)

    known, unknown = Mail.objects.order_by("id").values("template", "context", "user_id", "status")
    assert known == unknown
    assert [to for to, _ in told()] == ["ada@example.com"]


def test_the_link_goes_to_the_address_of_the_account_and_not_to_the_one_that_was_typed(ada):
    service.request_reset(email="ａda@example.com", now=NOW)

    (message,) = delivered()
    assert message.to == ["ada@example.com"]


def test_a_reset_works_once_and_is_told(ada, token):
    assert reset(token) == ada

    assert opens(ada, NEW)
    assert told() == [("ada@example.com", "Social: your password was changed")]
    with pytest.raises(TokenRefused):
        reset(token, new="yet another password")


@pytest.mark.asvs("6.4.1", "15.4.2")
def test_of_twenty_resets_with_one_token_one_works(ada, token):
    def attempt(number: int) -> bool:
        try:
            reset(token, new=f"new password, attempt {number}")
        except TokenRefused:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(attempt, range(20))) == 1


def test_a_reset_proves_the_address(ada, token):
    reset(token)

    ada.refresh_from_db()
    assert ada.email_verified


def test_a_reset_is_good_for_an_hour(ada, token):
    with pytest.raises(TokenRefused):
        reset(token, now=timezone.now() + timedelta(hours=1))

    assert reset(token, now=timezone.now() + timedelta(minutes=59)) == ada


@pytest.mark.asvs("6.4.1")
def test_another_password_makes_waiting_links_void(ada, token):
    change(ada)

    with pytest.raises(TokenRefused):
        reset(token)


def test_another_address_makes_waiting_links_void(ada, token):
    User.objects.filter(pk=ada.pk).update(email="new@example.com", email_ci="new@example.com")

    with pytest.raises(TokenRefused):
        reset(token)


@pytest.mark.parametrize("status", [User.Status.DEACTIVATED, User.Status.SUSPENDED])
def test_a_reset_brings_nobody_back(ada, token, status):
    User.objects.filter(pk=ada.pk).update(status=status)

    reset(token)

    ada.refresh_from_db()
    assert ada.status == status


@pytest.mark.asvs("6.4.1")
def test_only_the_hash_of_a_reset_is_stored(ada, token):
    stored = str(list(OneTimeToken.objects.values()))

    assert token not in stored
    assert ada.password not in stored


def test_no_password_and_no_token_is_logged(ada, token, caplog):
    caplog.set_level("DEBUG")
    reset(token, new="canary of a new password")

    written = " ".join(str(record.__dict__) for record in caplog.records if not record.name.startswith("pymongo"))
    assert "password.changed" in written
    assert "canary" not in written
    assert token not in written
