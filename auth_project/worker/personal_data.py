"""Where this service keeps what of people, and how it is erased: one line for each model; a test misses none."""

from dataclasses import dataclass
from typing import Literal

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as AdminSession
from django.db.models import Model

from auth_project.accounts.models import (
    Erasure,
    Export,
    OneTimeToken,
    PendingRegistration,
    RetiredName,
    StaleFile,
    User,
)
from auth_project.events.models import InboxEvent, OutboxEvent
from auth_project.idempotency.models import Answer
from auth_project.mail.models import Mail
from auth_project.oauth.models import ServiceClient
from auth_project.passkeys.models import Challenge, Passkey
from auth_project.signing_keys.models import SigningKey
from auth_project.throttling.models import Counter
from auth_project.tokens.models import SecondFactor, Session

# With the user by its foreign key; by `accounts.services.erasure`, in the transaction that deletes the user or in the
# one that completes the erasure; by itself, within days; or there is nothing to erase.
Way = Literal["with the user", "at once", "at last", "by itself", "not held"]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a model has of people, and when that goes."""

    what: str
    goes: Way


PERSONAL: dict[type[Model], Kept] = {
    User: Kept(what="the account", goes="at once"),
    Session: Kept(what="devices and addresses of sign-ins", goes="with the user"),
    SecondFactor: Kept(what="the sealed secret of one-time codes", goes="with the user"),
    Passkey: Kept(what="public keys, and when they were used", goes="with the user"),
    Challenge: Kept(what="who is about to add a passkey, for five minutes", goes="with the user"),
    OneTimeToken: Kept(what="addresses that links were sent to", goes="with the user"),
    Export: Kept(what="archives; their files by StaleFile", goes="with the user"),
    Mail: Kept(what="name and address, until it is sent; the farewell after the user", goes="with the user"),
    StaleFile: Kept(what="names of files, until the worker has deleted them", goes="by itself"),
    Answer: Kept(what="answers to calls with a key, a call at work at last", goes="at last"),
    OutboxEvent: Kept(what="states at once; the id at last", goes="at last"),
    Erasure: Kept(what="the id; times and a receipt, which names nobody, stay", goes="at last"),
    LogEntry: Kept(what="whose account staff changed; what they did stays", goes="at once"),
    PendingRegistration: Kept(what="name and address of who has no account yet", goes="by itself"),
    Counter: Kept(what="keyed hashes of ids, names and addresses", goes="by itself"),
    AdminSession: Kept(what="sessions of staff, who cannot erase themselves", goes="by itself"),
    RetiredName: Kept(what="a keyed hash of a name, so that nobody gets it again", goes="not held"),
    InboxEvent: Kept(what="ids of events, which are keyed hashes", goes="not held"),
    ServiceClient: Kept(what="services of others, which are no people", goes="not held"),
    SigningKey: Kept(what="the service's own keys, nothing of people", goes="not held"),
    Permission: Kept(what="Django's own", goes="not held"),
    Group: Kept(what="Django's own", goes="not held"),
    ContentType: Kept(what="Django's own", goes="not held"),
}
