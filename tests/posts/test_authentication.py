"""Getting ready to judge tokens, also where Auth starts later."""

import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from posts_project import authentication
from posts_project.revocations import live
from shared.jwks import RemoteKeys
from shared.keys import key_set, public_jwk
from shared.remote_errors import RemoteUnavailable


def test_keys_are_asked_for_until_auth_answers(
    monkeypatch: pytest.MonkeyPatch, revocations: live.RevocationList
) -> None:
    key = Ed25519PrivateKey.generate()
    answers = iter([RemoteUnavailable("starting"), RemoteUnavailable("starting"), key_set([key])])
    seconds = itertools.count()

    def fetch() -> object:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    keys = RemoteKeys(fetch, clock=lambda: float(next(seconds)))
    monkeypatch.setattr(authentication, "_published_keys", lambda: keys)

    authentication.warm_up(tries=5, pause=0)

    assert keys.find(public_jwk(key)["kid"]) is not None
    assert next(answers, None) is None
