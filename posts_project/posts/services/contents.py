"""What a text holds, stored beside it: in the post for readers, in rows of their own for look-ups."""

from collections.abc import Mapping

from posts_project import sql
from posts_project.posts import lexemes
from posts_project.posts import text as texts
from posts_project.posts.models import Mention, Post, PostTag
from posts_project.posts.text import Contents
from posts_project.profiles.services import fill

_STORE_WORDS = """
    INSERT INTO post_words (post_id, words) VALUES (%(post)s, %(words)s::tsvector)
    ON CONFLICT (post_id) DO UPDATE SET words = excluded.words
"""


def mentioned_ids(contents: Contents, *, author_id: int) -> dict[str, int]:
    """Username → id of those mentioned who are there for the author. May ask Auth, once: before the transaction."""
    found = fill.by_usernames(contents.usernames, viewer_id=author_id)
    return {name: profile.id for name, profile in found.items()}


def describe(post: Post, contents: Contents, ids: Mapping[str, int]) -> None:
    """Set on `post` (not yet saved) what its text holds."""
    post.tags = texts.tag_entries(contents)
    post.mentions = texts.mention_entries(contents, ids)
    post.links = texts.link_entries(contents)


def store_rows(post: Post, contents: Contents, ids: Mapping[str, int]) -> None:
    Mention.objects.bulk_create(Mention(post=post, profile_id=profile_id) for profile_id in sorted(set(ids.values())))
    PostTag.objects.bulk_create(PostTag(post=post, name=name) for name in sorted(contents.tag_names))


def store_words(post: Post) -> None:
    """Let `post`, which is locked or not yet there for others, be found by what it says now."""
    sql.execute(_STORE_WORDS, {"post": post.id, "words": lexemes.vector(post)})


def replace_rows(post: Post, contents: Contents, ids: Mapping[str, int]) -> None:
    Mention.objects.filter(post=post).delete()
    PostTag.objects.filter(post=post).delete()
    store_rows(post, contents, ids)
