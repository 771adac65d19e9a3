"""Signing in with a passkey."""

from datetime import timedelta

import pyotp
import pytest

from auth_project.accounts.models import User
from auth_project.accounts.services import suspension
from auth_project.mail.models import Mail
from auth_project.passkeys.models import Passkey
from auth_project.tokens.models import Session
from tests.auth.conftest import Api
from tests.auth.fakes import NOW, PASSWORD, make_user
from tests.auth.letters import told
from tests.auth.passkeys.authenticator import P256, Authenticator, Ed25519, Rsa, decoded
from tests.auth.passkeys.conftest import (
    LOGIN_OPTIONS,
    ME,
    OPTIONS,
    at,
    at_once,
    begin,
    enrol,
    log_in,
    outcome,
)
from tests.auth.security.commands import overheard, shape


def test_the_options_name_nobodys_credentials():
    response = Api().post(LOGIN_OPTIONS)

    options = response.json()
    assert response.status_code == 200
    assert len(decoded(options.pop("challenge"))) == 32
    assert options == {
        "rpId": "localhost",
        "timeout": 300_000,
        "allowCredentials": [],
        "userVerification": "required",
    }


@pytest.mark.asvs("6.3.8")
def test_the_options_do_not_tell_who_is_known_nor_who_has_passkeys(owner):
    make_user("bob")
    answers, work = [], []
    for body in ({}, {"login": "ada"}, {"login": "ada@example.com"}, {"login": "bob"}, {"login": "nobody"}):
        with overheard() as commands:
            response = Api().post(LOGIN_OPTIONS, body)
        answers.append({**response.json(), "challenge": ""})
        work.append([shape(command) for command in commands])

    assert [answer for answer in answers if answer != answers[0]] == []
    assert [done for done in work if done != work[0]] == []


@pytest.mark.parametrize(("kind", "counter"), [(Ed25519, None), (P256, 0), (Rsa, 7)])
def test_a_passkey_signs_in_as_a_password_does(ada, clock, kind, counter):
    owner = enrol(ada, Authenticator(kind(), counter=counter))
    clock.shift(timedelta(hours=1))

    response = log_in(owner.authenticator.get(begin()))

    body = response.json()
    by_password = Api().post("/api/v1/auth/login", {"login": "ada", "password": PASSWORD}).json()
    assert response.status_code == 200
    assert body.keys() == by_password.keys()
    assert (body["expires_in"], body["token_type"]) == (300, "Bearer")
    api = Api(body["access"])
    assert api.get(ME).json()["username"] == "ada"
    assert api.get(owner.path).json()["last_used_at"] == at(NOW + timedelta(hours=1))
    assert Api().post("/api/v1/auth/refresh", {"refresh": body["refresh"]}).status_code == 200
    # A sign-in of this moment: changes need no password.
    assert api.post(OPTIONS).status_code == 200


def test_it_works_again_and_again(ada):
    owner = enrol(ada, Authenticator(counter=0))

    assert [log_in(owner.authenticator.get(begin())).status_code for _ in range(3)] == [200] * 3
    assert Passkey.objects.get().sign_count == 3


@pytest.mark.parametrize(
    ("login", "status"), [("ada", 200), (" ADA ", 200), ("Ada@Example.com", 200), ("bob", 401), ("nobody", 401)]
)
def test_with_a_name_only_that_accounts_passkeys_are_taken(owner, login, status):
    make_user("bob")

    assert log_in(owner.authenticator.get(begin(login=login))).status_code == status


@pytest.mark.asvs("6.3.3")
def test_no_one_time_code_is_asked_for_and_a_password_still_asks(owner):
    secret = owner.who.api.post("/api/v1/auth/mfa/totp").json()["secret"]
    owner.who.api.post("/api/v1/auth/mfa/totp/confirm", {"code": pyotp.TOTP(secret).at(NOW)})

    by_password = Api().post("/api/v1/auth/login", {"login": "ada", "password": PASSWORD})

    assert outcome(log_in(owner.authenticator.get(begin()))) == (200, "")
    assert outcome(by_password) == (401, "otp_required")


def test_a_passkey_alone_changes_nothing_for_the_password(owner):
    by_password = Api().post("/api/v1/auth/login", {"login": "ada", "password": PASSWORD})

    assert by_password.status_code == 200
    assert owner.who.api.get(ME).json()["mfa_enabled"] is False


def test_staff_who_must_have_a_second_factor_sign_in_to_the_api(ada, settings):
    settings.REQUIRE_STAFF_MFA = True
    User.objects.update(is_staff=True, mfa_required=True)
    owner = enrol(ada)

    assert log_in(owner.authenticator.get(begin())).status_code == 200


def test_who_had_left_for_a_while_is_back(owner):
    owner.who.api.post("/api/v1/users/me/deactivate", {"password": PASSWORD})

    assert log_in(owner.authenticator.get(begin())).status_code == 200
    assert User.objects.get().status == User.Status.ACTIVE


def test_a_new_password_leaves_passkeys(owner):
    change = {"current_password": PASSWORD, "new_password": "seven quiet otters paint"}
    assert owner.who.api.post("/api/v1/auth/password/change", change).status_code == 204

    assert log_in(owner.authenticator.get(begin())).status_code == 200


# Refusals


@pytest.mark.asvs("6.3.8", "7.4.2")
@pytest.mark.parametrize("state", ["suspended", "address not verified"])
def test_who_may_not_sign_in_is_refused_as_the_unknown_are(owner, settings, state):
    if state == "suspended":
        suspension.suspend(user_id=owner.who.user.pk, reason="spam", until=None, by=None, now=NOW)
    else:
        settings.REQUIRE_VERIFIED_EMAIL = True
    known = log_in(owner.authenticator.get(begin()))
    unknown = log_in(Authenticator(user_handle=owner.authenticator.user_handle).get(begin()))

    assert outcome(known) == (401, "invalid_credentials")
    assert known["WWW-Authenticate"] == "Bearer"
    assert {**known.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
    assert Passkey.objects.get().last_used_at is None


def test_a_challenge_is_good_for_five_minutes(owner, clock):
    early, late = begin(), begin()

    clock.shift(timedelta(minutes=5) - timedelta(seconds=1))
    assert log_in(owner.authenticator.get(early)).status_code == 200
    clock.shift(timedelta(seconds=1))
    assert log_in(owner.authenticator.get(late)).status_code == 401


@pytest.mark.asvs("6.5.1")
@pytest.mark.parametrize("keyed", [False, True])
def test_an_answer_is_good_once(owner, keyed):
    credential = owner.authenticator.get(begin())

    first, second = (log_in(credential, **({"Idempotency-Key": key} if keyed else {})) for key in "ab")

    assert (outcome(first), outcome(second)) == ((200, ""), (401, "invalid_credentials"))


@pytest.mark.parametrize("keyed", [False, True])
def test_a_refused_answer_uses_its_challenge_up(owner, keyed):
    headers = {"Idempotency-Key": "one"} if keyed else {}
    options = begin()

    stranger = Authenticator(user_handle=owner.authenticator.user_handle)
    assert outcome(log_in(stranger.get(options), **headers)) == (401, "invalid_credentials")
    assert outcome(log_in(owner.authenticator.get(options))) == (401, "invalid_credentials")


@pytest.mark.asvs("6.5.1", "15.4.1", "15.4.2")
@pytest.mark.parametrize("keyed", [False, True])
def test_of_twenty_at_once_with_one_challenge_one_gets_in(ada, settings, keyed):
    settings.RATE_LIMIT_SCALE = 100
    owner = enrol(ada, Authenticator(counter=0))
    options = begin()
    credentials = [owner.authenticator.get(options) for _ in range(20)]
    before = Session.objects.count()

    def attempt(credential):
        headers = {"Idempotency-Key": credential["response"]["signature"][:20]} if keyed else {}
        return log_in(credential, **headers).status_code

    assert sorted(at_once(attempt, credentials)) == [200] + [401] * 19
    assert Session.objects.count() == before + 1
    assert Passkey.objects.get().suspect_since is None


@pytest.mark.parametrize(
    ("before", "then", "keyed"), [(7, 6, False), (7, 6, True), (7, 7, False), (7, 0, False), (1, 1, True)]
)
def test_a_counter_that_goes_back_marks_the_passkey_and_tells_the_owner(ada, before, then, keyed):
    owner = enrol(ada, Authenticator(counter=before - 1))
    assert log_in(owner.authenticator.get(begin())).status_code == 200
    told()

    owner.authenticator.counter = then - 1
    refused = log_in(owner.authenticator.get(begin()), **({"Idempotency-Key": "one"} if keyed else {}))

    assert outcome(refused) == (401, "invalid_credentials")
    stored = Passkey.objects.get()
    assert (stored.suspect_since, stored.sign_count) == (NOW, before)
    assert told() == [("ada@example.com", "Social: a passkey was copied")]
    # Neither of the two is taken any more, and the owner is told once.
    owner.authenticator.counter = 100
    assert outcome(log_in(owner.authenticator.get(begin()))) == (401, "invalid_credentials")
    assert told() == []
    assert ada.api.delete(owner.path).status_code == 204


@pytest.mark.parametrize("keyed", [False, True])
def test_of_two_copies_at_once_one_is_refused(ada, keyed):
    owner = enrol(ada, Authenticator(counter=0))
    credentials = []
    for _ in range(2):
        owner.authenticator.counter = 4
        credentials.append(owner.authenticator.get(begin()))

    def attempt(credential):
        return log_in(
            credential, **({"Idempotency-Key": credential["response"]["signature"][:20]} if keyed else {})
        ).status_code

    assert sorted(at_once(attempt, credentials)) == [200, 401]
    assert Passkey.objects.get().suspect_since == NOW
    assert Mail.objects.filter(context__change="suspect").count() <= 1
