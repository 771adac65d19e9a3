"""What is counted of each day: a line here is a chart on the first page of the admin site.

Collections are read by name, since the apps that have them stand above this one; each by a range of an index.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auth_project.audit.events import Event
from shared.snowflakes import least_id_at

Match = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Series:
    """`match` says which documents are of a day that begins with one moment and ends with another.

    :param each: how many one of them counts for, in MongoDB's language.
    :param tells_past: whether it can be asked for days that are long over, too.
    :param adds_up: whether the sum of days says anything.
    """

    name: str
    title: str
    about: str
    collection: str
    match: Callable[[datetime, datetime], Match]
    each: Any = 1
    tells_past: bool = True
    adds_up: bool = True


def _ids(start: datetime, end: datetime) -> Match:
    return {"_id": {"$gte": least_id_at(start), "$lt": least_id_at(end)}}


def _audited(*events: Event) -> Callable[[datetime, datetime], Match]:
    names = [event.value for event in events]
    return lambda start, end: {"event": {"$in": names}, **_ids(start, end)}


SERIES = [
    Series(
        name="registrations",
        title="Registrations",
        about="accounts made on each day that were still there when they were counted, the day after at the latest",
        collection="users",
        match=_ids,
    ),
    Series(
        name="sign_ins",
        title="Sign-ins",
        about="sessions begun, and sign-ins of staff to both admin sites",
        collection="audit_entries",
        match=_audited(Event.LOGIN_SUCCEEDED),
    ),
    Series(
        name="refused_sign_ins",
        title="Refused sign-ins",
        about="with a wrong password, code or passkey, under names that nobody has, too",
        collection="audit_entries",
        match=_audited(Event.LOGIN_FAILED, Event.LOGINS_OF_NOBODY),
        each={"$toInt": {"$ifNull": ["$detail.attempts", 1]}},
    ),
    Series(
        name="active_sessions",
        title="Active sessions",
        about="devices that signed in or were used",
        collection="sessions",
        match=lambda start, end: {"last_used_at": {"$gte": start, "$lt": end}},
        # Only the last use of each is known.
        tells_past=False,
        adds_up=False,
    ),
]
