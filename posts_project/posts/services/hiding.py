"""Hiding a post from all but its author, and showing it again: moderators alone ask for it."""

from datetime import datetime

from posts_project.media.services import moving
from posts_project.posts.models import Post
from posts_project.posts.services import counts
from posts_project.profiles.services import counts as profile_counts


def hide(post: Post, *, now: datetime) -> bool:
    """Take `post`, which the caller has locked, out of every surface and count; False where it is hidden already."""
    if post.hidden_at is not None:
        return False
    _count(post, -1)
    _set(post, now)
    if post.has_media:
        # Who had their addresses must not go on reading them.
        moving.move_later(post.id)
    return True


def show(post: Post) -> bool:
    """Bring `post`, which the caller has locked, back to where it was; False where it is not hidden."""
    if post.hidden_at is None:
        return False
    _set(post, None)
    _count(post, 1)
    return True


def _set(post: Post, moment: datetime | None) -> None:
    post.hidden_at = moment
    post.save(update_fields=["hidden_at"])


def _count(post: Post, change: int) -> None:
    """Of the post as it is shown."""
    if counts.is_counted(post):
        counts.add_references(post, change)
    profile_counts.add(post.author_id, posts=change)
