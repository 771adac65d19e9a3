"""Profiles found by their names."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.posts.moderation.deciding import decided, taken_back
from tests.posts.people import Person, Visitor


def search(viewer: Visitor, text: str) -> list[str]:
    """Usernames, page by page."""
    found: list[str] = []
    url: Any = f"/api/v1/search?type=profiles&q={quote(text)}&limit=2"
    while url:
        answer = viewer.get(url).json()
        found += [profile["username"] for profile in answer["results"]]
        url = answer["next"]
    return found


def test_whose_name_begins_so_comes_first_then_names_that_are_alike(
    person: Callable[..., Person], anyone: Visitor
) -> None:
    people = {
        name: person(name, display_name=display)
        for name, display in [
            ("ada", "Countess"),
            ("ada_lovelace", "Ada L."),
            ("adam", "Adam"),
            ("countess", "Ada Byron"),
            ("zed", "Lovelace fan"),
            ("bob", "Bob"),
        ]
    }

    first = anyone.get("/api/v1/search?type=profiles&q=ada&limit=1").json()
    assert first["results"] == [people["ada"].short]
    assert search(anyone, "ada") == ["ada", "ada_lovelace", "adam", "countess"]
    assert search(anyone, "@ADA") == search(anyone, " ada ") == search(anyone, "ada")
    assert search(anyone, "lovelace") == ["ada_lovelace", "zed"]
    assert search(anyone, "lovelase")[:1] == ["ada_lovelace"]
    assert search(anyone, "ada byron")[0] == "countess"
    assert search(anyone, "%") == search(anyone, "_") == search(anyone, "nobody") == search(anyone, "@") == []


def test_pages_both_ways_neither_repeat_nor_hide(
    person: Callable[..., Person], anyone: Visitor, django_assert_num_queries: Any
) -> None:
    for number in range(4):
        person(f"rain_{number}", display_name="x")
        person(f"wet_{number}", display_name="Rain")
    expected = [f"rain_{number}" for number in range(4)] + [f"wet_{number}" for number in range(4)]

    down, url = [], "/api/v1/search?type=profiles&q=rain&limit=3"
    while url:
        with django_assert_num_queries(2):
            answer = anyone.get(url).json()
        down.append([profile["username"] for profile in answer["results"]])
        url, back = answer["next"], answer["previous"]
    up = [down[-1]]
    while back and len(up) < len(down):
        answer = anyone.get(back).json()
        up.append([profile["username"] for profile in answer["results"]])
        back = answer["previous"]

    assert [name for page in down for name in page] == expected
    assert up[::-1] == down


def test_who_is_not_there_is_not_found(person: Callable[..., Person], ada: Person, bob: Person, cat: Person) -> None:
    shy = person("ada_shy", is_private=True)
    gone = person("ada_gone")
    gone.becomes(state="deactivated")
    ada.put("/api/v1/profiles/cat/block")

    assert search(bob, "ada") == ["ada", "ada_shy"]
    assert search(cat, "ada") == ["ada_shy"]
    assert search(ada, "cat") == []
    shy.becomes(state="suspended")
    assert search(bob, "ada") == ["ada"]


def test_whom_moderators_have_limited_only_followers_find_and_who_knows_the_name(
    person: Callable[..., Person], ada: Person, bob: Person, anyone: Visitor
) -> None:
    loud = person("loud_speaker", display_name="Loud Speaker")
    ada.follows(loud)

    decision = decided(loud, "limit")

    for text in ("loud", "speaker", "loud_speake"):
        assert (search(anyone, text), search(bob, text)) == ([], []), text
        assert (search(ada, text), search(loud, text)) == (["loud_speaker"], ["loud_speaker"]), text
    assert search(anyone, "@Loud_Speaker") == search(bob, "loud_speaker") == ["loud_speaker"]
    taken_back(decision)
    assert search(anyone, "loud") == ["loud_speaker"]
