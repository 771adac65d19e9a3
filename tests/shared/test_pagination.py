"""Keyset pages: signed cursors, tied to their list; rows that arrive meanwhile change nothing for a reader."""

import pytest

from tests.shared import urls


def follow(client, url, link) -> list[list[int]]:
    pages = []
    while url:
        answer = client.get(url).json()
        pages.append(answer["results"])
        url = answer[link]
    return pages


def test_pages_cover_a_list_exactly_once_and_back_again(client):
    pages = follow(client, "/api/v1/numbers/a?limit=20", "next")
    last = client.get(client.get("/api/v1/numbers/a?limit=20").json()["next"]).json()["next"]

    assert pages == [list(range(45, 25, -1)), list(range(25, 5, -1)), [5, 4, 3, 2, 1]]
    assert follow(client, last, "previous") == [[5, 4, 3, 2, 1], list(range(25, 5, -1)), list(range(45, 25, -1))]


def test_a_list_that_fits_has_no_neighbours(client):
    response = client.get("/api/v1/numbers/a?limit=45")

    assert response.json() == {"results": list(range(45, 0, -1)), "next": None, "previous": None}
    assert "Link" not in response


def test_the_link_header_repeats_the_body_next_first(client):
    response = client.get(client.get("/api/v1/numbers/a?limit=20").json()["next"])
    body = response.json()

    assert response["Link"] == f'<{body["next"]}>; rel="next", <{body["previous"]}>; rel="prev"'


def test_new_rows_neither_repeat_nor_hide_an_old_one(client, monkeypatch):
    second = client.get("/api/v1/numbers/a?limit=5").json()["next"]
    monkeypatch.setattr(urls, "ROWS", list(range(1, 60)))

    assert client.get(second).json()["results"] == [40, 39, 38, 37, 36]


def test_other_parameters_stay_in_the_links(client):
    assert "q=a%26b" in client.get("/api/v1/numbers/a?limit=5&q=a%26b").json()["next"]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "", "x", "5.0", "9223372036854775808", "٣", "1e2", "9" * 5000])
def test_a_limit_out_of_range_is_400(client, limit):
    response = client.get("/api/v1/numbers/a", {"limit": limit})

    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "limit")
    assert response.json()["errors"][0]["code"] == "out_of_range"


@pytest.mark.parametrize("cursor", ["", "x", "a:b:c", "WyJhIiwiYiIsNV0", "9" * 5000])
def test_a_cursor_that_we_did_not_sign_is_400(client, cursor):
    response = client.get("/api/v1/numbers/a", {"cursor": cursor})

    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "invalid_cursor")


def test_a_cursor_of_another_list_is_400(client):
    url = client.get("/api/v1/numbers/a?limit=5").json()["next"].replace("numbers/a", "numbers/b")

    assert client.get(url).json()["errors"][0]["code"] == "invalid_cursor"


def test_a_changed_cursor_is_400(client):
    url = client.get("/api/v1/numbers/a?limit=5").json()["next"]

    assert client.get(url[:-1] + ("a" if url[-1] != "a" else "b")).status_code == 400
