"""Who is sent what, as of when, and when it ends."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from posts_project.revocations import services as revoking
from posts_project.revocations.live import RevocationList
from posts_project.stream import hub
from posts_project.stream import streams as stream_module
from shared import draining, metrics, snowflakes
from tests.posts.conftest import JobRunner, StillHub
from tests.posts.notifications.conftest import likes, told
from tests.posts.people import Person, Visitor
from tests.posts.stream.conftest import PATH, Listener


def home(person: Person) -> list[dict[str, Any]]:
    return person.get("/api/v1/timelines/home").json()["results"]


def test_a_post_comes_to_those_at_whose_home_it_stands(
    ada: Person, bob: Person, cat: Person, said: list[str], streams: StillHub
) -> None:
    bob.follows(ada)
    listeners = {person.username: Listener(person) for person in (ada, bob, cat)}
    said.clear()

    post = ada.writes("Hello")
    streams.deliver(said)

    sent = {name: listener.events(streams) for name, listener in listeners.items()}
    [(number, event, entry)] = sent["bob"]
    assert (event, entry) == ("post", home(bob)[0])
    assert number.split(".")[0] == post["id"]
    assert [entry for _, _, entry in sent["ada"]] == home(ada)
    assert sent["cat"] == []


def test_a_stream_is_an_answer_of_its_own_kind(ada: Person) -> None:
    listener = Listener(ada)

    assert listener.response.status_code == 200
    assert listener.response.headers["Content-Type"] == "text/event-stream"
    assert listener.response.headers["Cache-Control"] == "no-store"
    assert listener.response.headers["X-Accel-Buffering"] == "no"
    assert 1_000 <= int(listener.first.removeprefix(b"retry: ")) <= 4_000


def test_a_notification_comes_as_the_list_has_it_and_again_when_it_grows(
    ada: Person, bob: Person, cat: Person, said: list[str], streams: StillHub
) -> None:
    post, listener = ada.writes(), Listener(ada)
    said.clear()
    likes(bob, post)
    streams.deliver(said)
    [(first, event, one)] = listener.events(streams)
    assert (event, [one]) == ("notification", told(ada))

    said.clear()
    likes(cat, post)
    streams.deliver(said * 2)

    [(second, _, two)] = listener.events(streams)
    assert ([two], two["count"], two["id"]) == (told(ada), 2, one["id"])
    assert int(second.split(".")[0]) > int(first.split(".")[0])


def test_reposts_come_as_they_stand_at_home(
    ada: Person, bob: Person, cat: Person, said: list[str], streams: StillHub
) -> None:
    bob.follows(cat)
    post, listener = ada.writes(), Listener(bob)
    said.clear()

    assert cat.put(f"/api/v1/posts/{post['id']}/repost").status_code == 200
    streams.deliver(said)

    assert [entry for _, _, entry in listener.events(streams)] == home(bob)
    assert home(bob)[0]["reposted_by"] == cat.short


@pytest.mark.parametrize(
    "kept",
    [
        lambda ada, bob: bob.put("/api/v1/profiles/ada/block"),
        lambda ada, bob: bob.put("/api/v1/profiles/ada/mute", {}),
        lambda ada, bob: ada.put("/api/v1/profiles/bob/block"),
        lambda ada, bob: bob.post("/api/v1/filters", {"phrase": "hello", "action": "hide"}),
        lambda ada, bob: bob.delete("/api/v1/profiles/ada/follow"),
    ],
    ids=["blocked", "muted", "blocking", "filtered", "unfollowed"],
)
def test_what_is_kept_away_is_kept_out_also_at_the_last_moment(
    kept: Callable[[Person, Person], Any], ada: Person, bob: Person, said: list[str], streams: StillHub
) -> None:
    bob.follows(ada)
    listener = Listener(bob)
    said.clear()
    ada.writes("Hello, @bob")

    assert kept(ada, bob).status_code in (200, 201)
    streams.deliver(said)

    unfollowed = [name for _, name, _ in listener.events(streams)]
    assert unfollowed in ([], ["notification"])
    assert (unfollowed == []) == (told(bob) == [])


def test_what_was_missed_is_sent_once_and_in_order(
    ada: Person, bob: Person, said: list[str], streams: StillHub
) -> None:
    bob.follows(ada)
    ada.writes("Before")
    first = Listener(bob)
    said.clear()
    seen = [ada.writes("One"), ada.writes("Two")]
    # They end in another order than they began.
    streams.deliver(reversed(said))
    ids = [number for number, _, _ in first.events(streams)]
    missed = ada.writes("@bob, three")
    likes(ada, bob.writes("Mine"))

    again = Listener(bob, **{"Last-Event-ID": ids[-1]})

    names = [(name, (data["post"] or {}).get("text")) for _, name, data in again.events(streams)]
    assert names == [
        ("post", "@bob, three"), ("notification", "@bob, three"), ("post", "Mine"), ("notification", "Mine"),
    ]  # fmt: skip
    halfway = Listener(bob, **{"Last-Event-ID": ids[0]})
    assert [data["post"]["id"] for _, name, data in halfway.events(streams) if name == "post"][:2] == [
        seen[0]["id"],
        missed["id"],
    ]
    by_post_alone = Listener(bob, **{"Last-Event-ID": missed["id"]})
    assert [name for _, name, _ in by_post_alone.events(streams)] == ["notification", "post", "notification"]


def test_what_comes_while_the_missed_is_read_comes_once(
    ada: Person, bob: Person, said: list[str], streams: StillHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob.follows(ada)
    said.clear()
    read = hub.selectors.missed

    def meanwhile(viewer_id: int, *, after: int) -> Any:
        ada.writes("Just now")
        streams.deliver(said)
        return read(viewer_id, after=after)

    monkeypatch.setattr("posts_project.stream.views.selectors.missed", meanwhile)
    listener = Listener(bob, **{"Last-Event-ID": str(snowflakes.new_id())})

    assert [data["post"]["text"] for _, _, data in listener.events(streams)] == ["Just now"]


def test_what_a_job_has_not_handed_out_yet_is_not_missed(
    ada: Person, bob: Person, jobs: JobRunner, streams: StillHub, settings: Any
) -> None:
    settings.FANOUT_INLINE_FOLLOWERS = 0
    bob.follows(ada)
    start = str(snowflakes.new_id())
    ada.writes("On its way")
    assert jobs.queued()

    assert len(Listener(bob, **{"Last-Event-ID": start}).events(streams)) == 1


@pytest.mark.parametrize("last", ["x", "0", "-1", "1.", "1..2", "9" * 20, "1" + ".1" * 60, "1,2"])
def test_an_id_that_is_none_is_refused(last: str, ada: Person, streams: StillHub) -> None:
    response = ada.get(PATH, headers={"Last-Event-ID": last})

    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
    assert [error["field"] for error in response.json()["errors"]] == ["Last-Event-ID"]
    assert streams.count() == 0


def test_refusals_are_problems(ada: Person, anyone: Visitor, streams: StillHub, settings: Any) -> None:
    stranger = anyone.get(PATH, headers={"Accept": "text/event-stream"})
    assert (stranger.status_code, stranger.json()["code"]) == (401, "not_authenticated")
    unwilling = ada.get(PATH, headers={"Accept": "application/json"})
    assert (unwilling.status_code, unwilling.json()["code"]) == (406, "not_acceptable")

    settings.STREAMS_PER_PROCESS = 0
    full = ada.get(PATH)
    assert (full.status_code, full.json()["code"]) == (503, "service_unavailable")
    assert int(full.headers["Retry-After"]) >= 1
    settings.RATE_LIMIT_SCALE = 1
    statuses = [ada.get(PATH).status_code for _ in range(61)]
    assert statuses[-1] == 429
    assert streams.count() == 0


def test_somebody_has_five_and_a_place_again_when_one_is_closed(ada: Person, bob: Person, streams: StillHub) -> None:
    listeners = [Listener(ada) for _ in range(5)]
    assert [listener.response.status_code for listener in listeners] == [200] * 5
    assert ada.get(PATH).status_code == 503
    assert Listener(bob).response.status_code == 200

    streams._all()[0].close()  # as the server does when a client has gone

    assert ada.get(PATH).status_code == 200


def test_how_many_are_open_is_measured(ada: Person, bob: Person, streams: StillHub) -> None:
    def measured() -> int:
        return int(re.search(r"^streams_open (\d+)", metrics.exposition().decode(), re.MULTILINE)[1])

    first, _ = Listener(ada), Listener(bob)
    assert measured() == streams.count() == 2

    first.close()

    assert measured() == streams.count() == 1


def test_a_head_opens_nothing(ada: Person, streams: StillHub) -> None:
    response = ada.client.head(PATH, headers={"Authorization": f"Bearer {ada.token}"})

    assert (response.status_code, response.content, streams.count()) == (200, b"", 0)


@pytest.mark.parametrize("all_of_them", [False, True])
def test_it_ends_with_the_session(
    all_of_them: bool, ada: Person, bob: Person, revocations: RevocationList, streams: StillHub
) -> None:
    mine, other = Listener(ada), Listener(bob)
    now = timezone.now()
    if all_of_them:
        revoking.end_tokens(user_id=ada.id, valid_after=now)
    else:
        revoking.revoke_session(session_id="session-of-ada", expires_at=now + timezone.timedelta(hours=1), now=now)
    streams.tick(now=time.monotonic())
    assert streams.count() == 2

    revocations.refresh()
    streams.tick(now=time.monotonic())

    assert (mine.events(streams), mine.ended) == ([], True)
    assert (other.events(streams), other.ended) == ([], False)
    assert streams.count() == 1


def test_it_ends_after_an_hour_and_beats_until_then(ada: Person, streams: StillHub) -> None:
    listener = Listener(ada)
    [stream] = streams._all()

    streams.tick(now=stream.opened_at + stream_module.BEAT_SECONDS - 1)
    assert stream._waiting.empty()
    streams.tick(now=stream.opened_at + stream_module.BEAT_SECONDS + 1)
    assert next(listener._lines) == b":\n\n"

    streams.tick(now=stream.opened_at + stream_module.LONGEST_SECONDS + 1)
    assert (listener.events(streams), listener.ended, streams.count()) == ([], True, 0)


def test_it_ends_when_the_process_leaves_and_no_other_begins(
    ada: Person, streams: StillHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Listener(ada)

    monkeypatch.setattr(draining, "told", lambda: draining.STOPPING)
    streams.tick(now=time.monotonic())

    assert (listener.events(streams), listener.ended) == ([], True)
    assert ada.get(PATH).status_code == 503


def test_a_client_that_takes_nothing_in_is_let_go(
    ada: Person, said: list[str], streams: StillHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "MOST_WAITING", 3)
    listener = Listener(ada)
    said.clear()
    for _ in range(4):
        ada.writes()

    streams.deliver(said)

    assert (listener.events(streams), listener.ended) == ([], True)
