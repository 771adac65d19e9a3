"""The admin site: staff look, administrators correct, nobody sets or sees a password."""

import pytest
from django.test import Client
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.events.models import OutboxEvent
from tests.auth.fakes import PASSWORD, make_user


def signed_in(login: str) -> Client:
    client = Client()
    response = client.post("/admin/login/?next=/admin/", {"username": login, "password": PASSWORD})
    assert response.status_code == 302, response.content
    return client


@pytest.fixture
def staff() -> Client:
    make_user("sam", is_staff=True)
    return signed_in("Sam@Example.com")


def test_who_came_to_the_sign_in_by_itself_gets_to_the_first_page():
    make_user("sam", is_staff=True)

    response = Client().post("/admin/login/", {"username": "sam", "password": PASSWORD})

    assert (response.status_code, response["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("path", ["", "accounts/user/", "events/outboxevent/", "tokens/session/"])
def test_staff_sign_in_by_address_and_see_every_page(staff, path):
    response = staff.get(f"/admin/{path}")

    assert response.status_code == 200
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"is_superuser": True, "is_staff": False},
        {"is_staff": True, "status": User.Status.SUSPENDED},
    ],
)
def test_who_is_no_active_staff_stays_outside(attributes):
    make_user("eve", **attributes)

    response = Client().post("/admin/login/", {"username": "eve", "password": PASSWORD})

    assert response.status_code == 200
    assert "This login, password or one-time code is wrong." in response.content.decode()


@pytest.mark.asvs("7.4.2", "7.4.3", "8.3.2")
@pytest.mark.parametrize(
    "change",
    [
        {"status": User.Status.SUSPENDED},
        {"is_staff": False},
        {"password": "argon2$another"},
        {"valid_after": timezone.now()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_admin_session_ends_with_whatever_ends_the_others(staff, change):
    User.objects.update(**change)

    assert staff.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ad", {"ada", "adam"}),
        ("q=ADA", {"ada", "adam"}),
        ("q=adam@ex", {"adam"}),
        ("q=.*", set()),
        ("q=^a", set()),
        ("q=%24ne", set()),
        ("status__exact=suspended", {"bob"}),
        ("is_staff__exact=1", {"kim"}),
        ("q=", {"ada", "adam", "bob", "kim"}),
    ],
)
def test_users_are_found_by_the_beginning_of_a_name_or_address(administrator, query, found):
    make_user("ada"), make_user("adam"), make_user("bob", status=User.Status.SUSPENDED), make_user("kim", is_staff=True)

    page = administrator.get(f"/admin/accounts/user/?{query}").content.decode()

    assert {name for name in ("ada", "adam", "bob", "kim") if f"{name}@example.com" in page} == found


def test_a_user_is_found_by_id(administrator):
    ada = make_user("ada")

    page = administrator.get(f"/admin/accounts/user/?q={ada.pk}").content.decode()

    assert "ada@example.com" in page


def test_a_correction_is_stored_and_told_to_posts(administrator):
    ada = make_user("ada")
    form = {"display_name": "Ada", "bio": "", "is_private": "on"}

    response = administrator.post(f"/admin/accounts/user/{ada.pk}/change/", form)

    ada.refresh_from_db()
    assert response.status_code == 302
    assert (ada.display_name, ada.is_private) == ("Ada", True)
    assert [event.type for event in OutboxEvent.objects.all()] == ["user.updated"]


@pytest.mark.asvs("8.2.3", "15.3.3")
def test_fields_that_are_not_in_the_form_cannot_be_set(administrator):
    ada = make_user("ada")
    form = {
        "display_name": "Ada", "is_superuser": "on", "is_staff": "on", "password": "new password!", "username": "eve",
        "email": "eve@example.com", "status": "suspended",
    }  # fmt: skip

    administrator.post(f"/admin/accounts/user/{ada.pk}/change/", form)

    changed = User.objects.get(pk=ada.pk)
    kept = ("is_superuser", "is_staff", "password", "username", "email", "status")
    assert [getattr(changed, name) for name in kept] == [getattr(ada, name) for name in kept]


@pytest.mark.asvs("8.2.1")
def test_staff_look_but_do_not_change(staff):
    ada = make_user("ada")

    assert staff.get(f"/admin/accounts/user/{ada.pk}/change/").status_code == 200
    assert staff.post(f"/admin/accounts/user/{ada.pk}/change/", {"display_name": "x"}).status_code == 403


@pytest.mark.parametrize("path", ["accounts/user/add/", "accounts/user/{id}/delete/", "events/outboxevent/add/"])
def test_nobody_adds_or_deletes(administrator, path):
    ada = make_user("ada")

    assert administrator.get(f"/admin/{path.format(id=ada.pk)}").status_code == 403


@pytest.mark.asvs("6.4.6")
def test_no_page_has_a_password_or_a_way_to_set_one(administrator):
    ada = make_user("ada")

    pages = [
        administrator.get(f"/admin/{path}").content.decode()
        for path in ("", "accounts/user/", f"accounts/user/{ada.pk}/change/")
    ]

    for page in pages:
        assert "argon2" not in page
        assert 'type="password"' not in page
        assert "password_change" not in page
    assert administrator.get("/admin/password_change/").status_code == 404
    assert administrator.get(f"/admin/accounts/user/{ada.pk}/password/").status_code in (302, 404)


def test_the_outbox_can_only_be_looked_at(administrator):
    event = OutboxEvent.objects.create(type="user.erased", user_id=7, sequence=1, data={"user_id": "7"})

    page = administrator.get("/admin/events/outboxevent/?q=7&status__exact=pending").content.decode()

    assert str(event.pk) in page
    assert administrator.get(f"/admin/events/outboxevent/{event.pk}/change/").status_code == 200
    assert administrator.post(f"/admin/events/outboxevent/{event.pk}/change/", {}).status_code == 403


@pytest.mark.asvs("1.2.1")
def test_what_users_write_is_text_on_every_page(administrator):
    ada = make_user("ada", display_name="<script>alert(1)</script>", bio="{{7*7}}<img src=x onerror=alert(1)>")

    for path in ("accounts/user/", f"accounts/user/{ada.pk}/change/"):
        page = administrator.get(f"/admin/{path}").content.decode()
        assert "<script>alert(1)" not in page
        assert "<img src=x" not in page


@pytest.mark.asvs("3.5.1")
def test_a_form_without_its_token_is_refused():
    client = Client(enforce_csrf_checks=True)

    response = client.post("/admin/login/", {"username": "al", "password": PASSWORD})

    assert response.status_code == 403


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%ED%A0%80", "o=999", "p=99999999999999999999", "e=1", "status__exact[$ne]=x"]
)
def test_odd_queries_break_no_page(administrator, query):
    response = administrator.get(f"/admin/accounts/user/?{query}")

    assert response.status_code < 500
