"""Credentials of service clients: made, checked, and taken back for good."""

import hashlib
import hmac
import secrets
from datetime import datetime

from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.mongodb import find_one, find_one_and_update
from auth_project.oauth.models import ServiceClient
from auth_project.transactions import run_in_txn

ID_BYTES = 12
SECRET_BYTES = 32

# What an unknown client's secret is compared to, so that unknown and wrong take the same steps.
_NOBODYS = hashlib.sha256(secrets.token_bytes(SECRET_BYTES)).hexdigest()


def add(*, name: str, now: datetime) -> tuple[ServiceClient, str]:
    """A new client and its secret, which nobody can read again."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    # Hexadecimal: an id is typed after a command, where a leading dash would make an option of it.
    identifier = secrets.token_hex(ID_BYTES)
    client = ServiceClient(id=identifier, name=name, secret_hash=_hash(secret), created_at=now, revoked_at=None)

    def write() -> None:
        client.save(force_insert=True)
        record(Event.SERVICE_CLIENT_ADDED, user_id=None, client_id=client.pk, name=name)

    run_in_txn(write)
    return client, secret


def revoke(client_id: str, *, now: datetime) -> bool:
    """From the next call on it is refused; False where there is none that could be."""
    return run_in_txn(lambda: _revoke(client_id, now))


def authenticated(client_id: str, secret: str) -> ServiceClient | None:
    """Whose credentials those are; None where they are nobody's or were revoked."""
    client = find_one(ServiceClient, match={"_id": client_id, "revoked_at": None})
    is_right = hmac.compare_digest(client.secret_hash if client else _NOBODYS, _hash(secret))
    return client if is_right else None


def _revoke(client_id: str, now: datetime) -> bool:
    match = {"_id": client_id, "revoked_at": None}
    if find_one_and_update(ServiceClient, match=match, update={"$set": {"revoked_at": now}}) is None:
        return False
    record(Event.SERVICE_CLIENT_REVOKED, user_id=None, client_id=client_id)
    return True


def _hash(secret: str) -> str:
    """A fast hash will do: nobody can try 2^256 secrets."""
    return hashlib.sha256(secret.encode()).hexdigest()
