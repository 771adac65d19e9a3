"""What moderators see of a case and of whom it concerns, each in a constant number of queries."""

from dataclasses import dataclass

from django.db.models import QuerySet

from posts_project.moderation.models import Case, Decision, Report
from posts_project.posts.models import Post
from posts_project.profiles.models import Profile

MOST_SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """`post` is None where there is none in the case, or it is gone; `cases` are others of the same person."""

    case: Case
    profile: Profile
    post: Post | None
    reports: list[Report]
    decisions: list[Decision]
    cases: int

    @property
    def is_gone(self) -> bool:
        return self.case.post_id is not None and self.post is None

    @property
    def is_changed(self) -> bool:
        return self.post is not None and self.post.edited_at is not None and self.said != self.case.text

    @property
    def said(self) -> str:
        """What the post says now."""
        return "\n\n".join(filter(None, (self.post.spoiler_text, self.post.text))) if self.post else ""


def dossier(case: Case) -> Dossier:
    return Dossier(
        case=case,
        profile=case.profile,
        post=Post.objects.filter(id=case.post_id).first() if case.post_id else None,
        reports=list(case.reports.select_related("reporter").order_by("-id")[:MOST_SHOWN]),
        decisions=list(decisions_about(case.profile_id)[:MOST_SHOWN]),
        cases=Case.objects.filter(profile_id=case.profile_id).exclude(id=case.id).count(),
    )


def decisions_about(profile_id: int) -> QuerySet[Decision]:
    return Decision.objects.filter(profile_id=profile_id).select_related("staff", "reversal", "appeal").order_by("-id")
