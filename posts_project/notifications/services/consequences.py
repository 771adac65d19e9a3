"""Who is told of what happens to posts and profiles: subscribers, each part of what happened."""

from django.db import transaction

from posts_project import sql
from posts_project.events.registry import defer
from posts_project.follows.facts import FollowCreated, FollowRequested
from posts_project.notifications.models import Kind
from posts_project.notifications.services.telling import tell, tell_once
from posts_project.posts.facts import PollClosed, PostDeleted, PostLiked, PostPublished, PostReposted

# More are told by a job, this many in a transaction.
INLINE_MENTIONS = 20
PAGE = 500

TELL_MENTIONED, TELL_VOTERS, FORGET_POST = (
    "notifications.tell_mentioned", "notifications.tell_voters", "notifications.forget_post",
)  # fmt: skip

_NAMED = """
    SELECT p.author_id, r.author_id, q.author_id,
        ARRAY(SELECT profile_id FROM mention WHERE post_id = p.id AND profile_id > %(after)s
            ORDER BY profile_id LIMIT %(limit)s)
    FROM post p LEFT JOIN post r ON r.id = p.in_reply_to_id LEFT JOIN post q ON q.id = p.quote_of_id
    WHERE p.id = %(post)s
"""
_AUTHOR = "SELECT author_id FROM post WHERE id = %(post)s"
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
    """Whom a post answers, quotes or mentions, each once: whom it answers is not told that it names them, too."""
    found = _named(fact.post_id, after=0, limit=INLINE_MENTIONS + 1)
    if found is None:
        return
    author, answered, quoted, mentioned = found
    if answered:
        tell_once(profile_ids=[answered], kind=Kind.REPLY, post_id=fact.post_id, actor_id=author)
    if quoted and quoted != answered:
        tell_once(profile_ids=[quoted], kind=Kind.QUOTE, post_id=fact.post_id, actor_id=author)
    if len(mentioned) > INLINE_MENTIONS:
        defer(TELL_MENTIONED, post_id=fact.post_id, after=0)
    else:
        _tell_mentioned(fact.post_id, author, set(mentioned) - {answered, quoted})


@transaction.atomic
def tell_mentioned_page(*, post_id: int, after: int) -> None:
    """One page, and the job for the next one in the same transaction: it resumes where it was stopped."""
    found = _named(post_id, after=after, limit=PAGE)
    if found is None:
        return
    author, answered, quoted, mentioned = found
    _tell_mentioned(post_id, author, set(mentioned) - {answered, quoted})
    if len(mentioned) == PAGE:
        defer(TELL_MENTIONED, post_id=post_id, after=mentioned[-1])


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
    """Nobody sees them from now on; a job takes the rows away."""
    defer(FORGET_POST, post_id=fact.post_id)


def _named(post_id: int, *, after: int, limit: int) -> sql.Row | None:
    return sql.row(_NAMED, {"post": post_id, "after": after, "limit": limit})


def _tell_mentioned(post_id: int, author: int, mentioned: set[int]) -> None:
    tell_once(profile_ids=sorted(mentioned), kind=Kind.MENTION, post_id=post_id, actor_id=author)
