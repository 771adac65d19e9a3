"""Appealing against a decision, once; and answering that."""

from datetime import datetime

from django.db import transaction

from posts_project.events.registry import publish
from posts_project.moderation.facts import AppealRejected
from posts_project.moderation.models import Appeal, Cause, Decision, Kind, Outcome, Reversal
from posts_project.moderation.services import audit, decisions
from posts_project.staff.models import StaffUser
from shared.problems import Conflict, NotFound


class AlreadyAppealed(Conflict):
    code, title = "already_appealed", "There is an appeal against this decision"


class DecisionReversed(Conflict):
    code, title = "decision_reversed", "This decision has been taken back"


class AlreadyAnswered(Conflict):
    code, title = "already_answered", "Somebody else has answered this appeal"


@transaction.atomic
def appeal(*, decision_id: int, profile_id: int, text: str, now: datetime, staff: StaffUser | None = None) -> Appeal:
    """Ask for another look at a decision about oneself.

    :param staff: who writes it down for somebody that wrote a letter, as the suspended must.
    :raises NotFound: there is none, or it is about somebody else. :raises AlreadyAppealed: it was asked before.
    :raises DecisionReversed: there is nothing to ask for.
    """
    decision = Decision.objects.filter(id=decision_id, profile_id=profile_id).exclude(kind=Kind.DISMISS).first()
    if decision is None:
        raise NotFound
    if Reversal.objects.filter(decision=decision).exists():
        raise DecisionReversed
    made, is_new = Appeal.objects.get_or_create(decision=decision, defaults={"text": text, "created_at": now})
    if not is_new:
        raise AlreadyAppealed
    if staff is not None:
        _note("appeal.recorded", decision, staff)
    return made


@transaction.atomic
def answer(*, decision_id: int, outcome: str, text: str, staff: StaffUser, now: datetime) -> None:
    """Accept an appeal, which takes the decision back, or reject it.

    :raises AlreadyAnswered: of two at once one answers. :raises NotFound: there is no such appeal.
    :raises PermissionDenied: nobody decides about themselves.
    """
    found = Appeal.objects.select_for_update(of=("self",)).select_related("decision").filter(pk=decision_id).first()
    if found is None:
        raise NotFound
    if found.outcome is not None:
        raise AlreadyAnswered
    decisions.require_other(found.decision.profile_id, staff)
    found.outcome, found.answer, found.staff, found.answered_at = outcome, text, staff, now
    found.save(update_fields=["outcome", "answer", "staff", "answered_at"])
    _note(f"appeal.{outcome}", found.decision, staff)
    if outcome == Outcome.ACCEPTED:
        decisions.reverse(decision_id=decision_id, cause=Cause.APPEAL, staff=staff, now=now)
    else:
        _tell_rejected(found.decision)


def _tell_rejected(decision: Decision) -> None:
    fact = AppealRejected(profile_id=decision.profile_id, decision_id=decision.pk, post_id=decision.post_id)
    publish(fact)


def _note(action: str, decision: Decision, staff: StaffUser) -> None:
    audit.note(action, staff=staff, profile_id=decision.profile_id, case_id=decision.case_id, decision_id=decision.pk)
