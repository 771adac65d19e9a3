"""Access tokens: one algorithm, one type, every claim; anything else is 401 and tells nothing."""

import pytest

from shared.access_tokens import AccessTokenVerifier
from shared.jwks import KeysUnavailable, StaticKeys
from shared.keys import public_jwk
from shared.problems import ServiceUnavailable, TokenExpired, TokenInvalid
from tests.shared.authentication import ISSUER, KEY
from tests.token_attacks import ATTACKS, Issuer, authorization


def get(client, token, **headers):
    return client.get("/api/v1/private", headers={"authorization": f"Bearer {token}"} | headers)


def test_a_good_token_names_its_viewer(client, sign, access_claims):
    response = get(client, sign(access_claims | {"roles": ["staff"]}))

    assert (response.status_code, response.json()) == (200, {"user_id": "190353203200000001", "roles": ["staff"]})


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2", "9.2.3", "9.2.4")
@pytest.mark.parametrize("name", ATTACKS)
def test_a_forged_token_is_refused(client, access_claims, name):
    token = ATTACKS[name](Issuer(key=KEY, claims=access_claims))

    response = client.get("/api/v1/private", headers={"authorization": authorization(token)})

    code = response.json()["code"]
    assert (response.status_code, code) in ((401, "token_invalid"), (401, "token_expired"))
    assert (code == "token_expired") == name.startswith("expired")
    assert response["WWW-Authenticate"] == f'Bearer error="invalid_token", error_description="{code}"'


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic YTpi", "Token x", "Bearer a b", "bearer ..", "Bearer \u00e9.a.b", "x"]
)
def test_another_authorization_is_refused(client, header):
    response = client.get("/api/v1/private", headers={"authorization": header})

    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")


def test_a_bad_token_is_401_on_an_open_call_too(client):
    assert client.get("/api/v1/raise/conflict", headers={"authorization": "Bearer x"}).status_code == 401


class Changing:
    """A set that somebody else changes."""

    def __init__(self, keys):
        self._keys = keys

    def find(self, kid):
        return self._keys.get(kid)


class TestVerifier:
    @pytest.fixture
    def verifier(self):
        keys = StaticKeys({public_jwk(KEY)["kid"]: KEY.public_key()})
        return AccessTokenVerifier(keys=keys, issuer=ISSUER, audience="posts")

    def test_a_token_is_refused_when_its_key_has_gone_also_when_remembered(self, sign, access_claims):
        there = {public_jwk(KEY)["kid"]: KEY.public_key()}
        verifier = AccessTokenVerifier(keys=Changing(there), issuer=ISSUER, audience="posts")
        token = sign(access_claims)
        for _ in range(2):
            verifier.verify(token, now=access_claims["iat"])

        there.clear()

        for _ in range(2):
            with pytest.raises(TokenInvalid):
                verifier.verify(token, now=access_claims["iat"])

    def test_expiry_has_ten_seconds_of_leeway_also_when_remembered(self, verifier, sign, access_claims):
        token = sign(access_claims)
        expires_at = access_claims["exp"]

        verifier.verify(token, now=expires_at)
        verifier.verify(token, now=expires_at + 9)
        with pytest.raises(TokenExpired):
            verifier.verify(token, now=expires_at + 11)

    def test_a_token_from_the_future_is_refused_beyond_ten_seconds(self, verifier, sign, access_claims):
        from shared.problems import TokenInvalid

        token = sign(access_claims)

        with pytest.raises(TokenInvalid):
            verifier.verify(token, now=access_claims["iat"] - 11)
        verifier.verify(token, now=access_claims["iat"] - 9)

    def test_a_remembered_token_costs_next_to_nothing(self, verifier, sign, access_claims):
        token = sign(access_claims)
        verifier.verify(token, now=access_claims["iat"])
        verifier._decode = None

        assert verifier.verify(token, now=access_claims["iat"]).username == "ada"

    def test_the_memory_is_bounded(self, verifier, sign, access_claims, monkeypatch):
        monkeypatch.setattr("shared.access_tokens.CACHE_SIZE", 3)

        for number in range(5):
            verifier.verify(sign(access_claims | {"jti": str(number)}), now=access_claims["iat"])

        assert len(verifier._seen) == 3

    def test_without_keys_to_judge_by_the_answer_is_503(self, sign, access_claims):
        class NoKeys:
            def find(self, kid):
                raise KeysUnavailable

        verifier = AccessTokenVerifier(keys=NoKeys(), issuer=ISSUER, audience="posts")

        with pytest.raises(ServiceUnavailable):
            verifier.verify(sign(access_claims), now=access_claims["iat"])
