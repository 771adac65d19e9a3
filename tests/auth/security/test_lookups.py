"""No look-up walks a collection: whatever the API asks of MongoDB is overheard and then explained."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from django.db import connection
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.accounts.services.suspension import lift_expired
from auth_project.audit.chain import seal
from auth_project.audit.verify import verify
from auth_project.events.models import OutboxEvent
from auth_project.events.outbox import MongoOutboxStore, retry_dead
from auth_project.passkeys.models import Passkey
from auth_project.tokens.models import Session
from auth_project.worker.housekeeping import CHORES
from shared.delivery import LEASE
from tests.auth.conftest import Api, PostsService, SignedIn, sign_in
from tests.auth.fakes import PASSWORD, make_user
from tests.auth.passkeys.authenticator import Authenticator
from tests.auth.passkeys.conftest import begin, enrol, log_in
from tests.auth.security.commands import QUERIES, overheard
from tests.auth.worker.test_inbox import completed, leave
from tests.auth.worker.test_inbox import deliver as tell_completed

OTHERS = 3
# Tables of staff with a few rows, and Django's own.
SMALL = {"django_content_type", "django_migrations"}

Flow = Callable[[SignedIn], Any]


def sign_in_twice(ada: SignedIn) -> None:
    for login in ("ada", "ada@example.com"):
        Api().post("/api/v1/auth/login", {"login": login, "password": PASSWORD})


def refresh(ada: SignedIn) -> None:
    first = ada.tokens.refresh
    Api().post("/api/v1/auth/refresh", {"refresh": first})
    Api().post("/api/v1/auth/refresh", {"refresh": first})


def register(ada: SignedIn) -> None:
    body = {"username": "new_one", "email": "new@example.com", "password": PASSWORD}
    Api().post("/api/v1/auth/register", body, **{"Idempotency-Key": "a"})


def second_factor(ada: SignedIn) -> None:
    secret = ada.api.post("/api/v1/auth/mfa/totp", {"password": PASSWORD}).json()["secret"]
    ada.api.post("/api/v1/auth/mfa/totp/confirm", {"code": pyotp.TOTP(secret).now()})
    Api().post("/api/v1/auth/login", {"login": "ada", "password": PASSWORD, "otp": "000000"})


def passkeys(ada: SignedIn) -> None:
    owner = enrol(ada)
    assert log_in(owner.authenticator.get(begin(login="ada"))).status_code == 200
    log_in(Authenticator(user_handle="AAAA").get(begin()))
    ada.api.get("/api/v1/auth/passkeys")
    ada.api.patch(owner.path, {"name": "phone"})
    assert ada.api.delete(owner.path).status_code == 204


def end_others(ada: SignedIn) -> None:
    sign_in(ada.user)
    ada.api.delete("/api/v1/auth/sessions")
    ada.api.delete(f"/api/v1/auth/sessions/{'A' * 22}")
    ada.api.get("/api/v1/auth/sessions")


def deliver(ada: SignedIn) -> None:
    for number in range(3):
        OutboxEvent.objects.create(type="user.erased", user_id=number, sequence=1, data={}, status="delivered")
    ada.api.patch("/api/v1/users/me", {"bio": "new"})
    store = MongoOutboxStore(worker="one")
    claimed = store.claim(limit=10, lease=LEASE, now=timezone.now())
    store.delivered([one.event.id for one in claimed], now=timezone.now())
    retry_dead(ids=[1], now=timezone.now())
    retry_dead(ids=None, now=timezone.now())


def end_erasure(ada: SignedIn) -> None:
    where = leave(ada)
    tell_completed(completed(ada.user.pk))
    Api().get(where)


def housekeeping(ada: SignedIn) -> None:
    for chore in CHORES:
        chore(now=timezone.now())


def audit(ada: SignedIn) -> None:
    seal(now=timezone.now())
    for query in ("", "?type=login.succeeded"):
        assert ada.api.get(f"/api/v1/auth/audit{query}").status_code == 200
    assert verify().fault is None


def admin_search(ada: SignedIn) -> None:
    administrator = make_user("al", is_staff=True, is_superuser=True)
    ada.api._client.force_login(administrator)
    for path in ("accounts/user/?q=ad", "accounts/user/?q=5", "accounts/user/?joined=1", "tokens/session/?q=ada",
                 "events/outboxevent/?q=5", "mail/mail/?q=5", "audit/auditentry/?q=ada",
                 "audit/auditentry/?outcome=failure", "", f"accounts/user/{ada.user.pk}/change/"):  # fmt: skip
        assert ada.api._client.get(f"/admin/{path}").status_code == 200


FLOWS: dict[str, Flow] = {
    "a sign-in by name and address": sign_in_twice,
    "a refresh and its replay": refresh,
    "a registration": register,
    "a second factor": second_factor,
    "passkeys": passkeys,
    "sessions": end_others,
    "a sign-out": lambda ada: ada.api.post("/api/v1/auth/logout"),
    "a change of profile": lambda ada: ada.api.patch("/api/v1/users/me", {"bio": "new", "username": "ada_new"}),
    "a public profile": lambda ada: Api().get("/api/v1/users/ada"),
    "a search of people": lambda ada: Api().get("/api/v1/users?q=other_1"),
    "a change of password": lambda ada: ada.api.post(
        "/api/v1/auth/password/change", {"current_password": PASSWORD, "new_password": "seven quiet otters paint"}
    ),
    "a reset of the password": lambda ada: Api().post("/api/v1/auth/password/reset", {"email": "ada@example.com"}),
    "a wrong reset": lambda ada: Api().post(
        "/api/v1/auth/password/reset/confirm", {"token": "A" * 43, "new_password": "seven quiet otters paint"}
    ),
    "a change of address": lambda ada: ada.api.post(
        "/api/v1/auth/email/change", {"email": "new@example.com", "password": PASSWORD}
    ),
    "a wrong link": lambda ada: Api().post("/api/v1/auth/email/verify", {"token": "A" * 43}),
    "an export": lambda ada: ada.api.get(ada.api.post("/api/v1/users/me/export")["Location"]),
    "leaving": lambda ada: ada.api.post("/api/v1/users/me/deactivate", {"password": PASSWORD}),
    "erasure": lambda ada: ada.api.delete("/api/v1/users/me", {"password": PASSWORD}),
    "the end of an erasure": end_erasure,
    "what Posts asks by id": lambda ada: PostsService().get(f"/internal/v1/users?ids={ada.user.pk}"),
    "what Posts asks by name": lambda ada: PostsService().get("/internal/v1/users?usernames=ada,other_1"),
    "what Posts asks of everybody": lambda ada: PostsService().get(f"/internal/v1/users/all?after={ada.user.pk - 1}"),
    "what Posts asks of one's events": lambda ada: PostsService().get(
        f"/internal/v1/users/{ada.user.pk}/events?after=0"
    ),
    "what Posts asks of revocations": lambda _: PostsService().get("/internal/v1/revocations?after=0"),
    "delivery": deliver,
    "housekeeping": housekeeping,
    "the end of suspensions": lambda ada: lift_expired(now=timezone.now()),
    "the audit": audit,
    "the admin site": admin_search,
}


@pytest.fixture
def crowd() -> None:
    """Of an empty collection MongoDB makes no plan; of how many there are in it the stages do not depend."""
    for number in range(OTHERS):
        user = make_user(f"other_{number}")
        sign_in(user)
        Passkey.objects.create(
            user=user, slot=0, name="x", credential_id=f"{number:04}", user_handle="x", created_at=timezone.now()
        )
    assert (User.objects.count(), Session.objects.count()) == (OTHERS, OTHERS)


@pytest.mark.asvs("15.2.2")
@pytest.mark.slow
@pytest.mark.parametrize("flow", FLOWS)
def test_no_lookup_walks_a_collection(crowd: None, ada: SignedIn, flow: str):
    with overheard() as commands:
        FLOWS[flow](ada)

    asked = [command for command in commands if next(iter(command)) in QUERIES]
    assert asked
    assert [walk for command in asked for walk in walks(command)] == []


def walks(command: dict[str, Any]) -> list[str]:
    """What is wrong with how MongoDB does this; empty where it goes by an index."""
    name = next(iter(command))
    if command[name] in SMALL or command[name] == 1:
        return []
    plan = connection.database.command("explain", without_session(command), verbosity="queryPlanner")
    stages = {node["stage"] for node in nodes(plan) if "stage" in node}
    return [f"{command[name]}: {command.get('pipeline') or command}"] if "COLLSCAN" in stages else []


def without_session(command: dict[str, Any]) -> dict[str, Any]:
    own = {"lsid", "txnNumber", "startTransaction", "autocommit", "$db", "$clusterTime", "$readPreference",
           "readConcern", "writeConcern"}  # fmt: skip
    plain = {name: value for name, value in command.items() if name not in own}
    # Of many changes in one command, which are all alike, MongoDB explains one.
    return plain | ({"updates": plain["updates"][:1]} if "updates" in plain else {})


def nodes(value: Any) -> list[dict[str, Any]]:
    """All documents inside of `value`, but the plans that were rejected."""
    if isinstance(value, dict):
        inner = [one for name, child in value.items() if name != "rejectedPlans" for one in nodes(child)]
        return [value, *inner]
    return [one for child in value for one in nodes(child)] if isinstance(value, list) else []
