"""Following tags: public posts with them come home, each once, as if their authors were followed for these alone."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection

from posts_project import sql
from posts_project.feeds import home
from posts_project.feeds.services import owners, pulled
from posts_project.profiles.models import Profile
from posts_project.tags.models import TagFollow
from shared.snowflakes import MAX_ID
from tests.posts.parallel import at_once
from tests.posts.people import Person, Visitor

FOLLOWED = "/api/v1/tags/followed"


def follow(someone: Person, tag: str = "rain") -> None:
    response = someone.put(f"/api/v1/tags/{quote(tag)}/follow")
    assert response.status_code == 200, response.content


def names(someone: Person) -> list[str]:
    return [tag["name"] for tag in someone.get(FOLLOWED).json()["results"]]


def test_following_twice_is_as_once_in_any_spelling(ada: Person, bob: Person) -> None:
    answers = [ada.put(f"/api/v1/tags/{quote(tag)}/follow") for tag in ("Café", "#CAFÉ", "café")]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"name": "café", "following": True})
    ] * 3
    follow(ada, "rain")
    assert ada.get(FOLLOWED).json() == {
        "results": [{"name": "rain", "following": True}, {"name": "café", "following": True}],
        "next": None,
        "previous": None,
    }
    assert names(bob) == []

    answers = [ada.delete(f"/api/v1/tags/{quote('CAFÉ')}/follow") for _ in range(2)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (200, {"name": "café", "following": False})
    ] * 2
    assert names(ada) == ["rain"]


@pytest.mark.parametrize("tag", ["123", "a b", "%", "x" * 101])
def test_what_no_text_can_be_tagged_with_is_404(tag: str, ada: Person) -> None:
    path = f"/api/v1/tags/{quote(tag)}/follow"

    assert [ada.put(path).json()["code"], ada.delete(path).json()["code"]] == ["not_found"] * 2


def test_pages_of_followed_tags_neither_repeat_nor_hide(ada: Person, django_assert_num_queries: Any) -> None:
    for tag in ("a", "b", "c"):
        follow(ada, tag)

    with django_assert_num_queries(1):
        first = ada.get(f"{FOLLOWED}?limit=2").json()
    follow(ada, "d")
    second = ada.get(first["next"]).json()

    assert [tag["name"] for page in (first, second) for tag in page["results"]] == ["c", "b", "a"]
    assert second["next"] is None


def test_fifty_are_the_most(ada: Person) -> None:
    for number in range(50):
        follow(ada, f"tag{number}")

    answer = ada.put("/api/v1/tags/more/follow")

    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_tags")
    follow(ada, "tag7")


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_more_than_fifty_are_taken(ada: Person) -> None:
    TagFollow.objects.bulk_create(TagFollow(profile_id=ada.id, name=f"tag{n}", since=n) for n in range(48))

    answers = at_once(lambda n: ada.put(f"/api/v1/tags/more{n}/follow").status_code, 6)

    assert sorted(answers) == [200, 200, 409, 409, 409, 409]


def test_public_posts_with_it_come_home_from_then_on_and_from_before(ada: Person, bob: Person, cat: Person) -> None:
    old = bob.writes("#rain")["id"]
    follow(ada, "#Rain")
    own, other, new = ada.writes("dry")["id"], cat.writes("#sun")["id"], cat.writes("#RAIN again")["id"]

    assert ada.home() == [new, own, old]
    assert other not in ada.home()
    entry = ada.get("/api/v1/timelines/home").json()["results"][0]
    assert entry == {"reposted_by": None, "post": ada.get(f"/api/v1/posts/{new}").json()}

    ada.delete("/api/v1/tags/rain/follow")
    assert ada.home() == [own]


def test_only_what_anybody_may_see_comes_by_a_tag(
    person: Callable[..., Person], ada: Person, bob: Person, cat: Person
) -> None:
    follow(ada)
    for visibility in ("unlisted", "followers", "mentioned"):
        bob.writes("#rain @ada", visibility=visibility)
    shy, gone, muted, filtered = (person(name) for name in ("shy", "gone", "muted", "filtered"))
    for author in (shy, gone, muted, cat):
        author.writes("#rain")
    filtered.writes("#rain and thunder")
    seen = bob.writes("#rain")["id"]

    shy.becomes(is_private=True)
    gone.becomes(state="suspended")
    ada.put("/api/v1/profiles/muted/mute")
    cat.put("/api/v1/profiles/ada/block")
    ada.post("/api/v1/filters", {"phrase": "thunder"})

    assert ada.home() == [seen]
    bob.patch(f"/api/v1/posts/{seen}", {"text": "it has stopped"})
    assert ada.home() == []


def test_a_post_comes_once_whoever_brings_it_and_however_many_tags_it_has(
    ada: Person, bob: Person, cat: Person
) -> None:
    ada.follows(bob)
    for tag in ("rain", "wind"):
        follow(ada, tag)
    reposted, plain = cat.writes("#rain #wind")["id"], bob.writes("#rain #wind")["id"]
    bob.put(f"/api/v1/posts/{reposted}/repost")

    assert ada.home() == [plain, reposted]
    assert [entry["reposted_by"] for entry in ada.get("/api/v1/timelines/home").json()["results"]] == [None, None]

    for tag in ("rain", "wind"):
        ada.delete(f"/api/v1/tags/{tag}/follow")
    assert ada.home() == [reposted, plain]


@pytest.mark.parametrize("kept", ["all", "some", "nothing"])
@pytest.mark.parametrize("is_pulled", [False, True])
@pytest.mark.usefixtures("merged")
@pytest.mark.slow
def test_pages_both_ways_are_those_of_the_oracle(
    kept: str, is_pulled: bool, ada: Person, bob: Person, cat: Person, django_assert_num_queries: Any
) -> None:
    """Whether the timeline is kept whole, in part or not at all, and whether its authors are pulled."""
    ada.follows(bob)
    for tag in ("rain", "wind"):
        follow(ada, tag)
    written = [
        author.writes(text)["id"]
        for text in ("#rain #wind", "dry", "#wind", "#rain")
        for author in (bob, cat, ada)
        if not (author is cat and text == "dry")
    ]
    bob.put(f"/api/v1/posts/{written[1]}/repost")
    if is_pulled:
        Profile.objects.filter(id=bob.id).update(is_pulled=True)
        sql.execute("UPDATE follow SET pull = true WHERE followee_id = %(id)s", {"id": bob.id})
        sql.execute("DELETE FROM timeline WHERE by_id = %(id)s", {"id": bob.id})
        pulled.settle(bob.id)
    floors = {"all": 0, "some": int(written[6]), "nothing": MAX_ID}
    sql.execute("UPDATE timeline_owner SET floor = %(floor)s", {"floor": floors[kept]})
    sql.execute("DELETE FROM timeline WHERE at < %(floor)s", {"floor": floors[kept]})
    owners.recently_seen.is_news(ada.id)

    down, url = [], "/api/v1/timelines/home?limit=3"
    while url:
        with django_assert_num_queries(1):
            page = ada.get(url).json()
        down.append(ids(page))
        url, back = page["next"], page["previous"]
    up = [down[-1]]
    while back:
        page = ada.get(back).json()
        up.append(ids(page))
        back = page["previous"]

    assert [post for page in down for post in page] == written[::-1] == oracle(ada)
    assert [page for page in up[::-1] if page] == down


def ids(page: dict[str, Any]) -> list[str]:
    return [entry["post"]["id"] for entry in page["results"]]


def oracle(owner: Person) -> list[str]:
    with connection.cursor() as cursor:
        parameters = {"viewer": owner.id, "position": MAX_ID}
        cursor.execute(home.two_stage(ascending=False, limit=21), parameters)
        return [str(row[0]) for row in cursor.fetchall()]


def test_nobody_without_a_token_follows_or_reads_any(anyone: Visitor) -> None:
    answers = [anyone.get(FOLLOWED), anyone.put("/api/v1/tags/rain/follow")]

    assert [answer.status_code for answer in answers] == [401, 401]
