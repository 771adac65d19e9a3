"""Third parties ask what a token is worth, end its session, and learn where everything is."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

import jwt
import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from auth_project.accounts.services import suspension
from auth_project.events.models import OutboxEvent
from auth_project.oauth import clients
from auth_project.oauth.models import ServiceClient
from auth_project.tokens import services
from auth_project.tokens.models import Session
from auth_project.tokens.refresh_tokens import RefreshToken, new_sid
from tests.auth.conftest import Api, SignedIn, access_claims, sign, sign_in

FORM = "application/x-www-form-urlencoded"
INTROSPECT, REVOKE = "/oauth/introspect", "/oauth/revoke"


class Printer:
    """A service of others."""

    def __init__(self) -> None:
        self.client, self.secret = clients.add(name="Photo printer", now=timezone.now())
        self.http = Client(raise_request_exception=False)

    def post(self, path: str, body: Any, *, content_type: str = FORM, **headers: str) -> HttpResponse:
        raw = urlencode(body) if isinstance(body, dict) else body
        return self.http.generic("POST", path, raw, content_type, headers={"Authorization": self.basic} | headers)

    def introspects(self, token: str, **fields: str) -> Any:
        answer = self.post(INTROSPECT, {"token": token, **fields})
        assert answer.status_code == 200, answer.content
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/json", "no-store")
        return answer.json()

    @property
    def basic(self) -> str:
        return basic(self.client.pk, self.secret)


def basic(client_id: str, secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


@pytest.fixture
def printer() -> Printer:
    return Printer()


def test_of_a_good_access_token_everything_is_told(printer: Printer, ada: SignedIn) -> None:
    claims = jwt.decode(ada.tokens.access, options={"verify_signature": False})

    assert printer.introspects(ada.tokens.access, token_type_hint="refresh_token", unknown="ignored") == {
        "active": True,
        "token_type": "Bearer",
        "iss": settings.AUTH_ISSUER,
        "aud": ["auth", "posts"],
        "sub": str(ada.user.pk),
        "username": "ada",
        "sid": claims["sid"],
        "jti": claims["jti"],
        "iat": claims["iat"],
        "nbf": claims["nbf"],
        "exp": claims["exp"],
    }


def test_of_the_refresh_token_in_turn_its_owner_and_end_are_told(printer: Printer, ada: SignedIn) -> None:
    session = Session.objects.get()

    assert printer.introspects(ada.tokens.refresh) == {
        "active": True,
        "token_type": "refresh_token",
        "iss": settings.AUTH_ISSUER,
        "sub": str(ada.user.pk),
        "username": "ada",
        "sid": session.pk,
        "iat": int(session.last_used_at.timestamp()),
        "exp": int((session.last_used_at + timedelta(days=14)).timestamp()),
    }
    successor = services.refresh(token=ada.tokens.refresh, now=timezone.now()).refresh
    assert printer.introspects(ada.tokens.refresh) == {"active": False}
    assert printer.introspects(successor)["active"] is True


def logs_out(ada: SignedIn) -> None:
    ada.api.post("/api/v1/auth/logout")


def is_suspended(ada: SignedIn) -> None:
    suspension.suspend(user_id=ada.user.pk, reason="spam", until=None, by=None, now=timezone.now())


def leaves(ada: SignedIn) -> None:
    ada.user.delete()


def is_away_for_weeks(ada: SignedIn) -> None:
    Session.objects.update(last_used_at=timezone.now() - timedelta(days=14))


@pytest.mark.parametrize("end", [logs_out, is_suspended, leaves], ids=lambda end: end.__name__)
def test_of_a_session_that_is_over_nothing_is_told(
    printer: Printer, ada: SignedIn, end: Callable[[SignedIn], None]
) -> None:
    assert printer.introspects(ada.tokens.access)["active"] is True

    end(ada)

    assert printer.introspects(ada.tokens.access) == {"active": False}
    assert printer.introspects(ada.tokens.refresh) == {"active": False}


def test_a_refresh_token_that_was_not_used_for_weeks_is_not_active(printer: Printer, ada: SignedIn) -> None:
    is_away_for_weeks(ada)

    assert printer.introspects(ada.tokens.refresh) == {"active": False}


def test_what_is_no_token_of_ours_is_not_active(printer: Printer, ada: SignedIn) -> None:
    now = int(timezone.now().timestamp())
    strangers = [
        "x", "a.b.c", "ф" * 40, "A" * 91, str(RefreshToken.first(new_sid())), ada.tokens.access[:-4] + "AAAA",
        sign(access_claims(ada, iat=now - 900, nbf=now - 900, exp=now - 600)), sign(access_claims(ada), typ="JWT"),
        sign(access_claims(ada, iss="https://elsewhere.example")), "$" * 4_096,
    ]  # fmt: skip

    for stranger in strangers:
        assert printer.introspects(stranger) == {"active": False}, stranger


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_revoking_a_token_ends_its_session_in_both_services(printer: Printer, ada: SignedIn, kind: str) -> None:
    other = sign_in(ada.user)

    answer = printer.post(REVOKE, {"token": getattr(ada.tokens, kind)})

    assert (answer.status_code, answer.content) == (200, b"")
    assert ada.api.get("/api/v1/users/me").json()["code"] == "token_revoked"
    assert other.api.get("/api/v1/users/me").status_code == 200
    event = OutboxEvent.objects.get()
    assert (event.type, event.data["session_id"]) == ("session.revoked", access_claims(ada)["sid"])
    assert Session.objects.get(pk=access_claims(ada)["sid"]).end_reason == "by_service"


def test_revoking_what_is_over_or_no_token_is_no_error_and_does_nothing(printer: Printer, ada: SignedIn) -> None:
    logs_out(ada)
    OutboxEvent.objects.all().delete()

    for token in (ada.tokens.access, ada.tokens.refresh, "x", str(RefreshToken.first(new_sid()))):
        assert printer.post(REVOKE, {"token": token}).status_code == 200

    assert OutboxEvent.objects.count() == 0


@pytest.mark.parametrize("path", [INTROSPECT, REVOKE])
def test_credentials_may_stand_in_the_form(printer: Printer, ada: SignedIn, path: str) -> None:
    body = {"token": ada.tokens.access, "client_id": printer.client.pk, "client_secret": printer.secret}

    assert Api().send("POST", path, urlencode(body), FORM).status_code == 200
    twice = printer.post(path, body)
    assert (twice.status_code, twice.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("path", [INTROSPECT, REVOKE])
def test_without_good_credentials_nothing_is_said_or_done(printer: Printer, ada: SignedIn, path: str) -> None:
    retired, old_secret = clients.add(name="Retired", now=timezone.now())
    clients.revoke(retired.pk, now=timezone.now())
    bad = [
        basic(printer.client.pk, "wrong"), basic(printer.client.pk, ""), basic("unknown", printer.secret),
        basic(retired.pk, old_secret), "Basic", "Basic !!!", "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(), f"Bearer {ada.tokens.access}", "",
    ]  # fmt: skip
    answers = [printer.post(path, {"token": ada.tokens.access}, Authorization=header) for header in bad]
    answers.append(Api().send("POST", path, urlencode({"token": ada.tokens.access}), FORM))
    answers.append(Api(ada.tokens.access).post(path, {"token": ada.tokens.access}))

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_client")
        assert answer["WWW-Authenticate"].startswith("Basic ")
    assert not Session.objects.get().is_over


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("", FORM, 400),
        ("token=", FORM, 400),
        ("token_type_hint=x", FORM, 400),
        ("token=a&token=b", FORM, 400),
        ("token=%00", FORM, 400),
        ("token=%ff", FORM, 400),
        ("token=\xe9", FORM, 400),
        ("&".join(f"f{number}=x" for number in range(30)), FORM, 400),
        ("token=" + "x" * 5_000, FORM, 400),
        ("token=" + "x" * 20_000, FORM, 413),
        ("token=x", FORM + "; charset=latin-1", 415),
        (json.dumps({"token": "x"}), "application/json", 415),
        ("token=x", "multipart/form-data; boundary=x", 415),
    ],
)
@pytest.mark.parametrize("path", [INTROSPECT, REVOKE])
def test_a_bad_form_is_refused(printer: Printer, path: str, body: str, content_type: str, status: int) -> None:
    answer = printer.post(path, body.encode("latin-1"), content_type=content_type)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert printer.secret not in answer.content.decode()


def test_the_document_says_where_everything_is(ada: SignedIn) -> None:
    answer = Api().get("/.well-known/openid-configuration")

    assert answer.status_code == 200
    assert "max-age=300" in answer["Cache-Control"]
    issuer = settings.AUTH_ISSUER
    methods = ["client_secret_basic", "client_secret_post"]
    assert answer.json() == {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "introspection_endpoint": f"{issuer}/oauth/introspect",
        "introspection_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": methods,
        "response_types_supported": [],
        "grant_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "claims_supported": sorted(access_claims(ada), key=answer.json()["claims_supported"].index),
        "service_documentation": f"{issuer}/api/docs",
    }


def test_only_a_hash_of_the_secret_is_kept(printer: Printer) -> None:
    stored = ServiceClient.objects.values().get()

    assert printer.secret not in str(stored)
    assert len(printer.secret) == 43
    assert clients.authenticated(printer.client.pk, printer.secret) == printer.client
