"""Every answer of Auth says what browsers may do with it: data, pages, files, redirects, refusals, faults."""

from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib import admin
from django.test import Client

from auth_project.accounts import selectors
from tests.auth.conftest import SignedIn
from tests.auth.fakes import make_user
from tests.headers import (
    DATA,
    DOCS,
    FILE,
    PAGE,
    Browser,
    answers_to,
    as_in_production,
    missing,
    pages_of,
    policy_of,
    scripts_in,
)
from tests.pictures import FORM, form, picture

CALLS = [
    ("GET /healthz", 200, DATA),
    ("GET /readyz", 200, DATA),
    ("GET /metrics", 200, DATA),
    ("GET /", 302, PAGE),
    ("GET /favicon.ico", 204, PAGE),
    ("GET /api/docs", 200, DOCS),
    ("GET /api/docs?script=", 200, DOCS),
    ("GET /api/schema", 200, DATA),
    ("GET /.well-known/jwks.json", 200, DATA),
    ("HEAD /.well-known/jwks.json", 200, DATA),
    ("GET /api/v1/users/%00", 400, DATA),
    ("GET /api/v1/users/me", 401, DATA),
    ("GET /internal/v1/users", 401, DATA),
    ("GET /api/v1/nowhere", 404, DATA),
    ("TRACE /api/v1/users/me", 405, DATA),
    ("PUT /healthz", 405, DATA),
    ("POST /api/v1/auth/login", 413, DATA),
    ("GET /static/nothing.css", 404, DATA),
    ("GET /static/admin/", 404, DATA),
    ("GET /admin/", 302, PAGE),
    ("GET /admin", 404, DATA),
    ("GET /admin/login/", 200, PAGE),
    ("POST /admin/login/", 403, DATA),
    # Last: it holds a file, and letting go of it ends the test's connection to the database, too.
    ("GET /static/admin/css/base.css", 200, DATA),
]


@pytest.fixture(autouse=True)
def https(settings: Any) -> None:
    as_in_production(settings)


@pytest.mark.asvs("3.4.1", "3.4.3", "3.4.4", "3.4.5", "3.4.6", "4.1.1", "13.4.3", "13.4.4")
def test_each_kind_of_answer_has_all_of_them() -> None:
    found, lacking = answers_to(CALLS)

    assert lacking == {}
    assert found == CALLS


@pytest.mark.asvs("3.4.3", "1.2.3")
def test_pages_of_the_admin_site_have_no_script_in_themselves() -> None:
    client = Browser()
    chief = make_user("al", is_staff=True, is_superuser=True)
    client.force_login(chief)
    for page in [*pages_of(admin.site), f"accounts/user/{chief.pk}/change/", "nowhere/"]:
        answer = client.get(f"/admin/{page}", follow=True)

        assert (page, answer.headers["Content-Security-Policy"]) == (page, policy_of(answer))
        assert (page, missing(answer)) == (page, {})
        assert (page, scripts_in(answer.content)) == (page, [])
    assert scripts_in(client.get("/api/docs").content) == []


@pytest.mark.asvs("3.2.1", "16.5.1")
def test_files_and_faults_have_them_too(ada: SignedIn, monkeypatch: Any) -> None:
    client = Browser(headers={"Authorization": f"Bearer {ada.tokens.access}"})
    url = client.generic("PATCH", "/api/v1/users/me", form(("avatar", "me.png", picture())), FORM).json()["avatar_url"]
    given = client.get("/" + url.split("/", 3)[3])
    monkeypatch.setattr(selectors, "active_by_username", Mock(side_effect=RuntimeError("on purpose")))
    fault = client.get("/api/v1/users/ada")

    assert (given.status_code, missing(given), given.headers["Content-Security-Policy"]) == (200, {}, FILE)
    assert (fault.status_code, missing(fault), fault.headers["Content-Security-Policy"]) == (500, {}, DATA)


def test_what_came_by_plain_http_is_not_told_of_https() -> None:
    """Browsers must ignore that header there (RFC 6797, 7.2)."""
    answer = Client().get("/api/v1/users/ada")

    assert (answer.status_code, missing(answer)) == (403, {"Strict-Transport-Security": None})
