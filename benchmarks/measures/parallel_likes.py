"""T12: fifty people like one post at the same moment."""

from collections.abc import Iterator

from benchmarks.bench import Bench, Sample
from benchmarks.callers import Person, request
from benchmarks.dataset import finding
from benchmarks.report import Figure
from posts_project import sql
from posts_project.posts import selectors
from posts_project.posts.visibility import listed

PEOPLE = 50

_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
# By somebody whom anyone may read.
_UNLIKED = f"""
    SELECT p.id FROM post p JOIN profile a ON a.id = p.author_id
    WHERE {listed()} AND NOT EXISTS (SELECT FROM mark WHERE post_id = p.id)
        AND NOT EXISTS (SELECT FROM block WHERE profile_id = a.id)
    ORDER BY p.id DESC LIMIT 1
"""


def measure(bench: Bench) -> Iterator[Figure]:
    people, before = finding.readers(PEOPLE), _deadlocks()
    tokens, post_id = bench.tokens(people), int(sql.rows(_UNLIKED, {})[0][0])
    errors = []
    likes, took = [], []
    for _ in bench.steps.each("T12: likes", range(bench.rounds)):
        sample = _all(bench, "PUT", post_id, tokens)
        took.append(sample.load.seconds * 1_000)
        likes.append(abs(_likes(post_id) - len(people)))
        errors.append(sum(sample.load.failures.values()))
        _all(bench, "DELETE", post_id, tokens)
        likes.append(_likes(post_id))
    yield Figure(target="T12", what=f"likes too many or too few, of {len(people)}", rounds=likes, digits=0, at_most=0)
    yield Figure(target="T12", what="errors", rounds=errors, digits=0, at_most=0)
    yield Figure(target="T12", what="deadlocks", rounds=[_deadlocks() - before], digits=0, at_most=0)
    yield Figure(target="T12", what="  all likes done after", rounds=took, unit="ms", digits=0)


def _all(bench: Bench, method: str, post_id: int, tokens: dict[Person, str]) -> Sample:
    requests = [request(method, f"/api/v1/posts/{post_id}/like", token=token) for token in tokens.values()]
    return bench.run(iter(requests), connections=len(requests))


def _likes(post_id: int) -> int:
    post = selectors.post(post_id, viewer_id=0)
    assert post is not None
    return int(post["counts"]["likes"])


def _deadlocks() -> int:
    return int(sql.rows(_DEADLOCKS, {})[0][0])
