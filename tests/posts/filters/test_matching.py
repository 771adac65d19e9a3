"""What a filter finds, and on which surfaces: literally, whatever the phrase, and never in one's own posts."""

import time
from typing import Any

import pytest
from django.db import connection

from posts_project.filters import matching
from posts_project.filters.models import Filter
from posts_project.profiles.models import Profile
from shared.snowflakes import new_id
from tests.posts.people import Person

HOSTILE = [
    ".*", "(", "(" * 100, ")", "\\", "\\y", "\\1", "%", "%s", "%(viewer)s", "$1", "***=", "***:(?", "^$", "|", "a|b",
    "[a-", "x{2", "'; DROP TABLE post", "c++", "#tag2", "@nobody", "👍", "👩\u200d💻", "q\u0307", "É", "हि", "<script>",
    "a" * 100,
]  # fmt: skip

FOUND = [
    # phrase, text; as part of anything, as a word
    ("cat", "A cat.", True, True),
    ("cat", "Concatenate", True, False),
    ("CAT", "a Cat", True, True),
    ("cat", "cats", True, False),
    ("cat", "cats and a cat", True, True),
    ("cat", "_cat_", True, False),
    ("cat", "#cat", True, True),
    ("#cat", "a#cat", True, False),
    ("#cat", "see #cat!", True, True),
    ("#cat", "#cats", True, False),
    ("c++", "I like C++, too", True, True),
    ("c++", "c++11", True, False),
    ("a b", "a b", True, True),
    ("a b", "a  b", False, False),
    ("a b", "a\nb", False, False),
    ("één", "ÉÉN huis", True, True),
    ("één", "geéén", True, False),
    ("naive", "naïve", False, False),
    ("q", "q\u0307", True, False),
    ("हि", "हिन्दी", True, False),
    ("हिन्दी", "मेरी हिन्दी।", True, True),
    ("日本", "日本語", True, False),
    ("👍", "👍👍", True, True),
    ("...", "well....", True, True),
    ("x", "y", False, False),
]


@pytest.mark.parametrize(("phrase", "text", "anywhere", "as_word"), FOUND)
@pytest.mark.django_db
def test_phrase_in_text(phrase: str, text: str, anywhere: bool, as_word: bool) -> None:
    assert (finds(phrase, text, whole_word=False), finds(phrase, text, whole_word=True)) == (anywhere, as_word)


@pytest.mark.parametrize("phrase", HOSTILE)
@pytest.mark.django_db
def test_hostile_phrase_finds_itself_and_nothing_else(phrase: str) -> None:
    for whole_word in (False, True):
        assert finds(phrase, f"well, {phrase} indeed", whole_word=whole_word)
        assert finds(phrase, phrase, whole_word=whole_word)
        assert not finds(phrase, "Nothing of that kind here", whole_word=whole_word)


def finds(phrase: str, text: str, *, whole_word: bool) -> bool:
    pattern = matching.pattern(phrase, whole_word=whole_word)
    with connection.cursor() as cursor:
        statement = f"SELECT strpos({matching.searchable('%(text)s::text')}, %(pattern)s) > 0"
        cursor.execute(statement, {"text": text, "pattern": pattern})
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("phrase", [".*", "(" * 100, "\\", "%", "***=", "👍", "q\u0307", "c++"])
def test_hostile_phrase_is_warned_of_or_hidden_on_every_surface(phrase: str, ada: Person, bob: Person) -> None:
    ada.follows(bob)
    other, matched = bob.writes("Nothing #tag"), bob.writes(f"See {phrase} here #tag")
    created = ada.post("/api/v1/filters", {"phrase": phrase, "action": "warn", "whole_word": True}).json()

    warned = {surface: entries(ada, surface) for surface in COMING + SOUGHT}
    assert warned == {surface: [(matched["id"], [phrase]), (other["id"], None)] for surface in COMING + SOUGHT}
    assert ada.get(f"/api/v1/posts/{matched['id']}").json()["viewer"]["filtered"] == [phrase]
    assert "filtered" not in ada.get(f"/api/v1/posts/{other['id']}").json()["viewer"]

    ada.patch(f"/api/v1/filters/{created['id']}", {"action": "hide", "whole_word": False})
    hidden = {surface: entries(ada, surface) for surface in COMING}
    assert hidden == {surface: [(other["id"], None)] for surface in COMING}
    assert entries(ada, SOUGHT[0]) == [(matched["id"], None), (other["id"], None)]
    assert "filtered" not in ada.get(f"/api/v1/posts/{matched['id']}").json()["viewer"]


def test_warnings_name_every_phrase_and_look_into_spoilers_but_not_into_own_posts(ada: Person, bob: Person) -> None:
    for phrase in ("dragons", "the end", "elsewhere"):
        ada.post("/api/v1/filters", {"phrase": phrase, "action": "warn"})

    post = bob.writes("The End.", spoiler_text="About Dragons")
    own = ada.writes("dragons")

    assert ada.get(f"/api/v1/posts/{post['id']}").json()["viewer"]["filtered"] == ["dragons", "the end"]
    assert "filtered" not in ada.get(f"/api/v1/posts/{own['id']}").json()["viewer"]
    assert "filtered" not in bob.get(f"/api/v1/posts/{post['id']}").json()["viewer"]


def test_own_posts_are_never_hidden(ada: Person) -> None:
    ada.post("/api/v1/filters", {"phrase": "hello"})

    own = ada.writes("Hello")

    assert ada.home() == [own["id"]]


def test_pages_go_on_below_what_is_hidden(ada: Person, bob: Person) -> None:
    ada.follows(bob)
    ada.post("/api/v1/filters", {"phrase": "noise"})
    first = bob.writes("first")["id"]
    for n in range(5):
        bob.writes(f"noise {n}")
    last = bob.writes("last")["id"]

    pages, url = [], "/api/v1/timelines/home?limit=2"
    while url:
        page = ada.get(url).json()
        pages.append([entry["post"]["id"] for entry in page["results"]])
        url = page["next"]

    assert pages == [[last], [], [], [first]]


def test_a_hundred_long_phrases_in_all_letters_there_are_take_no_longer_than_they_should(
    ada: Person, bob: Person
) -> None:
    """As one regular expression they would end in an error after seconds."""
    letters = ["".join(chr(0x4E00 + n * 100 + m) for m in range(100)) for n in range(100)]
    Filter.objects.bulk_create(
        Filter(
            id=new_id(), profile=Profile.objects.get(id=ada.id), phrase=phrase, action="warn", whole_word=True,
            pattern=matching.pattern(phrase, whole_word=True),
        )
        for phrase in letters
    )  # fmt: skip
    post = bob.writes("字" * 4_000 + " " + letters[50])
    began = time.monotonic()

    found = ada.get(f"/api/v1/posts/{post['id']}").json()

    assert found["viewer"]["filtered"] == [letters[50]]
    assert time.monotonic() - began < 5


COMING = ["timelines/home", "timelines/public"]
SOUGHT = ["timelines/profiles/bob"]


def entries(viewer: Person, surface: str) -> list[tuple[str, Any]]:
    found = viewer.get(f"/api/v1/{surface}").json()["results"]
    return [(entry["post"]["id"], entry["post"]["viewer"].get("filtered")) for entry in found]
