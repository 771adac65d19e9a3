"""Voting, once for all, and the end of a poll."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from posts_project import sql
from posts_project.events.registry import publish
from posts_project.posts import locks
from posts_project.posts.facts import PollClosed
from posts_project.posts.models import Post, Vote
from posts_project.posts.polls import IS_OVER
from posts_project.posts.services import counts
from posts_project.profiles.models import Profile
from shared.problems import FieldError, NotFound, Problem, ValidationProblem

_CAST = f"""
    INSERT INTO vote (post_id, profile_id, choices)
    SELECT p.id, %(voter)s, %(choices)s::smallint[] FROM post p WHERE p.id = %(post)s AND NOT {IS_OVER}
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - built from constants


class AlreadyVoted(Problem):
    status, code, title = 409, "already_voted", "You have voted otherwise in this poll"


class PollIsOver(Problem):
    status, code, title = 409, "poll_closed", "This poll is closed"


@transaction.atomic
def vote(*, post_id: int, voter: Profile, choices: Collection[int]) -> None:
    """Cast a vote for the options in those places; the same vote again changes nothing, whenever it comes.

    :raises NotFound: no such post for them, or it asks nothing. :raises ValidationProblem: it has no such choice.
    :raises AlreadyVoted: otherwise than now. :raises PollIsOver: and there is no vote of theirs.
    """
    post = locks.hold_readable([post_id], viewer_id=voter.id).get(post_id)
    if post is None or post.poll is None:
        raise NotFound
    _require_possible(choices, post.poll)
    chosen = sorted(choices)
    if sql.execute(_CAST, {"post": post.id, "voter": voter.id, "choices": chosen}):
        counts.add_votes(post.id, chosen, 1)
    else:
        _require_cast(post, voter, chosen)


def erase(vote: Vote) -> None:
    """Remove `vote`, if it is there, in the caller's transaction, which holds its post."""
    removed, _ = Vote.objects.filter(pk=(vote.post_id, vote.profile_id)).delete()
    if removed:
        counts.add_votes(vote.post_id, vote.choices, -1)


@transaction.atomic
def close(post_id: int) -> None:
    """Tell that the poll's time is over, if its post is still there."""
    locks.hold([post_id])
    post = Post.objects.filter(id=post_id).first()
    if post is not None:
        publish(PollClosed(post_id=post.id, author_id=post.author_id))


def _require_possible(choices: Collection[int], poll: dict[str, Any]) -> None:
    """Whoever wrote `choices` has seen to it that they are distinct, and that there is one."""
    fault = None
    if max(choices) >= len(poll["options"]):
        fault = FieldError(field="choices", code="out_of_range", detail="The poll has no such option.")
    elif len(choices) > 1 and not poll["multiple"]:
        fault = FieldError(field="choices", code="not_multiple", detail="The poll takes one choice.")
    if fault:
        raise ValidationProblem(fault)


def _require_cast(post: Post, voter: Profile, chosen: list[int]) -> None:
    cast = Vote.objects.filter(pk=(post.id, voter.id)).first()
    if cast is None:
        raise PollIsOver
    if cast.choices != chosen:
        raise AlreadyVoted
