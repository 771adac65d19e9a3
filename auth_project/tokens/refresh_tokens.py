"""Refresh tokens: opaque outside, and each derived from its parent.

    token = base64url( sid (16 bytes) | generation (4) | secret (32) | tag (16) )
    secret of generation n+1 = HMAC(key, sid | n+1 | secret of n)

Note [Derived successors]: only hashes are stored, yet a client whose answer was lost, or whose second tab was as
quick, must get the *same* successor: it is computed again from the parent that the client still holds. Without the
server's key nobody can do that, so a stolen parent tells nothing about its successors. The tag lets everything that
we never issued be refused without a look-up, so a made-up token can end nobody's session (RFC 9700, section 4.14).
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from shared.problems import TokenInvalid

SID_BYTES = 16
SECRET_BYTES = 32
TAG_BYTES = 16
_BODY = struct.Struct(f">{SID_BYTES}sI{SECRET_BYTES}s")


@dataclass(frozen=True, kw_only=True, repr=False)
class RefreshToken:
    """One generation of a session's family. `sid` is the session's id; the secret appears in no log and no repr."""

    sid: str
    generation: int
    secret: bytes

    @classmethod
    def first(cls, sid: str) -> "RefreshToken":
        return cls(sid=sid, generation=0, secret=secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "RefreshToken":
        """:raises TokenInvalid: we never issued it."""
        raw = _decode(text)
        if len(raw) != _BODY.size + TAG_BYTES or not hmac.compare_digest(_tag(raw[:-TAG_BYTES]), raw[-TAG_BYTES:]):
            raise TokenInvalid
        sid, generation, secret = _BODY.unpack(raw[:-TAG_BYTES])
        return cls(sid=_encode(sid), generation=generation, secret=secret)

    def successor(self) -> "RefreshToken":
        generation = self.generation + 1
        material = _decode(self.sid) + struct.pack(">I", generation) + self.secret
        return RefreshToken(sid=self.sid, generation=generation, secret=_mac(_key("successor"), material))

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.secret).hexdigest()

    def __str__(self) -> str:
        body = _BODY.pack(_decode(self.sid), self.generation, self.secret)
        return _encode(body + _tag(body))


def new_sid() -> str:
    """128 random bits: a session's id can be neither guessed nor met twice."""
    return secrets.token_urlsafe(SID_BYTES)


def _tag(body: bytes) -> bytes:
    return _mac(_key("tag"), body)[:TAG_BYTES]


@cache
def _key(purpose: str) -> bytes:
    """One configured key, and from it one for each use."""
    return _mac(settings.REFRESH_TOKEN_KEY.encode(), b"refresh token " + purpose.encode())


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    """:raises TokenInvalid: not base64url, or not the one spelling that we give."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenInvalid from error
    if _encode(raw) != text:
        raise TokenInvalid
    return raw
