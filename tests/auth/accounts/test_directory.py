"""Finding people by how their name begins."""

from itertools import pairwise

import pytest

from auth_project.accounts import selectors
from auth_project.accounts.models import User
from tests.auth.conftest import Api
from tests.auth.explain import plan_of
from tests.auth.fakes import make_user

PATH = "/api/v1/users"


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def names(api: Api, path: str) -> list[str]:
    response = api.get(path)
    assert response.status_code == 200
    return [user["username"] for user in response.json()["results"]]


@pytest.fixture
def _people():
    for name in ("ada", "adam", "ad_hoc", "adb", "bob", "a_d", "zoe"):
        make_user(name)


@pytest.mark.usefixtures("_people")
@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("ad", ["ad_hoc", "ada", "adam", "adb"]),
        ("AD", ["ad_hoc", "ada", "adam", "adb"]),
        ("%EF%BC%A1%EF%BD%84", ["ad_hoc", "ada", "adam", "adb"]),
        ("ada", ["ada", "adam"]),
        ("ad_", ["ad_hoc"]),
        ("%20ada%20", ["ada", "adam"]),
        ("zo", ["zoe"]),
        (".*", []),
        ("%5Ea", []),
        ("a.", []),
        ("[a-z]", []),
        ("$gt", []),
        ("%7B%22%24ne%22%3A%22%22%7D", []),
        ("\\", []),
        ("%25", []),
        ("nobody", []),
        ("%F0%9F%A6%89", []),
        ("%F4%8F%BF%BF", []),
    ],
)
def test_a_prefix_is_taken_to_the_letter(api, prefix, found):
    assert names(api, f"{PATH}?q={prefix}") == found


def test_an_entry_is_the_users_public_face(api, ada):
    response = api.get(f"{PATH}?q=ada")

    assert response.json() == {"results": [api.get(f"{PATH}/ada").json()], "next": None, "previous": None}
    assert "ada@example.com" not in response.content.decode()


@pytest.mark.parametrize("status", [User.Status.DEACTIVATED, User.Status.SUSPENDED])
def test_who_is_not_active_is_not_found(api, status):
    make_user("ada", status=status)

    assert names(api, f"{PATH}?q=ada") == []


def test_pages_follow_each_other_in_both_directions(api):
    everybody = [f"user_{number:02}" for number in range(25)]
    for name in everybody:
        make_user(name)

    pages, url = [], f"{PATH}?q=user&limit=10"
    while url:
        answer = api.get(url).json()
        pages.append(answer)
        url = path_of(answer["next"]) if answer["next"] else ""

    read = [[user["username"] for user in page["results"]] for page in pages]
    assert [name for page in read for name in page] == everybody
    assert [len(page) for page in read] == [10, 10, 5]
    assert pages[0]["previous"] is None
    for (earlier, _), later in zip(pairwise(read), pages[1:], strict=True):
        assert names(api, path_of(later["previous"])) == earlier


def test_somebody_new_neither_repeats_nor_hides_anybody(api):
    for name in ("user_b", "user_d", "user_f"):
        make_user(name)
    first = api.get(f"{PATH}?q=user&limit=2")

    make_user("user_a")
    make_user("user_e")

    assert names(api, path_of(first.json()["next"])) == ["user_e", "user_f"]
    assert first["Link"].startswith(f'<{first.json()["next"]}>; rel="next"')


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("", "q", "required"),
        ("?q=", "q", "required"),
        ("?q=%20", "q", "required"),
        ("?q=" + "a" * 61, "q", "max_length"),
        ("?q=a&q=b", "q", "repeated"),
        ("?q=a&limit=0", "limit", "out_of_range"),
        ("?q=a&limit=101", "limit", "out_of_range"),
        ("?q=a&limit=x", "limit", "out_of_range"),
        ("?q=a&cursor=x", "cursor", "invalid_cursor"),
    ],
)
def test_a_bad_question_is_refused(api, query, field, code):
    response = api.get(PATH + query)

    assert response.status_code == 400
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, code)]


@pytest.mark.parametrize("query", ["?q=%00", "?q=%ED%A0%80", "?q=%FF"])
def test_what_cannot_be_stored_cannot_be_asked(api, query):
    assert api.get(PATH + query).json()["code"] == "parse_error"


def test_a_cursor_belongs_to_its_prefix(api):
    for number in range(3):
        make_user(f"user_{number}")
    cursor = api.get(f"{PATH}?q=user&limit=1").json()["next"].partition("cursor=")[2].partition("&")[0]

    assert api.get(f"{PATH}?q=us&limit=1&cursor={cursor}").json()["code"] == "validation_error"


def test_a_bad_token_is_no_anonymous_reader(ada):
    assert Api("nonsense").get(f"{PATH}?q=ada").status_code == 401


def test_only_what_is_shown_is_read(api):
    for name in ("ada", "adam", "bob", "eve", "joe"):
        make_user(name)

    stages, examined = plan_of(selectors.directory("ada").order_by("username_ci")[:21])

    assert "COLLSCAN" not in stages
    assert "SORT" not in stages
    assert examined == 2
