"""Which passwords are taken, how they are hashed, and how many at once."""

import contextlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import pytest
from django.contrib.auth import hashers
from rest_framework.exceptions import ValidationError

from auth_project.accounts import hashers as ours
from auth_project.accounts import passwords
from auth_project.accounts.models import User
from shared.problems import ServiceUnavailable
from tests.auth.conftest import Api
from tests.auth.fakes import PASSWORD, make_user


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("seven77", "min_length"),
        ("x" * 257, "max_length"),
        ("password123", "too_common"),
        ("PassWord123", "too_common"),
        ("ｐａｓｓｗｏｒｄ１２３", "too_common"),
        ("my-name-is-Ada_L!", "too_similar"),
        ("write to ada@example.com", "too_similar"),
        ("what is so Social about it", "too_similar"),
        ("adaexample77", "too_similar"),
        ("é" * 8, "too_weak"),
        ("x" * 256, "too_weak"),
        ("abcdefgh1", "too_common"),
        ("hunter2hunter2", "too_weak"),
    ],
)
@pytest.mark.asvs("6.2.1", "6.2.4", "6.2.11", "6.2.12")
def test_weak_passwords_are_refused_with_the_reason(password, code):
    with pytest.raises(ValidationError) as refusal:
        passwords.refuse_weak(password, username="ada_l", email="ada@example.com")

    assert refusal.value.get_codes() == [code]
    assert password not in str(refusal.value)


@pytest.mark.parametrize(
    "password",
    [
        "ünïcödéß",
        "🦉🐝🦔🐢🦆🐋🦭🐌",
        " " * 3 + "blank ends " + " " * 3,
        "a tale of owls. " * 16,
        "12345 54321 owl",
        "jr4vqzt8",
    ],
)
@pytest.mark.asvs("6.2.5", "6.2.9")
def test_long_enough_passwords_of_any_characters_are_taken(password):
    response = Api().post(
        "/api/v1/auth/register", {"username": "ada_l", "email": "ada@example.com", "password": password}
    )

    assert response.status_code == 201
    assert passwords.matches(User.objects.get(), password)


def test_the_least_length_is_a_setting(settings):
    settings.PASSWORD_MIN_LENGTH = 15

    with pytest.raises(ValidationError, match="at least 15"):
        passwords.refuse_weak("tie a knot! 14", username="ada_l", email="ada@example.com")


@pytest.mark.parametrize("length", [8, 16, 32, 72, 256])
def test_judging_a_password_takes_a_moment_whatever_is_sent(length):
    worst = ("4@8({[<369!1|05$+7%2" * 20)[:length]
    started = time.thread_time()

    with contextlib.suppress(ValidationError):
        passwords.refuse_weak(worst, username="ada_l", email="ada@example.com")

    assert time.thread_time() - started < 1.5  # read to the end, 72 such characters alone take four seconds


@pytest.mark.costly_hashes
@pytest.mark.asvs("11.4.2", "11.2.3")
def test_the_hash_is_argon2id_with_the_agreed_figures():
    assert passwords.hashed(PASSWORD).startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.asvs("6.2.8")
def test_nothing_is_cut_off():
    long = "x" * 72
    ada = make_user("ada", password=long + "a")

    assert passwords.matches(ada, long + "a")
    assert not passwords.matches(ada, long + "b")


def test_two_spellings_of_the_same_characters_are_one_password():
    ada = make_user("ada", password="caf\u00e9 au lait")

    assert passwords.matches(ada, "cafe\u0301 au lait")


def test_nobody_has_no_password():
    assert passwords.matches(None, PASSWORD) is False


@pytest.mark.costly_hashes
def test_checking_nobody_hashes_with_todays_figures(monkeypatch):
    hashed = []
    verify = ours.Argon2idHasher.verify
    monkeypatch.setattr(
        ours.Argon2idHasher, "verify", lambda self, raw, encoded: hashed.append(encoded) or verify(self, raw, encoded)
    )

    passwords.matches(None, PASSWORD)

    (encoded,) = hashed
    decoded = ours.Argon2idHasher().decode(encoded)
    assert (decoded["memory_cost"], decoded["time_cost"], decoded["parallelism"]) == (19_456, 2, 1)


@pytest.mark.costly_hashes
def test_a_hash_of_older_figures_is_renewed_at_the_next_sign_in(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(ours.Argon2idHasher, "time_cost", 1)
        hashers.get_hashers.cache_clear()
        ada = make_user("ada", password="an older password")
    hashers.get_hashers.cache_clear()
    assert ",t=1," in ada.password

    assert passwords.matches(ada, "an older password")

    ada.refresh_from_db()
    assert ",t=2," in ada.password
    assert passwords.matches(ada, "an older password")


def test_renewing_never_brings_back_a_password_that_was_just_changed(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(ours.Argon2idHasher, "time_cost", 1)
        ada = make_user("ada", password="the very old password")
    meanwhile = type(ada).objects.get(pk=ada.pk)
    type(ada).objects.filter(pk=ada.pk).update(password=passwords.hashed("the new password"))

    passwords.matches(meanwhile, "the very old password")

    ada.refresh_from_db()
    assert passwords.matches(ada, "the new password")


@pytest.mark.asvs("15.2.2")
def test_who_would_wait_in_the_last_threads_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(ours, "_places", threading.BoundedSemaphore(1))

    with ours._places, pytest.raises(ServiceUnavailable) as refusal:
        passwords.hashed(PASSWORD)

    assert refusal.value.headers["Retry-After"] == "2"
    assert passwords.hashed(PASSWORD)


@pytest.mark.asvs("15.2.2")
def test_beyond_the_cores_hashes_wait_and_then_are_refused(monkeypatch):
    monkeypatch.setattr(ours, "_slots", threading.BoundedSemaphore(1))
    monkeypatch.setattr(ours, "WAIT_SECONDS", 0.01)

    with ours._slots, pytest.raises(ServiceUnavailable) as refusal:
        passwords.hashed(PASSWORD)

    assert refusal.value.headers["Retry-After"] == "2"


def test_hashes_stand_back_behind_everybody_else():
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    own = niceness()

    assert ours._in_turn(niceness) == max(own, ours.NICENESS)
    assert niceness() == own


def test_where_no_thread_may_stand_back_they_hash_all_the_same(monkeypatch):
    monkeypatch.setattr(os, "setpriority", Mock(side_effect=PermissionError))
    with ThreadPoolExecutor(1, initializer=ours._step_back) as threads:
        monkeypatch.setattr(ours, "_threads", threads)

        assert passwords.hashed("seven quiet otters paint").startswith("argon2")
