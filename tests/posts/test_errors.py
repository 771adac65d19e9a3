"""What the database says in the middle of a call, as clients are told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from posts_project.profiles.models import Profile
from posts_project.profiles.services import apply, fill
from posts_project.worker import erasure
from tests.posts.calls import OPERATIONS, make_world
from tests.posts.people import Person
from tests.posts.worker.test_erasure import tables_with

acting = fill.acting


def acts_for_the_last_time(viewer: Any) -> Profile:
    """Who may still act, and is purged whole before they do."""
    profile = acting(viewer)
    apply.erase(profile.id, version=profile.version + 1)
    erasure.purge_profile(profile.id, username=profile.username, now=timezone.now())
    return profile


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "operation",
    [
        "publish", "like", "repost", "vote", "follow", "block", "mute", "keep_draft", "create_list", "add_list_member",
        "create_filter",
    ],
)  # fmt: skip
def test_a_write_that_a_purge_overtakes_stores_nothing_and_is_no_fault(
    operation: str, person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(person)
    path = world.address(OPERATIONS[operation])
    monkeypatch.setattr(fill, "acting", acts_for_the_last_time)

    answer = world.send(OPERATIONS[operation], path)

    assert (answer.status_code, answer.json()["code"]) in [
        (403, "account_inactive"),
        (404, "not_found"),
        (409, "conflict"),
    ]
    assert tables_with(str(world.me.id)) <= {"procrastinate_jobs", "rate_counter"}
