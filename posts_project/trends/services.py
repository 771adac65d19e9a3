"""Computing the trends, and withholding tags from them.

A tag counts as many authors as used it publicly in the last two days, each once, however often they did, and the less
the longer ago they last did: half after eight hours.
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

from datetime import datetime, timedelta

from django.db import transaction

from posts_project import sql
from posts_project.posts.visibility import listed
from posts_project.trends.models import Trend, WithheldTag
from shared import snowflakes

WINDOW = timedelta(days=2)
HALF_LIFE = timedelta(hours=8)
MOST_TRENDS = 100
# How long whoever turns pages can go on in a run.
RUNS_KEPT = timedelta(hours=1)

_HALF_LIFE_OF_IDS = (HALF_LIFE // timedelta(milliseconds=1)) << snowflakes.RANDOM_BITS

# By the key of posts: those of two days, not all that ever had a tag.
_USES = f"""
    SELECT t.name, p.author_id, count(*) AS posts, max(p.id) AS last
    FROM post p JOIN profile a ON a.id = p.author_id JOIN post_tag t ON t.post_id = p.id
    WHERE p.id >= %(since)s AND a.state = 'active' AND {listed()}
        AND NOT EXISTS (SELECT FROM withheld_tag w WHERE w.name = t.name)
    GROUP BY t.name, p.author_id"""

_COMPUTE = f"""
    WITH tag AS (
        SELECT name, sum(posts) AS posts, count(*) AS authors,
            sum(power(0.5::float8, (%(run)s - last)::float8 / {_HALF_LIFE_OF_IDS})) AS weight
        FROM ({_USES}) u GROUP BY name)
    INSERT INTO trend (run, place, name, posts, authors)
    SELECT %(run)s, row_number() OVER (ORDER BY weight DESC, name), name, posts, authors
    FROM tag ORDER BY weight DESC, name LIMIT {MOST_TRENDS}
"""


@transaction.atomic
def compute(*, now: datetime) -> int:
    """Find the trends as of `now` anew; return how many there are."""
    run = snowflakes.new_id()
    found = sql.execute(_COMPUTE, {"run": run, "since": snowflakes.least_id_at(now - WINDOW)})
    Trend.objects.filter(run__lt=snowflakes.least_id_at(now - RUNS_KEPT)).delete()
    # Where nothing is talked about, what was before is over, too.
    if not found:
        Trend.objects.all().delete()
    return found


def withhold(name: str) -> bool:
    """Keep the tag, named as it is compared, out of trends from now on; False where it was withheld before."""
    return WithheldTag.objects.get_or_create(name=name)[1]


def restore(name: str) -> bool:
    """Let the tag be a trend again, from the next computation on; False where it was not withheld."""
    return bool(WithheldTag.objects.filter(name=name).delete()[0])
