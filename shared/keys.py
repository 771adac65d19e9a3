"""Ed25519 keys: PEM files of our own, JWK sets (RFC 7517, RFC 8037) for everybody else."""

import base64
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.env import ConfigurationError

MAX_KEYS = 10


class InvalidKeySet(ValueError):
    """A JWK set that must not be used; the message says why."""


def generate_private_key(path: Path) -> Ed25519PrivateKey:
    """Make a key at `path` (PKCS 8 PEM, mode 0600).

    :raises FileExistsError: there is a file; a key is never overwritten.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    return key


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """:raises ConfigurationError: no such file, or no Ed25519 key in it."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{path}: no private key can be read ({error.__class__.__name__})") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{path}: not an Ed25519 key")
    return key


def public_jwk(key: Ed25519PrivateKey | Ed25519PublicKey) -> dict[str, str]:
    """The public JWK of `key`; `kid` is its RFC 7638 thumbprint."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return public_jwk_of(_encode(public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)))


def public_jwk_of(x: str) -> dict[str, str]:
    """The public JWK of the key whose member `x` is given."""
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": _thumbprint(x), "x": x}


def key_set(keys: Iterable[Ed25519PrivateKey | Ed25519PublicKey]) -> dict[str, list[dict[str, str]]]:
    """A JWK set with the public half of each key, in order; of one that comes twice once."""
    return {"keys": list({jwk["kid"]: jwk for jwk in map(public_jwk, keys)}.values())}


def parse_key_set(document: Any) -> dict[str, Ed25519PublicKey]:
    """The keys of a JWK set by `kid`; only Ed25519 signing keys are taken, and none at all where one is suspect.

    :raises InvalidKeySet: not a set, empty, more than ten keys, a repeated or wrong `kid`, a private member.
    """
    members = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(members, list) or not 0 < len(members) <= MAX_KEYS:
        raise InvalidKeySet(f"a JWK set must have 1 to {MAX_KEYS} keys")
    keys = dict(_public_key(member) for member in members)
    if len(keys) != len(members):
        raise InvalidKeySet("a JWK set may not repeat a kid")
    return keys


def load_key_set(path: Path) -> dict[str, Ed25519PublicKey]:
    """The pinned keys in the file at `path`.

    :raises ConfigurationError: the file cannot be read or is not an acceptable JWK set.
    """
    try:
        return parse_key_set(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: no JWK set can be read ({error})") from error


def _public_key(member: Any) -> tuple[str, Ed25519PublicKey]:
    expected = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA"}
    if not isinstance(member, dict) or any(member.get(name) != value for name, value in expected.items()):
        raise InvalidKeySet("only Ed25519 signing keys are accepted")
    if "d" in member:
        raise InvalidKeySet("a JWK set may not have private members")
    x = member.get("x")
    if not isinstance(x, str) or member.get("kid") != _thumbprint(x):
        raise InvalidKeySet("a kid must be its key's RFC 7638 thumbprint")
    return _thumbprint(x), public_key_of(x)


def public_key_of(x: str) -> Ed25519PublicKey:
    """The key whose member `x` is given. :raises InvalidKeySet: there is none."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)))
    except ValueError as error:
        raise InvalidKeySet("not an Ed25519 point") from error


def _thumbprint(x: str) -> str:
    canonical = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"), sort_keys=True)
    return _encode(hashlib.sha256(canonical.encode()).digest())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
