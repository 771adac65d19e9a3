"""What no browser sends: refused with 4xx, and nothing changed."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from django.db import connection
from django.http import HttpResponse

from auth_project.passkeys import ceremonies
from auth_project.passkeys.models import Challenge
from tests.auth.conftest import Api, SignedIn, sign_in
from tests.auth.fakes import make_user
from tests.auth.passkeys.authenticator import (
    ORIGIN,
    P256,
    P384,
    PRESENT,
    VERIFIED,
    Authenticator,
    Ed25519,
    Rsa,
    WeakRsa,
    attest_anew,
    decoded,
    encoded,
)
from tests.auth.passkeys.conftest import LOGIN, OPTIONS, PASSKEYS, Owner, begin, enrol, log_in, outcome

pytestmark = pytest.mark.slow

Credential = dict[str, Any]
Ask = Callable[[], dict[str, Any]]


def contents() -> dict[str, list[Any]]:
    return {name: list(connection.database[name].find()) for name in ("users", "sessions", "mails", "passkeys")}


@pytest.fixture
def eve() -> SignedIn:
    return sign_in(make_user("eve"))


@pytest.fixture
def _nothing_changes(owner: Owner, eve: SignedIn, settings: Any):
    settings.RATE_LIMIT_SCALE = 100
    before = contents()
    yield
    assert contents() == before


def with_client_data(credential: Credential, text: bytes) -> Credential:
    credential["response"]["clientDataJSON"] = encoded(text)
    return credential


def client_data(credential: Credential) -> dict[str, Any]:
    return json.loads(decoded(credential["response"]["clientDataJSON"]))


def another_id(credential: Credential) -> Credential:
    return credential | {"id": encoded(bytes(32)), "rawId": encoded(bytes(32))}


# Registration: each gets an authenticator of its own and options that were asked for.
REGISTRATIONS: dict[str, Callable[[Authenticator, Ask], Credential]] = {
    "a made-up challenge": lambda one, ask: one.create(ask() | {"challenge": encoded(bytes(32))}),
    "a challenge to sign in": lambda one, ask: one.create(ask() | {"challenge": begin()["challenge"]}),
    "no challenge": lambda one, ask: one.create(ask(), challenge=None),
    "a challenge that is a number": lambda one, ask: one.create(ask(), challenge=5),
    "another origin": lambda one, ask: one.create(ask(), origin="https://localhost.example.org"),
    "an origin in another case": lambda one, ask: one.create(ask(), origin="http://LOCALHOST"),
    "an origin with a slash": lambda one, ask: one.create(ask(), origin=f"{ORIGIN}/"),
    "an origin at another port": lambda one, ask: one.create(ask(), origin=f"{ORIGIN}:1"),
    "an origin that is a list": lambda one, ask: one.create(ask(), origin=[ORIGIN]),
    "inside of another site": lambda one, ask: one.create(ask(), crossOrigin=True),
    "the other ceremony": lambda one, ask: one.create(ask(), type="webauthn.get"),
    "an odd ceremony": lambda one, ask: one.create(ask(), type={"$ne": ""}),
    "another relying party": lambda one, ask: changed(one, rp_id="example.org").create(ask()),
    "nobody verified": lambda one, ask: changed(one, flags=PRESENT).create(ask()),
    "nobody present": lambda one, ask: changed(one, flags=VERIFIED).create(ask()),
    "another id than is attested": lambda one, ask: another_id(one.create(ask())),
    "an id that is too short": lambda one, ask: changed(one, credential_id=b"x" * 15).create(ask()),
    "an id that is too long": lambda one, ask: changed(one, credential_id=b"x" * 1_024).create(ask()),
    "a key of another curve": lambda one, ask: changed(one, key=P384()).create(ask()),
    "a weak key": lambda one, ask: changed(one, key=WeakRsa()).create(ask()),
    "a point that is on no curve": lambda one, ask: changed(one, key=Odd({-3: bytes(32)}, P256)).create(ask()),
    "an algorithm that is not ours": lambda one, ask: changed(one, key=Odd({3: -36}, P256)).create(ask()),
    "no algorithm": lambda one, ask: changed(one, key=Odd({3: None}, P256)).create(ask()),
    "a key that is a text": lambda one, ask: changed(one, key=Odd({-2: "x", -3: "y"}, P256)).create(ask()),
    "a key of a megabit": lambda one, ask: changed(one, key=Odd({-1: b"\xff" * 5_000}, Rsa)).create(ask()),
    "an exponent of one": lambda one, ask: changed(one, key=Odd({-2: b"\x01"}, Rsa)).create(ask()),
    "client data that is no JSON": lambda one, ask: with_client_data(one.create(ask()), b"{"),
    "client data that is not UTF-8": lambda one, ask: with_client_data(one.create(ask()), b'{"type": "\xff"}'),
    "client data that is a list": lambda one, ask: with_client_data(one.create(ask()), b"[]"),
    "client data that is deep": lambda one, ask: with_client_data(one.create(ask()), b"[" * 5_000),
}


class Odd:
    """A key of that kind, some parameters of which are others, or none."""

    def __init__(self, changes: dict[int, Any], kind: Any) -> None:
        self._changes, self._key = changes, kind()

    def cose(self) -> dict[int, Any]:
        return {name: value for name, value in (self._key.cose() | self._changes).items() if value is not None}


def changed(authenticator: Authenticator, **changes: Any) -> Authenticator:
    for name, value in changes.items():
        setattr(authenticator, name, value)
    return authenticator


@pytest.mark.usefixtures("_nothing_changes")
def test_a_registration_that_is_not_what_was_asked_for_is_refused(ada: SignedIn):
    for kind, made in REGISTRATIONS.items():
        response = add(ada, made(Authenticator(), lambda: ada.api.post(OPTIONS).json()))

        assert outcome(response) == (400, "validation_error"), kind
        assert {error["field"].partition(".")[0] for error in response.json()["errors"]} == {"credential"}, kind


@pytest.mark.usefixtures("_nothing_changes")
def test_another_users_challenge_adds_nothing_and_stays_theirs(ada: SignedIn, eve: SignedIn):
    options = eve.api.post(OPTIONS).json()

    response = ada.api.post(PASSKEYS, {"credential": Authenticator().create(options)})

    assert outcome(response) == (400, "validation_error")
    assert Challenge.objects.filter(user=eve.user).exists()


def add(who: SignedIn, credential: Credential) -> HttpResponse:
    return who.api.post(PASSKEYS, {"credential": credential})


ATTESTATIONS: dict[str, dict[str, Any]] = {
    "an unknown format": {"fmt": "odd"},
    "a format that is a number": {"fmt": 5},
    "a format that is a list": {"fmt": ["none"]},
    "none, with a statement": {"statement": lambda _: {"sig": b"x"}},
    "a self-attestation without a signature": {"fmt": "packed"},
    "a self-attestation with a wrong one": {"fmt": "packed", "statement": lambda _: {"alg": -8, "sig": bytes(64)}},
    "certificates": {"fmt": "packed", "statement": lambda _: {"alg": -7, "sig": b"x", "x5c": [b"x"]}},
    "no certificates": {"fmt": "packed", "statement": lambda _: {"alg": -7, "sig": b"x", "x5c": []}},
    "a TPM's": {"fmt": "tpm", "statement": lambda _: {"ver": "2.0", "sig": b"x", "x5c": [b"x"]}},
    "a security key's": {"fmt": "fido-u2f", "statement": lambda _: {"sig": b"x", "x5c": [b"x"]}},
    "Apple's": {"fmt": "apple", "statement": lambda _: {"x5c": [b"x"]}},
    "Android's": {"fmt": "android-safetynet", "statement": lambda _: {"ver": "1", "response": b"a.b.c"}},
    "no data": {"data": lambda _: b""},
    "data that is a text": {"data": lambda _: "x" * 100},
    "data that ends early": {"data": lambda data: data[:-1]},
    "data that goes on": {"data": lambda data: data + b"\x00"},
    "data without a credential": {"data": lambda data: data[:37]},
    "an id that is longer than the data": {"data": lambda data: data[:53] + b"\xff\xff" + data[55:]},
}


@pytest.mark.usefixtures("_nothing_changes")
def test_an_odd_attestation_is_refused(ada: SignedIn):
    for kind, changes in ATTESTATIONS.items():
        credential = Authenticator().create(ada.api.post(OPTIONS).json())
        attest_anew(credential, **changes)

        assert outcome(add(ada, credential)) == (400, "validation_error"), kind


def test_certificates_are_not_even_read(ada: SignedIn, monkeypatch: pytest.MonkeyPatch):
    read: list[Any] = []
    monkeypatch.setattr(ceremonies.webauthn, "verify_registration_response", lambda **given: read.append(given))
    for kind in ("certificates", "no certificates", "a TPM's", "a security key's", "Apple's", "Android's"):
        credential = Authenticator().create(ada.api.post(OPTIONS).json())
        attest_anew(credential, **ATTESTATIONS[kind])
        add(ada, credential)

    assert read == []


CBOR = {
    "nothing": b"", "a number": b"\x05", "a list": b"\x80", "an empty map": b"\xa0", "a map without an end": b"\xbf",
    "lists five thousand deep": b"\x81" * 5_000, "maps five thousand deep": b"\xa1\x01" * 2_500,
    "a text of four gigabytes": b"\x7a\xff\xff\xff\xff", "a list of four billion": b"\x9a\xff\xff\xff\xff",
    "a tag": b"\xd9\xd9\xf7\xa0", "a huge tag": b"\xc2\x5a\xff\xff\xff\xff", "a date": b"\xc1\xfb\x7f\xf0" + bytes(6),
    "a pattern": b"\xd8\x23\x64((((", "a fraction by zero": b"\xd8\x1e\x82\x01\x00", "a shared value": b"\xd8\x1d\x00",
    "a huge power": cbor2.dumps({"fmt": cbor2.CBORTag(4, [10**9, 7]), "authData": b""}),
    "a key twice": b"\xa2\x63fmt\x64none\x63fmt\x64none",
}  # fmt: skip


@pytest.mark.usefixtures("_nothing_changes")
def test_odd_cbor_is_refused(ada: SignedIn):
    for kind, raw in CBOR.items():
        credential = Authenticator().create(ada.api.post(OPTIONS).json())
        credential["response"]["attestationObject"] = encoded(raw)

        assert outcome(add(ada, credential)) == (400, "validation_error"), kind


@pytest.mark.asvs("2.2.1")
@pytest.mark.parametrize("key", [P256, Ed25519, Rsa])
def test_whatever_byte_is_changed_it_is_taken_or_refused(key: Any):
    options = {"user": {"id": "x"}, "challenge": encoded(bytes(32))}
    credential = Authenticator(key()).create(options)
    good = decoded(credential["response"]["attestationObject"])
    generator, refused = random.Random(7), 0
    for place in range(len(good)):
        raw = good[:place] + bytes([generator.randrange(256)]) + good[place + 1 :]
        credential["response"]["attestationObject"] = encoded(raw)
        try:
            ceremonies.verify_registration(credential, challenge=bytes(32))
        except ceremonies.Refused:
            refused += 1

    # Those of the counter, the model and the key's own number tell nothing that could be wrong.
    assert refused > 50


# Signing in


def changed_byte(credential: Credential, name: str, place: int = -1) -> Credential:
    raw = bytearray(decoded(credential["response"][name]))
    raw[place] ^= 1
    credential["response"][name] = encoded(bytes(raw))
    return credential


SIGN_INS: dict[str, Callable[[Authenticator, Ask], Credential]] = {
    "a made-up challenge": lambda one, ask: one.get({"challenge": encoded(bytes(32))}),
    "a challenge of another length": lambda one, ask: one.get({"challenge": encoded(b"x")}),
    "an empty challenge": lambda one, ask: one.get({"challenge": ""}),
    "another origin": lambda one, ask: one.get(ask(), origin="https://evil.example"),
    "inside of another site": lambda one, ask: one.get(ask(), crossOrigin=True),
    "the other ceremony": lambda one, ask: one.get(ask(), type="webauthn.create"),
    "another relying party": lambda one, ask: changed(one, rp_id="example.org").get(ask()),
    "nobody verified": lambda one, ask: changed(one, flags=PRESENT).get(ask()),
    "nobody present": lambda one, ask: changed(one, flags=VERIFIED).get(ask()),
    "a changed signature": lambda one, ask: changed_byte(one.get(ask()), "signature"),
    "a changed flag": lambda one, ask: changed_byte(one.get(ask()), "authenticatorData", 32),
    "a changed counter": lambda one, ask: changed_byte(one.get(ask()), "authenticatorData"),
    "another key's signature": lambda one, ask: changed(one, key=P256()).get(ask()),
    "an unknown credential": lambda one, ask: changed(one, credential_id=bytes(32)).get(ask()),
    "two ids": lambda one, ask: one.get(ask()) | {"rawId": encoded(bytes(32))},
    "an unknown user": lambda one, ask: changed(one, user_handle=encoded(bytes(32))).get(ask()),
    "client data after it was signed": lambda one, ask: relabelled(one.get(ask())),
    "data that ends early": lambda one, ask: with_data(one.get(ask()), bytes(36)),
    "data that is nothing": lambda one, ask: with_data(one.get(ask()), b"\x00"),
    "client data that is no JSON": lambda one, ask: with_client_data(one.get(ask()), b"\x00"),
}


def with_data(credential: Credential, data: bytes) -> Credential:
    credential["response"]["authenticatorData"] = encoded(data)
    return credential


def relabelled(credential: Credential) -> Credential:
    return with_client_data(credential, json.dumps(client_data(credential) | {"more": 1}).encode())


@pytest.mark.usefixtures("_nothing_changes")
def test_a_sign_in_that_is_not_what_was_asked_for_is_refused(owner: Owner):
    for kind, made in SIGN_INS.items():
        response = log_in(made(copy.copy(owner.authenticator), begin))

        assert outcome(response) == (401, "invalid_credentials"), kind


@pytest.mark.usefixtures("_nothing_changes")
def test_a_challenge_to_add_a_passkey_signs_nobody_in(owner: Owner):
    options = owner.who.api.post(OPTIONS).json()

    assert outcome(log_in(owner.authenticator.get(options))) == (401, "invalid_credentials")


def test_another_users_passkey_opens_its_own_account_alone(owner: Owner, eve: SignedIn):
    other = enrol(eve)
    eves = dict(vars(other.authenticator))
    # Eve's device says to hold Ada's credential, and to be Ada.
    for lie in ({"credential_id": owner.authenticator.credential_id}, {"user_handle": owner.authenticator.user_handle}):
        liar = Authenticator(**(eves | lie))
        assert outcome(log_in(liar.get(begin()))) == (401, "invalid_credentials")
    assert outcome(log_in(other.authenticator.get(begin(login="ada")))) == (401, "invalid_credentials")

    access = log_in(other.authenticator.get(begin())).json()["access"]

    assert Api(access).get("/api/v1/users/me").json()["username"] == "eve"


# Shapes

SHAPES: dict[str, Callable[[Credential], Any]] = {
    "null": lambda _: None,
    "a text": lambda _: "x",
    "a list": lambda _: [],
    "an empty object": lambda _: {},
    "an operator as id": lambda one: one | {"id": {"$ne": ""}},
    "a number as id": lambda one: one | {"id": 5},
    "no id": lambda one: {name: value for name, value in one.items() if name != "id"},
    "an empty id": lambda one: one | {"id": ""},
    "an id with padding": lambda one: one | {"id": one["id"] + "="},
    "an id of another alphabet": lambda one: one | {"id": "+/" + one["id"][2:]},
    "an id with a line": lambda one: one | {"id": one["id"] + "\n"},
    "an id without end": lambda one: one | {"id": "A" * 100_000},
    "an id of no whole bytes": lambda one: one | {"id": "A" * 41},
    "another type": lambda one: one | {"type": "password"},
    "no type": lambda one: {name: value for name, value in one.items() if name != "type"},
    "no response": lambda one: {name: value for name, value in one.items() if name != "response"},
    "an empty response": lambda one: one | {"response": {}},
    "a list as response": lambda one: one | {"response": [one["response"]]},
    "huge client data": lambda one: one | {"response": one["response"] | {"clientDataJSON": "A" * 500_000}},
    "a number as client data": lambda one: one | {"response": one["response"] | {"clientDataJSON": 1}},
    "a surrogate in client data": lambda one: one | {"response": one["response"] | {"clientDataJSON": "\ud800"}},
}


@pytest.mark.usefixtures("_nothing_changes")
@pytest.mark.parametrize("ceremony", ["registration", "sign-in"])
@pytest.mark.asvs("2.2.1", "15.3.5")
def test_a_credential_of_another_shape_is_refused_by_field(owner: Owner, ceremony: str):
    api, is_new = owner.who.api, ceremony == "registration"
    good = Authenticator().create(api.post(OPTIONS).json()) if is_new else owner.authenticator.get(begin())
    for kind, made in SHAPES.items():
        response = api.post(PASSKEYS if is_new else LOGIN, {"credential": made(good)})

        assert response.status_code == 400, kind
        assert response.json()["code"] in ("validation_error", "parse_error"), kind
        assert {error["field"].partition(".")[0] for error in response.json().get("errors", [])} <= {"credential"}, kind


@pytest.mark.parametrize("transports", [5, "usb", [5], ["x" * 33], ["usb"] * 17, {"usb": 1}])
def test_odd_transports_are_refused_and_unknown_ones_left_out(ada: SignedIn, transports: Any):
    credential = Authenticator().create(ada.api.post(OPTIONS).json())
    odd = credential | {"response": credential["response"] | {"transports": transports}}
    unknown = credential | {"response": credential["response"] | {"transports": ["usb", "telepathy"]}}

    assert outcome(ada.api.post(PASSKEYS, {"credential": odd})) == (400, "validation_error")
    assert outcome(ada.api.post(PASSKEYS, {"credential": unknown})) == (201, "")
    assert ada.api.post(OPTIONS).json()["excludeCredentials"][0]["transports"] == ["usb"]


@pytest.mark.parametrize(
    ("name", "code"), [("", "blank"), ("x" * 51, "max_length"), ("a\nb", "single_line"), (5, "invalid"), (None, "null")]
)
def test_an_odd_name_is_refused(owner: Owner, name: Any, code: str):
    response = owner.who.api.patch(owner.path, {"name": name})

    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [("name", code)]


def test_what_browsers_may_add_one_day_is_left_alone(owner: Owner):
    credential = owner.authenticator.get(begin()) | {"more": {"x": [1]}}
    credential["response"]["more"] = "x"

    assert log_in(credential).status_code == 200


def test_beside_the_credential_nothing_unknown_is_taken(owner: Owner):
    response = Api().post(LOGIN, {"credential": owner.authenticator.get(begin()), "otp": "123456"})

    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [("otp", "unknown_field")]
