"""Forged tokens against every route that takes one: 401 and nothing changed, whatever the call."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from auth_project.signing_keys import keyring
from tests.auth.conftest import Api, SignedIn, access_claims
from tests.operations import Operation, operations
from tests.token_attacks import ATTACKS, Issuer, authorization

PROTECTED = [operation for operation in operations("auth") if operation.takes_token]
WATCHED = ("users", "sessions", "outbox")

pytestmark = pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2", "9.2.3", "9.2.4", "10.3.1")


def contents() -> list[list[object]]:
    return [list(connection.database[name].find()) for name in WATCHED]


@pytest.fixture
def issuer(ada: SignedIn) -> Issuer:
    return Issuer(key=keyring.current().signer(now=timezone.now())[1], claims=access_claims(ada))


def test_the_corpus_is_made_of_something_good(issuer):
    assert Api(issuer.good).get("/api/v1/users/me").status_code == 200
    assert len(ATTACKS) >= 60
    assert len({attack(issuer) for attack in ATTACKS.values()}) > 0.95 * len(ATTACKS)


@pytest.mark.slow
@pytest.mark.parametrize("operation", PROTECTED, ids=str)
def test_no_forged_token_opens(issuer, operation: Operation):
    client, before = Client(raise_request_exception=False), contents()
    opened = []
    for name, attack in ATTACKS.items():
        response = client.generic(
            operation.method,
            operation.address(),
            json.dumps({}),
            "application/json",
            headers={"Authorization": authorization(attack(issuer))},
        )
        body = response.json()
        refused = response.status_code == 401 and body["code"] in ("token_invalid", "token_expired")
        if not refused or not response["WWW-Authenticate"].startswith("Bearer"):
            opened.append((name, response.status_code, body))
    assert opened == []
    assert contents() == before


def test_tokens_of_another_kind_open_nothing(ada, api):
    """Each kind of token at each place that takes one: only its own place takes it."""
    assert Api(ada.tokens.refresh).get("/api/v1/users/me").json()["code"] == "token_invalid"
    assert api.post("/api/v1/auth/refresh", {"refresh": ada.tokens.access}).status_code in (400, 401)
