"""`erase_user`: the same erasure as a user's own, begun by an operator."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from auth_project.accounts.management.commands import erase_user
from auth_project.accounts.models import Erasure, User
from auth_project.accounts.services import erasure, profile
from auth_project.events.models import OutboxEvent
from auth_project.tokens import receipts
from auth_project.transactions import run_in_txn
from shared.wire import timestamp
from tests.auth.conftest import sign_in
from tests.auth.fakes import make_user
from tests.auth.letters import delivered

REASON = ("--reason", "You asked us to by letter")


def completed(user_id: int) -> None:
    run_in_txn(lambda: erasure.complete(user_id=user_id, receipt=receipts.sign, now=timezone.now()))


@pytest.fixture
def terminal(monkeypatch):
    """Where somebody sits who types that."""

    def types(text: str) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        monkeypatch.setattr("sys.stdin", Terminal(text + "\n"))

    return types


def test_it_does_what_a_users_own_erasure_does_and_tells_them_why(capsys):
    ada = sign_in(make_user("ada"))

    call_command("erase_user", "ada@example.com", *REASON, "--yes")

    begun = Erasure.objects.get()
    assert capsys.readouterr().out == (
        f"ada ({ada.user.pk}) is erased here.\n"
        f"Erasure {begun.public_id}: pending since {timestamp(begun.requested_at)}.\n"
    )
    assert not User.objects.exists()
    assert [event.type for event in OutboxEvent.objects.order_by("sequence")] == ["tokens.revoked", "user.erased"]
    assert ada.api.get("/api/v1/users/me").json()["code"] == "token_revoked"
    (letter,) = delivered()
    assert letter.to == ["ada@example.com"]
    assert "by those who run Social: You asked us to by letter" in str(letter.body)
    assert "as you asked" not in str(letter.body)


def test_by_the_id_one_sees_what_became_of_it(capsys):
    ada = make_user("ada")
    call_command("erase_user", "ada", *REASON, "--yes")
    capsys.readouterr()

    call_command("erase_user", str(ada.pk), *REASON)
    assert ": pending since " in capsys.readouterr().out
    completed(ada.pk)
    call_command("erase_user", str(ada.pk), *REASON, "--wait")

    done = Erasure.objects.get()
    assert capsys.readouterr().out == (
        f"Erasure {done.public_id}: completed at {timestamp(done.completed_at)}.\n{done.receipt}\n"
    )
    assert done.receipt.count(".") == 2


def test_it_waits_for_the_receipt(capsys, monkeypatch):
    ada = make_user("ada")
    monkeypatch.setattr(erase_user.time, "sleep", lambda _: completed(ada.pk))

    call_command("erase_user", "ada", *REASON, "--yes", "--wait")

    assert Erasure.objects.get().receipt in capsys.readouterr().out


def test_it_does_not_wait_for_ever(monkeypatch):
    make_user("ada")
    monkeypatch.setattr(erase_user, "WAIT_SECONDS", 0)

    with pytest.raises(CommandError, match="Posts has not done its part yet"):
        call_command("erase_user", "ada", *REASON, "--yes", "--wait", stdout=io.StringIO())

    assert Erasure.objects.count() == 1


def test_a_name_that_was_erased_or_given_up_is_named_so():
    ada = make_user("ada")
    profile.update(user_id=ada.pk, username="ada_l")
    call_command("erase_user", "ada_l", *REASON, "--yes", stdout=io.StringIO())

    for name in ("Ada", "ada_l"):
        with pytest.raises(CommandError, match=f"Nobody is called {name} any more"):
            call_command("erase_user", name, *REASON, "--yes")
    assert Erasure.objects.count() == 1


@pytest.mark.parametrize("role", ["is_staff", "is_superuser"])
def test_staff_are_refused(role):
    make_user("sam", **{role: True})

    with pytest.raises(CommandError, match="would have no author"):
        call_command("erase_user", "sam", *REASON, "--yes")

    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["nobody", *REASON, "--yes"], "There is no user nobody"),
        (["5", *REASON, "--yes"], "There is no user 5"),
        (["ada", "--reason", " ", "--yes"], "must say something"),
        (["ada", "--reason", "x" * 501, "--yes"], "must say something"),
        (["ada", "--yes"], "--reason"),
        (["ada", *REASON], "Nobody is there to ask"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, fault):
    make_user("ada")

    with pytest.raises(CommandError, match=fault):
        call_command("erase_user", *arguments)

    assert User.objects.count() == 1


def test_it_asks_first(terminal, capsys):
    make_user("ada")
    terminal("yes")
    with pytest.raises(CommandError, match="Nothing was done"):
        call_command("erase_user", "ada", *REASON)
    assert User.objects.count() == 1

    terminal("ada")
    call_command("erase_user", "ada", *REASON)

    assert User.objects.count() == 0


def test_a_dry_run_only_names_them(capsys):
    ada = make_user("ada")

    call_command("erase_user", "ada", *REASON, "--dry-run")

    assert capsys.readouterr().out == f"ada ({ada.pk}), here since {timestamp(ada.created_at)}, would be erased.\n"
    assert User.objects.count() == 1


def test_a_number_that_means_two_people_is_refused():
    ada = make_user("ada")
    make_user(str(ada.pk))

    with pytest.raises(CommandError, match="the username of one and the id of another"):
        call_command("erase_user", str(ada.pk), *REASON, "--yes")

    assert User.objects.count() == 2
