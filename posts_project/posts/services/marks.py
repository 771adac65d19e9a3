"""Liking, reposting, bookmarking, pinning a post and muting its thread; each is idempotent, both ways."""

from django.db import transaction

from posts_project import sql
from posts_project.events.registry import publish
from posts_project.follows import locks as audiences
from posts_project.posts import locks
from posts_project.posts.facts import PostLiked, PostReposted
from posts_project.posts.models import Kind, Mark, Post
from posts_project.posts.services import counts
from posts_project.profiles.models import Profile
from shared import snowflakes
from shared.problems import NotFound, PermissionDenied, Problem

MAX_PINS = 5

_ADD = """
    INSERT INTO mark (profile_id, post_id, kind, since) VALUES (%(profile)s, %(post)s, %(kind)s, %(since)s)
    ON CONFLICT DO NOTHING
"""


class TooManyPins(Problem):
    status, code, title = 409, "too_many_pins", f"At most {MAX_PINS} posts can be pinned"


@transaction.atomic
def add(*, post_id: int, profile: Profile, kind: str) -> None:
    """:raises NotFound: no such post for them. :raises PermissionDenied, TooManyPins: it cannot be pinned."""
    if kind == Kind.REPOST:
        audiences.hold_audience(profile.id)
    post = _post(post_id, profile)
    if kind == Kind.PIN:
        _require_pinnable(post, profile)
    # Never older than the post, whatever the clocks say.
    since = max(snowflakes.new_id(), post.id + 1)
    mark = {"profile": profile.id, "post": _place(post, kind), "kind": kind, "since": since}
    if sql.execute(_ADD, mark):
        _count(post.id, kind, 1)
        _tell(post, profile.id, kind, since)


@transaction.atomic
def remove(*, post_id: int, profile: Profile, kind: str) -> None:
    """:raises NotFound: no such post for them."""
    post = _post(post_id, profile)
    erase(Mark(profile=profile, post_id=_place(post, kind), kind=kind))


def erase(mark: Mark) -> None:
    """Remove `mark`, if it is there, in the caller's transaction, which holds its post."""
    removed, _ = Mark.objects.filter(pk=(mark.profile_id, mark.post_id, mark.kind)).delete()
    if removed:
        _count(mark.post_id, mark.kind, -1)


def _post(post_id: int, profile: Profile) -> Post:
    post = locks.hold_readable([post_id], viewer_id=profile.id).get(post_id)
    if post is None:
        raise NotFound
    return post


def _place(post: Post, kind: str) -> int:
    """Where the mark stands: a mute is one of the whole thread."""
    return post.thread_id or post.id if kind == Kind.MUTE else post.id


def _require_pinnable(post: Post, profile: Profile) -> None:
    if post.author_id != profile.id:
        raise PermissionDenied("Only its author may pin a post")
    Profile.objects.select_for_update(no_key=True).get(id=profile.id)
    others = Mark.objects.filter(profile=profile, kind=Kind.PIN).exclude(post_id=post.id)
    if others.count() >= MAX_PINS:
        raise TooManyPins


def _tell(post: Post, profile_id: int, kind: str, since: int) -> None:
    if kind == Kind.LIKE:
        publish(PostLiked(post_id=post.id, author_id=post.author_id, profile_id=profile_id))
    elif kind == Kind.REPOST:
        publish(PostReposted(post_id=post.id, author_id=post.author_id, profile_id=profile_id, at=since))


def _count(post_id: int, kind: str, change: int) -> None:
    if kind == Kind.LIKE:
        counts.add(post_id, likes=change)
    elif kind == Kind.REPOST:
        counts.add(post_id, reposts=change)
