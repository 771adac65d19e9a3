"""What each kind of decision does, and undoes: True where something changed. In the caller's transaction.

Note [Order of locks in moderation]: a step locks its case first, then the post or the profile, then what hangs on them
(Note [Order of locks] in `posts.locks`). Whoever reports holds the case alone.
"""

from collections.abc import Callable
from datetime import datetime

from posts_project.events.registry import publish
from posts_project.moderation.facts import StandingChanged
from posts_project.moderation.models import Decision, Kind
from posts_project.posts.models import Post
from posts_project.posts.services import hiding
from posts_project.profiles.services import standing
from posts_project.revocations import services as revocations


def apply(decision: Decision, *, now: datetime) -> bool:
    return _APPLY[decision.kind](decision, now)


def undo(decision: Decision) -> bool:
    return _UNDO[decision.kind](decision)


def _hide(decision: Decision, now: datetime) -> bool:
    post = _post(decision)
    return post is not None and hiding.hide(post, now=now)


def _show(decision: Decision) -> bool:
    """Its author may have deleted it meanwhile."""
    post = _post(decision)
    return post is not None and hiding.show(post)


def _suspend(decision: Decision, now: datetime) -> bool:
    if not standing.suspend(decision.profile_id):
        return False
    # Auth ends their sessions, and says so, too; but it may be away, and here they are out from now on.
    revocations.end_tokens(user_id=decision.profile_id, valid_after=now)
    publish(StandingChanged(profile_id=decision.profile_id))
    return True


def _reinstate(decision: Decision) -> bool:
    standing.reinstate(decision.profile_id)
    publish(StandingChanged(profile_id=decision.profile_id))
    return True


def _limit(decision: Decision, now: datetime) -> bool:
    return standing.limit(decision.profile_id, is_limited=True)


def _unlimit(decision: Decision) -> bool:
    return standing.limit(decision.profile_id, is_limited=False)


def _nothing(decision: Decision, now: datetime | None = None) -> bool:
    return True


def _post(decision: Decision) -> Post | None:
    if decision.post_id is None:
        return None
    return Post.objects.select_for_update(of=("self",)).filter(id=decision.post_id).first()


_APPLY: dict[str, Callable[[Decision, datetime], bool]] = {
    Kind.HIDE_POST: _hide,
    Kind.WARN: _nothing,
    Kind.LIMIT: _limit,
    Kind.SUSPEND: _suspend,
    Kind.DISMISS: _nothing,
}
_UNDO: dict[str, Callable[[Decision], bool]] = {
    Kind.HIDE_POST: _show,
    Kind.WARN: _nothing,
    Kind.LIMIT: _unlimit,
    Kind.SUSPEND: _reinstate,
    Kind.DISMISS: _nothing,
}
