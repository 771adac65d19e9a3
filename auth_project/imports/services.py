"""Making users of rows, in batches; each goes the way of a registration, but for the password and the mail."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, IntegrityError

from auth_project.accounts import names, passwords, selectors
from auth_project.accounts.models import User
from auth_project.accounts.services import register
from auth_project.imports.earlier import Earlier
from auth_project.imports.rows import Fault, Row
from auth_project.imports.serializers import PersonInput
from auth_project.transactions import run_in_txn
from shared.problems import ValidationProblem

BATCH = 100
# Of one transaction, which a server gives five seconds (docs/deployment.md): on a busy machine too.
STORED_AT_ONCE = 20


@dataclass(frozen=True, kw_only=True)
class Person:
    """A row that may become a user. :ivar values: columns of a user."""

    row: Row
    username: str
    email_ci: str
    values: dict[str, Any]


@dataclass(kw_only=True)
class Batch:
    """What becomes of some rows: new users, those who are here already, and those who cannot be."""

    new: list[Person] = field(default_factory=list)
    present: list[Person] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def sort_out(rows: Iterable[Row], *, earlier: Earlier) -> Batch:
    """Judge rows, four reads for all of them together; those that are new become part of `earlier`."""
    judged = [_judged(row) for row in rows]
    people = [one for one in judged if isinstance(one, Person)]
    batch = Batch(faults=[one for one in judged if isinstance(one, Fault)])
    taken = _Taken(people)
    for person in people:
        if taken.is_present(person) or earlier.of_name(person.username) == person.email_ci:
            batch.present.append(person)
        elif reasons := taken.reasons(person, earlier):
            batch.faults.append(_fault(person, reasons))
        else:
            earlier.add(username=person.username, email=person.email_ci)
            batch.new.append(person)
    return batch


def store(batch: Batch, *, mailed: bool) -> Batch:
    """Make users of `batch.new`, some in each transaction, or where that fails each in its own.

    :param mailed: whether those whose address is not confirmed are asked to.
    :returns: what became of them; somebody else may have been quicker.
    """
    done = Batch(present=[*batch.present], faults=[*batch.faults])
    for start in range(0, len(batch.new), STORED_AT_ONCE):
        some = batch.new[start : start + STORED_AT_ONCE]
        try:
            _store(some, mailed)
        except (ValidationProblem, DatabaseError):
            _store_singly(some, mailed, done)
        else:
            done.new += some
    return done


def _store(people: list[Person], mailed: bool) -> None:
    run_in_txn(lambda: [register.store(_user(person), mailed=mailed) for person in people])


def _store_singly(people: list[Person], mailed: bool, done: Batch) -> None:
    for person in people:
        try:
            _store([person], mailed)
        except (ValidationProblem, IntegrityError):
            taken = _Taken([person])
            if taken.is_present(person):
                done.present.append(person)
            else:
                reasons = taken.reasons(person, Earlier())
                done.faults.append(_fault(person, reasons or ["taken while it was imported"]))
        else:
            done.new.append(person)


def _judged(row: Row) -> Person | Fault:
    given = PersonInput(data=row.cells)
    if not given.is_valid():
        reasons = [f"{name}: {faults[0].code} ({faults[0]})" for name, faults in given.errors.items()]
        return Fault(line=row.line, reason="; ".join(reasons), row=row)
    values = given.validated_data
    values["password"] = values.pop("password_hash", "")
    values["display_name"] = values.get("display_name") or values["username"]
    return Person(row=row, username=values["username"], email_ci=names.normalise(values["email"]), values=values)


def _user(person: Person) -> User:
    values = {**person.values, "password": person.values["password"] or passwords.unusable()}
    return User(**values)


def _fault(person: Person, reasons: list[str]) -> Fault:
    return Fault(line=person.row.line, reason="; ".join(reasons), row=person.row)


class _Taken:
    """What of the names and addresses of some people is not free."""

    def __init__(self, people: list[Person]) -> None:
        usernames = [person.username for person in people]
        self._addresses = {user.username_ci: user.email_ci for user in selectors.by_usernames(usernames)}
        self._owned = {user.email_ci for user in selectors.by_emails(person.email_ci for person in people)}
        self._gone = selectors.gone_or_promised(usernames)
        self._like_staff = selectors.like_staff(usernames)

    def is_present(self, person: Person) -> bool:
        return self._addresses.get(person.username) == person.email_ci

    def reasons(self, person: Person, earlier: Earlier) -> list[str]:
        reasons = []
        if person.username in self._addresses or person.username in self._gone or earlier.of_name(person.username):
            reasons.append("username: taken")
        elif person.username in self._like_staff:
            reasons.append("username: reserved")
        if person.email_ci in self._owned or earlier.of_address(person.email_ci):
            reasons.append("email: taken")
        return reasons
