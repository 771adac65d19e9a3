"""Every answer of Posts says what browsers may do with it: data, pages, files, streams, redirects, refusals, faults."""

from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib import admin
from django.test import Client

from posts_project.feeds import selectors
from posts_project.staff.models import StaffUser
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
from tests.posts.media.forms import uploads
from tests.posts.people import Person
from tests.posts.stream.conftest import Listener

pytestmark = pytest.mark.django_db

CALLS = [
    ("GET /healthz", 200, DATA),
    ("GET /readyz", 200, DATA),
    ("GET /metrics", 200, DATA),
    ("GET /", 302, PAGE),
    ("GET /favicon.ico", 204, PAGE),
    ("GET /api/docs", 200, DOCS),
    ("GET /api/docs?script=", 200, DOCS),
    ("GET /api/schema", 200, DATA),
    ("GET /api/v1/timelines/public", 200, DATA),
    ("HEAD /api/v1/timelines/public", 200, DATA),
    ("GET /api/v1/timelines/public?limit=0", 400, DATA),
    ("GET /api/v1/profiles/%00", 400, DATA),
    ("GET /api/v1/timelines/home", 401, DATA),
    ("POST /internal/v1/events", 401, DATA),
    ("GET /media/nothing.png", 404, DATA),
    ("GET /api/v1/nowhere", 404, DATA),
    ("TRACE /api/v1/posts", 405, DATA),
    ("PUT /healthz", 405, DATA),
    ("POST /api/v1/posts", 413, DATA),
    ("GET /static/nothing.css", 404, DATA),
    ("GET /static/admin/", 404, DATA),
    ("GET /media/", 404, DATA),
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


@pytest.mark.slow
@pytest.mark.asvs("3.4.1", "3.4.3", "3.4.4", "3.4.5", "3.4.6", "4.1.1", "13.4.3", "13.4.4")
def test_each_kind_of_answer_has_all_of_them() -> None:
    found, lacking = answers_to(CALLS)

    assert lacking == {}
    assert found == CALLS


@pytest.mark.slow
@pytest.mark.asvs("3.4.3", "1.2.3")
def test_pages_of_the_admin_site_have_no_script_in_themselves(ada: Person) -> None:
    client = ada.client = Browser()
    post = ada.writes("Hello")["id"]
    client.force_login(StaffUser.objects.create_superuser("al", password="three tired owls knit"))
    for page in [*pages_of(admin.site), f"posts/post/{post}/change/", f"profiles/profile/{ada.id}/change/", "nowhere/"]:
        answer = client.get(f"/admin/{page}", follow=True)

        assert (page, answer.headers["Content-Security-Policy"]) == (page, policy_of(answer))
        assert (page, missing(answer)) == (page, {})
        assert (page, scripts_in(answer.content)) == (page, [])
    assert scripts_in(client.get("/api/docs").content) == []


@pytest.mark.asvs("3.2.1", "16.5.1")
def test_files_streams_and_faults_have_them_too(ada: Person, monkeypatch: Any) -> None:
    ada.client = Browser()
    url = uploads(ada)["url"]
    given, stream = ada.client.get("/" + url.split("/", 3)[3]), Listener(ada)
    monkeypatch.setattr(selectors, "public_timeline", Mock(side_effect=RuntimeError("on purpose")))
    fault = ada.get("/api/v1/timelines/public")

    assert (given.status_code, missing(given), given.headers["Content-Security-Policy"]) == (200, {}, FILE)
    assert (missing(stream.response), stream.response.headers["Content-Security-Policy"]) == ({}, DATA)
    assert (fault.status_code, missing(fault), fault.headers["Content-Security-Policy"]) == (500, {}, DATA)
    stream.close()


def test_what_came_by_plain_http_is_not_told_of_https() -> None:
    """Browsers must ignore that header there (RFC 6797, 7.2)."""
    answer = Client().get("/api/v1/timelines/public")

    assert (answer.status_code, missing(answer)) == (403, {"Strict-Transport-Security": None})
