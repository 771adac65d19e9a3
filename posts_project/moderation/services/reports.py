"""Reporting a post or a person."""

from django.db import transaction

from posts_project import sql
from posts_project.moderation.models import Report
from posts_project.moderation.services import cases
from posts_project.posts.models import Post
from posts_project.profiles.models import Profile
from shared import snowflakes
from shared.problems import NotFound, Problem

_ADD = """
    INSERT INTO report (id, case_id, reporter_id, reason, comment)
    VALUES (%(id)s, %(case)s, %(reporter)s, %(reason)s, %(comment)s) ON CONFLICT DO NOTHING
"""


class CannotReportSelf(Problem):
    status, code, title = 400, "cannot_report_self", "You cannot report yourself"


class AlreadyReported(Problem):
    status, code, title = 409, "already_reported", "You have reported this, and nobody has decided yet"


def report_post(*, post_id: int, reporter: Profile, reason: str, comment: str) -> Report:
    """:raises NotFound: no such post for them. :raises CannotReportSelf, AlreadyReported: it is refused."""
    post = Post.objects.visible_to(reporter.id).filter(id=post_id).first()
    if post is None:
        raise NotFound
    return _report(post.author_id, post, reporter, reason, comment)


def report_profile(*, profile: Profile, reporter: Profile, reason: str, comment: str) -> Report:
    """:raises CannotReportSelf, AlreadyReported: it is refused."""
    return _report(profile.id, None, reporter, reason, comment)


@transaction.atomic
def _report(profile_id: int, post: Post | None, reporter: Profile, reason: str, comment: str) -> Report:
    if profile_id == reporter.id:
        raise CannotReportSelf
    case_id, _ = cases.opened(profile_id=profile_id, post=post)
    report_id = snowflakes.new_id()
    added = {"id": report_id, "case": case_id, "reporter": reporter.id, "reason": reason, "comment": comment}
    if not sql.execute(_ADD, added):
        raise AlreadyReported
    return Report.objects.select_related("case").get(id=report_id)
