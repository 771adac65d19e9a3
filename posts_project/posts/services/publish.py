"""Publishing a post."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from posts_project.events.registry import defer_until
from posts_project.events.registry import publish as publish_fact
from posts_project.follows import locks
from posts_project.media.services import attachments
from posts_project.posts import locks as post_locks
from posts_project.posts import selectors
from posts_project.posts import text as texts
from posts_project.posts.facts import PostPublished
from posts_project.posts.models import Post, ReplyPolicy, Visibility
from posts_project.posts.polls import Question
from posts_project.posts.services import contents, counts
from posts_project.posts.text import Contents
from posts_project.profiles.models import Profile
from posts_project.profiles.services import counts as profile_counts
from shared import snowflakes
from shared.problems import FieldError, Problem, ValidationProblem

ATTEMPTS = 3


class ReplyForbidden(Problem):
    status, code, title = 403, "reply_forbidden", "The author of this post has limited who may reply"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What an author wants to say. `visibility` None is the author's default."""

    text: str = ""
    visibility: str | None = None
    reply_policy: str = ReplyPolicy.EVERYONE
    in_reply_to: int | None = None
    quote_of: int | None = None
    sensitive: bool = False
    spoiler_text: str = ""
    language: str | None = None
    poll: Question | None = None
    media_ids: Sequence[int] = ()


def publish(*, author: Profile, draft: Draft) -> Post:
    """Store the post and bring it to its readers.

    :raises ValidationProblem: a post that it answers or quotes, or a picture, is not there for this author.
    :raises ReplyForbidden: it is, but its author does not want this reply.
    """
    found = texts.parse(draft.text)
    ids = contents.mentioned_ids(found, author_id=author.id)
    for _ in range(ATTEMPTS - 1):
        try:
            return _publish(author, draft, found, ids)
        except IntegrityError:
            # Two posts of two processes can get one id: once more.
            continue
    return _publish(author, draft, found, ids)


@transaction.atomic
def _publish(author: Profile, draft: Draft, found: Contents, ids: dict[str, int]) -> Post:
    locks.hold_audience(author.id)
    post = _post(author, draft)
    named = _required(draft, author)
    if draft.in_reply_to is not None:
        parent = named[draft.in_reply_to]
        if not selectors.may_reply(parent, viewer_id=author.id):
            raise ReplyForbidden
        post.thread_id = parent.thread_id or parent.id
    contents.describe(post, found, ids)
    if draft.media_ids:
        attachments.place(draft.media_ids, post_id=post.id)
    post.save(force_insert=True)
    contents.store_rows(post, found, ids)
    contents.store_words(post)
    if counts.is_counted(post):
        counts.add_references(post, 1)
    profile_counts.add(author.id, posts=1)
    publish_fact(PostPublished(post_id=post.id, author_id=author.id))
    if draft.poll is not None:
        defer_until(draft.poll.expires_at(asked_at=post.created_at), "posts.close_poll", post_id=post.id)
    return post


def _post(author: Profile, draft: Draft) -> Post:
    by_default = Visibility.FOLLOWERS if author.is_private else Visibility.PUBLIC
    number = snowflakes.new_id()
    return Post(
        id=number,
        author=author,
        text=draft.text,
        visibility=draft.visibility or by_default,
        reply_policy=draft.reply_policy,
        in_reply_to_id=draft.in_reply_to,
        quote_of_id=draft.quote_of,
        sensitive=draft.sensitive,
        spoiler_text=draft.spoiler_text,
        language=draft.language,
        has_media=bool(draft.media_ids),
        poll=draft.poll.stored(asked_at=snowflakes.created_at(number)) if draft.poll else None,
    )


def _required(draft: Draft, author: Profile) -> dict[int, Post]:
    """The posts that `draft` names, by id, held until it is published, as are its pictures."""
    named = {"in_reply_to": draft.in_reply_to, "quote_of": draft.quote_of}
    wanted = {field: number for field, number in named.items() if number is not None}
    found = post_locks.hold_readable(wanted.values(), viewer_id=author.id) if wanted else {}
    detail = "There is no such post."
    faults = [
        FieldError(field=field, code="not_found", detail=detail) for field in wanted if wanted[field] not in found
    ]
    faults += attachments.faults(draft.media_ids, owner_id=author.id)
    if faults:
        raise ValidationProblem(*faults)
    return found
