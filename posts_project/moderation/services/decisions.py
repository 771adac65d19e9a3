"""Deciding a case, and taking a decision back: each one transaction with its effects and its line in the audit."""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction

from posts_project.events.registry import publish
from posts_project.moderation.facts import DecisionMade, DecisionReversed
from posts_project.moderation.models import Case, Cause, Decision, Kind, Reversal
from posts_project.moderation.services import audit, effects
from posts_project.staff.models import StaffUser
from shared import snowflakes
from shared.problems import Conflict, NotFound, PermissionDenied

logger = logging.getLogger(__name__)


class CaseClosed(Conflict):
    code, title = "case_closed", "Somebody else has decided this case"


class AlreadyInForce(Conflict):
    code, title = "already_in_force", "This is so already, by another decision"


class DoesNotFit(Conflict):
    code, title = "decision_does_not_fit", "This cannot be decided here"


def decide(
    *,
    case_id: int,
    kind: str,
    reason: str,
    text: str,
    staff: StaffUser | None,
    now: datetime,
    until: datetime | None = None,
) -> Decision:
    """Close the case with a decision that holds at once.

    :param staff: who decides; None: an operator at the command line.
    :param until: when a suspension ends by itself; None: when moderators say so.
    :raises CaseClosed: of two at once one decides. :raises AlreadyInForce: it would change nothing.
    :raises DoesNotFit: there is no post to hide, or the end has passed. :raises NotFound: there is no such case.
    :raises PermissionDenied: nobody decides about themselves, and staff are suspended by Auth's administrators alone.
    """
    with transaction.atomic():
        case = _locked(case_id)
        _require_fit(case, kind, until, staff, now)
        decision = Decision.objects.create(
            id=snowflakes.new_id(), case=case, profile_id=case.profile_id, post_id=case.post_id, kind=kind,
            reason=reason, text=text, until=until, staff=staff,
        )  # fmt: skip
        if not effects.apply(decision, now=now):
            raise AlreadyInForce
        case.closed_at = now
        case.save(update_fields=["closed_at"])
        _note("decision.made", decision, staff, kind=kind, reason=reason)
        if kind != Kind.DISMISS:
            publish(DecisionMade(profile_id=case.profile_id, decision_id=decision.id, post_id=case.post_id))
    logger.warning("decision.made", extra={"decision_id": decision.id, "kind": kind, "user_id": case.profile_id})
    return decision


def reverse(*, decision_id: int, cause: str, staff: StaffUser | None, now: datetime, reopen: bool = False) -> bool:
    """Take a decision and its effects back; False, and nothing done, where that was done before.

    :param reopen: put the case back into the queue, as after a slip.
    :raises NotFound: there is no such decision. :raises PermissionDenied: nobody decides about themselves.
    """
    with transaction.atomic():
        decision, case = _decided(decision_id)
        require_other(case.profile_id, staff)
        if Reversal.objects.filter(decision=decision).exists():
            return False
        Reversal.objects.create(decision=decision, cause=cause, staff=staff, reversed_at=now)
        effects.undo(decision)
        if reopen:
            _reopen(case)
        _note("decision.reversed", decision, staff, cause=cause)
        if decision.kind != Kind.DISMISS:
            publish(DecisionReversed(profile_id=case.profile_id, decision_id=decision.id, post_id=decision.post_id))
    logger.warning("decision.reversed", extra={"decision_id": decision_id, "user_id": case.profile_id})
    return True


def lift_ended(*, now: datetime) -> int:
    """Take back the suspensions whose time has come by `now`; return how many."""
    over = Decision.objects.filter(until__lte=now, reversal=None).order_by("until").values_list("id", flat=True)
    return sum(reverse(decision_id=decision_id, cause=Cause.END, staff=None, now=now) for decision_id in over)


def require_other(profile_id: int, staff: StaffUser | None) -> None:
    """:raises PermissionDenied: nobody decides about themselves."""
    if staff is not None and staff.pk == profile_id:
        raise PermissionDenied("Nobody decides about themselves.")


def _locked(case_id: int) -> Case:
    case = Case.objects.select_for_update(no_key=True).filter(id=case_id).first()
    if case is None:
        raise NotFound
    return case


def _decided(decision_id: int) -> tuple[Decision, Case]:
    decision = Decision.objects.filter(id=decision_id).first()
    if decision is None:
        raise NotFound
    return decision, _locked(decision.case_id)


def _require_fit(case: Case, kind: str, until: datetime | None, staff: StaffUser | None, now: datetime) -> None:
    if case.closed_at is not None:
        raise CaseClosed
    require_other(case.profile_id, staff)
    if kind == Kind.HIDE_POST and case.post_id is None:
        raise DoesNotFit("There is no post in this case.")
    if until is not None and (kind != Kind.SUSPEND or until <= now):
        raise DoesNotFit("Only a suspension has an end, and that must lie in the future.")
    if kind == Kind.SUSPEND and StaffUser.objects.filter(id=case.profile_id, is_active=True).exists():
        raise PermissionDenied("Staff are suspended by administrators, in Auth.")


def _reopen(case: Case) -> None:
    """Where there is another open case of the same target by now, that one is enough."""
    try:
        with transaction.atomic():
            Case.objects.filter(id=case.id).update(closed_at=None)
    except IntegrityError:
        logger.info("case.not_reopened", extra={"case_id": case.id})


def _note(action: str, decision: Decision, staff: StaffUser | None, **details: str) -> None:
    audit.note(
        action,
        staff=staff,
        profile_id=decision.profile_id,
        case_id=decision.case_id,
        decision_id=decision.id,
        **details,
    )
