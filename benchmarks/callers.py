"""Requests as people of the data set send them, ready to go: with tokens signed by a key that the service trusts."""

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.access_tokens import ALGORITHM, TYPE
from shared.keys import public_jwk

TOKEN_SECONDS = 300  # as long as Auth lets them live
_KNOWN_MESSAGE = b"x" * 400  # as long as a token


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    username: str


class Signer:
    """Signs as Auth does."""

    def __init__(self, key: Ed25519PrivateKey, *, issuer: str, clock: Callable[[], float] = time.time) -> None:
        self._key, self._issuer, self._clock = key, issuer, clock
        self._public_key, self._known_signature = key.public_key(), key.sign(_KNOWN_MESSAGE)
        self._headers = {"kid": public_jwk(key)["kid"], "typ": TYPE}

    def public_keys(self) -> dict[str, Ed25519PublicKey]:
        return {self._headers["kid"]: self._public_key}

    def verify_once(self, number: int) -> None:
        """What the check of any signature takes, and nothing around it."""
        self._public_key.verify(self._known_signature, _KNOWN_MESSAGE)

    def token(self, person: Person) -> str:
        now = int(self._clock())
        claims = {
            "iss": self._issuer,
            "aud": ["auth", "posts"],
            "sub": str(person.id),
            "sid": f"session-of-{person.username}",
            "jti": secrets.token_hex(8),
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_SECONDS,
            "username": person.username,
            "roles": [],
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers=self._headers)


def request(method: str, path: str, *, token: str = "", body: Any = None) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    content = b""
    if body is not None:
        content = json.dumps(body).encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content
