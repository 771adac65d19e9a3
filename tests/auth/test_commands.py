"""What an operator types."""

import contextlib
import io
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, load_command_class
from django.utils import timezone
from pymongo.errors import ServerSelectionTimeoutError

from auth_project.accounts import passwords
from auth_project.accounts.models import User
from auth_project.events.models import OutboxEvent
from auth_project.mail.models import Mail
from auth_project.oauth import clients
from auth_project.oauth.models import ServiceClient
from auth_project.tokens.models import Session
from shared.snowflakes import least_id_at
from tests.auth.conftest import Api, sign_in
from tests.auth.fakes import EVERY_CALL_OF_MONGODB, PASSWORD, make_user

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "create_staff": "auth_project.accounts", "suspend_user": "auth_project.accounts",
    "reinstate_user": "auth_project.accounts", "end_sessions": "auth_project.accounts", "outbox": "auth_project.worker",
    "service_client": "auth_project.oauth", "import_users": "auth_project.imports",
    "export_user": "auth_project.worker", "erase_user": "auth_project.accounts",
    "rotate_signing_key": "auth_project.signing_keys", "rotate_service_key": "auth_project.worker",
    "verify_audit": "auth_project.audit",
}  # fmt: skip


@pytest.fixture
def stdin(monkeypatch):
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def dead_event(user_id: int = 7) -> OutboxEvent:
    return OutboxEvent.objects.create(
        type="user.erased", user_id=user_id, sequence=1, data={}, status="dead", attempts=9, last_error="rejected: no"
    )


@pytest.mark.parametrize(("flags", "roles"), [([], ["staff"]), (["--superuser"], ["staff", "admin"])])
def test_staff_are_made_with_a_password_from_standard_input(stdin, capsys, flags, roles):
    stdin(PASSWORD + "\n")

    call_command("create_staff", "Sam", "sam@example.com", *flags)

    assert User.objects.get(username="sam").roles == roles
    assert passwords.matches(User.objects.get(username="sam"), PASSWORD)
    assert OutboxEvent.objects.get().type == "user.registered"
    assert PASSWORD not in capsys.readouterr().out


def test_staff_can_sign_in_at_once_where_addresses_must_be_verified(stdin, settings):
    settings.REQUIRE_VERIFIED_EMAIL = True
    stdin(PASSWORD + "\n")

    call_command("create_staff", "sam", "sam@example.com", stdout=io.StringIO())

    assert Api().post("/api/v1/auth/login", {"login": "sam", "password": PASSWORD}).status_code == 200
    assert Mail.objects.count() == 0


def test_whoever_makes_staff_is_told_of_the_second_factor_that_they_need(stdin, settings, capsys):
    settings.REQUIRE_STAFF_MFA = True
    stdin(PASSWORD + "\n")

    call_command("create_staff", "sam", "sam@example.com")

    assert "must set up one-time codes" in capsys.readouterr().out


@pytest.mark.parametrize("service", ["auth", "posts"])
def test_without_a_stack_a_command_says_in_one_line_what_is_missing(service, tmp_path):
    command = [sys.executable, f"manage_{service}.py", "worker"]
    bare = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}

    result = subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stdout) == (1, "")
    assert re.fullmatch(r"error: [A-Z_]+: must be set \(see .env.example\)\. Is a stack running.*\n", result.stderr)


@pytest.mark.parametrize(
    ("name", "password", "fault"),
    [("sam", "short", "password: "), ("sam", "password123", "password: "), ("root", PASSWORD, "username: "),
     ("ada", PASSWORD, "username: Is taken.*--promote"), ("sam", "", "password: ")],
)  # fmt: skip
def test_staff_obey_the_rules_of_everybody(stdin, name, password, fault):
    make_user("ada")
    stdin(password + "\n")

    with pytest.raises(CommandError, match=fault):
        call_command("create_staff", name, "sam@example.com")

    assert User.objects.count() == 1


def test_a_new_account_needs_an_address():
    with pytest.raises(CommandError, match="address"):
        call_command("create_staff", "sam")


@pytest.mark.parametrize(("flags", "roles"), [([], ["staff"]), (["--superuser"], ["staff", "admin"])])
def test_an_account_that_is_there_is_promoted_and_keeps_its_password(capsys, flags, roles):
    make_user("ada")

    call_command("create_staff", "Ada", "--promote", *flags)

    assert User.objects.get(username="ada").roles == roles
    assert passwords.matches(User.objects.get(username="ada"), PASSWORD)
    assert capsys.readouterr().out == f"ada may now sign in at /admin/ ({', '.join(roles)}).\n"


def test_what_was_signed_in_to_before_a_promotion_ends_here_and_in_posts():
    ada = sign_in(make_user("ada"))

    call_command("create_staff", "ada", "--promote", stdout=io.StringIO())

    assert ada.api.get("/api/v1/users/me").status_code == 401
    assert [event.type for event in OutboxEvent.objects.all()] == ["tokens.revoked"]


def test_promoting_takes_nothing_away():
    make_user("al", is_staff=True, is_superuser=True)

    call_command("create_staff", "al", "--promote", stdout=io.StringIO())

    assert User.objects.get().roles == ["staff", "admin"]


def test_a_suspended_user_is_out_and_hidden_until_reinstated(capsys):
    ada = sign_in(make_user("ada"))

    call_command("suspend_user", "Ada@Example.com", "--reason", "spam")

    assert ada.api.get("/api/v1/users/me").json()["code"] == "token_revoked"
    assert Api().get("/api/v1/users/ada").status_code == 404
    assert Api().post("/api/v1/auth/login", {"login": "ada", "password": PASSWORD}).status_code == 401

    call_command("reinstate_user", "ada")

    assert ada.api.get("/api/v1/users/me").json()["code"] == "token_revoked"
    assert Api().post("/api/v1/auth/login", {"login": "ada", "password": PASSWORD}).status_code == 200
    assert capsys.readouterr().out == (
        "ada is suspended until reinstated; all sessions have ended.\nada may sign in again.\n"
    )


def test_a_suspension_has_an_end_in_utc(capsys):
    make_user("ada")

    call_command("suspend_user", "ada", "--reason", "spam", "--until", "2126-12-31")

    ada = User.objects.get()
    assert (ada.suspension_reason, ada.suspended_until.isoformat()) == ("spam", "2126-12-31T00:00:00+00:00")
    assert "until 2126-12-31 00:00 UTC" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["ada", "--reason", " "], "must say something"),
        (["nobody", "--reason", "x"], "There is no user nobody"),
        (["ada", "--reason", "x", "--until", "2020-01-01"], "future"),
        (["ada", "--reason", "x", "--until", "soon"], "must be a date like 2026-12-31"),
        (["ada"], "--reason"),
    ],
)
def test_a_suspension_that_makes_no_sense_is_refused(arguments, fault):
    make_user("ada")

    with pytest.raises(CommandError, match=fault):
        call_command("suspend_user", *arguments)

    assert User.objects.get().is_active


def test_reinstating_whoever_is_not_suspended_does_nothing(capsys):
    make_user("ada", status=User.Status.DEACTIVATED)

    call_command("reinstate_user", "ada")

    assert capsys.readouterr().out == "ada is not suspended; nothing was done.\n"
    assert User.objects.get().status == User.Status.DEACTIVATED


@pytest.mark.asvs("7.4.5")
def test_ending_all_sessions_leaves_the_account_open(capsys):
    ada = sign_in(make_user("ada"))

    call_command("end_sessions", "ada")

    assert ada.api.get("/api/v1/users/me").json()["code"] == "token_revoked"
    assert Api().post("/api/v1/auth/refresh", {"refresh": ada.tokens.refresh}).json()["code"] == "token_revoked"
    assert OutboxEvent.objects.get().type == "tokens.revoked"
    assert Api().post("/api/v1/auth/login", {"login": "ada", "password": PASSWORD}).status_code == 200
    assert Session.objects.count() == 2
    assert capsys.readouterr().out == "All sessions of ada have ended.\n"


def dead_mail() -> Mail:
    return Mail.objects.create(
        to="ada@example.com", template="password_reset", context={}, status="dead", attempts=4, last_error="SMTPError"
    )


def test_what_posts_has_taken_is_sent_again_since_a_moment(capsys):
    now = timezone.now()
    for number, (hours, status) in enumerate([(2, "delivered"), (1, "delivered"), (1, "dead")]):
        pk = least_id_at(now - timedelta(hours=hours)) + number
        OutboxEvent.objects.create(pk=pk, type="user.erased", user_id=7, sequence=1, data={}, status=status, attempts=3)
    since = (now - timedelta(minutes=90)).isoformat()

    call_command("outbox", "replay", "--since", since, "--dry-run")
    call_command("outbox", "replay", "--since", since)

    assert capsys.readouterr().out == "1 would be sent again.\n1 will be sent again.\n"
    assert [event.attempts for event in OutboxEvent.objects.filter(status="pending")] == [0]
    assert sorted(OutboxEvent.objects.values_list("status", flat=True)) == ["dead", "delivered", "pending"]


@pytest.mark.parametrize("moment", ["yesterday", "2026-11-27T10:00:00"])
def test_a_moment_without_an_offset_is_not_understood(moment):
    with pytest.raises(CommandError, match="must be a time with an offset"):
        call_command("outbox", "replay", "--since", moment)


def test_the_outbox_shows_what_waits_and_what_died_and_why(capsys):
    dead, mail = dead_event(), dead_mail()
    waiting = OutboxEvent.objects.create(type="user.updated", user_id=8, sequence=1, data={})
    OutboxEvent.objects.create(type="user.updated", user_id=9, sequence=1, data={}, status="delivered")

    call_command("outbox", "list")

    one, pending, none, two, died, three, unsent = capsys.readouterr().out.splitlines()
    assert (one, none) == ("1 pending events", "0 pending mails")
    assert (two, three) == ("1 dead events", "1 dead mails")
    assert f"{waiting.pk}  user.updated  user 8" in pending
    assert f"{dead.pk}  user.erased  user 7" in died
    assert died.endswith("tried 9  rejected: no")
    assert f"{mail.pk}  password_reset  to ada@example.com" in unsent


def test_of_many_the_oldest_are_shown(capsys):
    events = [dead_event(user_id) for user_id in (1, 2, 3)]

    call_command("outbox", "list", "--dead", "--limit", "2")

    count, *lines, _ = capsys.readouterr().out.splitlines()
    assert count == "3 dead events"
    assert [line.split()[0] for line in lines] == [str(event.pk) for event in events[:2]]


@pytest.mark.parametrize(("which", "retried"), [("event", {"event"}), ("mail", {"mail"}), ("all", {"event", "mail"})])
def test_what_is_dead_is_sent_again(capsys, which, retried):
    dead = {"event": dead_event(), "mail": dead_mail()}

    call_command("outbox", "retry", *(["--all"] if which == "all" else [str(dead[which].pk)]))

    for row in dead.values():
        row.refresh_from_db()
    assert {name for name, row in dead.items() if (row.status, row.attempts) == ("pending", 0)} == retried
    assert all(dead[name].due_at - timezone.now() < timedelta(seconds=1) for name in retried)
    assert capsys.readouterr().out == f"{len(retried)} will be sent again.\n"


@pytest.mark.parametrize("arguments", [["retry", "5"], ["retry"], ["retry", "x"], ["retry", "5", "--all"], []])
def test_a_retry_of_nothing_is_refused(arguments):
    dead_event()

    with pytest.raises(CommandError):
        call_command("outbox", *arguments)

    assert OutboxEvent.objects.get().status == "dead"


def test_a_service_client_is_made_shown_and_revoked(capsys):
    call_command("service_client", "add", " Photo printer ")
    told = capsys.readouterr().out.split()
    client_id, secret = told[1], told[3]
    call_command("service_client", "list")
    listed = capsys.readouterr().out

    assert clients.authenticated(client_id, secret) is not None
    assert re.fullmatch(rf"{client_id}  [\d-]+ [\d:]+  active  Photo printer\n", listed)
    assert secret not in listed

    call_command("service_client", "revoke", client_id)
    call_command("service_client", "revoke", client_id)

    assert capsys.readouterr().out == f"{client_id} is refused from now on.\n{client_id} was revoked before.\n"
    assert clients.authenticated(client_id, secret) is None


def test_the_id_of_a_service_client_is_never_taken_for_an_option(monkeypatch):
    monkeypatch.setattr("secrets.token_urlsafe", lambda size: "-" * size)

    call_command("service_client", "add", "Photo printer")

    assert re.fullmatch("[0-9a-f]{24}", ServiceClient.objects.get().pk)


@pytest.mark.parametrize("arguments", [["add", ""], ["add", "x" * 101], ["add", "a\nb"], ["revoke", "nobody"], []])
def test_a_service_client_that_makes_no_sense_is_refused(arguments):
    with pytest.raises(CommandError):
        call_command("service_client", *arguments)

    assert ServiceClient.objects.count() == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches(name):
    text = load_command_class(COMMANDS[name], name).create_parser("manage_auth.py", name).format_help()

    assert f"Examples:\n  manage_auth.py {name} " in text
    assert "Exit status:" in text


def test_without_mongodb_a_command_says_so_in_one_line(monkeypatch):
    def away(*_: object, **__: object) -> None:
        raise ServerSelectionTimeoutError("no primary")

    with monkeypatch.context() as patch:
        patch.setattr(EVERY_CALL_OF_MONGODB, away)
        with pytest.raises(CommandError, match="MongoDB does not answer") as refusal:
            call_command("end_sessions", "ada")

    assert refusal.value.returncode == 3


@pytest.mark.parametrize(
    ("command", "instead"), [("createsuperuser", "create_staff"), ("changepassword", "send a reset")]
)
def test_djangos_own_commands_point_to_ours(command, instead):
    with pytest.raises(CommandError, match=instead):
        call_command(command)


@pytest.mark.asvs("6.3.2")
def test_a_fresh_database_has_no_users():
    assert User.objects.count() == 0


def test_no_migration_is_missing(capsys):
    with contextlib.suppress(SystemExit):
        call_command("makemigrations", check=True, dry_run=True)

    assert capsys.readouterr().out == "No changes detected\n"
