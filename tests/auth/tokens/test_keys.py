"""Changing the signing key without refusing a single live token."""

import pytest
from django.conf import settings

from auth_project.tokens import access_tokens, keys
from shared.keys import generate_private_key, public_jwk
from tests.auth.conftest import Api, sign_in
from tests.auth.fakes import make_user


@pytest.fixture
def _fresh_keys():
    caches = (keys.private_keys, keys.published, access_tokens.verifier, access_tokens._backend)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.mark.usefixtures("_fresh_keys")
def test_the_first_key_signs_and_all_verify(tmp_path, monkeypatch, api):
    old = sign_in(make_user("ada"))
    new_key = generate_private_key(tmp_path / "new.pem")
    for cached in (keys.private_keys, keys.published, access_tokens.verifier, access_tokens._backend):
        cached.cache_clear()
    monkeypatch.setattr(settings, "AUTH_SIGNING_KEY_FILES", [tmp_path / "new.pem", *settings.AUTH_SIGNING_KEY_FILES])

    new = sign_in(make_user("eve"))

    published = [key["kid"] for key in api.get("/.well-known/jwks.json").json()["keys"]]
    assert published[0] == public_jwk(new_key)["kid"]
    assert len(published) == 2
    assert Api(old.tokens.access).get("/api/v1/users/me").status_code == 200
    assert Api(new.tokens.access).get("/api/v1/users/me").status_code == 200
