"""Comparing the counts of profiles, posts and polls with the rows that they count, and mending them.

Note [Differences stay]: whatever is counted is written with its count in one transaction, so one statement, which sees
one moment, finds only real differences, and those who write meanwhile change both sides alike: a difference is the same
whenever it is looked at. To mend is to add it, by the way of all writers, who need not wait. Only two who mend would
add it twice: they go one after the other, and each looks again.
"""

# ruff: noqa: S608 - every part of these statements is a constant; values travel as parameters

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from posts_project import sql
from posts_project.follows.services import reach
from posts_project.posts import locks
from posts_project.posts.models import COUNTED, Kind, PollCount
from posts_project.posts.services import counts as post_counts
from posts_project.profiles.services import counts as profile_counts
from posts_project.worker.reconcile import Difference

PAGE = 1_000
# Nobody else takes a lock of these two numbers: see Note [Differences stay].
_MENDING = "SELECT pg_advisory_xact_lock(20250117, 1)"

_COUNTED = ", ".join(f"'{visibility.value}'" for visibility in COUNTED)
_VOTES = "votes for option "
_VOTERS = "voters"
# Everything of a kind has one line in the summary, whatever the option.
NAMES = ("posts", "followers", "following", "replies", "likes", "reposts", "quotes", "votes", _VOTERS)
KINDS = tuple(f"wrong number of {name}" for name in NAMES)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What is counted of each row of `table`: SELECTs of `id`, `name` and `change`, those of counts with what they say,
    those of rows with -1 each, so that they sum up to 0.

    :param hold: keeps a row from being deleted until the transaction ends.
    :param add: adds to a count by its name.
    """

    table: str
    terms: tuple[str, ...]
    hold: Callable[[int], object]
    add: Callable[[int, str, int], None]

    @property
    def statement(self) -> str:
        return f"""
            SELECT id, name, sum(change)::bigint FROM ({" UNION ALL ".join(self.terms)}) t
            WHERE id > %(after)s AND id <= %(last)s AND EXISTS (SELECT FROM {self.table} WHERE id = t.id)
            GROUP BY id, name HAVING sum(change) <> 0 ORDER BY id, name"""

    @property
    def page(self) -> str:
        return f"""
            SELECT count(*), max(id)
            FROM (SELECT id FROM {self.table} WHERE id > %(after)s ORDER BY id LIMIT %(page)s) p"""


def _add_to_profile(profile_id: int, name: str, change: int) -> None:
    profile_counts.add(profile_id, **{name: change})
    if name == "followers":
        reach.reconsider_if_crossed(profile_id)


def _add_to_post(post_id: int, name: str, change: int) -> None:
    if name == _VOTERS:
        post_counts.add_to_options(post_id, [PollCount.VOTERS], change)
    elif name.startswith(_VOTES):
        post_counts.add_to_options(post_id, [int(name.removeprefix(_VOTES))], change)
    else:
        post_counts.add(post_id, **{name: change})


def _counts(table: str, key: str, *names: str) -> str:
    values = ", ".join(f"('{name}', {name})" for name in names)
    return f"SELECT {key} AS id, name, change FROM {table} CROSS JOIN LATERAL (VALUES {values}) v (name, change)"


def _rows(name: str, table: str, key: str, where: str = "true") -> str:
    return f"SELECT {key}, '{name}', -1 FROM {table} WHERE {where}"


_OPTION = f"CASE option WHEN {PollCount.VOTERS} THEN '{_VOTERS}' ELSE '{_VOTES}' || option END"

TALLIES = [
    Tally(
        table="profile",
        terms=(
            _counts("profile_count", "profile_id", "posts", "followers", "following"),
            _rows("posts", "post", "author_id"),
            _rows("followers", "follow", "followee_id"),
            _rows("following", "follow", "follower_id"),
        ),
        hold=lambda profile_id: sql.row("SELECT FROM profile WHERE id = %(id)s FOR KEY SHARE", {"id": profile_id}),
        add=_add_to_profile,
    ),
    Tally(
        table="post",
        terms=(
            _counts("post_count", "post_id", "replies", "likes", "reposts", "quotes"),
            _rows("replies", "post", "in_reply_to_id", f"visibility IN ({_COUNTED})"),
            _rows("quotes", "post", "quote_of_id", f"visibility IN ({_COUNTED})"),
            _rows("likes", "mark", "post_id", f"kind = '{Kind.LIKE.value}'"),
            _rows("reposts", "mark", "post_id", f"kind = '{Kind.REPOST.value}'"),
            f"SELECT post_id, {_OPTION}, votes FROM poll_count",
            f"SELECT post_id, '{_VOTES}' || option, -1 FROM vote CROSS JOIN LATERAL unnest(choices) option",
            _rows(_VOTERS, "vote", "post_id"),
        ),
        hold=lambda post_id: locks.hold([post_id]),
        add=_add_to_post,
    ),
]
_STATEMENTS = {tally.table: (tally.statement, tally.page) for tally in TALLIES}


def differences(*, seen: Callable[[int], None] = lambda count: None) -> Iterator[Difference]:
    """All there are, page by page; `seen` is called for each with the number of its profiles or posts."""
    for tally in TALLIES:
        statement, page = _STATEMENTS[tally.table]
        after = 0
        while (found := sql.row(page, {"after": after, "page": PAGE})) and found[1] is not None:
            count, last = found
            for subject, name, change in sql.rows(statement, {"after": after, "last": last}):
                yield _difference(tally, subject, name, change)
            seen(count)
            after = last


def _difference(tally: Tally, subject: int, name: str, change: int) -> Difference:
    return Difference(
        thing=tally.table,
        subject=str(subject),
        kind=f"wrong number of {name.split()[0]}",
        detail=f"{name}: {abs(change)} too {'many' if change > 0 else 'few'}",
        mend=partial(_mend, tally, subject, name),
    )


@transaction.atomic
def _mend(tally: Tally, subject: int, name: str) -> bool:
    """See Note [Differences stay]."""
    sql.row(_MENDING, {})
    tally.hold(subject)
    statement, _ = _STATEMENTS[tally.table]
    for one, found, change in sql.rows(statement, {"after": subject - 1, "last": subject}):
        if found == name:
            tally.add(one, name, -change)
    return True
