"""Mastodon's outbox: what becomes of each activity, and of files that are none."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from posts_project.imports import html, mastodon
from posts_project.posts.models import Post
from tests.posts.imports.test_import_posts import bring, done
from tests.posts.people import Person

__all__ = ["bring"]

PUBLIC, ME = "https://www.w3.org/ns/activitystreams#Public", "https://old.example/users/ada"
FOLLOWERS = f"{ME}/followers"

pytestmark = pytest.mark.django_db


def note(number: int, content: str, /, **changes: Any) -> dict[str, Any]:
    address = f"{ME}/statuses/{number}"
    published = f"2024-05-06T07:08:{number:02}Z"
    return {
        "id": f"{address}/activity",
        "type": "Create",
        "actor": ME,
        "published": published,
        "to": [PUBLIC],
        "cc": [FOLLOWERS],
        "object": {
            "id": address,
            "type": "Note",
            "summary": None,
            "inReplyTo": None,
            "published": published,
            "attributedTo": ME,
            "to": [PUBLIC],
            "cc": [FOLLOWERS],
            "sensitive": False,
            "content": content,
            "contentMap": {"en": content},
            "attachment": [],
            "tag": [],
        }
        | changes,
    }


def outbox(*activities: Any) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "outbox.json",
        "type": "OrderedCollection",
        "totalItems": len(activities),
        "orderedItems": list(activities),
    }


@pytest.fixture
def brings(bring: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *activities: bring(outbox(*activities), name="outbox.json")


def test_a_note_becomes_a_post(brings: Any, ada: Person) -> None:
    person = (
        '<span class="h-card"><a href="https://far.example/@bob" class="u-url mention">@<span>bob</span></a></span>'
    )
    tag = '<a href="https://old.example/tags/Cats" class="mention hashtag" rel="tag">#<span>Cats</span></a>'
    link = (
        '<a href="https://x.example/long/path" rel="nofollow"><span class="invisible">https://</span>'
        '<span class="ellipsis">x.example/lo</span><span class="invisible">ng/path</span></a>'
    )
    told = note(1, f"<p>{person} look &amp; see:<br>{tag}</p><p>{link}</p>", summary="A  warning", sensitive=True)

    assert brings(told) == (done(1), "", 0)

    post = Post.objects.get()
    assert post.text == "@bob@far.example look & see:\n#Cats\n\nhttps://x.example/long/path"
    assert (post.spoiler_text, post.sensitive, post.language) == ("A warning", True, "en")
    assert [tag["name"] for tag in post.tags] == ["cats"]
    assert [link["url"] for link in post.links] == ["https://x.example/long/path"]
    assert (post.mentions, post.created_at.isoformat()) == ([], "2024-05-06T07:08:01+00:00")


@pytest.mark.parametrize(
    ("to", "cc", "visibility"),
    [
        ([PUBLIC], [FOLLOWERS], "public"),
        ("as:Public", [], "public"),
        ([FOLLOWERS], [PUBLIC], "unlisted"),
        ([FOLLOWERS], [], "followers"),
        (["https://far.example/users/bob"], [], "mentioned"),
        ([], [], "mentioned"),
        ({"id": PUBLIC}, 5, "mentioned"),
    ],
)
def test_who_may_read_it_stays_the_same(to: Any, cc: Any, visibility: str, brings: Any, ada: Person) -> None:
    brings(note(1, "<p>Hello</p>", to=to, cc=cc))

    assert Post.objects.get().visibility == visibility


def test_threads_of_ones_own_stay_together_whatever_their_order(brings: Any, ada: Person) -> None:
    answer = note(2, "<p>and</p>", inReplyTo=f"{ME}/statuses/1")
    abroad = note(3, "<p>well</p>", inReplyTo="https://far.example/statuses/9")

    said, _, status = brings(answer, note(1, "<p>First</p>"), abroad)

    assert said == f"{done(3)}{mastodon.ABROAD}: 1\n"
    first, second, third = Post.objects.order_by("id")
    assert [post.text for post in (first, second, third)] == ["First", "and", "well"]
    assert (second.in_reply_to_id, second.thread_id, third.in_reply_to_id) == (first.id, first.id, None)
    assert status == 0


def test_what_has_no_place_here_is_left_out_and_counted(brings: Any, ada: Person) -> None:
    picture = {"type": "Document", "mediaType": "image/png", "url": "/media/1.png", "name": "<b>me</b>"}
    repost = {"id": f"{ME}/statuses/5/activity", "type": "Announce", "object": "https://far.example/statuses/1"}
    poll = note(4, "<p>Which?</p>")
    poll["object"]["type"] = "Question"

    answer = brings(
        note(1, "<p>With a picture</p>", attachment=[picture, picture]),
        note(2, "", attachment=[picture]),
        repost,
        repost,
        poll,
        {"type": "Like"},
    )

    assert answer == (
        f"{done(1)}activities of other kinds: 1\nattachments: 3\npolls and other objects than notes: 1\n"
        "posts of attachments alone: 1\nreposts: 2\n",
        "",
        0,
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"content": "<p> </p>"}, "text: blank"),
        ({"content": None}, "text: blank"),
        ({"content": ["<p>x</p>"]}, "text: invalid"),
        ({"content": "x" * 100_001}, "text: too_long"),
        ({"content": "x" * 5_001}, "text: max_length"),
        ({"content": "\ud800"}, "text: forbidden_characters"),
        ({"content": "&#x202e;evil"}, "text: forbidden_characters"),
        ({"summary": "x" * 501}, "spoiler_text: max_length"),
        ({"id": None}, "id: null"),
        ({"id": {"$ne": ""}}, "id: invalid"),
        ({"id": "\ud800"}, "id: forbidden_characters"),
        ({"published": None}, "created_at: null"),
        ({"published": {"a": 1}}, "created_at: invalid"),
        ({"published": "2019-01-01T00:00:00Z"}, "created_at: before_2024"),
    ],
)
def test_a_bad_note_is_named_and_stops_no_other(changes: Any, reason: str, brings: Any, ada: Person) -> None:
    said, complaints, status = brings(note(1, "<p>Hello</p>", **changes), note(2, "<p>Fine</p>"))

    assert (said, complaints, status) == (done(1), f"item 1: {reason}\n1 could not be imported.\n", 1)


@pytest.mark.parametrize(
    "odd",
    [
        None, 5, "text", [], {}, {"type": ["Create"]}, {"type": "Create"}, {"type": "Create", "object": "https://x"},
        {"type": "Create", "object": {"type": "Note"}},
        note(1, "x", tag={"type": "Mention"}, attachment=5, contentMap=[], inReplyTo={}, sensitive="yes", cc=None),
    ],
)  # fmt: skip
def test_odd_activities_never_end_the_import(odd: Any, brings: Any, ada: Person) -> None:
    assert brings(odd, note(2, "<p>Fine</p>"))[2] in (0, 1)
    assert Post.objects.filter(text="Fine").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"{", b"[]", b"{}", b'{"orderedItems": {}}', b"[" * 200_000, b"1" * 10_000, b'"\\ud800"'],
)
def test_what_is_no_outbox_is_said(content: bytes, bring: Any, ada: Person) -> None:
    said, complaint, status = bring(content, name="outbox.json")

    assert (said, status) == ("", 1)
    assert "is no outbox of Mastodon" in complaint


def test_an_outbox_too_large_to_be_one_is_refused(bring: Any, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon, "MAX_BYTES", 100)

    assert "more than 100 bytes" in bring(outbox(note(1, "Hello")), name="outbox.json")[1]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain", "plain"),
        ("a <b>bold</b> word", "a bold word"),
        ("<p>one</p>\n<p>two</p>", "one\n\ntwo"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("1 &lt; 2 < 3", "1 < 2 < 3"),
        ("<script>alert(1)</script>seen<style>p{}</style>", "seen"),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<a href="https://x.example">here</a>', "here (https://x.example)"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<a class="mention" href="https://[x">@bob</a>', "@bob"),
        ("<!-- no -->yes<![foo[bar]]>", "yes"),
    ],
)
def test_html_reads_as_in_a_browser(markup: str, text: str) -> None:
    assert html.to_text(markup, names={}) == text


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<!--", '<a href="', "<!", "&#", "&nbsp;", "<p>", "<b> </b>", "<a =", "</"]
)
def test_html_that_is_meant_to_take_long_does_not(piece: str) -> None:
    started = time.process_time()

    html.to_text((piece * html.LONGEST)[: html.LONGEST], names={})

    assert time.process_time() - started < 10
