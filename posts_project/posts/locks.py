"""Who may touch a post, and what is counted of it, at the same time.

Note [Order of locks]: a transaction locks posts first, by rising id; then what hangs on them (marks, votes); then
their counts, by rising id again and one share of each (`profiles.services.counts.SHARE`); counts of profiles last. One
that means to delete or edit locks that post alone, before all others: whatever it names is older. So those who publish,
like, vote, edit and delete at once wait for each other in one direction only, and no deadlock can come of it.
"""

from collections.abc import Iterable

from posts_project import sql
from posts_project.posts.models import Post
from posts_project.posts.visibility import readable

# Locked against deletion only: those who like or answer a post at the same time do not wait for each other.
_HOLD = "SELECT id FROM post WHERE id = ANY(%(ids)s) ORDER BY id FOR KEY SHARE"
_HOLD_READABLE = f"""
    SELECT p.* FROM post p JOIN profile a ON a.id = p.author_id
    WHERE p.id = ANY(%(ids)s) AND {readable()} ORDER BY p.id FOR KEY SHARE OF p
"""  # noqa: S608 - built from constants


def hold(ids: Iterable[int]) -> None:
    """Keep those of `ids` that are there from being deleted until this transaction ends. See Note [Order of locks]."""
    sql.rows(_HOLD, {"ids": list(ids)})


def hold_readable(ids: Iterable[int], *, viewer_id: int) -> dict[int, Post]:
    """Hold those of `ids` that `viewer_id` may read, and only those; by id."""
    found = Post.objects.raw(_HOLD_READABLE, {"ids": list(ids), "viewer": viewer_id})
    return {post.id: post for post in found}
