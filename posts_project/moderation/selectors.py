"""What people may know of cases: their own reports, and the decisions about themselves."""

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from posts_project import sql
from posts_project.moderation.models import Decision, Kind, Report
from shared import snowflakes
from shared.pagination import Keyset
from shared.problems import NotFound
from shared.wire import timestamp

# Of what was dismissed whoever was reported hears nothing, or they would guess who reported them.
_TOLD = """
    SELECT d.id, d.kind, d.reason, d.text, d.post_id, d.until, r.reversed_at, r.cause,
        p.text, p.created_at, p.outcome, p.answer, p.answered_at
    FROM decision d LEFT JOIN reversal r ON r.decision_id = d.id LEFT JOIN appeal p ON p.decision_id = d.id
    WHERE d.profile_id = %(profile)s AND d.kind <> 'dismiss'
"""
_ONE = f"{_TOLD} AND d.id = %(decision)s"


def decisions(profile_id: int, page: Keyset) -> list[sql.Row]:
    """Up to `page.fetch` rows about that person, in reading order."""
    parameters = {"profile": profile_id, "position": sql.position(page)}
    return sql.rows(_page(page.ascending, page.fetch), parameters)


def decision(decision_id: int, *, profile_id: int) -> dict[str, Any]:
    """:raises NotFound: there is none, or it is about somebody else."""
    found = sql.row(_ONE, {"profile": profile_id, "decision": decision_id})
    if found is None:
        raise NotFound
    return shown(found)


def position(row: sql.Row) -> int:
    return int(row[0])


def shown(row: sql.Row) -> dict[str, Any]:
    number, kind, reason, text, post_id, until, reversed_at, cause, *appeal = row
    return {
        "id": str(number),
        "kind": kind,
        "reason": reason,
        "text": text,
        "post_id": str(post_id) if post_id else None,
        "until": _moment(until),
        "created_at": timestamp(snowflakes.created_at(number)),
        "reversed_at": _moment(reversed_at),
        "reversed_by": cause,
        "appeal": _appeal(*appeal) if appeal[0] is not None else None,
    }


def report(report_id: int, *, reporter_id: int) -> Report:
    """:raises NotFound: there is none, or somebody else's."""
    found = Report.objects.select_related("case").filter(id=report_id, reporter_id=reporter_id).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, kw_only=True)
class Word:
    """How a profile stands by what moderators said: `suspension` None, it is not suspended. `number` counts from 1."""

    number: int
    said_at: datetime
    suspension: Decision | None


def last_word(profile_id: int) -> Word | None:
    """None where nothing was ever said. Of suspensions one at most is in force: each makes two words in the end."""
    said = list(Decision.objects.filter(profile_id=profile_id, kind=Kind.SUSPEND).select_related("reversal"))
    if not said:
        return None
    for one in said:
        if not hasattr(one, "reversal"):
            return Word(number=2 * len(said) - 1, said_at=one.created_at, suspension=one)
    return Word(number=2 * len(said), said_at=max(one.reversal.reversed_at for one in said), suspension=None)


def _appeal(
    text: str, created_at: datetime, outcome: str | None, answer: str, answered_at: datetime | None
) -> dict[str, Any]:
    return {
        "text": text,
        "state": outcome or "open",
        "answer": answer,
        "created_at": timestamp(created_at),
        "answered_at": _moment(answered_at),
    }


def _moment(value: datetime | None) -> str | None:
    return timestamp(value) if value else None


@functools.lru_cache
def _page(ascending: bool, limit: int) -> str:
    order, beyond = sql.direction(ascending)
    return f"{_TOLD} AND d.id {beyond} %(position)s ORDER BY d.id {order} LIMIT {limit}"
