"""Moderators of the tests, and what they decide."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from posts_project.moderation.models import Case, Cause, Decision
from posts_project.moderation.services import cases, decisions
from posts_project.posts.models import Post
from posts_project.profiles.models import Profile
from posts_project.staff.models import StaffUser
from tests.posts.people import Person


def moderator(username: str = "mo@auth") -> StaffUser:
    return StaffUser.objects.get_or_create(username=username, defaults={"is_staff": True})[0]


def case_about(person: Person, post: dict[str, Any] | None = None) -> Case:
    found = Post.objects.get(id=post["id"]) if post else None
    return cases.open_by_staff(profile=Profile.objects.get(id=person.id), post=found, staff=moderator())


def decided(
    person: Person,
    kind: str,
    post: dict[str, Any] | None = None,
    *,
    reason: str = "spam",
    text: str = "Too much of it.",
    until: datetime | None = None,
) -> Decision:
    """Moderators decide about a person, or about a post of theirs."""
    return decisions.decide(
        case_id=case_about(person, post).id,
        kind=kind,
        reason=reason,
        text=text,
        until=until,
        staff=moderator(),
        now=timezone.now(),
    )


def taken_back(decision: Decision, *, cause: str = Cause.STAFF, reopen: bool = False) -> bool:
    return decisions.reverse(decision_id=decision.id, cause=cause, staff=moderator(), now=timezone.now(), reopen=reopen)
