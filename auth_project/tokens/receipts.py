"""Receipts: signed proofs that somebody was erased in both services, which say when and name nobody.

A receipt is a compact JWS that anybody can verify with the published keys, and later with those that were
(`rotate_signing_key list --jwks`). Its type keeps it from passing for an access
token, and it has neither a subject nor an audience.
"""

from django.conf import settings

from auth_project.accounts.models import Erasure
from auth_project.signing_keys import keyring
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
    return keyring.sign(claims, typ=TYPE)
