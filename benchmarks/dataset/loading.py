"""The whole data set into an empty database, consistent with the tables' own rules.

What the product derives is derived by the product: `is_pulled` by its threshold, timelines by `owners.rebuild`. Whoever
is not active has a timeline, too, so that what is published reaches them, but one that begins when the load ends.
"""

import random
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context

import django
from django.conf import settings
from django.db import connection

from benchmarks.dataset import people as peoples
from benchmarks.dataset.people import People
from benchmarks.dataset.silences import load_silences
from benchmarks.dataset.size import Size
from benchmarks.dataset.tables import Rows, execute, without_indexes
from benchmarks.dataset.writing import Writer
from benchmarks.progress import Steps
from posts_project.demo.graphs import Graph, generate, read_edges
from posts_project.feeds.services import owners, pulled
from posts_project.follows.models import Follow
from posts_project.posts.models import COUNTED, Kind, Mark, Mention, Post, PostTag, PostWords
from posts_project.profiles.models import SLOTS, Profile
from shared import snowflakes
from shared.snowflakes import MAX_ID

# As large as the Reed98 graph: 962 people, 18,812 friendships.
GRAPH_PEOPLE, GRAPH_FRIENDS_EACH = 962, 20

GROWTH = timedelta(days=600)  # in which everybody signed up
WRITING = timedelta(days=60)  # in which everything was written
OWNERS_AT_ONCE = 50
MILLISECOND = timedelta(milliseconds=1)

# In the order of posts, next to each other as they are in life: most is done with a post while it is new.
_POST_COUNTS = f"""
    INSERT INTO post_count (post_id, slot, replies, likes, reposts, quotes)
    SELECT post_id, slot, sum(replies), sum(likes), sum(reposts), sum(quotes) FROM (
        SELECT in_reply_to_id AS post_id, mod(id, {SLOTS}) AS slot, 1 AS replies, 0 AS likes, 0 AS reposts, 0 AS quotes
        FROM post WHERE in_reply_to_id IS NOT NULL AND visibility = ANY(%(counted)s)
        UNION ALL SELECT quote_of_id, mod(id, {SLOTS}), 0, 0, 0, 1
        FROM post WHERE quote_of_id IS NOT NULL AND visibility = ANY(%(counted)s)
        UNION ALL SELECT post_id, mod(since, {SLOTS}), 0, (kind = %(like)s)::int, (kind = %(repost)s)::int, 0
        FROM mark WHERE kind IN (%(like)s, %(repost)s)) e
    GROUP BY post_id, slot ORDER BY post_id, slot
"""

_PROFILE_COUNTS = f"""
    INSERT INTO profile_count (profile_id, slot, posts, followers, following)
    SELECT profile_id, slot, sum(posts), sum(followers), sum(following) FROM (
        SELECT author_id AS profile_id, mod(id, {SLOTS}) AS slot, 1 AS posts, 0 AS followers, 0 AS following FROM post
        UNION ALL SELECT followee_id, mod(since, {SLOTS}), 0, 1, 0 FROM follow
        UNION ALL SELECT follower_id, mod(since, {SLOTS}), 0, 0, 1 FROM follow) e
    GROUP BY profile_id, slot ORDER BY profile_id, slot
"""

_OWNERS = """
    INSERT INTO timeline_owner (owner_id, floor, opened_in, last_seen_at)
    SELECT id, CASE WHEN id = ANY(%(active)s) THEN %(nothing)s ELSE %(now)s END,
        pg_current_xact_id()::text::bigint, now()
    FROM profile
"""


def load(size: Size, *, now: datetime, steps: Steps, processes: int = 1) -> None:
    """Fill the empty tables; `now` is when the writing ends. With several processes, timelines are made in parallel."""
    chance = random.Random(size.seed)
    ended = _milliseconds(now)
    began = ended - WRITING // MILLISECOND
    people = peoples.make(size.people, _graph(size), born=(began - GROWTH // MILLISECOND, began), chance=chance)
    with without_indexes(Follow, Post, Mark, Mention, PostTag, PostWords):
        _load_people(people, chance, steps)
        load_silences(people, chance)
        with Writer(people, posts=size.posts, began=began, ended=ended, chance=chance) as writer:
            for _ in steps.each("posts", range(size.posts)):
                writer.write()
    with steps.phase("counts"):
        active = _active(people, size, chance)
        _derive(active, now)
        pulled.settle_all()
    _rebuild(active, steps, processes)
    with steps.phase("vacuum"):
        execute("VACUUM (FREEZE, ANALYZE)")


def rebuild(owner_ids: list[int]) -> None:
    for owner in owner_ids:
        # Nothing else runs here, so no transaction can have missed the owner.
        assert owners.rebuild(owner)


def _graph(size: Size) -> Graph:
    if size.graph:
        return read_edges(size.graph)
    return generate(GRAPH_PEOPLE, seed=size.seed, friends_each=GRAPH_FRIENDS_EACH)


def _load_people(people: People, chance: random.Random, steps: Steps) -> None:
    pulled = [followers > settings.PULL_FOLLOWERS for followers in people.follower_counts()]
    columns = ("id", "username", "display_name", "is_private", "created_at", "version", "is_pulled")
    with Rows(Profile, *columns) as rows:
        for n, (number, name, private) in enumerate(zip(people.ids, people.names, people.private, strict=True)):
            title = name.replace("_", " ").title()
            rows.add(number, name, title, private, snowflakes.created_at(number).isoformat(), 1, pulled[n])
    with Rows(Follow, "follower", "followee", "since", "pull") as rows:
        for follower in steps.each("follows", range(len(people))):
            for followee in people.followees[follower]:
                since = max(people.ids[follower], people.ids[followee]) + chance.getrandbits(40)
                rows.add(people.ids[follower], people.ids[followee], since, pulled[followee])


def _active(people: People, size: Size, chance: random.Random) -> list[int]:
    """Those that T3 and T8 look at, and others by chance, in random order."""
    wanted = [*range(min(peoples.studied(), size.people)), *range(size.people, len(people))]
    others = range(len(wanted) - (len(people) - size.people), size.people)
    wanted += chance.sample(others, min(len(others), max(0, size.active - len(wanted))))
    chance.shuffle(wanted)
    return [people.ids[person] for person in wanted]


def _derive(active: list[int], now: datetime) -> None:
    execute(_POST_COUNTS, {"counted": [str(one) for one in COUNTED], "like": Kind.LIKE, "repost": Kind.REPOST})
    execute(_PROFILE_COUNTS)
    execute(_OWNERS, {"active": active, "nothing": MAX_ID, "now": snowflakes.least_id_at(now)})
    execute("ANALYZE")


def _rebuild(active: list[int], steps: Steps, processes: int) -> None:
    batches = [active[first : first + OWNERS_AT_ONCE] for first in range(0, len(active), OWNERS_AT_ONCE)]
    if processes == 1:
        for batch in steps.each("timelines", batches):
            rebuild(batch)
        return
    connection.close()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        for _ in steps.each("timelines", pool.map(rebuild, batches), total=len(batches)):
            pass


def _milliseconds(moment: datetime) -> int:
    return snowflakes.least_id_at(moment) >> snowflakes.RANDOM_BITS
