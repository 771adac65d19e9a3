"""Taking one's data along."""

import json
import zipfile
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from auth_project.accounts.files import delete_stale
from auth_project.accounts.models import Export, StaleFile
from auth_project.accounts.services import exports
from auth_project.posts_client import PostsFile
from auth_project.worker.exports import SECTIONS, make_due
from shared.remote_errors import RemoteRefused, RemoteUnavailable
from shared.wire import timestamp
from tests.auth.conftest import SignedIn, sign_in
from tests.auth.explain import plan_of
from tests.auth.fakes import PASSWORD, FakePosts, make_user
from tests.auth.letters import told
from tests.pictures import FORM, form, picture

PATH = "/api/v1/users/me/export"
LIKES = [PostsFile(name=f"likes-000{n}.json", about="Likes.", content=[{"post_id": str(n)}]) for n in (1, 2)]
PINS = PostsFile(name="pins-0001.json", about="Pins.", content=[])


@pytest.fixture(autouse=True)
def _alone(posts: FakePosts, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """With Posts as a fake, and no other test's files."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("auth_project.worker.exports.posts_client", lambda: posts)
    monkeypatch.setattr("auth_project.worker.exports.PAUSES_SECONDS", ())


def ask(who: SignedIn) -> str:
    response = who.api.post(PATH)
    assert response.status_code == 202
    return str(response["Location"])


def archive(response: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(response.getvalue())) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_the_files_of_pictures_are_in_it_byte_by_byte(ada, posts):
    posts.pictures = {"5": [b"\x89PNG", b"\x00" * 9, b"end"], "6": [b"one"], "7": []}
    path = ask(ada)

    assert make_due(now=timezone.now()) == 1

    found = archive(ada.api.get(path))
    pictures = {name: content for name, content in found.items() if name.startswith("posts/pictures/")}
    assert pictures == {"posts/pictures/5.png": b"\x89PNG" + b"\x00" * 9 + b"end", "posts/pictures/6.png": b"one"}
    assert found["README.txt"].count(b"posts/pictures/\n") == 1


def test_beyond_what_an_archive_may_hold_pictures_are_named_and_left_out(ada, posts, monkeypatch):
    posts.pictures = {"5": [b"12345"], "6": [b"1"], "7": [b"1"]}
    monkeypatch.setattr("auth_project.worker.exports.MOST_PICTURES_BYTES", 6)
    path = ask(ada)
    make_due(now=timezone.now())

    found = archive(ada.api.get(path))

    assert {name for name in found if "pictures/" in name} == {"posts/pictures/5.png", "posts/pictures/6.png"}
    assert json.loads(found["posts/pictures_left_out.json"]) == ["7.png"]


def test_a_picture_without_end_makes_no_archive(ada, posts, monkeypatch):
    posts.pictures = {"5": [b"1" * 10] * 3}
    monkeypatch.setattr("auth_project.worker.exports.MOST_PICTURE_BYTES", 20)
    ask(ada)

    assert make_due(now=timezone.now()) == 0
    assert not stored()


def test_the_lease_is_renewed_while_files_come(ada, posts, monkeypatch):
    posts.pages, posts.pictures = [[LIKES[0]]], {"5": [b"1"]}
    ask(ada)
    now = timezone.now() - exports.LEASE / 2
    Export.objects.update(due_at=now)
    monkeypatch.setattr(exports, "RENEW_SECONDS", 0.0)
    piece, leases = posts.picture_piece, []

    def looked_at(**asked: Any) -> Any:
        leases.append(Export.objects.get().due_at)
        return piece(**asked)

    monkeypatch.setattr(posts, "picture_piece", looked_at)

    assert make_due(now=now) == 1

    assert leases[0] > now + exports.LEASE + timedelta(minutes=2)


def test_asking_answers_where_it_will_be(ada):
    response = ada.api.post(PATH)

    export = Export.objects.get()
    assert response.json() == {
        "id": str(export.pk),
        "status": "pending",
        "requested_at": response.json()["requested_at"],
        "expires_at": None,
    }
    assert response["Location"] == f"{PATH}/{export.pk}"


def test_until_it_is_made_one_is_told_to_come_back(ada):
    response = ada.api.get(ask(ada))

    assert (response.status_code, response.json()["status"]) == (202, "pending")
    assert response["Retry-After"] == "1"


def test_the_archive_has_all_that_is_kept_and_no_secret():
    ada = sign_in(make_user("ada", bio="a bio", email_verified=True))
    ada.api.send("PATCH", "/api/v1/users/me", form(("avatar", "a.png", picture())), FORM)
    path = ask(ada)

    assert make_due(now=timezone.now()) == 1
    response = ada.api.get(path)

    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert response["Content-Disposition"] == f'attachment; filename="export-{path.rpartition("/")[2]}.zip"'
    assert response["Cache-Control"] == "no-store"
    files = archive(response)
    assert {"account.json", "avatar.webp", "sessions.json"} <= set(files)
    account = json.loads(files["account.json"])
    assert (account["id"], account["username"], account["email"], account["bio"]) == (
        str(ada.user.pk), "ada", "ada@example.com", "a bio",
    )  # fmt: skip
    assert json.loads(files["sessions.json"])[0]["user_agent"] == "pytest"
    assert files["avatar.webp"].startswith(b"RIFF")
    for content in files.values():
        for secret in (b"argon2", b"token_hash", ada.tokens.refresh.encode(), PASSWORD.encode()):
            assert secret not in content


def test_what_posts_has_is_in_it_page_by_page(ada, posts):
    posts.pages = [[LIKES[0]], [LIKES[1], PINS], []]
    path = ask(ada)

    made_at = timezone.now()
    make_due(now=made_at)

    files = archive(ada.api.get(path))
    assert posts.asked == [None, "1", "2"]
    assert {name: json.loads(content) for name, content in files.items() if name.startswith("posts/")} == {
        "posts/likes-0001.json": [{"post_id": "1"}],
        "posts/likes-0002.json": [{"post_id": "2"}],
        "posts/pins-0001.json": [],
    }


def test_it_says_what_its_files_are_and_when_it_was_made(ada, posts):
    posts.pages = [[LIKES[0]]]
    path = ask(ada)
    made_at = timezone.now()
    make_due(now=made_at)

    files = archive(ada.api.get(path))

    text = files.pop("README.txt").decode()
    assert text.startswith(f"All that is kept of @ada, made at {timestamp(made_at)}.\n")
    assert "\nposts/likes-0001.json\n    Likes.\n" in text
    assert all(f"\n{name}\n    " in text for name in files)


def test_who_takes_archives_alone_gets_one(ada):
    path = ask(ada)
    assert ada.api.get(path, Accept="application/zip").status_code == 202

    make_due(now=timezone.now())

    assert archive(ada.api.get(path, Accept="application/zip"))
    assert ada.api.get(f"{PATH}/5", Accept="application/zip")["Content-Type"] == "application/problem+json"


def test_the_owner_is_told_without_a_link_that_others_could_follow(ada):
    ask(ada)
    make_due(now=timezone.now())

    assert told() == [("ada@example.com", "Social: your data is ready")]


def test_nobody_else_gets_it(ada, api):
    path = ask(ada)
    make_due(now=timezone.now())
    eve = sign_in(make_user("eve", is_superuser=True))

    assert eve.api.get(path).json()["code"] == "not_found"
    assert api.get(path).json()["code"] == "not_authenticated"


@pytest.mark.parametrize("fault", [RemoteUnavailable("posts: away"), RemoteRefused(404, "not_found")])
def test_while_posts_is_away_it_waits_with_growing_pauses(ada, posts, monkeypatch, fault):
    path = ask(ada)
    asked_at = Export.objects.get().requested_at

    def is_away(**_: Any) -> None:
        raise fault

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(posts, "export_page", is_away)
        for after, pause in ((0, 1), (40, 10), (1_200, 300), (86_400, 300)):
            assert make_due(now=asked_at + timedelta(seconds=after)) == 0
            assert Export.objects.get().due_at == asked_at + timedelta(seconds=after + pause)

    assert (ada.api.get(path).status_code, told()) == (202, [])
    assert not stored()
    assert make_due(now=timezone.now() + timedelta(days=2)) == 1
    assert len(told()) == 1


def test_one_that_ends_in_the_middle_begins_anew(ada, posts, monkeypatch):
    posts.pages = [[LIKES[0]], [LIKES[1]]]
    path = ask(ada)
    answers = posts.export_page

    def fails_once(**asked: Any) -> Any:
        if asked["cursor"] == "1" and posts.asked.count(None) == 1:
            raise RemoteUnavailable("posts: away")
        return answers(**asked)

    monkeypatch.setattr(posts, "export_page", fails_once)
    assert make_due(now=timezone.now()) == 0
    assert make_due(now=timezone.now() + exports.SHORTEST_PAUSE) == 1

    assert posts.asked == [None, None, "1"]
    names = [name for name in archive(ada.api.get(path)) if name.startswith("posts/")]
    assert names == ["posts/likes-0001.json", "posts/likes-0002.json"]


def test_a_page_that_fails_once_is_asked_for_again(ada, posts, monkeypatch):
    posts.pages = [[LIKES[0]], [LIKES[1]]]
    ask(ada)
    monkeypatch.setattr("auth_project.worker.exports.PAUSES_SECONDS", (0.0,))
    answers, failed = posts.export_page, []

    def fails_once(**asked: Any) -> Any:
        if asked["cursor"] == "1" and not failed:
            failed.append(True)
            raise RemoteUnavailable("posts: too slow")
        return answers(**asked)

    monkeypatch.setattr(posts, "export_page", fails_once)

    assert make_due(now=timezone.now()) == 1
    assert (failed, posts.asked) == ([True], [None, "1"])


def test_files_of_one_name_make_no_archive(ada, posts):
    posts.pages = [[LIKES[0]], [LIKES[0]]]
    ask(ada)

    assert make_due(now=timezone.now()) == 0
    assert not stored()


def test_putting_it_off_takes_it_from_no_other_worker(ada, posts):
    ask(ada)
    now = timezone.now()
    slow = exports._claim(now)
    other = exports._claim(now + exports.LEASE)
    posts.is_down = True

    assert exports._make(slow, SECTIONS, now) is False

    assert Export.objects.get().due_at == other.due_at


def test_who_is_erased_meanwhile_gets_none(ada, posts):
    ask(ada)
    export = exports._claim(timezone.now())

    def erases(user: Any) -> list[Any]:
        assert ada.api.delete("/api/v1/users/me", {"password": PASSWORD}).status_code == 202
        return []

    assert exports._make(export, [*SECTIONS, erases], timezone.now()) is False

    assert not Export.objects.exists()
    assert not stored()
    assert "Social: your data is ready" not in [subject for _, subject in told()]


def test_what_a_worker_stored_before_it_died_is_deleted(ada, monkeypatch):
    now, orphan = dies_at_the_end(ada, monkeypatch)

    assert make_due(now=now + exports.LEASE) == 1
    delete_stale(now=now + exports.LEASE + exports.UNFINISHED_FOR)

    assert stored() == {Export.objects.get().file}
    assert orphan not in stored()
    assert not StaleFile.objects.exists()


def test_it_goes_at_once_with_whom_it_is_of(ada, monkeypatch):
    _, orphan = dies_at_the_end(ada, monkeypatch)

    assert ada.api.delete("/api/v1/users/me", {"password": PASSWORD}).status_code == 202
    assert stored() == {orphan}
    delete_stale(now=timezone.now())

    assert (stored(), StaleFile.objects.count()) == (set(), 0)


def dies_at_the_end(ada: SignedIn, monkeypatch: pytest.MonkeyPatch) -> tuple[datetime, str]:
    """A worker dies when it has stored an archive of `ada`, and before anybody knows of it: when, and its file."""

    def dies(*_: Any) -> None:
        raise SystemExit

    ask(ada)
    now = timezone.now()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(exports, "_finish", dies)
        with pytest.raises(SystemExit):
            make_due(now=now)
    (orphan,) = stored()
    return now, orphan


def stored() -> set[str]:
    """The names of all archives on the disk."""
    if not default_storage.exists("exports"):
        return set()
    return {f"exports/{name}" for name in default_storage.listdir("exports")[1]}


@pytest.mark.parametrize("export_id", ["1", "0", "-1", "x", str(2**63), "9" * 30, "..", "%00"])
def test_another_id_is_not_found(ada, export_id):
    assert ada.api.get(f"{PATH}/{export_id}").status_code in (400, 404)


def test_it_is_there_for_a_day_and_then_deleted(ada):
    path = ask(ada)
    made_at = timezone.now()
    make_due(now=made_at)
    file = Export.objects.get().file

    assert exports.purge_exports(now=made_at + timedelta(hours=23)) == 0
    assert exports.purge_exports(now=made_at + timedelta(hours=25)) == 1
    delete_stale(now=made_at + timedelta(hours=25))

    assert not default_storage.exists(file)
    assert ada.api.get(path).status_code == 404


def test_after_its_day_it_is_refused_even_before_it_is_deleted(ada):
    path = ask(ada)
    make_due(now=timezone.now() - timedelta(hours=25) + exports.LEASE)
    Export.objects.update(due_at=timezone.now() - timedelta(hours=30))
    make_due(now=timezone.now() - timedelta(hours=25))

    assert ada.api.get(path).status_code == 404


def test_asking_again_while_it_is_made_gives_the_same(ada):
    assert ask(ada) == ask(ada)
    assert Export.objects.count() == 1


def test_asking_is_limited(ada):
    assert [ada.api.post(PATH).status_code for _ in range(6)] == [202] * 5 + [429]


def test_what_a_dead_worker_began_is_made_when_its_lease_is_over(ada):
    ask(ada)
    now = timezone.now()
    assert exports._claim(now) is not None

    assert make_due(now=now + timedelta(seconds=1)) == 0
    assert make_due(now=now + exports.LEASE) == 1


def test_one_that_fails_does_not_keep_the_others(ada):
    eve = sign_in(make_user("eve"))
    ask(ada)
    path = ask(eve)

    def breaks_for_ada(user: Any) -> list[Any]:
        if user.username == "ada":
            raise RuntimeError("no such section")
        return []

    assert exports.make_due(sections=[*SECTIONS, breaks_for_ada], now=timezone.now()) == 1
    assert archive(eve.api.get(path))


def test_two_workers_make_one_archive(ada):
    ask(ada)
    first = exports._claim(timezone.now())
    second = Export.objects.get()

    assert exports._make(first, SECTIONS, timezone.now()) is True
    assert exports._make(second, SECTIONS, timezone.now()) is False
    assert len(told()) == 1


def test_archives_are_found_by_an_index(ada):
    ask(ada)

    for queryset in (Export.objects.filter(due_at__lte=timezone.now()), Export.objects.filter(pk=1, user_id=2)):
        stages, examined = plan_of(queryset)
        assert "COLLSCAN" not in stages
        assert examined <= 1
