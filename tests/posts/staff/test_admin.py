"""The admin site: staff of Auth and local superusers get in, look, and remove posts; data stays data."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from posts_project.auth_client import Staff
from posts_project.posts.models import Post
from posts_project.staff.models import StaffUser
from tests.posts.fakes import FakeAuthClient
from tests.posts.people import Person, user

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


def sign_in(client: Client, login: str, password: str) -> Any:
    return client.post("/admin/login/?next=/admin/", {"username": login, "password": password, "otp": "123456"})


@pytest.fixture
def staff(auth: FakeAuthClient) -> Staff:
    staff = Staff(user=user("grace"), roles=("staff",))
    auth.passwords["grace@example.org"] = ("right", staff)
    return staff


@pytest.fixture
def site(staff: Staff) -> Client:
    client = Client()
    assert sign_in(client, "grace@example.org", "right").status_code == 302
    return client


def test_staff_of_auth_get_a_shadow_without_a_password(site: Client, staff: Staff) -> None:
    shadow = StaffUser.objects.get()

    assert (shadow.id, shadow.username, shadow.is_superuser) == (staff.user.id, "grace@auth", False)
    assert not shadow.has_usable_password()
    assert site.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("login", "password"), [("grace@example.org", "wrong"), ("nobody", "right"), ("grace@auth", "!")]
)
def test_wrong_credentials_say_only_that(login: str, password: str, staff: Staff) -> None:
    response = sign_in(Client(), login, password)

    assert response.status_code == 200
    assert b"login, password or one-time code is wrong" in response.content
    assert not StaffUser.objects.exists()


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("otp_required", b"A one-time code is required."),
        ("mfa_required", b"set up one-time codes first."),
        ("throttled", b"Too many wrong attempts"),
        ("another", b"login, password or one-time code is wrong"),
    ],
)
def test_what_is_missing_is_said(code: str, sentence: bytes, auth: FakeAuthClient, staff: Staff) -> None:
    auth.refuses = code

    response = sign_in(Client(), "grace@example.org", "right")

    assert response.status_code == 200
    assert sentence in response.content
    assert not StaffUser.objects.exists()


def test_people_who_are_no_staff_stay_out(auth: FakeAuthClient) -> None:
    auth.passwords["ada"] = ("right", Staff(user=user("ada"), roles=()))

    assert sign_in(Client(), "ada", "right").status_code == 200
    assert not StaffUser.objects.exists()


def test_auth_being_down_is_said_clearly_and_a_local_superuser_still_gets_in(
    auth: FakeAuthClient, staff: Staff
) -> None:
    auth.down = True
    StaffUser.objects.create_superuser("root", password="a long local secret")

    assert b"Auth service cannot be reached" in sign_in(Client(), "grace@example.org", "right").content
    assert sign_in(Client(), "root", "a long local secret").status_code == 302


def test_role_is_asked_for_at_each_sign_in(auth: FakeAuthClient, site: Client, staff: Staff) -> None:
    auth.passwords["grace@example.org"] = ("right", Staff(user=staff.user, roles=("admin",)))
    sign_in(Client(), "grace@example.org", "right")
    assert StaffUser.objects.get().is_superuser

    auth.passwords["grace@example.org"] = ("right", Staff(user=staff.user, roles=("staff",)))
    sign_in(Client(), "grace@example.org", "right")
    assert not StaffUser.objects.get().is_superuser


@pytest.mark.parametrize(
    "query",
    ["", "?q=ada", "?q=@ada", "?q=1", "?q=%27%25_", "?q=zzz", f"?q={2**63}", "?visibility__exact=public", "?p=2"],
)
@pytest.mark.parametrize("page", ["posts/post", "profiles/profile", "staff/staffuser"])
def test_lists_can_be_searched_and_filtered(page: str, query: str, site: Client, ada: Person) -> None:
    ada.writes("Hello")

    assert site.get(f"/admin/{page}/{query}").status_code in (200, 302)


def test_search_for_a_nul_is_refused(site: Client) -> None:
    assert site.get("/admin/posts/post/?q=%00").status_code == 400


@pytest.mark.parametrize("count", [1, 30])
def test_list_of_posts_is_a_constant_number_of_queries(
    count: int, site: Client, ada: Person, django_assert_num_queries: Any
) -> None:
    for n in range(count):
        ada.writes(f"Post {n}")

    with django_assert_num_queries(6):
        site.get("/admin/posts/post/")


def test_hostile_data_stays_data(site: Client, person: Any) -> None:
    eve = person("eve", display_name=HOSTILE, bio=HOSTILE)
    post = eve.writes(HOSTILE, spoiler_text=HOSTILE)

    pages = [
        site.get("/admin/posts/post/"),
        site.get(f"/admin/posts/post/{post['id']}/change/"),
        site.get("/admin/profiles/profile/"),
        site.get(f"/admin/profiles/profile/{eve.id}/change/"),
    ]

    for page in pages:
        assert page.status_code == 200
        assert b"<script>alert(1)" not in page.content
        assert b"<img src=x" not in page.content


def test_removed_post_is_gone_as_if_its_author_had_deleted_it(site: Client, ada: Person) -> None:
    post = ada.writes("Hello")

    site.post("/admin/posts/post/", {"action": "remove", "_selected_action": [post["id"]]})

    assert not Post.objects.exists()
    assert ada.get("/api/v1/profiles/ada").json()["counts"]["posts"] == 0


@pytest.mark.parametrize("page", ["posts/post/add/", "profiles/profile/add/", "staff/staffuser/add/"])
def test_nothing_can_be_added(page: str, site: Client) -> None:
    assert site.get(f"/admin/{page}").status_code == 403


def test_strangers_are_sent_to_sign_in(db: None) -> None:
    response = Client().get("/admin/posts/post/")

    assert (response.status_code, response.headers["Location"]) == (302, "/admin/login/?next=/admin/posts/post/")


def found(site: Client, query: str) -> list[str]:
    return [post.text for post in site.get(f"/admin/posts/post/?q={query}").context["cl"].result_list]


def test_posts_are_found_by_id_author_tag_and_beginning(site: Client, ada: Person, bob: Person) -> None:
    post = ada.writes("Hello #World")
    ada.writes("hello again")
    bob.writes("Hello, too")

    assert found(site, post["id"]) == ["Hello #World"]
    assert found(site, str(ada.id)) == found(site, "@Ada") == found(site, "ad") == ["hello again", "Hello #World"]
    assert found(site, "ada+hello") == ["hello again", "Hello #World"]
    assert found(site, "@ada+Hello+%23") == ["Hello #World"]
    assert found(site, "%23WORLD") == ["Hello #World"]
    assert found(site, "ad+hello") == found(site, "%23") == found(site, "%25") == found(site, "ada+%25") == []


def test_posts_are_filtered_by_when_they_were_written(site: Client, ada: Person) -> None:
    ada.writes("New")
    Post.objects.create(id=5 << 21, author_id=ada.id, text="Old", visibility="public", reply_policy="everyone")

    assert len(site.get("/admin/posts/post/?written=7").context["cl"].result_list) == 1
    assert len(site.get("/admin/posts/post/?written=x").context["cl"].result_list) == 2


def test_tags_in_use_lead_to_their_posts(site: Client, ada: Person) -> None:
    for text in ("#Cats and #dogs", "#cats"):
        ada.writes(text)

    page = site.get("/admin/posts/post/tags/").content.decode()

    assert page.index("#cats</a>") < page.index("#dogs</a>")
    assert 'href="/admin/posts/post/?q=%23cats"' in page
    assert b"/admin/posts/post/tags" in site.get("/admin/posts/post/").content
    assert Client().get("/admin/posts/post/tags/").status_code == 302


def test_the_page_of_a_profile_has_its_counts(site: Client, ada: Person, bob: Person) -> None:
    bob.follows(ada)
    ada.writes("Hello")

    page = site.get(f"/admin/profiles/profile/{ada.id}/change/")

    counts = {name: page.context["adminform"].model_admin.__getattribute__(name)(page.context["original"]) for name in
              ("posts", "followers", "following", "newest_event")}  # fmt: skip
    assert counts == {"posts": 1, "followers": 1, "following": 0, "newest_event": "version 1"}


LISTS = sorted(f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry)
LOOK_UPS = [
    "autocomplete/?app_label=posts&model_name=post&field_name=author&term=ada",
    "autocomplete/?app_label=moderation&model_name=case&field_name=profile&term=ada",
    "search/?search=ada",
]


@pytest.mark.parametrize("page", [*(f"{name}/?q=ada" for name in LISTS), *LOOK_UPS])
@pytest.mark.asvs("8.2.1")
def test_whoever_is_no_staff_looks_nothing_up(page: str, ada: Person) -> None:
    ada.writes("Not for everybody's search", visibility="mentioned")
    left = StaffUser.objects.create(username="left@auth", is_staff=False)
    stranger, former = Client(), Client()
    former.force_login(left, backend="posts_project.staff.backends.AuthServiceBackend")

    for client in (stranger, former):
        response = client.get(f"/admin/{page}")
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")


@pytest.mark.parametrize("page", LISTS)
def test_what_moderators_look_up_is_closed_to_other_staff(page: str, site: Client) -> None:
    is_for_moderators = page.startswith("moderation/")

    assert site.get(f"/admin/{page}/?q=ada").status_code == (403 if is_for_moderators else 200)


@pytest.mark.parametrize(
    ("app", "model", "field", "status"),
    [
        ("posts", "post", "author", 200),
        ("moderation", "appeal", "decision", 403),
        ("moderation", "decision", "case", 403),
    ],
)
def test_a_field_completes_only_what_its_list_shows(
    app: str, model: str, field: str, status: int, site: Client, ada: Person
) -> None:
    look_up = f"autocomplete/?app_label={app}&model_name={model}&field_name={field}&term=ada"

    assert site.get(f"/admin/{look_up}").status_code == status
