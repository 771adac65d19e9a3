"""The commands that mend timelines."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from posts_project import sql
from tests.posts.conftest import JobRunner
from tests.posts.people import Person


def told(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue().strip()


def kept(someone: Person) -> list[str]:
    statement = "SELECT post_id FROM timeline WHERE owner_id = %(owner)s ORDER BY at DESC"
    return [str(row[0]) for row in sql.rows(statement, {"owner": someone.id})]


def spoil(someone: Person) -> None:
    sql.execute("DELETE FROM timeline WHERE owner_id = %(owner)s", {"owner": someone.id})


@pytest.mark.django_db(transaction=True)
def test_a_spoilt_timeline_is_made_anew_and_others_stay_as_they_are(ada: Person, bob: Person, cat: Person) -> None:
    for reader in (bob, cat):
        reader.follows(ada)
    posts = [ada.writes(f"Post {n}")["id"] for n in range(3)][::-1]
    spoil(bob)
    spoil(cat)
    assert bob.home() == []

    assert told("rebuild_timeline", "Bob") == "1 timelines made anew, 0 left to the worker."

    assert (kept(bob), bob.home()) == (posts, posts)
    assert kept(cat) == []


@pytest.mark.django_db(transaction=True)
def test_all_timelines_are_made_anew_and_queued_jobs_find_nothing_to_do(
    ada: Person, bob: Person, jobs: JobRunner
) -> None:
    bob.follows(ada)
    post = ada.writes("Hello")["id"]
    spoil(ada)
    spoil(bob)

    assert told("rebuild_timeline", "--all") == "2 timelines made anew, 0 left to the worker."

    assert kept(ada) == kept(bob) == [post]
    assert set(jobs.run()) == {"feeds.rebuild"}
    assert kept(ada) == kept(bob) == [post]


def test_a_dry_run_of_a_rebuild_changes_nothing(ada: Person, bob: Person, jobs: JobRunner) -> None:
    ada.writes("Hello")
    spoil(ada)

    assert told("rebuild_timeline", "--all", "--dry-run") == "2 timelines would be made anew."

    assert (kept(ada), jobs.queued()) == ([], [])


@pytest.mark.parametrize("name", ["nobody", "no such name", "\x00"])
def test_an_unknown_name_is_refused_before_anything_is_done(name: str, ada: Person) -> None:
    post = ada.writes("Hello")["id"]

    with pytest.raises(CommandError, match="There is no profile"):
        told("rebuild_timeline", "ada", name)

    assert kept(ada) == [post]


def test_timelines_are_trimmed_and_still_read_to_the_end(ada: Person, settings: Any) -> None:
    posts = [ada.writes(f"Post {n}")["id"] for n in range(5)][::-1]
    settings.TIMELINE_ENTRIES = 2

    assert told("trim_timelines", "--dry-run") == "3 entries of 1 timelines would go."
    assert kept(ada) == posts
    assert told("trim_timelines") == "3 entries of 1 timelines went."
    assert told("trim_timelines") == "0 entries of 1 timelines went."

    assert kept(ada) == posts[:2]
    assert ada.home() == posts


@pytest.mark.parametrize("command", ["rebuild_timeline", "trim_timelines"])
def test_help_has_examples_and_exit_codes(command: str, capsys: Any) -> None:
    with pytest.raises(SystemExit):
        call_command(command, "--help")

    help_text = capsys.readouterr().out
    assert f"manage_posts.py {command}" in help_text
    assert "Exit status:" in help_text
