"""What operators do at the command line."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from posts_project.moderation.management.commands import suspend_profile
from posts_project.moderation.models import AuditEntry, Case, Decision
from posts_project.profiles.models import Profile
from shared.operators import moment
from tests.posts.conftest import JobRunner
from tests.posts.contents import contents
from tests.posts.fakes import FakeAuthClient
from tests.posts.moderation.deciding import decided
from tests.posts.people import Person


def run(*words: str) -> str:
    said = StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


def refused(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        run(*words)
    return caught.value.returncode, str(caught.value)


def test_a_profile_is_suspended_and_reinstated(ada: Person, bob: Person, jobs: JobRunner, auth: FakeAuthClient) -> None:
    assert run("suspend_profile", "@Bob", "--reason", "Spam", "--category", "spam", "--until", "2126-12-31") == (
        "@bob is suspended until 2126-12-31 00:00 UTC; Auth is being told.\n"
    )
    decision = Decision.objects.get()
    assert (decision.kind, decision.reason, decision.text, decision.staff) == ("suspend", "spam", "Spam", None)
    assert ada.get("/api/v1/profiles/bob").status_code == 404
    assert Case.objects.get().closed_at is not None
    assert set(AuditEntry.objects.values_list("staff_id", flat=True)) == {None}

    assert run("reinstate_profile", "bob") == "@bob is reinstated; Auth is being told.\n"
    assert ada.get("/api/v1/profiles/bob").status_code == 200
    jobs.run()
    assert [event.type for event in auth.told] == ["profile.reinstated"] * 2


def test_a_dry_run_changes_nothing(bob: Person) -> None:
    before = contents()
    assert run("suspend_profile", "bob", "--reason", "Spam", "--dry-run") == (
        "@bob would be suspended until reinstated. Nothing was done.\n"
    )
    assert contents() == before

    decided(bob, "suspend")
    before = contents()
    assert run("suspend_profile", "bob", "--reason", "x", "--dry-run") == (
        "@bob is suspended already; Auth would be told again.\n"
    )
    assert run("reinstate_profile", "bob", "--dry-run") == "@bob would be reinstated. Nothing was done.\n"
    assert contents() == before


def test_of_who_is_suspended_auth_is_told_again(bob: Person, jobs: JobRunner, auth: FakeAuthClient) -> None:
    decided(bob, "suspend")
    jobs.run()

    assert run("suspend_profile", "bob", "--reason", "x") == "@bob is suspended already; Auth is told again.\n"

    jobs.run()
    assert [event.sequence for event in auth.told] == [1, 1]
    assert Decision.objects.count() == 1


def test_nothing_to_take_back_is_said(bob: Person) -> None:
    assert run("reinstate_profile", "bob") == "@bob is not suspended here; nothing was done.\n"

    bob.becomes(state="suspended")

    assert run("reinstate_profile", "bob").endswith("Auth says that it is: see manage_auth.py.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["suspend_profile", "nobody", "--reason", "x"], "There is no profile nobody here."),
        (["reinstate_profile", "nobody"], "There is no profile nobody here."),
        (["suspend_profile", "bob", "--reason", " "], "--reason must say something"),
        (["suspend_profile", "bob", "--reason", "x" * 2_001], "--reason must say something"),
        (["suspend_profile", "bob", "--reason", "x", "--until", "2001-01-01"], "--until must lie in the future."),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(words: list[str], said: str, bob: Person) -> None:
    returncode, message = refused(*words)

    assert returncode == 1
    assert message.startswith(said)
    assert Profile.objects.get(id=bob.id).state == "active"


def test_staff_are_not_suspended_by_command(bob: Person) -> None:
    from posts_project.staff.models import StaffUser

    StaffUser.objects.create(id=bob.id, username="bob@auth", is_staff=True)

    assert refused("suspend_profile", "bob", "--reason", "x") == (
        1,
        "Staff are suspended by administrators, in Auth.",
    )


def test_a_database_that_is_away_is_its_own_status(bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(name: str) -> Any:
        raise OperationalError("down")

    monkeypatch.setattr(suspend_profile, "profile_named", away)

    assert refused("suspend_profile", "bob", "--reason", "x")[0] == 3


@pytest.mark.parametrize("command", ["suspend_profile", "reinstate_profile"])
def test_help_teaches(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(command, "--help")

    said = capsys.readouterr().out
    assert caught.value.code == 0
    assert f"  manage_posts.py {command} eve" in said
    assert "Exit status:\n  0  done" in said
    assert "--settings" not in said


def test_a_moment_is_of_utc_unless_it_says_otherwise() -> None:
    assert moment("2026-12-31") == datetime(2026, 12, 31, tzinfo=UTC)
    assert moment("2026-12-31T18:00+02:00").utcoffset() == timedelta(hours=2)
    with pytest.raises(Exception, match="must be a date"):
        moment("tomorrow")
