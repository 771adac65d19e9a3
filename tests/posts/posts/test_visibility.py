"""No surface ever shows anything to somebody who may not see it: every surface against an oracle of a few lines."""

import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone

from posts_project.moderation.models import Decision
from posts_project.posts.models import Post
from posts_project.profiles.services.apply import apply_state
from posts_project.stream import selectors as stream
from posts_project.trends import services as trends
from tests.posts.conftest import JobRunner
from tests.posts.lists.test_lists import makes
from tests.posts.moderation.deciding import decided, taken_back
from tests.posts.people import Person, Visitor

pytestmark = pytest.mark.slow

VISIBILITIES = ("public", "unlisted", "followers", "mentioned")
STEPS = 24
Pairs = set[tuple[int, int]]


@dataclass
class Told:
    """What a post's author said about it."""

    post_id: str
    author: Person
    visibility: str
    mentioned: list[int]
    answers: str | None
    quotes: str | None
    # Whom it named when it was written → as what they were told of it.
    told: dict[int, str] = field(default_factory=dict)


@dataclass
class World:
    """What has been done, and what follows from it. Pairs are of ids: who did it, and to whom."""

    people: list[Person]
    private: dict[int, bool] = field(default_factory=dict)
    state: dict[int, str] = field(default_factory=dict)
    follows: Pairs = field(default_factory=set)
    asks: Pairs = field(default_factory=set)
    blocks: Pairs = field(default_factory=set)
    mutes: Pairs = field(default_factory=set)
    listed: Pairs = field(default_factory=set)
    likes: set[tuple[int, str]] = field(default_factory=set)
    posts: list[Told] = field(default_factory=list)
    hidden: dict[str, Decision] = field(default_factory=dict)
    limited: dict[int, Decision] = field(default_factory=dict)
    lists: dict[int, str] = field(default_factory=dict)
    version: int = 1
    comparisons: int = 0

    # The oracle.

    def apart(self, one: int, other: int) -> bool:
        return not {(one, other), (other, one)}.isdisjoint(self.blocks)

    def there(self, viewer: int, person: int) -> bool:
        return self.state[person] == "active" and not self.apart(viewer, person)

    def knows(self, viewer: int, person: int) -> bool:
        """Whether the viewer may learn what a person does."""
        near = viewer == person or (viewer, person) in self.follows or not self.private[person]
        return near and self.there(viewer, person)

    def comes_up(self, viewer: int, person: int) -> bool:
        """Whether the viewer finds that person by the beginning of a name: the limited only by who follows them."""
        near = viewer == person or (viewer, person) in self.follows or person not in self.limited
        return near and self.there(viewer, person)

    def may_see(self, viewer: int, post: Told) -> bool:
        author = post.author.id
        if viewer == author:
            return True
        if not self.there(viewer, author) or post.post_id in self.hidden:
            return False
        follows = (viewer, author) in self.follows
        if post.visibility in ("public", "unlisted"):
            return follows or not self.private[author] or viewer in post.mentioned
        return (follows and post.visibility == "followers") or viewer in post.mentioned

    def is_public(self, post: Told) -> bool:
        author = post.author.id
        return post.visibility == "public" and not self.private[author] and author not in self.limited

    def hears(self, viewer: int, post: Told) -> bool:
        return (viewer, post.author.id) not in self.mutes

    def brings(self, viewer: int, person: int, post: Told) -> bool:
        """Whether the post comes to the viewer by that person. Everything liked has been reposted, too."""
        reposted = (person, post.post_id) in self.likes and self.knows(viewer, person)
        return post.author.id == person or (reposted and (viewer, person) not in self.mutes)

    # What the tests ask of it.

    def sees(self, viewer: int, among: Callable[[Told], bool] = lambda post: True) -> set[str]:
        return {post.post_id for post in self.posts if among(post) and self.may_see(viewer, post)}

    def comes(self, viewer: int, people: set[int]) -> set[str]:
        """What stands in a timeline of those people."""
        return self.sees(
            viewer,
            lambda post: self.hears(viewer, post) and any(self.brings(viewer, person, post) for person in people),
        )

    def is_told(self, viewer: int) -> set[str]:
        """Of what notifications tell: kind, post, and who did it, as far as it stands and may be known."""
        heard = {one.id for one in self.people if self.there(viewer, one.id) and (viewer, one.id) not in self.mutes}
        own = {post.post_id for post in self.posts if post.author.id == viewer}
        found = {f"follow  {who}" for who, whom in self.follows if whom == viewer and who in heard}
        found |= {f"follow_request  {who}" for who, whom in self.asks if whom == viewer and who in heard}
        for who, post_id in self.likes:
            if post_id in own and who in heard - {viewer} and self.knows(viewer, who):
                found |= {f"like {post_id} {who}", f"repost {post_id} {who}"}
        for post in self.posts:
            if viewer in post.told and post.author.id in heard and self.may_see(viewer, post):
                found.add(f"{post.told[viewer]} {post.post_id} {post.author.id}")
        return found

    def among(self, wanted: Callable[[int], bool]) -> set[str]:
        return {str(person.id) for person in self.people if wanted(person.id)}

    def compare(self, found: Iterable[str], expected: set[str], about: str) -> None:
        """Every post or person that there is was shown or not, and rightly so."""
        assert set(found) == expected, about
        self.comparisons += max(len(self.posts), len(self.people))


@pytest.fixture
def world(person: Callable[..., Person]) -> Callable[..., World]:
    """A world of people, each with a list."""

    def make(*names: str) -> World:
        made = World([person(name) for name in names])
        for someone in made.people:
            made.private[someone.id], made.state[someone.id] = False, "active"
            made.lists[someone.id] = makes(someone)
        return made

    return make


@pytest.mark.parametrize("seed", range(3))
def test_every_surface_obeys_the_rule_after_whatever_was_done(
    seed: int, world: Callable[..., World], anyone: Visitor, jobs: JobRunner
) -> None:
    dice = random.Random(seed)
    people = world(*(f"person_{n}" for n in range(5)))
    viewers = [(someone, someone.id) for someone in people.people] + [(anyone, 0)]

    for viewer, viewer_id in itertools.islice(itertools.cycle(viewers), STEPS):
        do_something(dice, people)
        jobs.run()
        check_surfaces(people, viewer, viewer_id)

    for viewer, viewer_id in viewers:
        check_surfaces(people, viewer, viewer_id)
    assert people.comparisons >= 2_000


@pytest.mark.parametrize("is_private", [False, True])
def test_every_kind_of_viewer_sees_what_is_theirs(
    is_private: bool, world: Callable[..., World], anyone: Visitor
) -> None:
    names = ("author", "stranger", "follower", "requested", "mentioned", "blocked", "blocker", "muter", "fan", "shy")
    told = world(*names)
    author, stranger, follower, requested, mentioned, blocked, blocker, muter, fan, shy = told.people
    for friend in (follower, blocked, blocker, muter, fan, shy):
        follow(told, friend, author)
    set_privacy(told, author, is_private)
    set_privacy(told, shy, True)
    follow(told, requested, author)
    for reader in (stranger, requested, mentioned):
        follow(told, reader, fan)
    for visibility, named in itertools.product(VISIBILITIES, ([], [mentioned, blocked, blocker, muter])):
        write(told, author, visibility, named)
    for visibility in ("public", "followers"):
        quoted = next(post.post_id for post in told.posts if post.visibility == visibility)
        write(told, follower, visibility, quotes=quoted)
    for someone, post in itertools.product((follower, mentioned, fan, shy), list(told.posts)):
        mark(told, someone, post)
    for owner, member in itertools.product(told.people, (fan, shy)):
        enlist(told, owner, member)
    for owner in (follower, mentioned, shy):
        enlist(told, owner, author)
    for post in told.posts[::3]:
        hide(told, post)
    limit(told, fan)
    block(told, author, blocked)
    block(told, blocker, author)
    mute(told, muter, author)
    mute(told, stranger, fan)

    for viewer, viewer_id in [(someone, someone.id) for someone in told.people] + [(anyone, 0)]:
        check_surfaces(told, viewer, viewer_id, newest=len(told.posts))
    assert told.comparisons >= 5_000


def do_something(dice: random.Random, world: World) -> None:
    one, other = dice.sample(world.people, 2)

    def some_post(otherwise: int) -> str | None:
        return dice.choice([post.post_id for post in world.posts if world.may_see(one.id, post)] + [None] * otherwise)

    def say() -> None:
        named = dice.sample(world.people, dice.randrange(3))
        write(world, one, dice.choice(VISIBILITIES), named, answers=some_post(1), quotes=some_post(3))

    doings: list[tuple[int, Callable[[], None]]] = [
        (5, say),
        (5, lambda: follow(world, one, other, accepted=dice.random() < 0.5)),
        (5, lambda: mark(world, one, dice.choice(world.posts)) if world.posts else None),
        (2, lambda: unfollow(world, one, other)),
        (2, lambda: set_privacy(world, one, not world.private[one.id])),
        (2, lambda: set_state(world, one, dice.choice(["active", "active", "suspended", "deactivated"]))),
        (1, lambda: change(world, dice.choice(world.posts), dice.choice(VISIBILITIES)) if world.posts else None),
        (1, lambda: delete(world, dice.choice(world.posts)) if world.posts else None),
        (2, lambda: block(world, one, other)),
        (2, lambda: unblock(world, *dice.choice(sorted(world.blocks))) if world.blocks else None),
        (2, lambda: mute(world, one, other)),
        (1, lambda: unmute(world, one, other)),
        (3, lambda: enlist(world, one, dice.choice(world.people))),
        (2, lambda: hide(world, dice.choice(world.posts)) if world.posts else None),
        (1, lambda: limit(world, one)),
    ]
    weights, acts = zip(*doings, strict=True)
    dice.choices(acts, weights)[0]()


def can(world: World, one: Person, other: Person) -> bool:
    return world.state[one.id] == "active" and world.there(one.id, other.id)


def write(
    world: World,
    author: Person,
    visibility: str,
    named: Sequence[Person] = (),
    answers: str | None = None,
    quotes: str | None = None,
) -> None:
    if world.state[author.id] == "active":
        text = "Hello #tag " + " ".join(f"@{friend.username}" for friend in named)
        post = author.writes(text, visibility=visibility, in_reply_to=answers, quote_of=quotes)
        present = [friend.id for friend in named if world.there(author.id, friend.id)]
        told = dict.fromkeys(present, "mention")
        told |= {other.author.id: "quote" for other in world.posts if other.post_id == quotes}
        told |= {other.author.id: "reply" for other in world.posts if other.post_id == answers}
        told.pop(author.id, None)
        world.posts.append(Told(post["id"], author, visibility, present, answers, quotes, told))


def follow(world: World, one: Person, other: Person, *, accepted: bool = False) -> None:
    if not can(world, one, other):
        return
    one.follows(other)
    edge = (one.id, other.id)
    if edge not in world.follows and world.private[other.id]:
        world.asks.add(edge)
        if not accepted:
            return
        assert other.put(f"/api/v1/follow-requests/{one.username}/accept").status_code == 200
    world.asks.discard(edge)
    world.follows.add(edge)


def unfollow(world: World, one: Person, other: Person) -> None:
    if can(world, one, other):
        one.unfollows(other)
        world.asks.discard((one.id, other.id))
        world.follows.discard((one.id, other.id))


def block(world: World, one: Person, other: Person) -> None:
    if {world.state[one.id], world.state[other.id]} == {"active"}:
        assert one.put(f"/api/v1/profiles/{other.username}/block").status_code == 200
        world.blocks.add((one.id, other.id))
        for ended in (world.follows, world.asks, world.listed):
            ended -= {(one.id, other.id), (other.id, one.id)}


def unblock(world: World, one_id: int, other_id: int) -> None:
    one, other = (next(someone for someone in world.people if someone.id == wanted) for wanted in (one_id, other_id))
    if {world.state[one.id], world.state[other.id]} == {"active"}:
        assert one.delete(f"/api/v1/profiles/{other.username}/block").status_code == 200
        world.blocks.discard((one.id, other.id))


def mute(world: World, one: Person, other: Person) -> None:
    if can(world, one, other):
        assert one.put(f"/api/v1/profiles/{other.username}/mute", {"expires_in": 3600}).status_code == 200
        world.mutes.add((one.id, other.id))


def unmute(world: World, one: Person, other: Person) -> None:
    if can(world, one, other):
        assert one.delete(f"/api/v1/profiles/{other.username}/mute").status_code == 200
        world.mutes.discard((one.id, other.id))


def enlist(world: World, one: Person, other: Person) -> None:
    if can(world, one, other):
        path = f"/api/v1/lists/{world.lists[one.id]}/members/{other.username}"
        assert one.put(path).status_code == 200
        world.listed.add((one.id, other.id))


def mark(world: World, one: Person, post: Told) -> None:
    if world.state[one.id] == "active" and world.may_see(one.id, post):
        world.likes.add((one.id, post.post_id))
        for kind in ("like", "bookmark", "repost"):
            assert one.put(f"/api/v1/posts/{post.post_id}/{kind}").status_code == 200


def change(world: World, post: Told, visibility: str) -> None:
    if world.state[post.author.id] == "active":
        post.visibility = visibility
        assert post.author.patch(f"/api/v1/posts/{post.post_id}", {"visibility": visibility}).status_code == 200


def delete(world: World, post: Told) -> None:
    if world.state[post.author.id] == "active":
        assert post.author.delete(f"/api/v1/posts/{post.post_id}").status_code == 204
        world.posts.remove(post)
        world.hidden.pop(post.post_id, None)


def hide(world: World, post: Told) -> None:
    """As moderators do; what they have hidden they show again."""
    if post.post_id in world.hidden:
        assert taken_back(world.hidden.pop(post.post_id))
    else:
        world.hidden[post.post_id] = decided(post.author, "hide_post", {"id": post.post_id})


def limit(world: World, person: Person) -> None:
    """As moderators do; whom they have limited they let go again."""
    if person.id in world.limited:
        assert taken_back(world.limited.pop(person.id))
    else:
        world.limited[person.id] = decided(person, "limit")


def set_privacy(world: World, person: Person, is_private: bool) -> None:
    world.private[person.id] = is_private
    tell(world, person)


def set_state(world: World, person: Person, state: str) -> None:
    world.state[person.id] = state
    tell(world, person)


def tell(world: World, person: Person) -> None:
    """Auth's word about `person`, as it now is."""
    world.version += 1
    values = {**vars(person.user), "is_private": world.private[person.id], "state": world.state[person.id]}
    apply_state(type(person.user)(**values), version=world.version)


def check_surfaces(world: World, viewer: Visitor, viewer_id: int, *, newest: int = 2) -> None:
    everything = world.sees(viewer_id)
    public = world.sees(viewer_id, lambda post: world.is_public(post) and world.hears(viewer_id, post))
    world.compare((str(post.id) for post in Post.objects.visible_to(viewer_id)), everything, "the ORM")
    world.compare(listed(viewer, "timelines/public"), public, "public")
    world.compare(listed(viewer, "timelines/tags/tag"), public, "tag")
    check_found(world, viewer, viewer_id, public)
    if world.posts:
        batch = viewer.get("/api/v1/posts?ids=" + ",".join(post.post_id for post in world.posts)).json()["results"]
        world.compare((post["id"] for post in batch), everything, "several posts")
        quoted = {post["quote_of"]["id"] for post in batch if "author" in (post["quote_of"] or {})}
        quoting = {post.quotes for post in world.posts if post.post_id in everything}
        world.compare(quoted, everything & quoting, "quoted posts")
    for post in world.posts[-newest:]:
        check_post(world, viewer, viewer_id, post)
    check_people(world, viewer, viewer_id)
    if viewer_id:
        check_own(world, viewer, viewer_id)


def check_found(world: World, viewer: Visitor, viewer_id: int, public: set[str]) -> None:
    """What search finds and trends tell."""
    found = public | world.sees(viewer_id, lambda post: post.author.id == viewer_id)
    world.compare(listed(viewer, "search?limit=100&q=hello"), found, "search")
    world.compare(listed(viewer, "search?limit=4&q=tag:tag"), found, "search, page by page")
    author = world.people[0]
    theirs = world.sees(viewer_id, lambda post: post.author is author and post.post_id in found)
    world.compare(listed(viewer, f"search?q=from:{author.username}"), theirs, "search by author")
    come_up = world.among(lambda one: world.comes_up(viewer_id, one))
    called = people_called(world, "person")
    world.compare(listed(viewer, "search?type=profiles&q=person"), come_up & called, "profiles")
    # Names that are much alike come up, too.
    named = set(listed(viewer, f"search?type=profiles&q={author.username}"))
    sought = world.among(lambda one: one == author.id and world.there(viewer_id, one))
    world.compare(named & {str(author.id)}, sought, "a profile by its whole name")
    world.compare(named - come_up, sought - come_up, "profiles beside it")
    tags = viewer.get("/api/v1/search?type=tags&q=ta").json()["results"]
    assert tags == [{"name": "tag"}] * bool(public)
    trends.compute(now=timezone.now())
    told = viewer.get("/api/v1/tags/trending").json()["results"]
    counted = [post for post in world.posts if world.is_public(post) and world.state[post.author.id] == "active"]
    authors = len({post.author.id for post in counted})
    may_know = bool(counted and world.sees(viewer_id, world.is_public))
    assert told == [{"name": "tag", "posts": len(counted), "authors": authors}] * may_know


def people_called(world: World, beginning: str) -> set[str]:
    return {str(someone.id) for someone in world.people if someone.username.startswith(beginning)}


def check_post(world: World, viewer: Visitor, viewer_id: int, post: Told) -> None:
    surfaces = ("", "/likes", "/reposts", "/history", "/thread", "/replies", "/quotes")
    answers = {surface: viewer.get(f"/api/v1/posts/{post.post_id}{surface}") for surface in surfaces}
    status = 200 if world.may_see(viewer_id, post) else 404
    assert {surface: answer.status_code for surface, answer in answers.items()} == dict.fromkeys(surfaces, status)
    world.comparisons += len(surfaces)
    if status == 200:
        check_around(world, viewer_id, post, {surface: answer.json() for surface, answer in answers.items()})


def check_around(world: World, viewer_id: int, post: Told, answers: dict[str, Any]) -> None:
    who = world.among(lambda one: (one, post.post_id) in world.likes and world.knows(viewer_id, one))
    replies = world.sees(viewer_id, lambda other: other.answers == post.post_id)
    quotes = world.sees(viewer_id, lambda other: other.quotes == post.post_id)
    for surface, expected in {"/likes": who, "/reposts": who, "/replies": replies, "/quotes": quotes}.items():
        world.compare((found["id"] for found in answers[surface]["results"]), expected, surface)
    thread = answers["/thread"]
    below, above = ({found["id"] for found in thread[side]} for side in ("descendants", "ancestors"))
    assert replies <= below <= world.sees(viewer_id, lambda other: other.answers is not None)
    assert above <= world.sees(viewer_id)


def check_people(world: World, viewer: Visitor, viewer_id: int) -> None:
    there = world.among(lambda one: world.there(viewer_id, one))
    batch = listed(viewer, "profiles?ids=" + ",".join(str(someone.id) for someone in world.people))
    world.compare(batch, there, "several profiles")
    for someone in world.people:
        check_profile(world, viewer, viewer_id, someone)


def check_profile(world: World, viewer: Visitor, viewer_id: int, someone: Person) -> None:
    name, is_there = someone.username, world.there(viewer_id, someone.id)
    paths = [
        f"profiles/{name}",
        f"timelines/profiles/{name}",
        f"profiles/{name}/followers",
        f"profiles/{name}/following",
    ]
    if not is_there:
        assert [viewer.get(f"/api/v1/{path}").status_code for path in paths] == [404] * 4
        world.comparisons += 4
        return
    pairs = {"following": world.follows, "requested": world.asks, "blocking": world.blocks, "muting": world.mutes}
    relation = {kind: (viewer_id, someone.id) in done for kind, done in pairs.items()}
    relation["followed_by"] = (someone.id, viewer_id) in world.follows
    assert viewer.get(f"/api/v1/{paths[0]}").json()["viewer"] == relation
    knows = world.knows(viewer_id, someone.id)

    def brought(post: Told) -> bool:
        return post.author is someone or (knows and (someone.id, post.post_id) in world.likes)

    def related(edge: Callable[[int], tuple[int, int]]) -> set[str]:
        return world.among(lambda one: knows and edge(one) in world.follows and world.there(viewer_id, one))

    world.compare(listed(viewer, paths[1]), world.sees(viewer_id, brought), "profile timeline")
    world.compare(listed(viewer, paths[2]), related(lambda one: (one, someone.id)), "followers")
    world.compare(listed(viewer, paths[3]), related(lambda one: (someone.id, one)), "following")


def check_own(world: World, viewer: Visitor, viewer_id: int) -> None:
    def mine(pairs: Pairs) -> set[int]:
        return {whom for who, whom in pairs if who == viewer_id}

    def active(ids: set[int]) -> set[str]:
        return world.among(lambda one: one in ids and world.state[one] == "active")

    liked = world.sees(viewer_id, lambda post: (viewer_id, post.post_id) in world.likes)
    world.compare(listed(viewer, "likes"), liked, "likes")
    world.compare(listed(viewer, "bookmarks"), liked, "bookmarks")
    home = world.comes(viewer_id, mine(world.follows) | {viewer_id})
    world.compare(listed(viewer, "timelines/home"), home, "home")
    check_notifications(world, viewer, viewer_id)
    check_stream(world, viewer_id, home)
    number = world.lists[viewer_id]
    world.compare(listed(viewer, f"timelines/lists/{number}"), world.comes(viewer_id, mine(world.listed)), "list")
    world.compare(listed(viewer, f"lists/{number}/members"), active(mine(world.listed)), "members")
    asking = {who for who, whom in world.asks if whom == viewer_id}
    world.compare(listed(viewer, "follow-requests"), active(asking), "requests")
    world.compare(listed(viewer, "blocks"), active(mine(world.blocks)), "blocks")
    muted = {one for one in mine(world.mutes) if not world.apart(viewer_id, one)}
    world.compare(listed(viewer, "mutes"), active(muted), "mutes")


def check_notifications(world: World, viewer: Visitor, viewer_id: int) -> None:
    found = viewer.get("/api/v1/notifications?limit=100").json()["results"]
    world.compare(told(found), world.is_told(viewer_id), "notifications")
    # Moderators' words have no actor, and each stands alone.
    assert [one["count"] for one in found] == [len(one["actors"]) or one["type"] == "moderation" for one in found]
    assert viewer.get("/api/v1/notifications/unread-count").json() == {"count": len(found)}


def told(notifications: Iterable[dict[str, Any]]) -> set[str]:
    return {
        f"{one['type']} {(one['post'] or {'id': ''})['id']} {actor['id']}"
        for one in notifications
        for actor in one["actors"]
    }


def check_stream(world: World, viewer_id: int, home: set[str]) -> None:
    """What somebody would be sent who comes back, and of each post when it is new."""
    missed = stream.missed(viewer_id, after=0)
    world.compare((event.body["post"]["id"] for event in missed if event.name == "post"), home, "missed posts")
    sent = (event.body for event in missed if event.name == "notification")
    world.compare(told(sent), world.is_told(viewer_id), "missed notifications")
    followed = {whom for who, whom in world.follows if who == viewer_id} | {viewer_id}
    new = {post.post_id for post in world.posts if stream.entry(viewer_id, at=int(post.post_id), by_id=post.author.id)}
    expected = world.sees(viewer_id, lambda post: post.author.id in followed and world.hears(viewer_id, post))
    world.compare(new, expected, "new posts")


def listed(viewer: Visitor, path: str) -> set[str]:
    """Ids of all that stands in a list, page by page."""
    found: set[str] = set()
    url: Any = f"/api/v1/{path}" + ("" if "?" in path else "?limit=100")
    while url:
        page = viewer.get(url).json()
        found |= {entry.get("post", entry)["id"] for entry in page["results"]}
        url = page["next"]
    return found
