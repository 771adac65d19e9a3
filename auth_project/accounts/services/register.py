"""Making an account: at once, or, where addresses must be verified, when the mail has been answered.

Note [Nobody learns of others]: with REQUIRE_VERIFIED_EMAIL a registration with a known address must look, last and cost
the same as one with a new address. So both only hold the username for a day and ask for one mail; that there is an
account already is found out when the mail leaves, and told to the owner of the address alone. The user is made when the
link is followed: before that there is nobody to sign in as, nobody to be seen, and no event.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import IntegrityError

from auth_project.accounts import names, passwords, selectors
from auth_project.accounts.models import PendingRegistration, User
from auth_project.audit.events import Event
from auth_project.audit.trail import record
from auth_project.events import outbox
from auth_project.mail import outbox as mail
from auth_project.throttling.guesses import may_be_mailed
from auth_project.transactions import run_in_txn
from shared.events import UserRegistered
from shared.problems import FieldError, ValidationProblem
from shared.snowflakes import new_id

HOLD_FOR = timedelta(hours=24)


def register(
    *,
    username: str,
    email: str,
    password: str,
    display_name: str = "",
    email_verified: bool = False,
    is_staff: bool = False,
    is_superuser: bool = False,
) -> User:
    """Make an account and tell Posts of it, both or neither; `RegisterInput` has judged the values.

    :raises ValidationProblem: somebody took the name or the address in this very moment.
    """
    user = User(
        username=names.normalise(username),
        email=email,
        display_name=display_name or names.normalise(username),
        email_verified=email_verified,
        is_staff=is_staff,
        is_superuser=is_superuser,
    )
    with _first_come(user.username):
        if faults := _taken(user):
            raise ValidationProblem(*faults)
        user.password = passwords.hashed(password)
        return _stored(user)


def request(*, username: str, email: str, password: str, display_name: str = "", now: datetime) -> None:
    """Hold the name and ask for a mail to that address. See Note [Nobody learns of others].

    Whoever registers the same name with the same address again, because the mail got lost, gets another.

    :raises ValidationProblem: somebody else took the name in this very moment.
    """
    pending = PendingRegistration(
        username_ci=names.normalise(username),
        email=email,
        email_ci=names.normalise(email),
        display_name=display_name or names.normalise(username),
        password=passwords.hashed(password),
        expires_at=now + HOLD_FOR,
    )
    mailed = may_be_mailed(pending.email_ci, now=now)
    try:
        run_in_txn(lambda: _hold(pending, mailed=mailed))
    except IntegrityError as error:
        raise ValidationProblem(_is_taken("username")) from error


def complete(pending: PendingRegistration) -> User:
    """Make the account that was asked for, its address proved. Part of the caller's transaction."""
    user = User(
        username=pending.username_ci,
        email=pending.email,
        display_name=pending.display_name,
        password=pending.password,
        email_verified=True,
    )
    pending.delete()
    return store(user)


def store(user: User, *, mailed: bool = True) -> User:
    """Write a new user and the event of it. Part of the caller's transaction.

    :param mailed: whether they are asked by mail to confirm an address that is not.
    :raises ValidationProblem: the name or the address is taken.
    """
    if faults := _taken(user):
        raise ValidationProblem(*faults)
    user.id = new_id()
    user.username_ci, user.email_ci = names.normalise(user.username), names.normalise(user.email)
    user.username_shape = names.shape(user.username_ci)
    user.version = 0
    user.save(force_insert=True)
    user.version = outbox.record(user_id=user.pk, payload=UserRegistered(user=user.public_state)).sequence
    record(Event.ACCOUNT_REGISTERED, user_id=user.pk)
    if user.roles:
        record(Event.ROLE_GRANTED, user_id=user.pk, roles=" ".join(user.roles))
    if mailed and not user.email_verified:
        mail.send(to=user.email, template="verify_email", user_id=user.pk)
    return user


def purge_pending(*, now: datetime) -> int:
    """Let go of names whose registration nobody completed; return how many."""
    deleted, _ = PendingRegistration.objects.filter(expires_at__lt=now).delete()
    return deleted


@contextmanager
def _first_come(username: str) -> Iterator[None]:
    """Of many who want one name at once the first alone has a password hashed. The others learn at once that they are
    late, instead of using up the hashes that all sign-ins share; between processes the unique index decides.

    :raises ValidationProblem: somebody else is registering that name.
    """
    with _lock:
        if username in _under_way:
            raise ValidationProblem(_is_taken("username"))
        _under_way.add(username)
    try:
        yield
    finally:
        _under_way.remove(username)


_lock = threading.Lock()
_under_way: set[str] = set()


def _stored(user: User) -> User:
    try:
        return run_in_txn(lambda: store(user))
    except IntegrityError as error:
        # Somebody was quicker than the courtesy of looking first; the unique index decides.
        if faults := _taken(user):
            raise ValidationProblem(*faults) from error
        # Else it was the id: two processes drew the same one, once in two million shared milliseconds.
        return run_in_txn(lambda: store(user))


def _hold(pending: PendingRegistration, *, mailed: bool) -> None:
    if selectors.is_username_taken(pending.username_ci, registering=pending.email):
        raise ValidationProblem(_is_taken("username"))
    PendingRegistration.objects.filter(username_ci=pending.username_ci).delete()
    pending.id = new_id()
    pending.save(force_insert=True)
    if mailed:
        mail.send(to=pending.email, template="register", context={"registration": str(pending.pk)})


def _taken(user: User) -> list[FieldError]:
    taken = {
        "username": selectors.is_username_taken(user.username),
        "email": selectors.is_email_taken(user.email),
    }
    return [_is_taken(field) for field, is_taken in taken.items() if is_taken]


def _is_taken(field: str) -> FieldError:
    return FieldError(field=field, code="taken", detail="Is taken.")
