"""Comparing home timelines as they are kept with what the two-stage query says, and making those anew that differ.

They are compared as their owners read them, page by page, as far down as anything is kept. What a job is about to bring
is missing until then: a timeline counts where a second look, some seconds later, finds a difference, too.
"""

import functools
import time
from collections.abc import Callable, Iterator
from functools import partial

from posts_project import sql
from posts_project.feeds import home
from posts_project.feeds.models import TimelineOwner
from posts_project.feeds.services import owners, pulled
from posts_project.worker import reconcile
from posts_project.worker.reconcile import Difference
from shared.snowflakes import MAX_ID

PAGE = 100
TIMELINE = "wrong timeline"
KINDS = (TIMELINE,)


def differences(*, after: int = 0, seen: Callable[[int], None] = lambda count: None) -> Iterator[Difference]:
    """All there are, of owners whose id is above `after`; `seen` is called for every batch with its size."""
    suspects: list[int] = []
    for batch in owners.everybody(after=after):
        floors = dict(TimelineOwner.objects.filter(owner_id__in=batch).values_list("owner_id", "floor"))
        suspects += [owner_id for owner_id, floor in floors.items() if _apart(owner_id, floor)]
        seen(len(batch))
    if suspects:
        time.sleep(reconcile.SECOND_LOOK_SECONDS)
    for owner_id in suspects:
        floor = TimelineOwner.objects.filter(owner_id=owner_id).values_list("floor", flat=True).first()
        detail = _apart(owner_id, floor) if floor is not None else ""
        if detail:
            yield Difference(
                thing="timeline of", subject=str(owner_id), kind=TIMELINE, detail=detail, mend=partial(_mend, owner_id)
            )


def _apart(owner_id: int, floor: int) -> str:
    """What is wrong on the first page that differs; empty where none does."""
    position = MAX_ID
    while position > floor:
        rows = sql.rows(_statement(), {"viewer": owner_id, "position": position})
        served, oracle = ({row[1:] for row in rows if row[0] is is_served} for is_served in (True, False))
        if served != oracle:
            return f"{len(oracle - served)} missing, {len(served - oracle)} too many"
        if len(oracle) < PAGE:
            break
        position = min(at for at, _, _ in oracle)
    return ""


@functools.lru_cache
def _statement() -> str:
    return home.compared(limit=PAGE)


def _mend(owner_id: int) -> bool:
    """At once, or by the worker where something is being written that would be missed."""
    pulled.settle_for(owner_id)
    owners.begin_again(owner_id)
    owners.rebuild(owner_id)
    return True
