"""`export_profile`: all that is held of one person, for those who run the service."""

import json
import stat
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from posts_project.worker import exports
from tests.posts.people import Person
from tests.posts.worker.test_exports import told, write


def run(*options: Any) -> str:
    out = StringIO()
    call_command("export_profile", *map(str, options), stdout=out)
    return out.getvalue()


def sections(lines: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {section.name: [] for section in exports.SECTIONS}
    for line in lines.splitlines():
        entry = json.loads(line)
        found[entry["section"]].append(entry["row"])
    return found


def test_it_tells_what_auth_is_told(ada: Person, bob: Person) -> None:
    ada.writes('A line\nand "another" of #Ünïcode 👍')
    ada.follows(bob)
    write(ada, 1_100, text="x")

    assert sections(run("Ada")) == told(ada.id) == sections(run(ada.id))


def test_a_file_is_whole_and_for_its_owner_alone(ada: Person, tmp_path: Path) -> None:
    ada.writes("Hello")
    path = tmp_path / "ada.jsonl"

    assert run("ada", "--to", path) == f"3 rows of ada written to {path}.\n"

    assert path.read_text() == run("ada")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_there_is_never_written_over(ada: Person, tmp_path: Path) -> None:
    path = tmp_path / "ada.jsonl"
    path.write_text("mine")

    with pytest.raises(CommandError, match="File exists") as refusal:
        run("ada", "--to", path)

    assert refusal.value.returncode == 1
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_broken_off_leaves_no_file(ada: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: int) -> Any:
        yield exports.SECTIONS[0], ["{}"]
        raise KeyboardInterrupt

    monkeypatch.setattr(exports, "everything", interrupted)

    with pytest.raises(KeyboardInterrupt):
        run("ada", "--to", tmp_path / "ada.jsonl")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["missing/ada.jsonl", "."])
def test_a_place_that_cannot_be_written_is_said(path: str, ada: Person, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        run("ada", "--to", tmp_path / path)


@pytest.mark.parametrize("name", ["nobody", "no such name", "0", "9" * 40, "\x00", "\ud800"])
def test_an_unknown_name_is_refused(name: str, ada: Person) -> None:
    with pytest.raises(CommandError, match="There is no profile") as refusal:
        run(name)

    assert refusal.value.returncode == 1


def test_somebody_who_is_away_is_still_found(ada: Person) -> None:
    ada.becomes(state="suspended")

    assert sections(run("ada"))["profile"][0]["state"] == "suspended"


def test_help_has_examples_and_exit_codes(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        call_command("export_profile", "--help")

    help_text = capsys.readouterr().out
    assert "manage_posts.py export_profile" in help_text
    assert "Exit status:" in help_text
