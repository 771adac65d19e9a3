"""A service token opens the one call it was signed for, for a minute, and nothing else."""

import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.jwks import StaticKeys
from shared.keys import public_jwk
from shared.problems import TokenInvalid
from shared.service_tokens import ServiceSigner, ServiceTokenVerifier, body_hash

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
CALL = {"method": "POST", "path": "/internal/v1/events", "body": b'{"events":[]}'}


@pytest.fixture
def verifier():
    return ServiceTokenVerifier(
        service="posts", peer="auth", keys=StaticKeys({public_jwk(KEY)["kid"]: KEY.public_key()})
    )


def signed(key=KEY, *, headers=None, **changes) -> str:
    now = int(time.time())
    claims = {
        "iss": "auth", "sub": "auth", "aud": "posts", "iat": now, "exp": now + 60, "jti": "one",
        "htm": CALL["method"], "htu": CALL["path"], "bsh": body_hash(CALL["body"]),
    }  # fmt: skip
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(
        claims, key, algorithm="EdDSA", headers=headers or {"kid": public_jwk(KEY)["kid"], "typ": "svc+jwt"}
    )


def test_the_signed_call_is_let_in(verifier):
    token = ServiceSigner(service="auth", audience="posts", key=lambda: KEY).sign(**CALL)

    assert verifier.verify(token, **CALL).name == "auth"


@pytest.mark.parametrize(
    "change", [{"method": "GET"}, {"path": "/internal/v1/users"}, {"body": b'{"events":[1]}'}, {"body": b""}]
)
@pytest.mark.asvs("13.2.1")
def test_another_call_is_refused(verifier, change):
    with pytest.raises(TokenInvalid):
        verifier.verify(signed(), **(CALL | change))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "posts"}, {"sub": "posts"}, {"aud": "auth"}, {"aud": ["posts"]}, {"aud": None}, {"jti": None},
        {"exp": int(time.time()) - 11}, {"exp": int(time.time()) + 3600}, {"exp": None}, {"iat": None},
        {"iat": int(time.time()) + 3600, "exp": int(time.time()) + 3660}, {"htm": None}, {"htu": 5}, {"bsh": ["x"]},
    ],
)  # fmt: skip
@pytest.mark.asvs("13.2.1")
def test_another_claim_is_refused(verifier, changes):
    with pytest.raises(TokenInvalid):
        verifier.verify(signed(**changes), **CALL)


@pytest.mark.parametrize(
    "headers",
    [
        {"kid": public_jwk(KEY)["kid"], "typ": "at+jwt"},
        {"kid": public_jwk(KEY)["kid"]},
        {"kid": "other", "typ": "svc+jwt"},
        {"kid": public_jwk(KEY)["kid"], "typ": "svc+jwt", "jku": "http://evil.test"},
    ],
)
def test_another_header_is_refused(verifier, headers):
    with pytest.raises(TokenInvalid):
        verifier.verify(signed(headers=headers), **CALL)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", "x" * 5000])
def test_what_is_no_token_is_refused(verifier, token):
    with pytest.raises(TokenInvalid):
        verifier.verify(token, **CALL)


def test_another_key_is_refused(verifier):
    with pytest.raises(TokenInvalid):
        verifier.verify(signed(OTHER), **CALL)


@pytest.mark.asvs("9.2.2")
def test_an_access_token_is_no_service_token_and_the_reverse(client, sign, access_claims, verifier):
    with pytest.raises(TokenInvalid):
        verifier.verify(sign(access_claims, key=KEY), **CALL)

    assert client.get("/api/v1/private", headers={"authorization": f"Bearer {signed()}"}).status_code == 401
