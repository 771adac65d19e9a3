"""`export_user`: the archive of somebody, for an operator."""

import json
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from auth_project.accounts.models import Export
from auth_project.mail.models import Mail
from auth_project.posts_client import PostsFile
from tests.auth.fakes import FakePosts, make_user

PINS = PostsFile(name="pins-0001.json", about="Pins.", content=[{"post_id": "1"}])


@pytest.fixture(autouse=True)
def _with_pins(posts: FakePosts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    posts.pages = [[PINS]]
    monkeypatch.setattr("auth_project.worker.exports.posts_client", lambda: posts)
    monkeypatch.setattr("auth_project.worker.exports.PAUSES_SECONDS", ())
    monkeypatch.chdir(tmp_path)


def test_it_is_the_archive_of_both_services_for_its_owner_alone(capsys, tmp_path):
    ada = make_user("ada")

    call_command("export_user", "ada@example.com")

    file = tmp_path / "export-ada.zip"
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        assert json.loads(archive.read("account.json"))["id"] == str(ada.pk)
        assert json.loads(archive.read("posts/pins-0001.json")) == [{"post_id": "1"}]
    assert names == {
        "posts/pins-0001.json", "account.json", "sessions.json", "passkeys.json", "audit.json", "README.txt",
    }  # fmt: skip
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    assert capsys.readouterr().out == "All that is held of ada is in export-ada.zip.\n"
    assert (Export.objects.count(), Mail.objects.count()) == (0, 0)


def test_a_file_that_is_there_is_never_written_over(tmp_path):
    make_user("ada")
    file = tmp_path / "mine.zip"
    file.write_text("mine")

    with pytest.raises(CommandError, match=r"mine\.zip cannot be written: File exists"):
        call_command("export_user", "ada", "--out", str(file))

    assert (file.read_text(), list(tmp_path.iterdir())) == ("mine", [file])


def test_while_posts_is_away_nothing_is_left(posts, tmp_path):
    make_user("ada")
    posts.is_down = True

    with pytest.raises(CommandError, match="Posts does not give its part"):
        call_command("export_user", "ada")

    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_shows_what_would_be_in_it(capsys, tmp_path):
    make_user("ada")

    call_command("export_user", "ada", "--dry-run")

    first, *others = capsys.readouterr().out.splitlines()
    assert first.split()[1] == "posts/pins-0001.json"
    assert [line.split()[1] for line in others] == [
        "account.json", "sessions.json", "passkeys.json", "audit.json", "README.txt",
    ]  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_nobody_has_no_archive():
    with pytest.raises(CommandError, match="There is no user eve"):
        call_command("export_user", "eve")
