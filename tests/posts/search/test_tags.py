"""Tags found by their beginning."""

from typing import Any
from urllib.parse import quote

from posts_project.trends import services as trends
from tests.posts.people import Person, Visitor


def page(viewer: Visitor, text: str) -> dict[str, Any]:
    response = viewer.get(f"/api/v1/search?type=tags&q={quote(text)}&limit=2")
    assert response.status_code == 200, response.content
    return response.json()


def search(viewer: Visitor, text: str) -> list[str]:
    return [tag["name"] for tag in page(viewer, text)["results"]]


def test_any_spelling_of_the_beginning_finds_the_names(ada: Person, anyone: Visitor) -> None:
    ada.writes("#Café #cafés #cafeteria #other #Ünder")

    assert page(anyone, "CAFÉ") == {"results": [{"name": "café"}, {"name": "cafés"}], "next": None, "previous": None}
    assert search(anyone, "#caf") == ["cafeteria", "café"]
    assert (search(anyone, "ü"), search(anyone, "%"), search(anyone, "1"), search(anyone, "a b")) == (
        ["ünder"],
        [],
        [],
        [],
    )


def test_pages_both_ways_neither_repeat_nor_hide(ada: Person, anyone: Visitor, django_assert_num_queries: Any) -> None:
    ada.writes(" ".join(f"#tag{letter}" for letter in "abcde"))
    ada.writes("#taga #tagc")

    down, url = [], "/api/v1/search?type=tags&q=tag&limit=2"
    while url:
        with django_assert_num_queries(2):
            answer = anyone.get(url).json()
        down.append([tag["name"] for tag in answer["results"]])
        url, back = answer["next"], answer["previous"]
    up = [[tag["name"] for tag in anyone.get(back).json()["results"]]]

    assert down == [["taga", "tagb"], ["tagc", "tagd"], ["tage"]]
    assert up == [["tagc", "tagd"]]


def test_a_tag_with_which_there_is_nothing_to_be_seen_is_not_told(ada: Person, bob: Person, anyone: Visitor) -> None:
    for visibility in ("unlisted", "followers", "mentioned"):
        ada.writes("#secret @bob", visibility=visibility)
    public = ada.writes("#secretly")["id"]

    assert search(anyone, "secret") == search(bob, "secret") == search(ada, "secret") == ["secretly"]
    ada.put("/api/v1/profiles/bob/block")
    assert search(bob, "secret") == []
    ada.becomes(is_private=True)
    assert search(anyone, "secret") == []
    ada.becomes(is_private=False)
    trends.withhold("secretly")
    assert search(anyone, "secret") == []
    trends.restore("secretly")
    ada.delete(f"/api/v1/posts/{public}")
    assert search(anyone, "secret") == []
