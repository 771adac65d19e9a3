"""What is talked about: by how many of late, without whom one may not see, and without what moderators withhold."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from posts_project.posts.models import Post, PostTag
from posts_project.trends import services
from posts_project.trends.models import Trend, WithheldTag
from posts_project.worker import tasks
from shared.snowflakes import least_id_at
from tests.posts.people import Person, Visitor
from tests.posts.staff.test_admin import site, staff  # noqa: F401 - fixtures

PATH = "/api/v1/tags/trending"


def trending(viewer: Visitor) -> list[str]:
    return [trend["name"] for trend in viewer.get(PATH).json()["results"]]


def compute() -> None:
    services.compute(now=timezone.now())


def wrote(author: Person, tag: str, *, hours_ago: float) -> None:
    post_id = least_id_at(timezone.now() - timedelta(hours=hours_ago)) + author.id % 1000
    Post(id=post_id, author_id=author.id, text=f"#{tag}", visibility="public", reply_policy="everyone").save()
    PostTag(name=tag, post_id=post_id).save(force_insert=True)


def test_those_whom_most_people_use_come_first_and_nobody_counts_twice(
    ada: Person, bob: Person, cat: Person, anyone: Visitor
) -> None:
    for _ in range(5):
        ada.writes("#Loud")
    for author in (ada, bob, cat):
        author.writes("#rain")

    assert anyone.get(PATH).json() == {"results": [], "next": None, "previous": None}
    tasks.compute_trends(0)

    assert anyone.get(PATH).json() == {
        "results": [{"name": "rain", "posts": 3, "authors": 3}, {"name": "loud", "posts": 5, "authors": 1}],
        "next": None,
        "previous": None,
    }


def test_what_was_long_ago_counts_less_and_then_nothing(ada: Person, bob: Person, cat: Person, anyone: Visitor) -> None:
    for author in (ada, bob, cat):
        wrote(author, "yesterday", hours_ago=24)
        wrote(author, "last_week", hours_ago=49)
    ada.writes("#today")
    compute()

    assert trending(anyone) == ["today", "yesterday"]


def test_only_what_anybody_may_see_counts_and_shows(
    person: Callable[..., Person], ada: Person, bob: Person, anyone: Visitor
) -> None:
    shy, gone = person("shy", is_private=True), person("gone")
    for visibility in ("unlisted", "followers", "mentioned"):
        ada.writes("#hidden @bob", visibility=visibility)
    shy.writes("#hidden", visibility="public")
    gone.writes("#hidden")
    gone.becomes(state="suspended")
    post = ada.writes("#seen")["id"]
    compute()
    assert (trending(anyone), trending(bob)) == (["seen"], ["seen"])

    ada.put("/api/v1/profiles/bob/block")
    assert (trending(anyone), trending(bob)) == (["seen"], [])
    ada.becomes(is_private=True)
    assert trending(anyone) == []
    ada.becomes(is_private=False)
    ada.patch(f"/api/v1/posts/{post}", {"visibility": "unlisted"})
    assert trending(anyone) == []
    compute()
    assert not Trend.objects.exists()


def test_pages_go_on_in_the_computation_in_which_they_began(
    ada: Person, bob: Person, anyone: Visitor, django_assert_num_queries: Any
) -> None:
    for tag in "abcde":
        ada.writes(f"#{tag}")
    compute()
    in_order = trending(anyone)

    with django_assert_num_queries(1):
        first = anyone.get(f"{PATH}?limit=2").json()
    bob.writes(f"#new #{in_order[4]}")
    compute()
    second = anyone.get(first["next"]).json()
    back = anyone.get(second["previous"]).json()

    pages = [[trend["name"] for trend in page["results"]] for page in (first, second, back)]
    assert pages == [in_order[:2], in_order[2:4], in_order[:2]]
    assert trending(anyone)[0] == in_order[4]
    assert anyone.get(f"{PATH}?cursor=x").json()["errors"][0]["code"] == "invalid_cursor"


def test_old_computations_go(ada: Person) -> None:
    ada.writes("#rain")
    for minutes in (90, 30, 0):
        Trend.objects.create(
            run=least_id_at(timezone.now() - timedelta(minutes=minutes)), place=1, name="x", posts=1, authors=1
        )
    compute()

    assert Trend.objects.count() == 3


def command(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("trends", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_lists_computes_withholds_and_restores(ada: Person, bob: Person, anyone: Visitor) -> None:
    for author in (ada, bob):
        author.writes("#Spam")
    ada.writes("#rain")

    assert command("--compute", "--dry-run") == ["The trends would be computed."]
    assert command("--compute") == ["2 trends."]
    assert command() == ["  1  #spam  2 people, 2 posts", "  2  #rain  1 people, 1 posts"]
    assert command("withhold", "#SPAM", "--dry-run") == ["#spam would be withheld."]
    assert trending(anyone) == ["spam", "rain"]
    assert command("withhold", "#SPAM") == ["#spam withheld."]
    assert trending(anyone) == ["rain"]
    assert command("withhold", "spam") == ["#spam is already withheld."]
    assert command() == ["  2  #rain  1 people, 1 posts", "  -  #spam  withheld"]
    command("--compute")
    assert trending(anyone) == ["rain"]
    assert anyone.get("/api/v1/timelines/tags/spam").json()["results"] != []
    assert command("restore", "spam") == ["#spam restored."]
    assert command("restore", "spam") == ["#spam is not withheld."]
    command("--compute")
    assert trending(anyone) == ["spam", "rain"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "status"), [(["withhold"], 2), (["withhold", "x", "--compute"], 2), (["restore", "12"], 1)]
)
def test_what_the_command_cannot_do_it_says(arguments: list[str], status: int) -> None:
    with pytest.raises(CommandError) as error:
        command(*arguments)

    assert error.value.returncode == status


@pytest.mark.django_db
def test_staff_withhold_tags_in_the_admin_site(site: Client, ada: Person, anyone: Visitor) -> None:  # noqa: F811
    ada.writes("#Spam")
    compute()
    path = "/admin/trends/withheldtag/"

    refused = site.post(f"{path}add/", {"name": "no tag"})
    assert (refused.status_code, b"No text can have such a tag." in refused.content) == (200, True)
    assert site.post(f"{path}add/", {"name": "#SPAM"}).status_code == 302
    assert list(WithheldTag.objects.values_list("name", flat=True)) == ["spam"]
    assert trending(anyone) == []
    assert b"spam" in site.get(path).content
    assert site.get(f"{path}spam/change/").status_code == 200
    assert site.post(f"{path}spam/delete/", {"post": "yes"}).status_code == 302
    assert trending(anyone) == ["spam"]
