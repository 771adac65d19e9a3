"""`GET /api/v1/auth/audit`: one's own security events, newest first."""

import pytest

from auth_project.acting import By, acting
from auth_project.audit import selectors, trail
from auth_project.audit.events import Event
from auth_project.audit.models import AuditEntry
from shared.wire import timestamp
from tests.auth.conftest import Api, SignedIn, sign_in
from tests.auth.explain import plan_of_command
from tests.auth.fakes import PASSWORD, make_user
from tests.auth.security.commands import overheard

PATH = "/api/v1/auth/audit"


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def noted(count: int, who: SignedIn, event: Event = Event.PASSWORD_REFUSED) -> list[str]:
    for _ in range(count):
        trail.note(event, user_id=who.user.pk)
    rows = AuditEntry.objects.filter(user_id=who.user.pk).order_by("-pk")
    return [str(row.pk) for row in rows]


def pages(who: SignedIn, url: str | None, *, neighbour: str = "next") -> list[list[str]]:
    found = []
    while url:
        page = who.api.get(path_of(url) if url.startswith("http") else url).json()
        found.append([row["id"] for row in page["results"]])
        url = page[neighbour]
    return found


def test_the_list_says_what_happened_when_by_whom_and_from_where(ada):
    AuditEntry.objects.all().delete()
    Api(address="2001:db8::1").post(
        "/api/v1/auth/login", {"login": "ada", "password": "not the password"}, **{"User-Agent": "their browser"}
    )
    with acting(by=By.STAFF, id="5", ip="192.0.2.7", user_agent="browser of staff"):
        trail.note(Event.MFA_REQUIRED, user_id=ada.user.pk)

    response = ada.api.get(PATH)

    by_staff, failed = AuditEntry.objects.all()
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "results": [
            {
                "id": str(by_staff.pk),
                "type": "mfa.required",
                "outcome": "success",
                "created_at": timestamp(by_staff.at),
                "by": "staff",
                "ip": None,
                "user_agent": "",
                "detail": {},
            },
            {
                "id": str(failed.pk),
                "type": "login.failed",
                "outcome": "failure",
                "created_at": timestamp(failed.at),
                "by": "unknown",
                "ip": "2001:db8::1",
                "user_agent": "their browser",
                "detail": {"reason": "password"},
            },
        ],
        "next": None,
        "previous": None,
    }


@pytest.mark.asvs("8.2.2")
def test_nobody_sees_anothers_nor_who_of_the_staff_it_was(ada):
    bob = sign_in(make_user("bob", is_staff=True, is_superuser=True))
    noted(3, bob)
    with acting(by=By.STAFF, id=str(bob.user.pk), ip="192.0.2.7"):
        trail.note(Event.MFA_REQUIRED, user_id=ada.user.pk)
    Api().post("/api/v1/auth/login", {"login": "nobody", "password": PASSWORD})

    shown = {name: who.api.get(PATH) for name, who in (("ada", ada), ("bob", bob))}

    types = {name: [row["type"] for row in answer.json()["results"]] for name, answer in shown.items()}
    assert types == {"ada": ["mfa.required", "login.succeeded"], "bob": ["password.refused"] * 3 + ["login.succeeded"]}
    assert str(bob.user.pk) not in shown["ada"].content.decode()
    assert "192.0.2.7" not in shown["ada"].content.decode()


def test_pages_have_every_row_once_both_ways_while_others_arrive(ada):
    ids = noted(6, ada)

    first = ada.api.get(f"{PATH}?limit=3").json()
    noted(2, ada)
    rest = pages(ada, first["next"])

    assert [row["id"] for row in first["results"]] == ids[:3]
    assert rest == [ids[3:6], ids[6:]]
    back = ada.api.get(path_of(first["next"])).json()["previous"]
    assert pages(ada, back, neighbour="previous")[0] == ids[:3]


def test_of_one_type(ada):
    noted(2, ada)

    answer = ada.api.get(f"{PATH}?type=password.refused&limit=1").json()

    assert [row["type"] for row in answer["results"]] == ["password.refused"]
    assert pages(ada, answer["next"]) == [[noted(0, ada)[1]]]
    assert path_of(answer["next"]).startswith(f"{PATH}?type=password.refused&")
    foreign = ada.api.get(path_of(answer["next"]).replace("type=password.refused", "type=logout"))
    assert foreign.json()["errors"][0]["code"] == "invalid_cursor"


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("type=nothing", "type", "invalid_choice"),
        ("type=", "type", "invalid_choice"),
        ("type=logout&type=logout", "type", "repeated"),
        ("limit=0", "limit", "out_of_range"),
        ("cursor=x", "cursor", "invalid_cursor"),
    ],
)
def test_what_makes_no_sense_is_refused(ada, query, field, code):
    answer = ada.api.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert [(fault["field"], fault["code"]) for fault in answer.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize("event", ["", "password.refused"])
def test_a_page_reads_what_it_shows(ada, event):
    bob = sign_in(make_user("bob"))
    noted(30, bob)
    noted(30, ada, Event.CODE_REFUSED)
    noted(3, ada)
    last = AuditEntry.objects.filter(user_id=ada.user.pk).latest("pk").pk

    with overheard() as commands:
        for before, after in ((None, None), (last + 1, None), (None, last - 1)):
            selectors.page_of_user(ada.user.pk, event, before=before, after=after, limit=3)

    for command in commands:
        stages, examined = plan_of_command(command)
        assert ("COLLSCAN" in stages, examined <= 3) == (False, True)
