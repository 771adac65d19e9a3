"""What administrators do in the admin site: asked first, done once, written down; and nobody else does it."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from auth_project.accounts.models import User
from auth_project.audit.models import AuditEntry
from auth_project.events.models import OutboxEvent
from auth_project.mail.models import Mail
from auth_project.tokens.models import Session
from shared.snowflakes import least_id_at
from tests.auth.conftest import sign_in
from tests.auth.fakes import make_user
from tests.auth.letters import delivered, token_in

pytestmark = pytest.mark.slow

USERS, SESSIONS, OUTBOX = "/admin/accounts/user/", "/admin/tokens/session/", "/admin/events/outboxevent/"
MAILS = "/admin/mail/mail/"
NEXT_YEAR = timezone.now() + timedelta(days=365)
CONFIRMED = {"confirmed": "yes"}
SUSPENSION = CONFIRMED | {"reason": "spam", "until": f"{NEXT_YEAR:%Y-%m-%dT%H:%M}"}


def signed_in_as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def staff() -> Client:
    return signed_in_as(make_user("sam", is_staff=True))


def dead_event() -> OutboxEvent:
    return OutboxEvent.objects.create(type="user.erased", user_id=7, sequence=1, data={}, status="dead", attempts=9)


@pytest.mark.asvs("7.4.2")
def test_suspending_from_the_page_of_a_user_asks_for_a_reason_and_an_end(administrator, ada):
    path = f"{USERS}{ada.user.pk}/suspend/"

    question = administrator.get(path).content.decode()
    assert 'name="reason"' in question
    assert 'type="datetime-local"' in question
    assert User.objects.get(username="ada").is_active

    response = administrator.post(path, SUSPENSION)

    assert (response.status_code, response["Location"]) == (302, f"{USERS}{ada.user.pk}/change/")
    ada.user.refresh_from_db()
    assert (ada.user.status, ada.user.suspension_reason) == ("suspended", "spam")
    assert ada.user.suspended_until == NEXT_YEAR.replace(second=0, microsecond=0)
    assert ada.api.get("/api/v1/users/me").json()["code"] == "token_revoked"
    assert [entry.change_message[:9] for entry in LogEntry.objects.all()] == ["suspended"]


@pytest.mark.parametrize(
    ("entered", "fault"),
    [
        ({"reason": ""}, "This field is required"),
        ({"reason": "x" * 501}, "at most 500"),
        ({"until": "2020-01-01T00:00"}, "Must lie in the future"),
        ({"until": "soon"}, "Enter a valid date"),
    ],
)
def test_a_suspension_that_makes_no_sense_is_asked_for_again(administrator, ada, entered, fault):
    page = administrator.post(f"{USERS}{ada.user.pk}/suspend/", SUSPENSION | entered).content.decode()

    assert fault in page
    assert User.objects.get(username="ada").is_active


def test_several_users_are_suspended_and_reinstated_from_the_list(administrator):
    chosen = [make_user("ada"), make_user("bob")]
    ticked = {"_selected_action": [user.pk for user in chosen]}

    question = administrator.post(USERS, {"action": "suspend", **ticked}).content.decode()
    assert question.count('name="_selected_action"') == 2
    assert User.objects.filter(status="suspended").count() == 0

    administrator.post(USERS, {"action": "suspend", **ticked, **SUSPENSION, "until": ""})
    assert set(User.objects.filter(status="suspended", suspended_until=None)) == set(chosen)

    administrator.post(USERS, {"action": "reinstate", **ticked, **CONFIRMED})
    assert User.objects.filter(status="suspended").count() == 0


def test_at_most_a_hundred_are_chosen_at_once(administrator):
    for number in range(101):
        make_user(f"user_{number}")

    form = {"action": "suspend", "select_across": "1", "_selected_action": [1], "index": "0"}
    page = administrator.post(USERS, form, follow=True).content.decode()

    assert "Choose at most 100." in page


def test_administrators_cannot_lock_themselves_out(administrator):
    al = User.objects.get()

    page = administrator.post(f"{USERS}{al.pk}/suspend/", SUSPENSION, follow=True).content.decode()

    assert "Nobody suspends themselves." in page
    assert User.objects.get().is_active
    assert LogEntry.objects.count() == 0


@pytest.mark.asvs("7.4.5")
def test_all_sessions_of_a_user_are_ended(administrator, ada):
    administrator.post(f"{USERS}{ada.user.pk}/end_sessions/", CONFIRMED)

    assert ada.api.get("/api/v1/users/me").json()["code"] == "token_revoked"
    assert OutboxEvent.objects.get().type == "tokens.revoked"


def test_a_second_factor_is_required(administrator, ada):
    administrator.post(f"{USERS}{ada.user.pk}/require_second_factor/", CONFIRMED)

    assert User.objects.get(username="ada").mfa_required


def test_a_second_factor_is_asked_for_no_longer_of_several_from_the_list(administrator):
    chosen = [make_user("ada", mfa_required=True), make_user("bob", mfa_required=True), make_user("cat")]
    ticked = {"_selected_action": [user.pk for user in chosen]}

    question = administrator.post(USERS, {"action": "release_second_factor", **ticked}).content.decode()
    assert question.count('name="_selected_action"') == 3
    assert User.objects.filter(mfa_required=True).count() == 2

    form = {"action": "release_second_factor", **ticked, **CONFIRMED}
    page = administrator.post(USERS, form, follow=True).content.decode()

    assert User.objects.filter(mfa_required=True).count() == 0
    assert "cat: was not asked for one" in page
    assert list(AuditEntry.objects.values_list("event", flat=True)) == ["mfa.released"] * 2


def test_the_sessions_of_a_user_are_one_click_away(administrator, ada):
    sign_in(make_user("bob"))

    page = administrator.get(f"{USERS}{ada.user.pk}/sessions/", follow=True).content.decode()

    assert ">ada<" in page
    assert ">bob<" not in page


@pytest.mark.asvs("7.4.5")
def test_one_session_is_ended(administrator, ada):
    other = sign_in(ada.user)
    session = Session.objects.order_by("created_at").first()

    administrator.post(f"{SESSIONS}{session.pk}/end/", CONFIRMED)

    session.refresh_from_db()
    assert session.end_reason == Session.EndReason.STAFF
    assert ada.api.get("/api/v1/users/me").json()["code"] == "token_revoked"
    assert other.api.get("/api/v1/users/me").status_code == 200


@pytest.mark.parametrize("query", ["q=ada", "q=ADA@example.com", "q={id}"])
def test_sessions_are_found_by_their_user(administrator, ada, query):
    sign_in(make_user("bob"))

    page = administrator.get(f"{SESSIONS}?{query.format(id=ada.user.pk)}").content.decode()

    assert (">ada<" in page, ">bob<" in page) == (True, False)


def test_no_page_of_a_session_shows_a_hash(administrator, ada):
    session = Session.objects.get()

    for path in ("", f"{session.pk}/change/", f"{session.pk}/end/"):
        page = administrator.get(SESSIONS + path).content.decode()
        assert session.token_hash not in page


def test_dead_events_are_sent_again_from_list_and_page(administrator):
    first, second = dead_event(), dead_event()

    administrator.post(OUTBOX, {"action": "retry", "_selected_action": [first.pk], **CONFIRMED})
    administrator.post(f"{OUTBOX}{second.pk}/retry/", CONFIRMED)

    assert set(OutboxEvent.objects.values_list("status", "attempts")) == {("pending", 0)}


def test_dead_mails_are_sent_again(administrator):
    dead = Mail.objects.create(to="ada@example.com", template="password_reset", context={}, status="dead", attempts=9)

    assert "ada@example.com" in administrator.get(f"{MAILS}?q={dead.pk}").content.decode()
    administrator.post(f"{MAILS}{dead.pk}/retry/", CONFIRMED)

    dead.refresh_from_db()
    assert (dead.status, dead.attempts) == ("pending", 0)


@pytest.mark.asvs("6.4.6")
def test_a_reset_is_sent_to_the_user_and_shown_to_nobody(administrator, ada):
    page = administrator.post(f"{USERS}{ada.user.pk}/send_reset/", CONFIRMED, follow=True).content.decode()

    (letter,) = delivered()
    assert letter.to == ["ada@example.com"]
    assert token_in(letter) not in page
    assert ada.api.get("/api/v1/users/me").status_code == 200


@pytest.mark.parametrize("joined", [0, 3, 20, 100])
def test_users_are_filtered_by_when_they_joined(administrator, joined):
    make_user("ada", id=least_id_at(timezone.now() - timedelta(days=joined, hours=1)))

    shown = {
        days: "ada@example.com" in administrator.get(f"{USERS}?joined={days}").content.decode()
        for days in (1, 7, 30, "")
    }

    assert shown == {1: joined < 1, 7: joined < 7, 30: joined < 30, "": True}


@pytest.mark.parametrize(
    "query", ["joined=x", "joined=99999", "mfa_enabled__exact=1", "mfa_required__exact=1", "email_verified__exact=0"]
)
def test_no_filter_breaks_the_page(administrator, query):
    assert administrator.get(f"{USERS}?{query}", follow=True).status_code == 200


ACTIONS = [
    f"{USERS}{{user}}/send_reset/", f"{USERS}{{user}}/suspend/", f"{USERS}{{user}}/reinstate/",
    f"{USERS}{{user}}/end_sessions/", f"{USERS}{{user}}/require_second_factor/",
    f"{USERS}{{user}}/release_second_factor/", f"{SESSIONS}{{session}}/end/", f"{OUTBOX}{{event}}/retry/",
]  # fmt: skip


def contents() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (User, Session, OutboxEvent, Mail)]


@pytest.mark.parametrize("path", ACTIONS)
@pytest.mark.parametrize("who", ["staff", "anonymous", "nobody's token", "get"])
@pytest.mark.asvs("3.5.1", "3.5.3", "8.2.1")
def test_only_a_confirmed_click_of_an_administrator_does_anything(ada, path, who):
    administrator, staff = make_user("al", is_staff=True, is_superuser=True), make_user("sam", is_staff=True)
    path = path.format(user=ada.user.pk, session=Session.objects.get().pk, event=dead_event().pk)
    clients = {"staff": signed_in_as(staff), "get": signed_in_as(administrator), "anonymous": Client()}
    clients["nobody's token"] = Client(enforce_csrf_checks=True)
    clients["nobody's token"].force_login(administrator)
    before = contents()

    response = clients[who].get(path) if who == "get" else clients[who].post(path, SUSPENSION)

    assert response.status_code == {"staff": 403, "anonymous": 302, "nobody's token": 403, "get": 200}[who]
    assert contents() == before


@pytest.mark.parametrize("path", ACTIONS)
def test_an_object_that_is_not_there_is_404(administrator, path):
    assert administrator.post(path.format(user="5", session="x", event="5"), SUSPENSION).status_code == 404


def test_staff_are_offered_no_action(staff):
    ada = make_user("ada")

    for path in (USERS, f"{USERS}{ada.pk}/change/"):
        page = staff.get(path).content.decode()
        assert "/suspend/" not in page
        assert 'value="suspend"' not in page
