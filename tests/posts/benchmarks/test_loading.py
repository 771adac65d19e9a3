"""The data set of the measurements, at a tiny size: whatever it holds is as the product itself would have left it."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from benchmarks.dataset import finding
from benchmarks.dataset.loading import load
from benchmarks.dataset.size import Size
from benchmarks.progress import Steps
from posts_project import sql
from posts_project.feeds import home
from posts_project.feeds.models import TimelineEntry, TimelineOwner
from posts_project.follows.models import Block, Follow, Mute
from posts_project.posts.models import Mention, Post, PostTag
from posts_project.profiles.models import Profile
from shared.snowflakes import MAX_ID

pytestmark = pytest.mark.slow

PULLED_PAST = 25
FRIENDSHIPS = "1 2\n1 3\n2 3\n3 4\n"


@pytest.fixture
def size(tmp_path: Path) -> Size:
    graph = tmp_path / "friends.edges"
    graph.write_text(FRIENDSHIPS)
    return Size(people=80, posts=500, active=30, seed=7, graph=graph)


@pytest.fixture
def loaded(transactional_db: None, settings: Any, size: Size) -> Size:
    settings.PULL_FOLLOWERS = PULLED_PAST
    with Steps() as steps:
        load(size, now=timezone.now(), steps=steps)
    return size


def test_everything_is_there_and_all_of_it_hangs_together(loaded: Size) -> None:
    assert Profile.objects.count() == loaded.people + 4
    assert Post.objects.count() == loaded.posts
    assert all(model.objects.exists() for model in (Block, Mute, Mention, PostTag))
    assert _count("follow f JOIN profile a ON a.id = f.followee_id WHERE f.pull <> a.is_pulled") == 0
    assert 0 < Profile.objects.filter(is_pulled=True).count() < loaded.people
    assert _count("block b JOIN follow f ON f.follower_id = b.profile_id AND f.followee_id = b.other_id") == 0
    assert _count("mark m LEFT JOIN post p ON p.id = m.post_id WHERE p.id IS NULL OR m.since <= p.id") == 0
    assert _count("post p JOIN post q ON q.id = p.in_reply_to_id WHERE p.thread_id <> coalesce(q.thread_id, q.id)") == 0


def test_counts_are_what_is_counted(loaded: Size) -> None:
    assert _sums("following", "profile_count") == _rows("SELECT follower_id, count(*) FROM follow GROUP BY 1")
    assert _sums("followers", "profile_count") == _rows("SELECT followee_id, count(*) FROM follow GROUP BY 1")
    assert _sums("posts", "profile_count") == _rows("SELECT author_id, count(*) FROM post GROUP BY 1")
    assert _sums("likes", "post_count") == _rows("SELECT post_id, count(*) FROM mark WHERE kind = 'like' GROUP BY 1")
    assert _sums("replies", "post_count") == _rows(
        "SELECT in_reply_to_id, count(*) FROM post WHERE in_reply_to_id > 0 AND visibility IN ('public', 'unlisted') "
        "GROUP BY 1"
    )


def test_kept_timelines_show_what_the_two_stage_query_does(loaded: Size) -> None:
    owners = list(TimelineOwner.objects.values_list("owner_id", flat=True))

    assert len(owners) == loaded.people + 4
    assert TimelineEntry.objects.values("owner_id").distinct().count() >= loaded.active
    for owner in owners:
        parameters = {"viewer": owner, "position": MAX_ID}
        page, oracle = (make(ascending=False, limit=21) for make in (home.statement, home.two_stage))
        assert [row[0] for row in sql.rows(page, parameters)] == [row[0] for row in sql.rows(oracle, parameters)]


def test_people_who_suit_a_measurement_are_found(loaded: Size) -> None:
    by_followees, readers = finding.by_followees(10, 5), finding.readers(20)

    assert [Follow.objects.filter(follower_id=person.id).count() for person in by_followees] == [10] * 5
    assert all(TimelineEntry.objects.filter(owner_id=reader.id).exists() for reader in readers)
    assert {person.username: friends for person, friends in finding.friends().items()} == {
        "node1": ["node2", "node3"],
        "node2": ["node1", "node3"],
        "node3": ["node1", "node2", "node4"],
        "node4": ["node3"],
    }


def test_a_reader_is_only_given_people_and_posts_that_no_block_hides(loaded: Size) -> None:
    blocked: dict[int, set[int]] = defaultdict(set)
    for block in Block.objects.all():
        blocked[block.profile_id].add(block.other_id)

    for reader in finding.readers(loaded.active):
        found = finding.by_followers(0, loaded.people, reader=reader)
        assert {person.id for person in found}.isdisjoint(blocked[reader.id] | {reader.id})
        assert Post.objects.get(id=finding.most_liked_post(reader)).author_id not in blocked[reader.id]
    assert len(finding.by_followers(0, loaded.people)) == loaded.people


def _count(joined: str) -> int:
    return int(sql.rows(f"SELECT count(*) FROM {joined}", {})[0][0])


def _sums(column: str, table: str) -> list[sql.Row]:
    key = table.replace("count", "id")
    return _rows(f"SELECT {key}, sum({column}) FROM {table} GROUP BY 1 HAVING sum({column}) > 0")


def _rows(statement: str) -> list[sql.Row]:
    return sorted(sql.rows(statement, {}))
