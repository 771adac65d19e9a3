"""Posts of made-up people over some weeks, with what others did with them, written row by row."""

import itertools
import json
import random
from contextlib import ExitStack
from typing import Self

from benchmarks.dataset.people import People
from benchmarks.dataset.tables import NULL, Rows
from benchmarks.dataset.texts import Texts
from posts_project.posts import lexemes
from posts_project.posts import text as texts
from posts_project.posts.models import COUNTED, Kind, Mark, Mention, Post, PostTag, PostWords, ReplyPolicy, Visibility
from shared import snowflakes

HOUR = 3_600_000  # ms

# Of all posts. The rest of the visibilities' unit interval is "mentioned".
PUBLIC, UNLISTED, FOLLOWERS = 0.90, 0.95, 0.99
REPLIES, QUOTES, MENTIONS, TAGS, REPOSTS, BOOKMARKS = 0.15, 0.02, 0.05, 0.05, 0.03, 0.01
# A reply answers one of so many posts before it, or, now and then, the one that everybody talks about: there are
# so many of those, and each gets some hundred replies of two million posts.
RECENT, TALKED_ABOUT, TALK = 5_000, 50, 0.04
# Likes of a post: a Pareto distribution of this shape, so that most have none, and a few hundreds.
LIKES_SHAPE, MOST_LIKES = 2.0, 500

_COLUMNS = (
    "id", "author", "text", "visibility", "reply_policy", "in_reply_to", "thread_id", "quote_of", "tags", "mentions",
)  # fmt: skip


class Writer:
    """`with Writer(people, …) as writer: writer.write()` puts one more post and its marks into the tables."""

    def __init__(self, people: People, *, posts: int, began: int, ended: int, chance: random.Random) -> None:
        """:param began: :param ended: of the writing, in ms of snowflakes."""
        self._people, self._posts, self._chance = people, posts, chance
        self._began, self._ended = began, ended
        self._texts = Texts(chance)
        self._authors = range(len(people))
        self._activity = list(itertools.accumulate(chance.lognormvariate(0, 1) for _ in people.ids))
        self._written: list[int] = []
        self._threads: list[int] = []
        self._answerable = bytearray()
        self._cleanup = ExitStack()

    def __enter__(self) -> Self:
        enter = self._cleanup.enter_context
        self._post_rows = enter(Rows(Post, *_COLUMNS))
        self._mention_rows = enter(Rows(Mention, "post", "profile"))
        self._tag_rows = enter(Rows(PostTag, "name", "post"))
        self._mark_rows = enter(Rows(Mark, "profile", "post_id", "kind", "since"))
        self._words_rows = enter(Rows(PostWords, "post", "words"))
        return self

    def __exit__(self, *failure: object) -> None:
        self._cleanup.__exit__(*failure)  # type: ignore[arg-type]

    def write(self) -> None:
        author = self._chance.choices(self._authors, cum_weights=self._activity)[0]
        post_id, visibility = self._next_id(), self._visibility(author)
        parent, thread = self._parent()
        quoted = self._recent() if self._chance.random() < QUOTES else None
        tags, mentions, text = self._contents(post_id)
        self._post_rows.add(
            post_id,
            self._people.ids[author],
            text,
            visibility,
            ReplyPolicy.EVERYONE.value,
            parent,
            thread,
            NULL if quoted is None else self._written[quoted],
            tags,
            mentions,
        )
        told = Post(id=post_id, author_id=self._people.ids[author], text=text, tags=json.loads(tags))
        self._words_rows.add(post_id, lexemes.vector(told))
        self._written.append(post_id)
        self._threads.append(post_id if thread == NULL else int(thread))
        self._answerable.append(visibility in COUNTED)
        self._mark(post_id)

    def _next_id(self) -> int:
        step = (self._ended - self._began) / self._posts
        moment = int(self._began + len(self._written) * step)
        return (moment << snowflakes.RANDOM_BITS) | self._chance.getrandbits(snowflakes.RANDOM_BITS)

    def _visibility(self, author: int) -> str:
        drawn = self._chance.random()
        if drawn < PUBLIC:
            return (Visibility.FOLLOWERS if self._people.private[author] else Visibility.PUBLIC).value
        if drawn < UNLISTED:
            return Visibility.UNLISTED.value
        return (Visibility.FOLLOWERS if drawn < FOLLOWERS else Visibility.MENTIONED).value

    def _parent(self) -> tuple[int | str, int | str]:
        """The post that this one answers, and the first of that thread; twice `NULL` for most."""
        if self._chance.random() >= REPLIES:
            return NULL, NULL
        place = self._talk() if self._chance.random() < TALK else self._recent()
        return (NULL, NULL) if place is None else (self._written[place], self._threads[place])

    def _recent(self) -> int | None:
        number = len(self._written)
        return self._if_answerable(number - self._chance.randint(1, min(RECENT, number))) if number else None

    def _talk(self) -> int | None:
        number, every = len(self._written), self._posts // TALKED_ABOUT or 1
        return self._if_answerable(number - number % every)

    def _if_answerable(self, place: int) -> int | None:
        return place if place < len(self._written) and self._answerable[place] else None

    def _contents(self, post_id: int) -> tuple[str, str, str]:
        """Tags and mentions as the post keeps them, and the text; for look-ups they are rows of their own."""
        text, drawn = self._texts.text(), self._chance.random()
        if drawn < MENTIONS:
            person = self._chance.randrange(len(self._people))
            name, profile_id = self._people.names[person], self._people.ids[person]
            text = f"@{name} {text}"
            self._mention_rows.add(post_id, profile_id)
            return "[]", json.dumps(texts.mention_entries(texts.parse(text), {name: profile_id})), text
        if drawn < MENTIONS + TAGS:
            text = f"{text} #{self._texts.tag()}"
            found = texts.parse(text)
            for name in found.tag_names:
                self._tag_rows.add(name, post_id)
            return json.dumps(texts.tag_entries(found)), "[]", text
        return "[]", "[]", text

    def _mark(self, post_id: int) -> None:
        chance = self._chance
        likes = min(int(chance.paretovariate(LIKES_SHAPE)) - 1, MOST_LIKES)
        for person in {chance.randrange(len(self._people)) for _ in range(likes)}:
            self._add_mark(person, post_id, Kind.LIKE.value)
        if chance.random() < REPOSTS:
            self._add_mark(chance.randrange(len(self._people)), post_id, Kind.REPOST.value)
        if chance.random() < BOOKMARKS:
            self._add_mark(chance.randrange(len(self._people)), post_id, Kind.BOOKMARK.value)

    def _add_mark(self, person: int, post_id: int, kind: str) -> None:
        """Within a day of the post, and before the end."""
        bits = snowflakes.RANDOM_BITS
        moment = self._chance.randrange((post_id >> bits) + 1, min((post_id >> bits) + 24 * HOUR, self._ended))
        since = (moment << bits) | self._chance.getrandbits(bits)
        self._mark_rows.add(self._people.ids[person], post_id, kind, since)
