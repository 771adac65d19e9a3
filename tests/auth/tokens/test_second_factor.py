"""One-time codes: enrolled by the owner, each good once, guesses limited, secrets shown once and kept sealed."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pyotp
import pytest
import time_machine
from cryptography.exceptions import InvalidTag
from django.db import connection, connections
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.mail.models import Mail
from auth_project.tokens import second_factor
from auth_project.tokens.models import SecondFactor
from tests.auth.conftest import Api, SignedIn, sign_in
from tests.auth.explain import plan_of
from tests.auth.fakes import NOW, PASSWORD, make_user

LOGIN, ME = "/api/v1/auth/login", "/api/v1/users/me"
TOTP, CONFIRM, RECOVERY = "/api/v1/auth/mfa/totp", "/api/v1/auth/mfa/totp/confirm", "/api/v1/auth/mfa/recovery-codes"
STEP = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@dataclass
class Enrolled:
    who: SignedIn
    secret: str
    recovery_codes: list[str] = field(default_factory=list)

    def code(self, *, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(timezone.now() + steps * STEP)


@pytest.fixture
def enrolled(ada, clock) -> Enrolled:
    """Ada with one-time codes; the code of the present step is not used yet."""
    enrolled = Enrolled(ada, ada.api.post(TOTP).json()["secret"])
    enrolled.recovery_codes = ada.api.post(CONFIRM, {"code": enrolled.code()}).json()["recovery_codes"]
    clock.shift(STEP)
    return enrolled


def login(*, address: str = "192.0.2.1", **more):
    return Api(address=address).post(LOGIN, {"login": "ada", "password": PASSWORD} | more)


def outcome(response) -> tuple[int, str]:
    return response.status_code, "" if response.status_code < 400 else response.json()["code"]


# Enrolment


@pytest.mark.asvs("6.5.3")
def test_enrolling_shows_the_secret_three_ways(ada):
    response = ada.api.post(TOTP)

    body = response.json()
    assert (response.status_code, response["Location"]) == (201, TOTP)
    assert set(body) == {"secret", "otpauth_uri", "qr_svg"}
    assert re.fullmatch("[A-Z2-7]{32}", body["secret"])
    uri = urlsplit(body["otpauth_uri"])
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Social:ada")
    assert parse_qs(uri.query) == {"secret": [body["secret"]], "issuer": ["Social"]}
    picture = ElementTree.fromstring(body["qr_svg"])
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert not re.search("script|href|style=|on[a-z]+=", body["qr_svg"])


@pytest.mark.asvs("2.3.1")
def test_nothing_changes_until_the_first_code_is_sent(ada):
    ada.api.post(TOTP)

    assert outcome(login()) == (200, "")
    assert ada.api.get(ME).json()["mfa_enabled"] is False


def test_the_first_code_turns_it_on_and_gives_ten_recovery_codes(ada):
    secret = ada.api.post(TOTP).json()["secret"]

    response = ada.api.post(CONFIRM, {"code": pyotp.TOTP(secret).at(NOW)})

    assert response.status_code == 200
    assert set(response.json()) == {"recovery_codes"}
    codes = response.json()["recovery_codes"]
    assert len(set(codes)) == 10
    assert all(re.fullmatch("([a-z2-7]{4}-){5}[a-z2-7]{4}", code) for code in codes)
    assert ada.api.get(ME).json()["mfa_enabled"] is True
    assert [(mail.to, mail.template, mail.context["change"]) for mail in Mail.objects.all()] == [
        ("ada@example.com", "mfa_changed", "on")
    ]


def test_enrolling_again_replaces_what_was_not_confirmed(ada):
    first = ada.api.post(TOTP).json()["secret"]
    second = ada.api.post(TOTP).json()["secret"]

    assert outcome(ada.api.post(CONFIRM, {"code": pyotp.TOTP(first).at(NOW)})) == (403, "wrong_code")
    assert outcome(ada.api.post(CONFIRM, {"code": pyotp.TOTP(second).at(NOW)})) == (200, "")


def test_a_confirmed_one_is_not_replaced(enrolled):
    assert outcome(enrolled.who.api.post(TOTP)) == (409, "totp_enabled")
    assert outcome(enrolled.who.api.post(CONFIRM, {"code": enrolled.code()})) == (409, "totp_not_enabled")
    assert outcome(login(otp=enrolled.code())) == (200, "")


@pytest.mark.asvs("2.3.1")
def test_confirming_needs_an_enrolment_of_the_last_fifteen_minutes(ada, clock):
    assert outcome(ada.api.post(CONFIRM, {"code": "123456"})) == (409, "totp_not_enabled")
    secret = ada.api.post(TOTP).json()["secret"]

    clock.shift(timedelta(minutes=15, seconds=1))
    ada = sign_in(ada.user)

    code = pyotp.TOTP(secret).at(timezone.now())
    assert outcome(ada.api.post(CONFIRM, {"code": code})) == (409, "totp_not_enabled")


@pytest.mark.asvs("7.5.1", "10.3.4")
def test_an_old_sign_in_needs_the_password_to_enrol(ada, clock):
    clock.shift(timedelta(minutes=5))
    access = Api().post("/api/v1/auth/refresh", {"refresh": ada.tokens.refresh}).json()["access"]
    assert Api(access).post(TOTP).status_code == 201
    clock.shift(timedelta(seconds=1))

    assert outcome(Api(access).post(TOTP)) == (403, "reauthentication_required")
    assert outcome(Api(access).post(TOTP, {"password": "not it"})) == (403, "wrong_password")
    assert outcome(Api(access).post(TOTP, {"password": PASSWORD})) == (201, "")


@pytest.mark.parametrize(("method", "path"), [("POST", TOTP), ("DELETE", TOTP), ("POST", CONFIRM), ("POST", RECOVERY)])
def test_nobody_without_a_token_gets_near(api, method, path):
    assert outcome(api.send(method, path, b"{}")) == (401, "not_authenticated")


@pytest.mark.parametrize(
    ("path", "body", "field", "code"),
    [
        (TOTP, {"secret": "x"}, "secret", "unknown_field"),
        (TOTP, {"password": 5}, "password", "invalid"),
        (CONFIRM, {}, "code", "required"),
        (CONFIRM, {"code": 123456}, "code", "invalid"),
        (CONFIRM, {"code": {"$ne": ""}}, "code", "invalid"),
        (CONFIRM, {"code": "1" * 33}, "code", "max_length"),
        (RECOVERY, {"code": "123456"}, "password", "required"),
        (RECOVERY, {"password": PASSWORD}, "code", "required"),
    ],
)
def test_a_malformed_body_is_refused_by_field(ada, path, body, field, code):
    response = ada.api.post(path, body)

    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, code)]


# Signing in


def test_signing_in_asks_for_a_code_once_the_password_is_right(enrolled):
    response = login()

    assert outcome(response) == (401, "otp_required")
    assert response["WWW-Authenticate"] == "Bearer"
    assert outcome(login(password="not it")) == (401, "invalid_credentials")
    assert outcome(login(password="not it", otp=enrolled.code())) == (401, "invalid_credentials")
    assert outcome(login(otp=enrolled.code())) == (200, "")


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 401), (0, 200), (1, 200), (2, 401)])
@pytest.mark.asvs("6.5.5", "6.5.8")
def test_a_code_is_good_one_step_aside_and_never_before_the_last_used(enrolled, steps, status):
    # The step before is the one that confirmed the enrolment.
    assert login(otp=enrolled.code(steps=steps)).status_code == status


def test_the_code_of_the_step_before_is_good_where_it_was_not_used(enrolled, clock):
    clock.shift(STEP * 3)

    assert login(otp=enrolled.code(steps=-1)).status_code == 200


@pytest.mark.asvs("6.5.1")
def test_a_code_works_once(enrolled):
    assert outcome(login(otp=enrolled.code())) == (200, "")
    assert outcome(login(otp=enrolled.code())) == (401, "invalid_credentials")
    assert outcome(login(otp=enrolled.code(steps=1))) == (200, "")
    assert outcome(login(otp=enrolled.code())) == (401, "invalid_credentials")


def test_the_code_that_confirmed_signs_nobody_in(ada):
    secret = ada.api.post(TOTP).json()["secret"]
    code = pyotp.TOTP(secret).at(NOW)
    ada.api.post(CONFIRM, {"code": code})

    assert outcome(login(otp=code)) == (401, "invalid_credentials")


@pytest.mark.parametrize("kind", ["one-time", "recovery"])
@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.asvs("6.5.1", "15.4.1", "15.4.2")
@pytest.mark.slow
def test_of_twenty_at_once_with_one_code_one_gets_in(enrolled, settings, kind, keyed):
    settings.RATE_LIMIT_SCALE = 100
    code = enrolled.code() if kind == "one-time" else enrolled.recovery_codes[0]
    barrier = threading.Barrier(20)

    def attempt(n: int) -> int:
        barrier.wait()
        try:
            headers = {"Idempotency-Key": str(n)} if keyed else {}
            body = {"login": "ada", "password": PASSWORD, "otp": code}
            return Api(address="192.0.2.1").post(LOGIN, body, **headers).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(attempt, range(20)))

    assert sorted(statuses) == [200] + [401] * 19


def test_a_recovery_code_works_once_however_it_is_typed(enrolled):
    first, second, *_ = enrolled.recovery_codes

    assert outcome(login(otp=first)) == (200, "")
    assert outcome(login(otp=first)) == (401, "invalid_credentials")
    assert outcome(login(otp=second.replace("-", " ").upper())) == (200, "")
    assert outcome(login(otp=second)) == (401, "invalid_credentials")
    assert len(SecondFactor.objects.get().recovery_hashes) == 8


def test_somebody_elses_code_is_wrong(enrolled):
    eve = sign_in(make_user("eve"))
    secret = eve.api.post(TOTP).json()["secret"]
    codes = eve.api.post(CONFIRM, {"code": pyotp.TOTP(secret).at(timezone.now())}).json()["recovery_codes"]

    for code in (codes[0], pyotp.TOTP(secret).at(timezone.now() + STEP)):
        assert outcome(login(otp=code)) == (401, "invalid_credentials")


@pytest.mark.parametrize("otp", ["000000", "12345", "1234567", "½½½½½½", "١٢٣٤٥٦", "null", "a" * 32, " ", "-"])
def test_odd_codes_are_wrong_and_nothing_else(enrolled, otp):
    assert login(otp=otp).status_code in (400, 401)


@pytest.mark.asvs("6.6.3")
def test_five_wrong_codes_are_too_many(enrolled, clock):
    assert [outcome(login(otp="000000"))[1] for _ in range(5)] == ["invalid_credentials"] * 5

    response = login(otp=enrolled.code())

    assert outcome(response) == (429, "throttled")
    assert response["Retry-After"] == "900"
    assert outcome(login(address="198.51.100.1", otp=enrolled.code())) == (429, "throttled")
    assert outcome(enrolled.who.api.get(ME)) == (200, "")
    clock.shift(timedelta(minutes=15))
    assert outcome(login(otp=enrolled.code())) == (200, "")


def test_wrong_codes_from_elsewhere_leave_a_known_address_its_own(enrolled):
    for _ in range(6):
        login(otp="000000")

    home = Api(address="127.0.0.1").post(LOGIN, {"login": "ada", "password": PASSWORD, "otp": enrolled.code()})

    assert outcome(home) == (200, "")


@pytest.mark.asvs("6.6.3", "15.4.2")
def test_twenty_wrong_codes_at_once_are_five(enrolled):
    barrier = threading.Barrier(20)

    def attempt(_: int) -> int:
        barrier.wait()
        try:
            return enrolled.who.api.post(RECOVERY, {"password": PASSWORD, "code": "000000"}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(attempt, range(20)))

    assert statuses.count(403) <= 5
    assert statuses.count(403) + statuses.count(429) == 20


def test_a_wrong_code_with_an_idempotency_key_stays_counted(enrolled):
    body = {"login": "ada", "password": PASSWORD, "otp": "000000"}

    statuses = [Api().post(LOGIN, body, **{"Idempotency-Key": str(n)}).status_code for n in range(6)]

    assert statuses == [401] * 5 + [429]


# Changes


@pytest.mark.asvs("7.5.1", "6.3.7")
def test_removing_takes_password_and_code(enrolled):
    api = enrolled.who.api
    assert outcome(api.delete(TOTP, {"password": "not it", "code": enrolled.code()})) == (403, "wrong_password")
    assert outcome(api.delete(TOTP, {"password": PASSWORD, "code": "000000"})) == (403, "wrong_code")

    response = api.delete(TOTP, {"password": PASSWORD, "code": enrolled.code()})

    assert (response.status_code, response.content) == (204, b"")
    assert api.get(ME).json()["mfa_enabled"] is False
    assert outcome(login()) == (200, "")
    assert not SecondFactor.objects.exists()
    assert Mail.objects.first().context["change"] == "off"


def test_a_recovery_code_removes_it_too(enrolled):
    response = enrolled.who.api.delete(TOTP, {"password": PASSWORD, "code": enrolled.recovery_codes[3]})

    assert response.status_code == 204


def test_removing_what_is_not_there_is_a_conflict(ada):
    assert outcome(ada.api.delete(TOTP, {"password": PASSWORD, "code": "123456"})) == (409, "totp_not_enabled")


@pytest.mark.parametrize("how", ["staff", "demanded"])
def test_who_must_have_one_cannot_remove_it(enrolled, settings, how):
    settings.REQUIRE_STAFF_MFA = True
    User.objects.update(**({"is_staff": True} if how == "staff" else {"mfa_required": True}))

    response = enrolled.who.api.delete(TOTP, {"password": PASSWORD, "code": enrolled.code()})

    assert outcome(response) == (403, "mfa_required")
    assert outcome(login(otp=enrolled.code())) == (200, "")


def test_new_recovery_codes_replace_the_old_ones(enrolled):
    response = enrolled.who.api.post(RECOVERY, {"password": PASSWORD, "code": enrolled.code()})

    assert (response.status_code, response["Location"]) == (201, RECOVERY)
    new = response.json()["recovery_codes"]
    assert len(set(new)) == 10
    assert not set(new) & set(enrolled.recovery_codes)
    assert outcome(login(otp=enrolled.recovery_codes[0])) == (401, "invalid_credentials")
    assert outcome(login(otp=new[0])) == (200, "")
    assert Mail.objects.first().context["change"] == "codes"


def test_a_new_code_is_used_up_by_a_change_as_by_a_sign_in(enrolled):
    code = enrolled.code()
    enrolled.who.api.post(RECOVERY, {"password": PASSWORD, "code": code})

    assert outcome(login(otp=code)) == (401, "invalid_credentials")


def test_a_lost_answer_can_be_asked_for_again(enrolled):
    body, key = {"password": PASSWORD, "code": enrolled.code()}, {"Idempotency-Key": "one"}

    first, second = (enrolled.who.api.post(RECOVERY, body, **key) for _ in range(2))

    assert second["Idempotency-Replayed"] == "true"
    assert second.json() == first.json()


# What is kept


@pytest.mark.asvs("6.5.2")
def test_the_database_holds_neither_secret_nor_code(enrolled):
    stored = str(list(connection.database["second_factors"].find()) + list(connection.database["mails"].find()))

    assert enrolled.secret not in stored
    assert enrolled.secret.encode().hex() not in stored
    for code in enrolled.recovery_codes:
        assert code not in stored
        assert code.replace("-", "") not in stored


def test_the_same_code_of_two_users_has_two_hashes():
    assert second_factor._hash(b"salt of one", "abcd-efgh") != second_factor._hash(b"salt of two", "abcd-efgh")


def test_a_sealed_secret_opens_for_its_owner_alone(enrolled):
    factor = SecondFactor.objects.get()

    assert second_factor._open(bytes(factor.sealed_secret), factor.user_id) == enrolled.secret
    with pytest.raises(InvalidTag):
        second_factor._open(bytes(factor.sealed_secret), factor.user_id + 1)


def test_with_another_key_only_recovery_codes_open(enrolled, settings):
    settings.TOTP_KEY = "another key, as long as it has to be"

    assert outcome(login(otp=enrolled.code())) == (401, "invalid_credentials")
    assert outcome(login(otp=enrolled.recovery_codes[0])) == (200, "")


@pytest.mark.asvs("16.2.5")
def test_nothing_secret_is_logged_or_answered(ada, caplog):
    secret = ada.api.post(TOTP).json()["secret"]
    wrong, right = "000000", pyotp.TOTP(secret).at(NOW)
    answers = [ada.api.post(CONFIRM, {"code": wrong})]
    codes = ada.api.post(CONFIRM, {"code": right}).json()["recovery_codes"]
    answers += [login(otp=codes[0] + "x"), login(otp=codes[0]), ada.api.get(ME)]

    seen = str([record.__dict__ for record in caplog.records]) + str([answer.content for answer in answers])

    for canary in (secret, right, PASSWORD, *codes):
        assert canary not in seen


def test_the_look_up_examines_one_document(enrolled):
    for n in range(10):
        SecondFactor.objects.create(user_id=n + 1, sealed_secret=b"", enrolled_at=NOW)

    stages, examined = plan_of(SecondFactor.objects.filter(pk=enrolled.who.user.pk))

    assert "COLLSCAN" not in stages
    assert examined == 1
