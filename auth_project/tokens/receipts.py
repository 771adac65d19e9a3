"""Receipts: signed proofs that somebody was erased in both services, which say when and name nobody.

A receipt is a compact JWS that anybody can verify with the published keys. Its type keeps it from passing for an access
token, and it has neither a subject nor an audience.
"""

import jwt
from django.conf import settings

from auth_project.accounts.models import Erasure
from auth_project.tokens import keys
from shared.access_tokens import ALGORITHM
from shared.keys import public_jwk
from shared.wire import timestamp

TYPE = "erasure-receipt+jwt"
SERVICES = ["auth", "posts"]


def sign(erasure: Erasure) -> str:
    """The receipt of `erasure`, which is completed."""
    assert erasure.completed_at is not None
    claims = {
        "iss": settings.AUTH_ISSUER,
        "jti": erasure.public_id or str(erasure.pk),
        "iat": int(erasure.completed_at.timestamp()),
        "requested_at": timestamp(erasure.requested_at),
        "completed_at": timestamp(erasure.completed_at),
        "services": SERVICES,
        "subject_hash": erasure.subject_hash,
    }
    key = keys.private_keys()[0]
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": public_jwk(key)["kid"], "typ": TYPE})
