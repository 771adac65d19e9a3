"""Editing and deleting, by the author alone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from posts_project.events.registry import publish
from posts_project.media import selectors as media
from posts_project.media.services import attachments, removal
from posts_project.posts import text as texts
from posts_project.posts.facts import PostDeleted
from posts_project.posts.models import Kind, Mark, Mention, Post, PostTag, PostWords
from posts_project.posts.services import contents, counts
from posts_project.profiles.models import Profile
from posts_project.profiles.services import counts as profile_counts
from shared.problems import FieldError, NotFound, PermissionDenied, ValidationProblem

# A change of these is an edit that readers are told of; who may read and reply is not part of what was said.
_SAID = frozenset({"text", "spoiler_text", "sensitive", "language", attachments.FIELD})
# And of these it is found by other words.
_SOUGHT = frozenset({"text", "spoiler_text"})

# Called with the post locked, before anything changes; raises where the client's precondition does not hold.
Precondition = Callable[[], None]


def edit(
    *, post_id: int, author: Profile, changes: Mapping[str, Any], now: datetime, precondition: Precondition
) -> None:
    """Change what `changes` names; where that is nothing new, nothing happens.

    :raises NotFound: no such post for `author`. :raises PermissionDenied: somebody else's.
    :raises ValidationProblem: nothing would be left to see; a picture is not there, or not to be used.
    """
    found = texts.parse(changes["text"]) if "text" in changes else None
    ids = contents.mentioned_ids(found, author_id=author.id) if found else {}
    with transaction.atomic():
        post = _own(post_id, author)
        precondition()
        _require_something(changes, post)
        new = {name: value for name, value in changes.items() if _present(post, name) != value}
        if new:
            _change(post, new, now)
            if found and "text" in new:
                contents.describe(post, found, ids)
                contents.replace_rows(post, found, ids)
            if _SOUGHT & new.keys():
                contents.store_words(post)
            post.save()


@transaction.atomic
def delete(*, post_id: int, author: Profile, precondition: Precondition) -> None:
    """Remove the post from every surface; replies to it stay.

    :raises NotFound: no such post for `author`. :raises PermissionDenied: somebody else's.
    """
    post = _own(post_id, author)
    precondition()
    remove(post)


@transaction.atomic
def remove_if_there(post_id: int) -> bool:
    """Remove the post whosever it is, in a transaction of its own; False where it is gone already."""
    post = Post.objects.select_for_update().filter(id=post_id).first()
    if post is not None:
        remove(post)
    return post is not None


def remove(post: Post) -> None:
    """Delete one post with all that hangs on it, in the caller's transaction, which has locked it and no other."""
    Mention.objects.filter(post=post).delete()
    PostTag.objects.filter(post=post).delete()
    PostWords.objects.filter(post=post).delete()
    Mark.objects.filter(post_id=post.id).exclude(kind=Kind.MUTE).delete()
    post.votes.all().delete()
    post.versions.all().delete()
    post.counts.all().delete()
    post.poll_counts.all().delete()
    if post.has_media:
        removal.remove_of_post(post.id, now=timezone.now())
    Post.objects.filter(id=post.id)._raw_delete(using="default")
    if counts.is_counted(post):
        counts.add_references(post, -1)
    if post.hidden_at is None:
        profile_counts.add(post.author_id, posts=-1)
    publish(PostDeleted(post_id=post.id, author_id=post.author_id))


def _own(post_id: int, author: Profile) -> Post:
    post = Post.objects.select_for_update(of=("self",)).visible_to(author.id).filter(id=post_id).first()
    if post is None:
        raise NotFound
    if post.author_id != author.id:
        raise PermissionDenied("Only its author may change a post")
    return post


def _present(post: Post, name: str) -> Any:
    return media.ids_of(post.id) if name == attachments.FIELD else getattr(post, name)


def _require_something(changes: Mapping[str, Any], post: Post) -> None:
    if not {"text", attachments.FIELD} & changes.keys():
        return
    has_media = bool(changes.get(attachments.FIELD, post.has_media))
    if not texts.is_visible(changes.get("text", post.text)) and post.poll is None and not has_media:
        raise ValidationProblem(FieldError(field="text", code="blank", detail="Must have something to see."))


def _keep_version(post: Post) -> None:
    post.versions.create(
        number=post.versions.count() + 1,
        text=post.text,
        spoiler_text=post.spoiler_text,
        created_at=post.edited_at or post.created_at,
    )


def _change(post: Post, new: Mapping[str, Any], now: datetime) -> None:
    counted_before = counts.is_counted(post)
    if _SAID & new.keys():
        _keep_version(post)
    for name, value in new.items():
        if name == attachments.FIELD:
            _place(post, value)
        else:
            setattr(post, name, value)
    if _SAID & new.keys():
        post.edited_at = now
    if counted_before != counts.is_counted(post):
        counts.add_references(post, -1 if counted_before else 1)


def _place(post: Post, ids: Sequence[int]) -> None:
    """:raises ValidationProblem: they are not all there for this post."""
    faults = attachments.faults(ids, owner_id=post.author_id, post_id=post.id)
    if faults:
        raise ValidationProblem(*faults)
    attachments.place(ids, post_id=post.id)
    post.has_media = bool(ids)
