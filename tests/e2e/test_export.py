"""One archive of what both services hold of somebody, of nobody else, and whatever is down meanwhile."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest
import requests
from PIL import Image

from shared.public_api import Person
from tests.e2e.conftest import eventually

PATH = "/api/v1/users/me/export"


@pytest.fixture
def posts_is_down(stack):
    stack.stop("posts")
    running = []

    def come_back() -> None:
        running.append(True)
        stack.start("posts")

    yield come_back
    if not running:
        come_back()


def asked(person: Person) -> str:
    return f"{PATH}/{person.call('POST', PATH).expect(202).body['id']}"


def files(stack: Any, person: Person, path: str, *, seconds: float = 30.0) -> dict[str, bytes]:
    """Wait for the archive; what is in it."""
    eventually(lambda: person.call("GET", path).expect(200, 202).status == 200, seconds=seconds)
    headers = {"Authorization": f"Bearer {person.access}"}
    content = requests.get(stack.auth_url + path, headers=headers, timeout=10).content
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def set_picture(stack: Any, person: Person) -> None:
    picture = BytesIO()
    Image.new("RGB", (64, 64), "red").save(picture, "PNG")
    response = requests.patch(
        f"{stack.auth_url}/api/v1/users/me",
        files={"avatar": ("a.png", picture.getvalue(), "image/png")},
        headers={"Authorization": f"Bearer {person.access}"},
        timeout=10,
    )
    assert response.status_code == 200, response.text


def post(person: Person, text: str, **fields: Any) -> dict[str, Any]:
    return person.call("POST", "/api/v1/posts", {"text": text, **fields}).expect(201).body


def test_the_archive_has_what_both_services_hold_of_oneself_alone(ada, bob, stack):
    theirs, secret = post(bob, "Liked by Ada"), post(bob, "A secret of Bob's", visibility="mentioned")
    mine = [post(ada, "First #words"), post(ada, f"To @{bob.username}", in_reply_to=theirs["id"])]
    ada.call("PUT", f"/api/v1/posts/{theirs['id']}/like").expect(200)
    ada.call("PUT", f"/api/v1/profiles/{bob.username}/follow").expect(200)
    draft = ada.call("POST", "/api/v1/drafts", {"text": "Not yet"}).expect(201).body
    filtered = ada.call("POST", "/api/v1/filters", {"phrase": "spoilers"}).expect(201).body
    bob.call("PUT", f"/api/v1/profiles/{ada.username}/mute").expect(200)
    set_picture(stack, ada)

    found = files(stack, ada, asked(ada))

    content = {name: json.loads(text) for name, text in found.items() if name.endswith(".json")}
    assert (content["account.json"]["id"], content["account.json"]["email"]) == (ada.id, f"{ada.username}@example.org")
    assert found["avatar.webp"].startswith(b"RIFF")
    named = ("id", "text", "in_reply_to", "tags", "mentions", "created_at")
    assert [{name: row[name] for name in named} for row in content["posts/posts-0001.json"]] == [
        {name: one[name] for name in named} for one in mine
    ]
    assert [row["post_id"] for row in content["posts/likes-0001.json"]] == [theirs["id"]]
    followed = [{name: row[name] for name in ("id", "username")} for row in content["posts/following-0001.json"]]
    assert followed == [{"id": bob.id, "username": bob.username}]
    drafted = {"id": draft["id"], "post": {"text": "Not yet"}, "updated_at": draft["updated_at"]}
    assert content["posts/drafts-0001.json"] == [drafted]
    assert content["posts/filters-0001.json"] == [filtered]
    assert content["posts/mutes-0001.json"] == content["posts/followers-0001.json"] == []
    assert all(f"\n{name}\n" in found["README.txt"].decode() for name in found if name != "README.txt")
    for text in found.values():
        for private in (f"{bob.username}@", "A secret of Bob's", secret["id"], "Liked by Ada"):
            assert private.encode() not in text


@pytest.mark.slow
def test_an_archive_asked_for_while_posts_is_down_comes_when_it_is_back(ada, stack, posts_is_down):
    path = asked(ada)

    with pytest.raises(AssertionError, match="in time"):
        eventually(lambda: ada.call("GET", path).expect(200, 202).status == 200, seconds=4)
    posts_is_down()

    assert json.loads(files(stack, ada, path)["posts/profile-0001.json"])[0]["username"] == ada.username


def test_an_archive_is_nobody_elses(ada, bob, api, stack):
    path = asked(ada)
    files(stack, ada, path)

    assert bob.call("GET", path).code == "not_found"
    assert ada.call("GET", f"{PATH}/190353203200000001").code == "not_found"
    assert api.call("GET", path).status == 401
