"""Reads of passkeys."""

from auth_project.mongodb import find_one
from auth_project.passkeys.models import Passkey
from shared.problems import NotFound


def of_user(user_id: int) -> list[Passkey]:
    """All of them, at most twenty, newest first."""
    return sorted(Passkey.objects.filter(user_id=user_id).order_by(), key=lambda one: one.pk, reverse=True)


def own(passkey_id: int | None, user_id: int) -> Passkey:
    """:raises NotFound: there is none, or it is somebody else's."""
    found = find_one(Passkey, match={"_id": passkey_id, "user_id": user_id})
    if found is None:
        raise NotFound
    return found


def by_credential_id(credential_id: str) -> Passkey | None:
    return find_one(Passkey, match={"credential_id": credential_id})
