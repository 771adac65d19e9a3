"""What people are told of, how it is grouped, and what keeps it from them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts_project.notifications import services
from posts_project.notifications.models import Kind, Notification, NotificationEvent
from posts_project.notifications.services import consequences, purging
from posts_project.posts.models import Post
from posts_project.posts.services import polls
from shared import snowflakes
from tests.posts.conftest import JobRunner
from tests.posts.notifications.conftest import kinds, likes, reads, told, unlikes, unread
from tests.posts.parallel import at_once
from tests.posts.people import Person

POLL = {"options": ["Yes", "No"], "expires_in": 3_600}


def test_a_like_is_told_whole(ada: Person, bob: Person) -> None:
    post = ada.writes("Hello")

    likes(bob, post)

    [one] = told(ada)
    assert one == {
        "id": one["id"],
        "type": "like",
        "created_at": one["created_at"],
        "read": False,
        "actors": [bob.short],
        "count": 1,
        "post": ada.get(f"/api/v1/posts/{post['id']}").json(),
    }
    assert int(one["id"]) > int(post["id"])
    assert one["created_at"] >= post["created_at"]
    assert (told(bob), unread(ada), unread(bob)) == ([], 1, 0)


def test_every_kind_is_told(ada: Person, bob: Person, cat: Person, jobs: JobRunner) -> None:
    post = ada.writes("Ask me", poll=POLL)
    bob.follows(ada)
    likes(bob, post)
    assert bob.put(f"/api/v1/posts/{post['id']}/repost").status_code == 200
    reply = bob.writes("Well", in_reply_to=post["id"])
    mention = bob.writes("Dear @ada")
    quote = bob.writes("This", quote_of=post["id"])
    assert bob.put(f"/api/v1/posts/{post['id']}/vote", {"choices": [0]}).status_code == 200
    polls.close(int(post["id"]))
    services.tell(profile_id=ada.id, kind=Kind.MODERATION, post_id=int(post["id"]))
    ada.becomes(is_private=True)
    cat.follows(ada)
    jobs.run()

    found = [(one["type"], [a["username"] for a in one["actors"]], (one["post"] or {}).get("id")) for one in told(ada)]

    assert found == [
        ("follow_request", ["cat"], None),
        ("moderation", [], post["id"]),
        ("poll_closed", [], post["id"]),
        ("quote", ["bob"], quote["id"]),
        ("mention", ["bob"], mention["id"]),
        ("reply", ["bob"], reply["id"]),
        ("repost", ["bob"], post["id"]),
        ("like", ["bob"], post["id"]),
        ("follow", ["bob"], None),
    ]
    assert {one["count"] for one in told(ada)} == {1}
    assert [(one["type"], one["actors"]) for one in told(bob)] == [("poll_closed", [ada.short | {"is_private": True}])]


def test_those_who_like_one_post_are_one_notification(person: Callable[..., Person], ada: Person) -> None:
    fans = [person(f"fan_{number}") for number in range(7)]
    post, other = ada.writes("One"), ada.writes("Two")
    for fan in fans:
        likes(fan, post)
    likes(fans[0], other)

    newest, group = told(ada)

    assert (newest["count"], newest["post"]["id"]) == (1, other["id"])
    assert (group["count"], group["post"]["id"]) == (7, post["id"])
    assert group["actors"] == [fan.short for fan in reversed(fans[2:])]
    assert unread(ada) == 2


def test_what_has_been_read_takes_in_no_more(ada: Person, bob: Person, cat: Person) -> None:
    post = ada.writes()
    likes(bob, post)
    reads(ada, told(ada)[0]["id"])
    assert unread(ada) == 0

    likes(cat, post)

    found = [(one["count"], one["actors"], one["read"]) for one in told(ada)]
    assert found == [(1, [cat.short], False), (1, [bob.short], True)]
    assert unread(ada) == 1


def test_reading_goes_up_to_the_one_that_is_named(ada: Person, bob: Person) -> None:
    for post in [ada.writes() for _ in range(3)]:
        likes(bob, post)
    newest, middle, oldest = told(ada)

    reads(ada, middle["id"])
    reads(ada, oldest["id"])

    assert [one["read"] for one in told(ada)] == [False, True, True]
    assert unread(ada) == 1
    reads(bob, newest["id"])
    assert unread(ada) == 1


def test_naming_an_id_of_tomorrow_reads_nothing_that_is_still_to_come(ada: Person, bob: Person) -> None:
    likes(bob, ada.writes())
    reads(ada, str(snowflakes.MAX_ID))

    likes(bob, ada.writes())

    assert unread(ada) == 1


def test_a_group_is_open_for_a_day(ada: Person, bob: Person, cat: Person) -> None:
    post = ada.writes()
    likes(bob, post)
    day = 25 * 3600 * 1000 << snowflakes.RANDOM_BITS
    for model, name in ((Notification, "id"), (NotificationEvent, "at"), (NotificationEvent, "notification_id")):
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {model._meta.db_table} SET {name} = {name} - {day}")

    likes(cat, post)

    assert [one["actors"] for one in told(ada)] == [[cat.short], [bob.short]]


def test_unliking_takes_it_back(ada: Person, bob: Person, cat: Person) -> None:
    post = ada.writes()
    likes(bob, post)
    likes(cat, post)

    unlikes(cat, post)
    assert [(one["count"], one["actors"]) for one in told(ada)] == [(1, [bob.short])]
    unlikes(bob, post)
    assert (told(ada), unread(ada)) == ([], 0)


def test_liking_again_tells_nothing_new(ada: Person, bob: Person) -> None:
    post = ada.writes()
    likes(bob, post)
    [first] = told(ada)

    unlikes(bob, post)
    likes(bob, post)
    likes(bob, post)

    assert [(one["id"], one["count"]) for one in told(ada)] == [(first["id"], 1)]


def test_unfollowing_takes_it_back_and_accepting_turns_a_request_into_a_follow(ada: Person, bob: Person) -> None:
    bob.follows(ada)
    bob.unfollows(ada)
    assert kinds(ada) == []
    ada.becomes(is_private=True)
    bob.follows(ada)
    assert kinds(ada) == ["follow_request"]

    assert ada.put("/api/v1/follow-requests/bob/accept").status_code == 200

    assert kinds(ada) == ["follow"]


def test_nobody_is_told_of_their_own_doings(ada: Person, jobs: JobRunner) -> None:
    post = ada.writes("Me: @ada", poll=POLL)
    likes(ada, post)
    ada.put(f"/api/v1/posts/{post['id']}/repost")
    ada.writes("And", in_reply_to=post["id"])
    ada.writes("Again", quote_of=post["id"])
    ada.put(f"/api/v1/posts/{post['id']}/vote", {"choices": [0]})

    assert (told(ada), unread(ada)) == ([], 0)
    polls.close(int(post["id"]))
    jobs.run()
    assert [(one["type"], one["actors"]) for one in told(ada)] == [("poll_closed", [])]


def test_whom_a_post_answers_is_told_once(ada: Person, bob: Person, cat: Person) -> None:
    asked, quoted = ada.writes("One"), cat.writes("Two")

    bob.writes("@ada @cat look", in_reply_to=asked["id"], quote_of=quoted["id"])

    assert (kinds(ada), kinds(cat)) == (["reply"], ["quote"])


def test_it_goes_with_its_post(ada: Person, bob: Person) -> None:
    post = ada.writes()
    likes(bob, post)
    reply = bob.writes("Well", in_reply_to=post["id"])

    assert bob.delete(f"/api/v1/posts/{reply['id']}").status_code == 204
    assert kinds(ada) == ["like"]
    assert ada.delete(f"/api/v1/posts/{post['id']}").status_code == 204
    assert (told(ada), unread(ada)) == ([], 0)
    assert (Notification.objects.count(), NotificationEvent.objects.count()) == (0, 0)


def does_everything(bob: Person, ada: Person, post: dict[str, Any]) -> None:
    bob.follows(ada)
    likes(bob, post)
    bob.put(f"/api/v1/posts/{post['id']}/repost")
    bob.writes("Well, spoilers", in_reply_to=post["id"])
    bob.writes("@ada, spoilers")
    bob.writes("This, spoilers", quote_of=post["id"])


@pytest.mark.parametrize("kept", ["block", "mute"])
@pytest.mark.parametrize("by_whom", ["ada", "bob"])
def test_a_later_block_or_mute_hides_what_was_told(kept: str, by_whom: str, ada: Person, bob: Person) -> None:
    post = ada.writes()
    does_everything(bob, ada, post)
    assert unread(ada) == 6

    one, other = (ada, bob) if by_whom == "ada" else (bob, ada)
    assert one.put(f"/api/v1/profiles/{other.username}/{kept}", {} if kept == "mute" else None).status_code == 200

    hears = 6 if (kept, by_whom) == ("mute", "bob") else 0
    assert (len(told(ada)), unread(ada)) == (hears, hears)


def test_a_group_names_and_counts_those_only_who_may_be_seen(ada: Person, bob: Person, cat: Person) -> None:
    post = ada.writes()
    likes(bob, post)
    likes(cat, post)

    cat.becomes(is_private=True)

    # As in the list of who likes it.
    assert [(one["count"], one["actors"]) for one in told(ada)] == [(1, [bob.short])]
    bob.becomes(state="suspended")
    assert (told(ada), unread(ada)) == ([], 0)


def test_a_muted_thread_is_silent(ada: Person, bob: Person) -> None:
    post = ada.writes()
    likes(bob, post)
    bob.writes("Well", in_reply_to=post["id"])

    assert ada.put(f"/api/v1/posts/{post['id']}/mute").status_code == 200

    assert (told(ada), unread(ada)) == ([], 0)
    assert ada.delete(f"/api/v1/posts/{post['id']}/mute").status_code == 200
    assert kinds(ada) == ["reply", "like"]


def test_filters_hide_what_others_wrote_and_warn_of_it(ada: Person, bob: Person) -> None:
    post = ada.writes("My spoilers")
    does_everything(bob, ada, post)

    made = ada.post("/api/v1/filters", {"phrase": "spoilers", "action": "hide"})

    assert (kinds(ada), unread(ada)) == (["repost", "like", "follow"], 3)
    assert ada.patch(f"/api/v1/filters/{made.json()['id']}", {"action": "warn"}).status_code == 200
    assert unread(ada) == 6
    assert [one["post"]["viewer"].get("filtered") for one in told(ada)[:3]] == [["spoilers"]] * 3


def test_what_may_not_be_read_is_not_told(ada: Person, bob: Person, cat: Person) -> None:
    post = ada.writes()
    reply = bob.writes("Between us @cat", visibility="mentioned", in_reply_to=post["id"])

    assert (kinds(ada), kinds(cat)) == ([], ["mention"])
    assert bob.patch(f"/api/v1/posts/{reply['id']}", {"visibility": "public"}).status_code == 200
    assert kinds(ada) == ["reply"]


def test_a_name_that_is_edited_out_is_no_mention(ada: Person, bob: Person) -> None:
    post = bob.writes("Dear @ada")

    assert bob.patch(f"/api/v1/posts/{post['id']}", {"text": "Dear all"}).status_code == 200

    assert told(ada) == []


def test_preferences_hold_from_then_on(ada: Person, bob: Person, cat: Person) -> None:
    path = "/api/v1/notifications/preferences"
    everything = dict.fromkeys(Kind.values, True)
    assert ada.get(path).json() == everything
    post = ada.writes()
    likes(bob, post)

    changed = ada.patch(path, {"like": False, "mention": False})

    assert (changed.status_code, changed.json()) == (200, everything | {"like": False, "mention": False})
    assert ada.get(path).json() == changed.json()
    likes(cat, post)
    cat.writes("@ada")
    cat.writes("Well", in_reply_to=post["id"])
    assert [(one["type"], one["count"]) for one in told(ada)] == [("reply", 1), ("like", 1)]
    assert ada.patch(path, {"like": True}).json() == everything | {"mention": False}


def test_preferences_are_changed_as_they_were_seen(ada: Person) -> None:
    path = "/api/v1/notifications/preferences"
    etag = ada.get(path).headers["ETag"]

    first = ada.patch(path, {"like": False}, headers={"If-Match": etag})
    second = ada.patch(path, {"follow": False}, headers={"If-Match": etag})

    assert (first.status_code, second.status_code, second.json()["code"]) == (200, 412, "precondition_failed")
    assert ada.get(path).json()["follow"] is True


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("read", {}),
        ("read", {"up_to": 5}),
        ("read", {"up_to": "x"}),
        ("read", {"up_to": None}),
        ("preferences", {"like": "no"}),
        ("preferences", {"likes": False}),
    ],
)
def test_bad_input_is_refused(path: str, body: Any, ada: Person) -> None:
    response = (ada.post if path == "read" else ada.patch)(f"/api/v1/notifications/{path}", body)

    assert (response.status_code, response.json()["code"]) == (400, "validation_error")


def test_moderation_speaks_of_what_is_gone_and_each_time_anew(ada: Person) -> None:
    post = ada.writes()
    for _ in range(2):
        services.tell(profile_id=ada.id, kind=Kind.MODERATION, post_id=int(post["id"]))
    assert ada.delete(f"/api/v1/posts/{post['id']}").status_code == 204

    assert [(one["type"], one["post"], one["count"]) for one in told(ada)] == [("moderation", None, 1)] * 2


def test_voters_are_told_by_a_job_page_by_page_and_once(
    person: Callable[..., Person], ada: Person, jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consequences, "PAGE", 2)
    crowd = [person(f"one_{number}") for number in range(5)]
    post = ada.writes(" ".join(f"@{one.username}" for one in crowd), poll=POLL)
    for one in crowd:
        assert one.put(f"/api/v1/posts/{post['id']}/vote", {"choices": [1]}).status_code == 200
    assert [kinds(one) for one in crowd] == [["mention"]] * 5

    polls.close(int(post["id"]))
    polls.close(int(post["id"]))
    done = jobs.run()

    assert [kinds(one) for one in crowd] == [["poll_closed", "mention"]] * 5
    assert done.count("notifications.tell_voters") == 6
    assert kinds(ada) == ["poll_closed"]


def test_pages_go_on_where_they_ended_whatever_comes_meanwhile(ada: Person, bob: Person, cat: Person) -> None:
    posts = [ada.writes() for _ in range(6)]
    for post in posts:
        likes(bob, post)

    first = ada.get("/api/v1/notifications?limit=2").json()
    for post in (ada.writes(), posts[0], posts[5]):
        likes(cat, post)
    second = ada.get(first["next"]).json()
    third = ada.get(second["next"]).json()

    found = [one["post"]["id"] for page in (first, second, third) for one in page["results"]]
    assert found == [post["id"] for post in reversed(posts)]
    assert third["next"] is None
    back = ada.get(third["previous"]).json()
    assert [one["id"] for one in back["results"]] == [one["id"] for one in second["results"]]


def test_a_page_takes_two_queries_whatever_is_on_it(person: Callable[..., Person], ada: Person) -> None:
    fans = [person(f"fan_{number}") for number in range(3)]
    posts = [ada.writes() for _ in range(8)]
    for fan in fans:
        fan.follows(ada)
        for post in posts:
            likes(fan, post)

    def queries(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert ada.get(path).status_code == 200
        return len(captured)

    assert {queries(f"/api/v1/notifications?limit={limit}") for limit in (2, 5, 100)} == {2}
    assert queries("/api/v1/notifications/unread-count") == 1


def test_old_ones_are_forgotten(ada: Person, bob: Person) -> None:
    likes(bob, ada.writes())

    purging.purge(before=timezone.now() - timedelta(days=90))
    assert kinds(ada) == ["like"]
    purging.purge(before=timezone.now() + timedelta(days=1))
    assert (kinds(ada), Notification.objects.count(), NotificationEvent.objects.count()) == ([], 0, 0)


@pytest.mark.django_db(transaction=True)
def test_fifty_who_like_one_post_at_once_are_counted_exactly(person: Callable[..., Person], ada: Person) -> None:
    post, fans = ada.writes(), [person(f"fan_{number}") for number in range(50)]

    answers = at_once(lambda number: fans[number].put(f"/api/v1/posts/{post['id']}/like").status_code, 50)

    assert answers == [200] * 50
    assert [(one["count"], len(one["actors"])) for one in told(ada)] == [(50, 5)]
    assert Post.objects.count() == 1
    assert (Notification.objects.count(), NotificationEvent.objects.count()) == (1, 50)
