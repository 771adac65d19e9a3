"""Adding, naming and removing passkeys."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from auth_project.passkeys.models import Challenge, Passkey
from auth_project.worker.exports import passkeys_of
from auth_project.worker.housekeeping import tidy
from tests.auth.conftest import Api, SignedIn, sign_in
from tests.auth.fakes import NOW, PASSWORD, make_user
from tests.auth.letters import told
from tests.auth.passkeys.authenticator import P256, Authenticator, Ed25519, Rsa, attest_anew, decoded, encoded
from tests.auth.passkeys.conftest import OPTIONS, PASSKEYS, at, at_once, begin, enrol, log_in, outcome
from tests.auth.worker.test_inbox import leave


def have(who: SignedIn, count: int) -> None:
    """So many passkeys, from nowhere."""
    for slot in range(count):
        Passkey.objects.create(
            user=who.user,
            slot=slot,
            name="x",
            credential_id=f"{slot:04}",
            user_handle="x",
            public_key=b"",
            created_at=NOW,
        )


def refresh(ada: SignedIn) -> Api:
    return Api(Api().post("/api/v1/auth/refresh", {"refresh": ada.tokens.refresh}).json()["access"])


@pytest.mark.asvs("6.5.3")
def test_the_options_ask_for_a_verified_discoverable_and_unattested_credential(ada):
    response = ada.api.post(OPTIONS)

    options = response.json()
    assert response.status_code == 200
    assert len(decoded(options.pop("challenge"))) == 32
    handle = options["user"].pop("id")
    assert len(decoded(handle)) == 32
    assert options == {
        "rp": {"id": "localhost", "name": "Social"},
        "user": {"name": "ada", "displayName": "ada"},
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-8, -7, -257)],
        "timeout": 300_000,
        "excludeCredentials": [],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }
    assert ada.api.post(OPTIONS).json()["user"]["id"] == handle


@pytest.mark.parametrize("kind", [Ed25519, P256, Rsa])
def test_a_passkey_is_added_shown_and_told_of(ada, kind):
    authenticator = Authenticator(kind())
    options = ada.api.post(OPTIONS).json()

    response = ada.api.post(PASSKEYS, {"credential": authenticator.create(options), "name": "phone"})

    passkey = response.json()
    assert response.status_code == 201
    assert passkey == {"id": passkey["id"], "name": "phone", "created_at": at(NOW), "last_used_at": None}
    assert response["Location"] == f"{PASSKEYS}/{passkey['id']}"
    assert ada.api.get(response["Location"]).json() == passkey
    assert ada.api.get(PASSKEYS).json() == {"results": [passkey], "next": None, "previous": None}
    assert told() == [("ada@example.com", "Social: a passkey was added")]
    assert ada.api.post(OPTIONS).json()["excludeCredentials"] == [
        {"id": encoded(authenticator.credential_id), "type": "public-key", "transports": ["internal", "hybrid"]}
    ]


def test_a_passkey_without_a_name_gets_one(ada):
    assert enrol(ada).passkey["name"] == "Passkey"


def test_a_self_attested_one_is_taken(ada):
    """As browsers hand it over where the authenticator has no model number."""
    authenticator = Authenticator(P256())
    credential = authenticator.create(ada.api.post(OPTIONS).json())
    attest_anew(credential, fmt="packed", statement=lambda signed: {"alg": -7, "sig": authenticator.key.sign(signed)})

    assert ada.api.post(PASSKEYS, {"credential": credential}).status_code == 201


@pytest.mark.asvs("7.5.1")
@pytest.mark.parametrize("change", ["begin", "remove"])
def test_an_old_sign_in_needs_the_password(owner, clock, change):
    def attempt(api: Api, body: dict[str, str] | None = None):
        return api.post(OPTIONS, body) if change == "begin" else api.delete(owner.path, body)

    clock.shift(timedelta(minutes=5, seconds=1))
    api = refresh(owner.who)

    assert outcome(attempt(api)) == (403, "reauthentication_required")
    assert outcome(attempt(api, {"password": "not it"})) == (403, "wrong_password")
    assert attempt(api, {"password": PASSWORD}).status_code in (200, 204)


def test_a_passkey_is_renamed(owner):
    response = owner.who.api.patch(owner.path, {"name": "laptop"})

    assert (response.status_code, response.json()) == (200, owner.passkey | {"name": "laptop"})
    assert owner.who.api.patch(owner.path, {}).json() == response.json()
    assert owner.who.api.get(owner.path).json() == response.json()


@pytest.mark.asvs("6.3.7")
def test_a_removed_passkey_opens_nothing(owner):
    told()

    response = owner.who.api.delete(owner.path)

    assert (response.status_code, response.content) == (204, b"")
    assert outcome(owner.who.api.get(owner.path)) == (404, "not_found")
    assert outcome(owner.who.api.delete(owner.path)) == (404, "not_found")
    assert outcome(log_in(owner.authenticator.get(begin()))) == (401, "invalid_credentials")
    assert told() == [("ada@example.com", "Social: a passkey was removed")]
    # The same credential may come back.
    enrol(owner.who, owner.authenticator)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.asvs("8.2.2")
def test_others_passkeys_are_not_there(owner, method):
    eve = sign_in(make_user("eve"))

    assert outcome(eve.api.send(method, owner.path, "{}")) == (404, "not_found")
    assert eve.api.get(PASSKEYS).json()["results"] == []
    assert Passkey.objects.get().name == "Passkey"


@pytest.mark.parametrize("given", ["0", "x", "-1", "1e3", "9" * 19, "190353203200000001"])
def test_what_is_no_id_is_not_there(ada, given):
    assert outcome(ada.api.get(f"{PASSKEYS}/{given}")) == (404, "not_found")


def test_the_list_is_read_page_by_page(ada, clock):
    ids = []
    for _ in range(5):
        ids.insert(0, enrol(ada).passkey["id"])
        clock.shift(timedelta(seconds=1))

    first = ada.api.get(f"{PASSKEYS}?limit=2").json()
    second = ada.api.get(first["next"]).json()
    third = ada.api.get(second["next"]).json()

    assert [[one["id"] for one in page["results"]] for page in (first, second, third)] == [ids[:2], ids[2:4], ids[4:]]
    assert (first["previous"], third["next"]) == (None, None)
    assert ada.api.get(second["previous"]).json()["results"] == first["results"]
    assert outcome(ada.api.get(f"{PASSKEYS}?limit=101")) == (400, "validation_error")


def test_nobody_keeps_more_than_twenty(ada):
    waiting = ada.api.post(OPTIONS).json()
    have(ada, 20)

    assert outcome(ada.api.post(OPTIONS)) == (409, "too_many_passkeys")
    assert outcome(ada.api.post(PASSKEYS, {"credential": Authenticator().create(waiting)})) == (
        409,
        "too_many_passkeys",
    )
    assert Passkey.objects.count() == 20


@pytest.mark.asvs("15.4.2")
def test_of_eight_at_once_as_many_are_added_as_fit(ada):
    have(ada, 18)
    bodies = [{"credential": Authenticator().create(ada.api.post(OPTIONS).json())} for _ in range(8)]

    statuses = at_once(lambda body: ada.api.post(PASSKEYS, body).status_code, bodies)

    assert sorted(statuses) == [201] * 2 + [409] * 6
    assert sorted(Passkey.objects.values_list("slot", flat=True)) == list(range(20))


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.asvs("15.4.2")
def test_of_twenty_answers_to_one_challenge_one_is_taken(ada, settings, keyed):
    settings.RATE_LIMIT_SCALE = 100
    options = ada.api.post(OPTIONS).json()
    bodies = [{"credential": Authenticator().create(options)} for _ in range(20)]

    def add(body):
        headers = {"Idempotency-Key": body["credential"]["id"]} if keyed else {}
        return ada.api.post(PASSKEYS, body, **headers).status_code

    assert sorted(at_once(add, bodies)) == [201] + [400] * 19
    assert Passkey.objects.count() == 1


@pytest.mark.parametrize("keyed", [False, True])
def test_of_ten_who_bring_one_credential_one_has_it(ada, keyed):
    """Each with a challenge of their own."""
    authenticator = Authenticator()
    people = [ada] + [sign_in(make_user(f"eve_{number}")) for number in range(9)]
    attempts = [(who, authenticator.create(who.api.post(OPTIONS).json())) for who in people]

    def add(attempt):
        who, credential = attempt
        headers = {"Idempotency-Key": "one"} if keyed else {}
        response = who.api.post(PASSKEYS, {"credential": credential}, **headers)
        return response.status_code, response.json().get("errors", [{}])[0].get("code")

    assert sorted(at_once(add, attempts)) == [(201, None)] + [(400, "taken")] * 9


def test_a_lost_answer_can_be_asked_for_again(ada):
    body = {"credential": Authenticator().create(ada.api.post(OPTIONS).json())}

    first, second = (ada.api.post(PASSKEYS, body, **{"Idempotency-Key": "one"}) for _ in range(2))

    assert second["Idempotency-Replayed"] == "true"
    assert (second.status_code, second.json(), second["Location"]) == (201, first.json(), first["Location"])


# What is kept


@pytest.mark.asvs("11.5.1")
def test_a_challenge_is_kept_as_a_hash_and_for_five_minutes(ada, clock):
    challenges = {ada.api.post(OPTIONS).json()["challenge"], begin()["challenge"], begin(login="ada")["challenge"]}

    stored = json.dumps(list(connection.database["passkey_challenges"].find()), default=str)
    assert len(challenges) == 3
    for challenge in challenges:
        assert challenge not in stored
        assert decoded(challenge).hex() not in stored
    clock.shift(timedelta(minutes=5))
    tidy(now=NOW + timedelta(minutes=5))
    assert Challenge.objects.count() == 3
    tidy(now=NOW + timedelta(minutes=5, seconds=1))
    assert not Challenge.objects.exists()


def test_passkeys_go_with_their_owner(owner, ada):
    other = enrol(sign_in(make_user("bob")))
    ada.api.post(OPTIONS)

    leave(ada)

    assert list(Passkey.objects.values_list("user_id", flat=True)) == [other.who.user.pk]
    assert not Challenge.objects.exists()
    assert outcome(log_in(owner.authenticator.get(begin()))) == (401, "invalid_credentials")


def test_the_archive_lists_passkeys_without_their_keys(owner):
    log_in(owner.authenticator.get(begin()))

    (file,) = passkeys_of(owner.who.user)

    assert file.name == "passkeys.json"
    assert json.loads(file.content) == [
        {"name": "Passkey", "created_at": at(NOW), "last_used_at": at(NOW), "suspect_since": None}
    ]
