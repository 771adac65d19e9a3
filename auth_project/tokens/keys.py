"""The keys that sign access tokens: the first one signs, all of them verify, their public halves are published.

To rotate: put the new file last, wait until every verifier has fetched it (five minutes), put it first, and drop the
old one when its last token has expired (five minutes more).
"""

from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from shared.jwks import StaticKeys
from shared.keys import key_set, load_private_key, public_jwk


@cache
def private_keys() -> tuple[Ed25519PrivateKey, ...]:
    return tuple(load_private_key(path) for path in settings.AUTH_SIGNING_KEY_FILES)


@cache
def published() -> dict[str, Any]:
    """The JWK set that Posts, and anybody, verifies with."""
    return key_set(private_keys())


def verifying_keys() -> StaticKeys:
    return StaticKeys({public_jwk(key)["kid"]: key.public_key() for key in private_keys()})
