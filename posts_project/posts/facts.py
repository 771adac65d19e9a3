"""What happens to posts, for those above to act on."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class PostPublished:
    """Published in the transaction that stores the post, while its author's audience is held."""

    type: ClassVar[str] = "post.published"
    post_id: int
    author_id: int


@dataclass(frozen=True, kw_only=True)
class PostLiked:
    """`profile_id` likes the post, and did not until now."""

    type: ClassVar[str] = "post.liked"
    post_id: int
    author_id: int
    profile_id: int


@dataclass(frozen=True, kw_only=True)
class PostReposted:
    """Published while the audience of `profile_id`, the reposter, is held. `at` is the repost's place in time."""

    type: ClassVar[str] = "post.reposted"
    post_id: int
    author_id: int
    profile_id: int
    at: int


@dataclass(frozen=True, kw_only=True)
class PostsImported:
    """Posts of that author were put in their places in the past: no news for anybody, but part of timelines."""

    type: ClassVar[str] = "posts.imported"
    author_id: int


@dataclass(frozen=True, kw_only=True)
class PollClosed:
    """The time of the poll in that post is over. Told again where a worker dies in between, as with any job."""

    type: ClassVar[str] = "poll.closed"
    post_id: int
    author_id: int


@dataclass(frozen=True, kw_only=True)
class PostDeleted:
    type: ClassVar[str] = "post.deleted"
    post_id: int
    author_id: int
