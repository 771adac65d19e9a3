"""The matrix of docs/authorization.md: everybody calls everything, and gets what the row says."""

import json

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.accounts.services import suspension
from auth_project.accounts.services.valid_after import end_all
from auth_project.passkeys.models import Passkey
from auth_project.tokens.models import Session
from shared.keys import load_private_key
from shared.service_tokens import ServiceSigner
from tests.auth.conftest import Api, SignedIn, sign_in
from tests.auth.fakes import make_user
from tests.auth.passkeys.conftest import enrol
from tests.authorization import Row, assert_each_operation_has_one_row, rows, verdict
from tests.operations import Operation, operations

ROWS = rows("auth")
OPERATIONS = {str(operation): operation for operation in operations("auth")}
INTERNAL = [
    ("GET", "/internal/v1/users?ids=1"),
    ("GET", "/internal/v1/users/all?after=0"),
    ("GET", "/internal/v1/users/1/events?after=0"),
    ("GET", "/internal/v1/revocations?after=0"),
    ("POST", "/internal/v1/credentials/check"),
    ("POST", "/internal/v1/events"),
]


def call(operation: Operation, token: str = "", **address: str) -> str:
    """What the matrix calls the answer."""
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = json.dumps({}) if operation.content_types else b""
    path = operation.address(**address)
    return verdict(client.generic(operation.method, path, body, "application/json", headers=headers))


def service_token(operation: Operation) -> str:
    key = load_private_key(settings.AUTH_SERVICE_KEY_FILE.with_name("posts_service.pem"))
    signer = ServiceSigner(service="posts", audience="auth", key=lambda: key)
    return signer.sign(method=operation.method, path=operation.address(), body=b"")


@pytest.mark.asvs("8.1.1")
def test_every_operation_has_one_row_and_every_row_its_operation():
    assert_each_operation_has_one_row("auth")


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.asvs("8.2.1", "8.3.1", "10.4.10", "7.2.1")
def test_everybody_gets_what_their_row_says(row: Row, ada: SignedIn):
    operation = OPERATIONS[row.operation]

    assert call(operation) == row["nobody"]
    assert call(operation, service_token(operation)) == row["service"]
    # `/auth/login` and its like do not read a token at all: there everybody is nobody.
    assert call(operation, ada.tokens.access) == row["user"]


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("left", ["suspended", "deactivated", "signed out everywhere", "signed out"])
@pytest.mark.asvs("7.4.1", "7.4.2", "8.3.2")
def test_who_has_left_is_nobody(row: Row, left: str, ada: SignedIn):
    now = timezone.now()
    if left == "suspended":
        suspension.suspend(user_id=ada.user.pk, reason="spam", until=None, by=None, now=now)
    elif left == "deactivated":
        User.objects.update(status=User.Status.DEACTIVATED)
    elif left == "signed out everywhere":
        end_all(ada.user, now=now)
    else:
        Session.objects.update(ended_at=now)

    assert call(OPERATIONS[row.operation], ada.tokens.access) == row["left"]


@pytest.mark.parametrize("operation", [row.operation for row in ROWS if row["others'"]])
@pytest.mark.asvs("8.2.2")
def test_what_belongs_to_others_is_not_there(operation: str, ada: SignedIn):
    bob = sign_in(make_user("bob"))
    export = bob.api.post("/api/v1/users/me/export").json()
    passkey = enrol(bob).passkey["id"]
    session = Session.objects.get(user=bob.user).pk
    address = {"session_id": session, "export_id": str(export.get("id", "")), "passkey_id": passkey}
    absent_ones = {"session_id": "A" * 22} | dict.fromkeys(("export_id", "passkey_id"), "190353203200000001")
    one = OPERATIONS[operation]

    answers = [
        Api(ada.tokens.access).send(one.method, one.address(**values), b"{}" if one.method == "PATCH" else b"")
        for values in (address, absent_ones)
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    others, absent = ({**answer.json(), "instance": "", "request_id": ""} for answer in answers)
    assert others == absent
    assert Session.objects.get(user=bob.user).ended_at is None
    assert Passkey.objects.filter(pk=passkey).exists()


@pytest.mark.parametrize(("method", "path"), INTERNAL)
@pytest.mark.asvs("10.4.10", "13.2.1", "8.3.3")
def test_what_is_between_the_services_is_closed_to_people(method: str, path: str, ada: SignedIn):
    administrator = sign_in(make_user("al", is_staff=True, is_superuser=True))

    answers = [who.send(method, path, b"{}") for who in (Api(), ada.api, administrator.api)]

    assert [answer.status_code for answer in answers] == [401, 401, 401]


@pytest.mark.asvs("8.2.1", "8.3.1")
@pytest.mark.parametrize(
    "operation", [operation for operation in OPERATIONS.values() if operation.needs_token], ids=str
)
def test_staff_have_no_rights_in_the_api_that_users_do_not_have(operation: Operation, ada: SignedIn):
    administrator = sign_in(make_user("al", is_staff=True, is_superuser=True))
    address = {"session_id": Session.objects.get(user=ada.user).pk}
    client = Client(raise_request_exception=False)
    token = {"Authorization": f"Bearer {administrator.tokens.access}"}
    before = User.objects.filter(pk=ada.user.pk).values().get(), list(Session.objects.filter(user=ada.user).values())

    client.generic(operation.method, operation.address(**address), b"{}", "application/json", headers=token)

    after = User.objects.filter(pk=ada.user.pk).values().get(), list(Session.objects.filter(user=ada.user).values())
    assert after == before
