"""Private keys at rest: encrypted under AUTH_KEY_ENCRYPTION_KEYS, of which the first encrypts and all decrypt."""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from auth_project.signing_keys.models import SigningKey
from shared.env import ConfigurationError
from shared.keys import public_jwk


def seal(private: Ed25519PrivateKey) -> bytes:
    return _cipher().encrypt(private.private_bytes_raw())


def reseal(sealed: bytes) -> bytes:
    """The same under the first key. :raises InvalidToken: no key opens it."""
    return _cipher().rotate(sealed)


def unseal(key: SigningKey) -> Ed25519PrivateKey:
    """:raises ConfigurationError: none of our encryption keys opens it, or what it holds belongs to another key."""
    try:
        private = Ed25519PrivateKey.from_private_bytes(_cipher().decrypt(bytes(key.sealed)))
    except InvalidToken:
        raise ConfigurationError(f"AUTH_KEY_ENCRYPTION_KEYS: none of them opens {key}") from None
    if public_jwk(private)["kid"] != key.kid:
        raise ConfigurationError(f"{key}: its private half belongs to another key")
    return private


@cache
def _cipher() -> MultiFernet:
    return MultiFernet([_fernet(secret) for secret in settings.AUTH_KEY_ENCRYPTION_KEYS])


def _fernet(secret: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"signing keys").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
