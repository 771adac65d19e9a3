"""A client, and access tokens as the Auth service signs them."""

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from shared.keys import public_jwk
from tests.shared.authentication import ISSUER, KEY


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def access_claims() -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": ISSUER, "aud": ["auth", "posts"], "sub": "190353203200000001", "sid": "a-session", "jti": "one",
        "iat": now, "nbf": now, "exp": now + 300, "username": "ada", "roles": [],
    }  # fmt: skip


@pytest.fixture
def sign() -> Callable[..., str]:
    """Signs claims as an access token; `headers` add to or replace its header."""

    def _sign(claims: dict[str, Any], *, key: Any = KEY, algorithm: str = "EdDSA", **headers: Any) -> str:
        kid = public_jwk(KEY)["kid"] if not isinstance(key, Ed25519PrivateKey) else public_jwk(key)["kid"]
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid, "typ": "at+jwt"} | headers)

    return _sign
