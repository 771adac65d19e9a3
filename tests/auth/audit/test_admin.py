"""The audit in the admin site: all staff find and look, nobody changes anything, in no way."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from auth_project.acting import By, acting
from auth_project.audit import trail
from auth_project.audit.events import Event
from auth_project.audit.models import AuditEntry
from auth_project.transactions import run_in_txn
from shared.snowflakes import least_id_at
from tests.auth.explain import plan_of_command
from tests.auth.fakes import make_user
from tests.auth.security.commands import overheard

PAGE = "/admin/audit/auditentry/"


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(make_user("sam", is_staff=True))
    return client


@pytest.fixture
def entries() -> list[AuditEntry]:
    """Of ada a refused sign-in, of bob what a member of staff did, and something of a month ago."""
    ada, bob, kim = make_user("ada"), make_user("bob"), make_user("kim", is_staff=True)
    trail.note(Event.LOGIN_FAILED, user_id=ada.pk, reason="password")
    with acting(by=By.STAFF, id=str(kim.pk), ip="192.0.2.7", user_agent="<b>browser</b>"):
        trail.note(Event.MFA_REQUIRED, user_id=bob.pk)
    old = least_id_at(timezone.now() - timedelta(days=20))
    run_in_txn(lambda: trail.record(Event.EXPORT_REQUESTED, user_id=ada.pk, entry_id=old))
    return list(AuditEntry.objects.all())


def shown(client: Client, query: str) -> set[str]:
    page = client.get(f"{PAGE}?{query}").content.decode()
    table = page.partition('id="result_list"')[2].partition("</table>")[0]
    return {event for event in ("login.failed", "mfa.required", "export.requested") if event in table}


EVERYTHING = {"login.failed", "mfa.required", "export.requested"}
QUERIES = {
    "": EVERYTHING,
    "q=ada": {"login.failed", "export.requested"},
    "q=ADA": {"login.failed", "export.requested"},
    "q=kim": {"mfa.required"},
    "q=.*": set(),
    "q=%24ne": set(),
    "event=login.failed": {"login.failed"},
    "event=nothing": EVERYTHING,
    "outcome=failure": {"login.failed"},
    "outcome=success": {"mfa.required", "export.requested"},
    "since=7": {"login.failed", "mfa.required"},
    "since=30": EVERYTHING,
    "since=x": EVERYTHING,
    "q=ada&outcome=success&since=30": {"export.requested"},
}


@pytest.mark.usefixtures("entries")
def test_entries_are_found_by_user_event_outcome_and_date(staff):
    assert {query: shown(staff, query) for query in QUERIES} == QUERIES


def test_a_page_reads_what_it_shows_however_many_there_are(staff, monkeypatch):
    monkeypatch.setattr("auth_project.audit.admin.AuditEntryAdmin.list_per_page", 2)
    for number in range(40):
        trail.note(Event.LOGOUT if number % 2 else Event.LOGIN_FAILED, user_id=7)

    for query in ("", "event=logout", "outcome=failure", "q=7", "since=1", "p=2"):
        with overheard() as commands:
            assert staff.get(f"{PAGE}?{query}").status_code == 200

        (page,) = [one for one in commands if one.get("find") == "audit_entries"]
        stages, examined = plan_of_command(page)
        assert ("COLLSCAN" in stages, examined <= 4) == (False, True), query


@pytest.mark.usefixtures("entries")
def test_an_entry_tells_everything_and_runs_nothing(staff):
    entry = AuditEntry.objects.get(event="mfa.required")

    page = staff.get(f"{PAGE}{entry.pk}/change/").content.decode()

    for told in ("mfa.required", "bob", "192.0.2.7", "&lt;b&gt;browser&lt;/b&gt;", entry.about_seal):
        assert told in page
    assert "<b>browser" not in page
    assert 'name="_save"' not in page


@pytest.mark.asvs("16.4.2")
def test_nobody_changes_anything(administrator, entries):
    before = list(connection.database["audit_entries"].find())
    ticked = {"_selected_action": [one.pk for one in entries], "post": "yes", "index": "0"}
    form = {"event": "logout", "user_id": "1", "confirmed": "yes", "_save": "Save"}

    answers = [
        administrator.post(PAGE + path, form | ticked | {"action": action})
        for path in ("add/", f"{entries[0].pk}/change/", f"{entries[0].pk}/delete/", "")
        for action in ("delete_selected", "suspend", "")
    ]

    assert {answer.status_code for answer in answers} <= {200, 302, 403}
    assert list(connection.database["audit_entries"].find()) == before
    offered = administrator.get(PAGE).content.decode()
    assert "delete_selected" not in offered
    assert f"{PAGE}add/" not in offered


@pytest.mark.usefixtures("entries")
def test_the_audit_of_a_user_is_one_click_away_from_their_page(staff):
    page = staff.get(f"/admin/accounts/user/{AuditEntry.objects.get(event='login.failed').user_id}/audit/", follow=True)

    assert "login.failed" in page.content.decode()
    assert "mfa.required" not in page.content.decode().partition('id="result_list"')[2].partition("</table>")[0]


def test_nobody_outside_sees_it():
    assert Client().get(PAGE).status_code == 302
