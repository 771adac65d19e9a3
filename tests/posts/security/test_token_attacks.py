"""Forged tokens against every route that takes one, open ones too: 401, whatever the call, and nothing is written."""

import json
from typing import Any

import jwt
import pytest
from django.test import Client

from tests.operations import Operation, operations
from tests.posts.people import TEST_KEY, Person
from tests.token_attacks import ATTACKS, Issuer, authorization

PROTECTED = [operation for operation in operations("posts") if operation.takes_token]

pytestmark = pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2", "9.2.3", "9.2.4")


@pytest.fixture
def issuer(ada: Person) -> Issuer:
    return Issuer(key=TEST_KEY, claims=jwt.decode(ada.token, options={"verify_signature": False}))


def test_the_corpus_is_made_of_something_good(ada, issuer):
    response = ada.client.get("/api/v1/timelines/home", headers={"Authorization": f"Bearer {issuer.good}"})

    assert response.status_code == 200
    assert len(PROTECTED) > 10


@pytest.mark.slow
@pytest.mark.parametrize("operation", PROTECTED, ids=str)
def test_no_forged_token_opens(issuer, operation: Operation, django_assert_num_queries: Any):
    client = Client(raise_request_exception=False)
    opened = []
    with django_assert_num_queries(0):
        for name, attack in ATTACKS.items():
            response = client.generic(
                operation.method,
                operation.address(),
                json.dumps({}),
                "application/json",
                headers={"Authorization": authorization(attack(issuer))},
            )
            code = response.json()["code"]
            if response.status_code != 401 or code not in ("token_invalid", "token_expired"):
                opened.append((name, response.status_code, code))
    assert opened == []
