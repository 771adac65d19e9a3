"""Keys to change, and afterwards the one again that all other tests have."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.utils import timezone

from auth_project.signing_keys import keyring
from auth_project.signing_keys.models import SigningKey
from shared.keys import public_jwk

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def _other_keys() -> Iterator[None]:
    """Whatever a test makes of them."""
    documents = connection.database["signing_keys"]
    before = list(documents.find())
    yield
    documents.delete_many({})
    documents.insert_many(before)
    keyring.refreshed().forget()


@pytest.fixture
def _no_keys(_other_keys: None) -> None:
    SigningKey.objects.all().delete()
    keyring.refreshed().forget()


def pass_by(time: timedelta) -> None:
    """As if all that is known of keys had happened so much earlier, and every process had read it."""
    for key in SigningKey.objects.all():
        key.published_at -= time
        key.signs_from -= time
        key.save()
    keyring.refreshed().forget()


def reread() -> keyring.Keyring:
    keyring.refreshed().forget()
    return keyring.current()


def signing_kid() -> str:
    return reread().signer(now=timezone.now())[0]


def key(number: int, *, signs_from: datetime, revoked_at: datetime | None = None) -> SigningKey:
    """One that is not stored, and was published a quarter of an hour before it signs."""
    jwk = public_jwk(Ed25519PrivateKey.generate())
    return SigningKey(
        number=number, kid=jwk["kid"], x=jwk["x"], sealed=b"", published_at=signs_from - timedelta(minutes=15),
        signs_from=signs_from, revoked_at=revoked_at,
    )  # fmt: skip
