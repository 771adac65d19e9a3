"""What people change about themselves."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.utils import timezone

from auth_project.accounts import names, selectors
from auth_project.accounts.models import RetiredName, StaleFile, User
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.events import outbox
from auth_project.throttling import counters
from auth_project.throttling.counters import Rule
from auth_project.transactions import run_in_txn
from shared.events import UserUpdated
from shared.problems import FieldError, Throttled, ValidationProblem

# Every change uses a name up for good.
RENAMINGS = Rule(name="renaming", limit=10, window=timedelta(days=30))


def update(*, user_id: int, **changes: Any) -> User:
    """Set the named profile fields; Posts hears of it where it shows any of them. Nothing changed, nothing written.

    :param changes: any of `username`, `display_name`, `bio`, `locale`, `is_private` and `avatar` (WebP, or None to have
        none), already validated.
    :raises ValidationProblem: somebody took the name in this very moment.
    :raises Throttled: too many names in too little time.
    """
    if "username" in changes:
        _count_renaming(user_id, changes["username"])
    if "avatar" in changes:
        changes["avatar"] = _stored(changes["avatar"]) if changes["avatar"] else ""
    try:
        return run_in_txn(lambda: _apply(user_id, changes))
    except IntegrityError as error:
        raise _name_taken() from error


def _apply(user_id: int, changes: dict[str, Any]) -> User:
    user = selectors.present(user_id)
    before, old_avatar = user.public_state, user.avatar
    if changes.get("username", user.username) != user.username:
        _rename(user, changes["username"])
    changed = [name for name, value in changes.items() if name != "username" and getattr(user, name) != value]
    for name in changed:
        setattr(user, name, changes[name])
    if changed:
        user.save(update_fields=changed)
    if old_avatar and user.avatar != old_avatar:
        StaleFile.objects.create(pk=old_avatar)
    if user.public_state != before:
        user.version = outbox.record(user_id=user.pk, payload=UserUpdated(user=user.public_state)).sequence
    return user


def _rename(user: User, username: str) -> None:
    """The old name is nobody's from now on, not even theirs."""
    if selectors.is_username_taken(username):
        raise _name_taken()
    RetiredName.objects.create(pk=names.retired_id(user.username_ci))
    user.username, user.username_ci, user.username_shape = username, username, names.shape(username)
    user.save(update_fields=["username", "username_ci", "username_shape"])
    record(Event.USERNAME_CHANGED, user_id=user.pk)


def _count_renaming(user_id: int, username: str) -> None:
    if User.objects.filter(pk=user_id, username_ci=username).exists():
        return
    count = counters.hit(RENAMINGS, RENAMINGS.key(str(user_id)), now=timezone.now())
    if RENAMINGS.is_exceeded(count):
        raise Throttled("Too many changes of the username", retry_after=count.resets_in)


def _stored(picture: bytes) -> str:
    """Under a name that nobody can guess, and that is ours: nothing of the sender's goes into it."""
    return default_storage.save(f"avatars/{uuid4().hex}.webp", ContentFile(picture))


def _name_taken() -> ValidationProblem:
    return ValidationProblem(FieldError(field="username", code="taken", detail="Is taken."))
