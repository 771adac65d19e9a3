"""Pictures of hidden posts: the addresses that were told before lead nowhere."""

from pathlib import Path
from typing import Any

from django.utils import timezone

from posts_project.media.models import Medium, StaleFile
from posts_project.media.services import moving, removal
from tests.posts.media.forms import uploads
from tests.posts.media.test_media import file_at
from tests.posts.media.test_removal import stored
from tests.posts.moderation.deciding import decided, taken_back
from tests.posts.people import Person, Visitor


def addresses(media: dict[str, Any]) -> list[str]:
    return [media["url"], media["thumbnail_url"]]


def statuses(urls: list[str]) -> set[int]:
    return {file_at(url).status_code for url in urls}


def test_who_had_the_address_of_a_hidden_posts_picture_reads_it_no_more(
    ada: Person, anyone: Visitor, jobs: Any, folder: Path
) -> None:
    pictures = [uploads(ada), uploads(ada)]
    other = uploads(ada)
    post = ada.writes(media_ids=[one["id"] for one in pictures])
    old = [url for one in post["media"] for url in addresses(one)]
    content = file_at(old[0]).content
    assert statuses(old) == {200}

    decision = decided(ada, "hide_post", post)
    assert jobs.run() == ["media.move", "media.delete_stale", "media.delete_stale"]

    assert statuses(old) == {404}
    assert statuses(addresses(other)) == {200}
    seen = ada.get(f"/api/v1/posts/{post['id']}").json()["media"]
    assert [one["id"] for one in seen] == [one["id"] for one in pictures]
    assert file_at(seen[0]["url"]).content == content
    assert anyone.get(f"/api/v1/posts/{post['id']}").status_code == 404
    assert (len(stored(folder)), StaleFile.objects.count()) == (3, 0)

    taken_back(decision)

    assert jobs.run() == []
    assert anyone.get(f"/api/v1/posts/{post['id']}").json()["media"] == seen
    assert statuses([url for one in seen for url in addresses(one)]) == {200}


def test_a_post_without_pictures_has_none_to_move(ada: Person, jobs: Any) -> None:
    decided(ada, "hide_post", ada.writes("Words"))

    assert "media.move" not in jobs.queued()


def test_what_was_removed_while_it_was_moved_leaves_no_file(
    ada: Person, jobs: Any, folder: Path, monkeypatch: Any
) -> None:
    post = ada.writes(media_ids=[uploads(ada)["id"]])
    copy = moving.files.copy

    def slow(*names: str) -> bool:
        done = copy(*names)
        assert ada.delete(f"/api/v1/posts/{post['id']}").status_code == 204
        return done

    monkeypatch.setattr(moving.files, "copy", slow)

    assert moving.move_of_post(int(post["id"]), now=timezone.now()) == 0

    assert not Medium.objects.exists()
    removal.delete_stale(now=timezone.now() + 2 * moving.uploads.LONGEST_UPLOAD)
    assert stored(folder) == set()


def test_files_that_are_gone_already_are_no_fault(ada: Person, folder: Path) -> None:
    post = ada.writes(media_ids=[uploads(ada)["id"]])
    for path in folder.iterdir():
        path.unlink()

    assert moving.move_of_post(int(post["id"]), now=timezone.now()) == 0
