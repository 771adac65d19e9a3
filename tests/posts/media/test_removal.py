"""Pictures that go: with their posts, with their owner, or as nobody used them. Their files never stay behind."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.utils import timezone

from posts_project.drafts import selectors as drafts
from posts_project.media import files
from posts_project.media.models import Medium, StaleFile
from posts_project.media.services import removal
from posts_project.media.services import uploads as uploading
from posts_project.worker import exports
from posts_project.worker.tasks import remove_unused_media
from shared.events import UserErased
from shared.snowflakes import least_id_at
from tests.posts.events.test_inbox import deliver, event
from tests.posts.media.forms import form, send, uploads
from tests.posts.people import Person

TOMORROW = timedelta(days=1, minutes=1)


def stored(folder: Path) -> set[str]:
    """Stems of the files that are there."""
    return {path.name[:32] for path in folder.iterdir()}


def age(medium: dict[str, Any], by: timedelta = TOMORROW) -> str:
    """The picture was uploaded so long ago; its id."""
    number = least_id_at(timezone.now() - by) + int(medium["id"]) % 2_000_000
    Medium.objects.filter(id=medium["id"]).update(id=number)
    return str(number)


def test_a_deleted_post_takes_its_pictures_and_no_others(ada: Person, folder: Path, jobs: Any) -> None:
    used, free = uploads(ada), uploads(ada)
    post = ada.writes(media_ids=[used["id"]])

    assert ada.delete(f"/api/v1/posts/{post['id']}").status_code == 204

    assert ada.get(f"/api/v1/media/{used['id']}").status_code == 404
    assert len(stored(folder)) == 2
    assert jobs.run() == ["media.delete_stale"]
    assert stored(folder) == {Medium.objects.get(id=free["id"]).stem}


def test_a_deletion_that_is_undone_leaves_the_files(ada: Person, folder: Path, jobs: Any, monkeypatch: Any) -> None:
    post = ada.writes(media_ids=[uploads(ada)["id"]])
    monkeypatch.setattr("posts_project.posts.services.edit.publish", lambda fact: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        ada.delete(f"/api/v1/posts/{post['id']}")

    assert (jobs.run(), len(stored(folder)), Medium.objects.count()) == ([], 1, 1)


def test_a_job_that_dies_leaves_the_rest_to_the_next(ada: Person, folder: Path, jobs: Any, monkeypatch: Any) -> None:
    post = ada.writes(media_ids=[uploads(ada)["id"], uploads(ada)["id"]])
    ada.delete(f"/api/v1/posts/{post['id']}")
    whole = files.delete
    left = [1]

    def once(stem: str) -> None:
        if not left:
            raise ConnectionError
        left.pop()
        whole(stem)

    with monkeypatch.context() as patch:
        patch.setattr(files, "delete", once)
        with pytest.raises(ConnectionError):
            removal.delete_stale(now=timezone.now())
    assert StaleFile.objects.count() == len(stored(folder)) == 1

    removal.delete_stale(now=timezone.now())

    assert (stored(folder), StaleFile.objects.count()) == (set(), 0)


def test_an_upload_that_fails_midway_leaves_no_file(ada: Person, folder: Path, monkeypatch: Any) -> None:
    """Its files are there, its row is not; with and without a key."""
    monkeypatch.setattr(uploading.Medium.objects, "create", lambda **values: 1 / 0)
    for headers in ({}, {"Idempotency-Key": "k"}):
        with pytest.raises(ZeroDivisionError):
            send(ada, form(), **headers)
    assert (len(stored(folder)), StaleFile.objects.count()) == (2, 2)
    assert removal.delete_stale(now=timezone.now()) == 0

    removal.delete_stale(now=timezone.now() + timedelta(hours=1, minutes=1))

    assert (stored(folder), StaleFile.objects.count()) == (set(), 0)


def test_what_nobody_used_for_a_day_goes(ada: Person, bob: Person, folder: Path) -> None:
    old, fresh, used = uploads(ada), uploads(ada), uploads(bob)
    bob.writes(media_ids=[used["id"]])
    old, kept = age(old), {age(used), fresh["id"]}

    remove_unused_media.func(0)

    assert set(map(str, Medium.objects.values_list("id", flat=True))) == kept
    assert removal.delete_stale(now=timezone.now()) == 1
    assert len(stored(folder)) == 2


def test_what_a_draft_or_a_scheduled_post_wants_stays(ada: Person, bob: Person) -> None:
    numbers = [age(uploads(ada)) for _ in range(4)]
    ada.post("/api/v1/drafts", {"media_ids": numbers[:2]})
    ada.post("/api/v1/drafts", {"text": "without"})
    later = (timezone.now() + timedelta(days=30)).isoformat()
    assert ada.post("/api/v1/posts", {"media_ids": numbers[2:3], "scheduled_at": later}).status_code == 202

    assert removal.remove_unused(wanted=drafts.wanted, now=timezone.now()) == 1

    assert sorted(map(str, Medium.objects.values_list("id", flat=True))) == sorted(numbers[:3])


def test_what_stays_does_not_hide_what_goes(ada: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(removal, "BATCH", 2)
    for _ in range(5):
        age(uploads(ada))
    spared = set(Medium.objects.order_by("id").values_list("id", flat=True)[:3])

    assert removal.remove_unused(wanted=lambda found: spared, now=timezone.now()) == 2
    assert set(Medium.objects.values_list("id", flat=True)) == spared


def test_with_its_owner_all_goes_before_anybody_is_told(ada: Person, bob: Person, folder: Path, jobs: Any) -> None:
    ada.writes(media_ids=[uploads(ada)["id"]])
    uploads(ada)
    theirs = uploads(bob, alt_text="Seen with @ada there")

    deliver(event(UserErased(user_id=ada.id), ada.id, 2))
    assert "worker.tell_erased" in jobs.run()

    assert stored(folder) == set(Medium.objects.values_list("stem", flat=True))
    [left] = Medium.objects.all()
    assert (str(left.id), left.alt_text) == (theirs["id"], "Seen with @••• there")


def test_the_archive_has_them_with_their_addresses(ada: Person, bob: Person) -> None:
    one, two = uploads(ada, alt_text="An otter", focus="0,1"), uploads(ada)
    uploads(bob)
    post = ada.writes(media_ids=[two["id"]])

    section = next(place for place, one in enumerate(exports.SECTIONS) if one.name == "media")
    cursor = exports.Cursor(user_id=ada.id, section=section).sealed()
    [file] = exports.page(user_id=ada.id, cursor=cursor).files

    rows = orjson.loads(orjson.dumps(file["content"]))
    assert [row["url"] for row in rows] == [one["url"], two["url"]]
    assert [(row["alt_text"], row["focus"], row["post_id"]) for row in rows] == [
        ("An otter", "0,1", None), ("", None, post["id"]),
    ]  # fmt: skip
