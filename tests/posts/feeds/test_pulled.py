"""The one table of what pulled authors have brought."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from posts_project.feeds.models import PulledEntry
from posts_project.feeds.services import pulled
from posts_project.profiles.models import Profile
from posts_project.worker.tasks import settle_pulled
from tests.posts.conftest import JobRunner
from tests.posts.feeds.test_reposts import repost
from tests.posts.people import Person

FANS = 3


@pytest.fixture
def fans(settings: Any, person: Callable[..., Person]) -> list[Person]:
    """As many as make somebody pulled whom they all follow."""
    settings.PULL_FOLLOWERS = FANS - 1
    return [person(f"fan_{n}") for n in range(FANS)]


@pytest.fixture
def star(fans: list[Person], person: Callable[..., Person], jobs: JobRunner) -> Person:
    star = person("star")
    for fan in fans:
        fan.follows(star)
    jobs.run()
    return star


def test_all_that_somebody_brought_is_there_when_they_become_pulled_and_goes_when_they_no_longer_are(
    fans: list[Person], person: Callable[..., Person], ada: Person, jobs: JobRunner
) -> None:
    star = person("star")
    own, other = star.writes("Own")["id"], ada.writes("Not own")
    repost(star, other)
    assert there(star) == []

    for fan in fans:
        fan.follows(star)
    jobs.run()
    assert there(star) == [own, other["id"]]

    for fan in fans[1:]:
        fan.unfollows(star)
    jobs.run()
    assert not Profile.objects.get(id=star.id).is_pulled
    assert there(star) == []


def test_what_a_pulled_author_publishes_or_reposts_is_there_with_it(star: Person, ada: Person) -> None:
    other = ada.writes("Hello")

    own = star.writes("Own")["id"]
    repost(star, other)

    assert there(star) == [own, other["id"]]
    assert there(ada) == []


def test_who_still_has_somebody_merged_finds_what_was_there_until_their_own_timeline_has_it(
    fans: list[Person], star: Person
) -> None:
    """As it is between two pages of followers when an author is handed out again."""
    post = star.writes("Hello")["id"]
    Profile.objects.filter(id=star.id).update(is_pulled=False)

    assert pulled.settle(star.id) == 0

    assert there(star) == [post]
    assert fans[0].home() == [post]


def test_what_was_taken_back_goes_and_what_is_missing_comes(star: Person, ada: Person) -> None:
    other = ada.writes("Hello")
    kept, deleted = star.writes("Kept")["id"], star.writes("Deleted")["id"]
    repost(star, other)
    star.delete(f"/api/v1/posts/{deleted}")
    star.delete(f"/api/v1/posts/{other['id']}/repost")
    PulledEntry.objects.filter(post_id=kept).delete()

    assert pulled.settle_all() == 3
    assert pulled.settle_all() == 0

    assert there(star) == [kept]


def test_it_is_done_every_day(star: Person) -> None:
    post = star.writes("Hello")["id"]
    PulledEntry.objects.all().delete()

    settle_pulled(int(datetime.now(UTC).timestamp()))

    assert there(star) == [post]


def there(author: Person) -> list[str]:
    """The posts that they have brought, as the table has them, oldest first."""
    return [str(entry.post_id) for entry in PulledEntry.objects.filter(by_id=author.id).order_by("at")]
