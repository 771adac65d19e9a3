"""Reads of users: each looks at one document, found by an indexed column in its normalised form."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import QuerySet

from auth_project.accounts.models import Erasure, Export, ForeignHashes, PendingRegistration, RetiredName, User
from auth_project.accounts.names import normalise, retired_id, shape
from auth_project.mongodb import find_one
from shared.problems import TokenRevoked

LAST_CHARACTER = "\U0010ffff"


def by_id(user_id: int) -> User | None:
    return find_one(User, match={"_id": user_id})


def present(user_id: int) -> User:
    """Who is signed in. :raises TokenRevoked: they were erased in this very moment."""
    user = by_id(user_id)
    if user is None:
        raise TokenRevoked
    return user


def by_username(username: str) -> User | None:
    return find_one(User, match={"username_ci": normalise(username)})


def by_email(email: str) -> User | None:
    return find_one(User, match={"email_ci": normalise(email)})


def by_login(login: str) -> User | None:
    """The user of that username or e-mail address; a username never has an `@`."""
    return by_email(login) if "@" in normalise(login) else by_username(login)


def active_by_username(username: str) -> User | None:
    """The user as everybody may see them: those who left or were suspended are not there."""
    user = by_username(username)
    return user if user is not None and user.is_active else None


def by_ids(user_ids: Iterable[int]) -> list[User]:
    return list(User.objects.filter(pk__in=list(user_ids)))


def everybody_after(user_id: int, *, limit: int) -> list[User]:
    """In the order of ids."""
    return list(User.objects.filter(pk__gt=user_id).order_by("pk")[:limit])


def by_usernames(usernames: Iterable[str]) -> list[User]:
    return list(User.objects.filter(username_ci__in=[normalise(username) for username in usernames]))


def by_emails(emails: Iterable[str]) -> list[User]:
    return list(User.objects.filter(email_ci__in=[normalise(email) for email in emails]))


def gone_or_promised(usernames: Iterable[str]) -> set[str]:
    """Which of those, all normalised, somebody had once, or will have as soon as they confirm an address."""
    keys = {retired_id(name): name for name in usernames}
    retired = RetiredName.objects.filter(pk__in=list(keys)).values_list("pk", flat=True)
    promised = PendingRegistration.objects.filter(username_ci__in=list(keys.values()))
    return {keys[key] for key in retired} | set(promised.values_list("username_ci", flat=True))


def like_staff(usernames: Iterable[str]) -> set[str]:
    """Which of those, all normalised, could be mistaken for a staff member's, without being it."""
    shapes = {name: shape(name) for name in usernames}
    staff = User.objects.filter(username_shape__in=list(set(shapes.values())), is_staff=True)
    names = {user.username_shape: user.username_ci for user in staff}
    return {name for name, its in shapes.items() if its in names and names[its] != name}


def password_hashes(*, page: int = 10_000) -> Iterator[str]:
    """Everybody's, in pages along the ids."""
    last = 0
    while rows := list(User.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "password")[:page]):
        yield from (encoded for _, encoded in rows)
        last = rows[-1][0]


def foreign_hashes() -> ForeignHashes | None:
    return find_one(ForeignHashes, match={"_id": ForeignHashes.ONLY})


def is_username_taken(username: str, *, registering: str = "") -> bool:
    """Whether somebody has that name, had it once, or will have it as soon as they confirm another address than
    `registering`."""
    name = normalise(username)
    return (
        User.objects.filter(username_ci=name).exists()
        or is_retired(name)
        or PendingRegistration.objects.filter(username_ci=name).exclude(email_ci=normalise(registering)).exists()
    )


def is_retired(username: str) -> bool:
    """Whether somebody had that name who was erased, or took another."""
    return RetiredName.objects.filter(pk=retired_id(username)).exists()


def is_email_taken(email: str) -> bool:
    return User.objects.filter(email_ci=normalise(email)).exists()


def is_like_staff(username: str) -> bool:
    """Whether that name could be mistaken for a staff member's, without being it."""
    alike = User.objects.filter(username_shape=shape(username), is_staff=True)
    return any(user.username_ci != username for user in alike)


def directory(prefix: str) -> QuerySet[User]:
    """Everybody to be seen whose username begins with `prefix`, taken literally; one range of an index."""
    start = normalise(prefix)
    named = User.objects.filter(username_ci__gte=start, username_ci__lt=start + LAST_CHARACTER)
    return named.filter(status=User.Status.ACTIVE)


def export_of(user_id: int, export_id: int, *, now: datetime) -> Export | None:
    """That export, if it is the user's and still there."""
    export = Export.objects.filter(pk=export_id, user_id=user_id).first()
    return None if export is None or (export.expires_at and export.expires_at <= now) else export


def erasure_by(public_id: str) -> Erasure | None:
    return find_one(Erasure, match={"public_id": public_id})
