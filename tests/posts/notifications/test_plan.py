"""What a page of notifications takes, by its buffers, which EXPLAIN counts the same on every machine."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from posts_project import sql
from posts_project.notifications import selectors
from shared.snowflakes import MAX_ID

# Twenty groups and whoever acted, with room for a hundred of whom the viewer wants to hear nothing.
MOST_BUFFERS = 1_000
# And at the most a thousand events of one group are counted, a few buffers each.
MOST_BUFFERS_OF_A_HOT_POST = 16 * selectors.MOST_COUNTED
NOTIFICATIONS = 100_000
TABLES = "profile, post, post_count, mark, block, mute, notification, notification_event, notification_settings"

# A hundred people liked a thousand posts of one, who was told of each alone; another post is liked by five thousand.
# ANALYZE: else the check of a foreign key may keep its plan for an empty table, and read all of a full one each time.
_STORY = f"""
    INSERT INTO profile (id, username, display_name, bio, is_private, created_at, state, version, is_pulled)
    SELECT n, 'person_' || n, 'Person', '', false, now(), 'active', 1, false FROM generate_series(1, 6000) n;
    ANALYZE profile;
    INSERT INTO post (id, author_id, text, visibility, reply_policy, sensitive, spoiler_text, tags, mentions, links)
    SELECT n, 1, 'Hello', 'public', 'everyone', false, '', '[]', '[]', '[]' FROM generate_series(1, 1001) n;
    ANALYZE post;
    INSERT INTO mark (profile_id, post_id, kind, since)
    SELECT 2 + n % 100, 1 + n / 100, 'like', n FROM generate_series(0, {NOTIFICATIONS - 1}) n;
    INSERT INTO notification (id, profile_id, kind, post_id, after_id)
    SELECT 1000000 + n, 1, 'like', 1 + n / 100, n FROM generate_series(0, {NOTIFICATIONS - 1}) n;
    ANALYZE notification;
    INSERT INTO notification_event (notification_id, actor_id, at)
    SELECT 1000000 + n, 2 + n % 100, 1000000 + n FROM generate_series(0, {NOTIFICATIONS - 1}) n;
    INSERT INTO mark (profile_id, post_id, kind, since)
    SELECT 1000 + n, 1001, 'like', n FROM generate_series(1, 5000) n;
    INSERT INTO notification (id, profile_id, kind, post_id, after_id) VALUES (9000000, 1, 'like', 1001, 0);
    INSERT INTO notification_event (notification_id, actor_id, at)
    SELECT 9000000, 1000 + n, 9000000 + n FROM generate_series(1, 5000) n;
    INSERT INTO mute (profile_id, other_id, since) SELECT 1, n, n FROM generate_series(2, 20) n
"""


@pytest.fixture
def story(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in _STORY.split(";"):
            cursor.execute(statement)
        # As the database does by itself after so many rows: else plans are made for empty tables, and kept.
        cursor.execute(f"VACUUM ANALYZE {TABLES}")
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        yield
        cursor.execute("RESET ALL")


@pytest.mark.slow
@pytest.mark.usefixtures("story")
def test_any_page_of_a_hundred_thousand_takes_the_same() -> None:
    page = selectors._page(False, 21)

    first = buffers(page, position=MAX_ID)
    others = [buffers(page, position=1_000_000 + start) for start in (99_000, 50_000, 500)]

    assert max(others) <= MOST_BUFFERS
    assert first <= MOST_BUFFERS_OF_A_HOT_POST
    assert buffers(selectors._page(True, 21), position=1_000_500) <= MOST_BUFFERS
    assert buffers(selectors._UNREAD) <= MOST_BUFFERS * 5
    # A thousand groups may still have grown.
    assert buffers(selectors._SINCE, after=8_000_000, oldest=1_099_000, limit=100) <= MOST_BUFFERS_OF_A_HOT_POST
    # And a hot post is counted as far as is said.
    [row] = selectors.page(1, _Everything())[:1]

    assert (row[5], len(json.loads(row[6])), row[4]) == (selectors.MOST_COUNTED, 5, 9_005_000)
    assert selectors.unread_count(1) == selectors.MOST_UNREAD


class _Everything:
    ascending, fetch, after, before = False, 21, None, None


def buffers(statement: str, **parameters: int) -> int:
    """Of the plan that every call gets."""
    answer: Any = sql.rows(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", {"viewer": 1, **parameters})[0][0]
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
