"""Storing what was written elsewhere as posts of one author, each once, in its place in time.

Nobody is told of them and they mention nobody: their names are of other people in other places. Home timelines get them
as far as they reach (`feeds.services.older`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction

from posts_project.events.registry import publish
from posts_project.imports import places
from posts_project.imports.items import Item
from posts_project.imports.models import ImportedPost
from posts_project.posts import locks
from posts_project.posts import text as texts
from posts_project.posts.facts import PostsImported
from posts_project.posts.models import Post, PostTag, ReplyPolicy, Visibility
from posts_project.posts.services import contents, counts
from posts_project.profiles.models import Profile
from posts_project.profiles.services import counts as profile_counts

ATTEMPTS = 5
BATCH = 200


class AuthorAway(Exception):
    """The author has left, or is suspended or deactivated."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Items sorted by what becomes of them; `ids` are the posts of those keys that are known from before."""

    new: list[Item] = field(default_factory=list)
    present: list[Item] = field(default_factory=list)
    orphans: list[Item] = field(default_factory=list)
    ids: Mapping[str, int] = field(default_factory=dict)


def sort_out(items: Iterable[Item], *, author_id: int, earlier: Collection[str] = ()) -> Batch:
    """What would become of `items`. Orphans answer what is neither in front of them nor known from before.

    :param earlier: keys of what stood before these and would have been stored.
    """
    items = list(items)
    ids = _known(author_id, {item.key for item in items} | {item.parent for item in items if item.parent})
    batch, here = Batch(ids=ids), set[str]()
    for item in items:
        if item.key in ids or item.key in here or item.key in earlier:
            batch.present.append(item)
        elif item.parent and not (item.parent in ids or item.parent in here or item.parent in earlier):
            batch.orphans.append(item)
        else:
            batch.new.append(item)
            here.add(item.key)
    return batch


def store(items: Sequence[Item], *, author_id: int) -> Batch:
    """Make posts of `items` that are none yet, in one transaction; what became of them.

    :raises AuthorAway: see there.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _store(items, author_id)
        except IntegrityError:
            # Somebody else got one of the ids meanwhile: once more, with others.
            continue
    return _store(items, author_id)


@transaction.atomic
def _store(items: Sequence[Item], author_id: int) -> Batch:
    # Held, so that two imports of one author wait for each other, and who leaves waits for the batch.
    author = Profile.objects.select_for_update(no_key=True).filter(id=author_id).first()
    if author is None or not author.is_present:
        raise AuthorAway
    batch = sort_out(items, author_id=author_id)
    if batch.new:
        _insert(author, batch.new, batch.ids)
    return batch


def _insert(author: Profile, items: Sequence[Item], known: Mapping[str, int]) -> None:
    parents = sorted({known[item.parent] for item in items if item.parent and item.parent in known})
    locks.hold(parents)
    threads = {post.id: post.thread_id or post.id for post in Post.objects.filter(id__in=parents)}
    ids = _placed(items, known)
    found = {item.key: texts.parse(item.text) for item in items}
    posts = [_post(author, item, ids, threads, found[item.key]) for item in items]
    Post.objects.bulk_create(posts)
    tags = [(ids[item.key], name) for item in items for name in sorted(found[item.key].tag_names)]
    PostTag.objects.bulk_create(PostTag(post_id=post_id, name=name) for post_id, name in tags)
    _remember(author, items, ids)
    _count(author, posts)
    publish(PostsImported(author_id=author.id))


def _placed(items: Sequence[Item], known: Mapping[str, int]) -> dict[str, int]:
    """Key → id, also of those known; an answer is younger than what it answers. Ids that others have are avoided."""
    taken = set(known.values())
    while True:
        ids = dict(known)
        for item in items:
            above = ids[item.parent] if item.parent else 0
            ids[item.key] = places.place(item.created_at, taken=taken, above=above)
            taken.add(ids[item.key])
        new = [ids[item.key] for item in items]
        others = set(Post.objects.filter(id__in=new).values_list("id", flat=True))
        if not others:
            return ids
        taken = {*known.values(), *others, *(taken - set(new))}


def _post(author: Profile, item: Item, ids: Mapping[str, int], threads: dict[int, int], found: texts.Contents) -> Post:
    """Unsaved; `threads`, post → the first of its thread, learns of it."""
    parent = ids[item.parent] if item.parent else None
    by_default = Visibility.FOLLOWERS if author.is_private else Visibility.PUBLIC
    post = Post(
        id=ids[item.key],
        author=author,
        text=item.text,
        visibility=item.visibility or by_default,
        reply_policy=item.reply_policy or ReplyPolicy.EVERYONE,
        in_reply_to_id=parent,
        thread_id=threads.get(parent, parent) if parent else None,
        sensitive=item.sensitive,
        spoiler_text=item.spoiler_text,
        language=item.language,
    )
    threads[post.id] = post.thread_id or post.id
    contents.describe(post, found, {})
    return post


def _remember(author: Profile, items: Sequence[Item], ids: Mapping[str, int]) -> None:
    rows = (ImportedPost(author=author, source=item.key, post_id=ids[item.key]) for item in items)
    ImportedPost.objects.bulk_create(rows)


def _count(author: Profile, posts: Sequence[Post]) -> None:
    replies = Counter(post.in_reply_to_id for post in posts if post.in_reply_to_id and counts.is_counted(post))
    for parent in sorted(replies):
        counts.add(parent, replies=replies[parent])
    profile_counts.add(author.id, posts=len(posts))


def _known(author_id: int, keys: Collection[str]) -> dict[str, int]:
    found = ImportedPost.objects.filter(author_id=author_id, source__in=keys)
    return dict(found.values_list("source", "post_id"))
