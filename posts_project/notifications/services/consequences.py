"""Who is told of what happens to posts and profiles: subscribers, each part of what happened."""

from django.db import transaction

from posts_project import sql
from posts_project.events.registry import defer
from posts_project.follows.facts import FollowCreated, FollowRequested
from posts_project.notifications.models import Kind
from posts_project.notifications.services import purging
from posts_project.notifications.services.telling import tell, tell_once
from posts_project.posts.facts import PollClosed, PostDeleted, PostLiked, PostPublished, PostReposted

# So many voters are told in a transaction.
PAGE = 500

TELL_VOTERS = "notifications.tell_voters"

_NAMED = """
    SELECT p.author_id, r.author_id, q.author_id,
        ARRAY(SELECT profile_id FROM mention WHERE post_id = p.id)
    FROM post p LEFT JOIN post r ON r.id = p.in_reply_to_id LEFT JOIN post q ON q.id = p.quote_of_id
    WHERE p.id = %(post)s
"""
# Held, so that nobody is told of a post that is being deleted.
_AUTHOR = "SELECT author_id FROM post WHERE id = %(post)s FOR KEY SHARE"
_VOTERS = """
    SELECT profile_id FROM vote WHERE post_id = %(post)s AND profile_id > %(after)s ORDER BY profile_id LIMIT %(limit)s
"""


def tell_followed(fact: FollowCreated) -> None:
    tell(profile_id=fact.followee_id, kind=Kind.FOLLOW, actor_id=fact.follower_id)


def tell_asked(fact: FollowRequested) -> None:
    tell(profile_id=fact.followee_id, kind=Kind.FOLLOW_REQUEST, actor_id=fact.follower_id)


def tell_liked(fact: PostLiked) -> None:
    tell(profile_id=fact.author_id, kind=Kind.LIKE, post_id=fact.post_id, actor_id=fact.profile_id)


def tell_reposted(fact: PostReposted) -> None:
    tell(profile_id=fact.author_id, kind=Kind.REPOST, post_id=fact.post_id, actor_id=fact.profile_id)


def tell_named(fact: PostPublished) -> None:
    """Whom a post answers, quotes or mentions (thirty at most), each once: whom it answers is not told that it names
    them, too."""
    author, answered, quoted, mentioned = sql.rows(_NAMED, {"post": fact.post_id})[0]
    for kind, named in (
        (Kind.REPLY, {answered}),
        (Kind.QUOTE, {quoted} - {answered}),
        (Kind.MENTION, set(mentioned) - {answered, quoted}),
    ):
        tell_once(profile_ids=named - {None}, kind=kind, post_id=fact.post_id, actor_id=author)


def tell_of_closing(fact: PollClosed) -> None:
    """Whoever asked, at once; who voted, by a job."""
    tell_once(profile_ids=[fact.author_id], kind=Kind.POLL_CLOSED, post_id=fact.post_id)
    defer(TELL_VOTERS, post_id=fact.post_id, after=0)


@transaction.atomic
def tell_voters_page(*, post_id: int, after: int) -> None:
    author = sql.row(_AUTHOR, {"post": post_id})
    if author is None:
        return
    voters = [row[0] for row in sql.rows(_VOTERS, {"post": post_id, "after": after, "limit": PAGE})]
    tell_once(profile_ids=voters, kind=Kind.POLL_CLOSED, post_id=post_id, actor_id=author[0])
    if len(voters) == PAGE:
        defer(TELL_VOTERS, post_id=post_id, after=voters[-1])


def forget_post(fact: PostDeleted) -> None:
    """Nobody sees them any more; the rows go with the post, as its likes do."""
    purging.forget_post(fact.post_id)
