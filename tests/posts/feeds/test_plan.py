"""The plan of the home timeline, by its buffers: EXPLAIN counts the same on every machine (performance.md, T3)."""

import json
from typing import Any

import pytest
from django.db import connection
from psycopg import _queries

from posts_project import sql
from posts_project.feeds import home
from posts_project.feeds.services import owners, pulled
from shared.snowflakes import MAX_ID

MOST_BUFFERS = 700
PEOPLE = 6_000
TABLES = (
    "profile, follow, post, post_tag, tag_follow, medium, post_count, timeline, timeline_owner, pulled, mention, mark,"
    " block, mute, filter"
)
OWNERS = {1: 10, 2: 1_000, 3: 5_000}

# Each owner follows so many people, a twentieth of whom are pulled; everybody has written ten posts and reposted two.
# Each owner blocks and mutes a hundred, and has twenty filters. A third of all posts have two pictures. ANALYZE: else
# the check of a foreign key may keep the plan that it had for an empty table, and read all of it for every row.
_GRAPH = """
    INSERT INTO profile (id, username, display_name, bio, is_private, created_at, state, version, is_pulled)
    SELECT n, 'person_' || n, 'Person', '', n % 20 = 0, now(), 'active', 1, n % 20 = 19
    FROM generate_series(1, {people}) n;
    ANALYZE profile;
    INSERT INTO follow (follower_id, followee_id, since, pull)
    SELECT owner, 10 + n, n, (10 + n) % 20 = 19
    FROM (VALUES (1, 10), (2, 1000), (3, 5000)) o (owner, followees), generate_series(1, followees) n;
    INSERT INTO post (id, author_id, text, visibility, reply_policy, sensitive, spoiler_text, tags, mentions, links,
        has_media)
    SELECT 10000000 + n * 10, 4 + (n * 7919) % ({people} - 4), repeat('lorem ipsum ', 12),
        (ARRAY['public', 'public', 'public', 'unlisted', 'followers', 'mentioned'])[1 + n % 6],
        'everyone', false, '', '[]', '[]', '[]', n % 3 = 0
    FROM generate_series(1, {people} * 10) n;
    ANALYZE post;
    INSERT INTO medium (id, owner_id, post_id, position, stem, type, width, height, blurhash, alt_text)
    SELECT id + place, author_id, id, place, md5(id::text), 'image/jpeg', 1, 1, repeat('x', 28), repeat('otter ', 20)
    FROM post, generate_series(1, 2) place WHERE has_media;
    INSERT INTO mark (profile_id, post_id, kind, since)
    SELECT 4 + (n * 31) % ({people} - 4), 10000000 + n * 50, 'repost', 10000005 + n * 50
    FROM generate_series(1, {people} * 2) n;
    INSERT INTO post_count (post_id, slot, replies, likes, reposts, quotes)
    SELECT id, slot, 1, 0, 0, 0 FROM post, generate_series(0, 3) slot WHERE id % 3 = 0;
    INSERT INTO block (profile_id, other_id, blocks, since)
    SELECT owner, n * 50, true, n FROM generate_series(1, 3) owner, generate_series(1, 100) n;
    INSERT INTO mute (profile_id, other_id, since)
    SELECT owner, n * 30, n FROM generate_series(1, 3) owner, generate_series(1, 100) n;
    INSERT INTO filter (id, profile_id, phrase, pattern, action, whole_word)
    SELECT owner * 100 + n, owner, 'nowhere', 'nowhere' || n, (ARRAY['hide', 'warn'])[1 + n % 2], false
    FROM generate_series(1, 3) owner, generate_series(1, 20) n;
    INSERT INTO timeline_owner (owner_id, floor, opened_in, last_seen_at)
    SELECT n, {nothing}, 1, now() FROM generate_series(1, 3) n;
"""


@pytest.fixture
def graph(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        for statement in _GRAPH.format(people=PEOPLE, nothing=MAX_ID).strip().rstrip(";").split(";"):
            cursor.execute(statement)
        # As the database does by itself after so many rows: else plans are made for empty tables, and kept.
        cursor.execute(f"VACUUM ANALYZE {TABLES}")
    pulled.settle_all()
    assert all(owners.rebuild(owner) for owner in OWNERS)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {TABLES}")


@pytest.mark.slow
@pytest.mark.usefixtures("graph")
def test_any_page_takes_at_most_700_buffers_whatever_the_number_of_followees() -> None:
    for owner in OWNERS:
        position = MAX_ID
        for number in range(1, 4):
            rows, buffers = read(owner, position)
            assert buffers <= MOST_BUFFERS, f"page {number} of owner {owner}"
            assert rows == oracle(owner, position)
            position = rows[-2]


def read(owner: int, position: int) -> tuple[list[int], int]:
    """Ids of one page, and the buffers of the plan that every call after the sixth gets."""
    statement, parameters = home.statement(ascending=False, limit=21), {"viewer": owner, "position": position}
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(statement, parameters)
        rows = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        answer: Any = cursor.fetchone()[0]
        cursor.execute("RESET plan_cache_mode")
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return rows, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def oracle(owner: int, position: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(home.two_stage(ascending=False, limit=21), {"viewer": owner, "position": position})
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db
def test_statement_is_taken_apart_once_and_kept() -> None:
    parameters = {"viewer": 1, "position": MAX_ID}
    sql.rows(home.statement(ascending=False, limit=101), parameters)
    before = _queries._query2pg.cache_info()

    sql.rows(home.statement(ascending=False, limit=101), parameters)

    after = _queries._query2pg.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)
