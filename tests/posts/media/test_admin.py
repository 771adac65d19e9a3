"""Pictures as staff see them."""

import base64
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posts_project.media import files
from posts_project.media.models import Medium
from tests.posts.media.forms import uploads
from tests.posts.moderation.test_admin import signed_in
from tests.posts.people import Person
from tests.posts.staff.test_admin import HOSTILE

pytestmark = pytest.mark.django_db

LIST = "/admin/media/medium/"


@pytest.fixture
def site() -> Client:
    return signed_in("grace@auth")


def test_pictures_are_shown_small_without_a_request_to_elsewhere(site: Client, ada: Person) -> None:
    uploads(ada, alt_text=HOSTILE)
    stem = Medium.objects.get().stem

    page = site.get(LIST).content.decode()

    (shown,) = re.findall(r'<img src="data:image/webp;base64,([^"]+)"', page)
    assert base64.b64decode(shown) == files.thumbnail(stem)
    assert HOSTILE not in page
    assert site.get(f"{LIST}{Medium.objects.get().id}/change/").status_code == 200


def test_a_picture_whose_file_is_gone_is_no_fault(site: Client, ada: Person) -> None:
    uploads(ada)
    files.delete(Medium.objects.get().stem)

    assert "file missing" in site.get(LIST).content.decode()


def test_pictures_are_found_by_owner_post_and_id_and_by_their_use(site: Client, ada: Person, bob: Person) -> None:
    used, free, other = uploads(ada), uploads(ada), uploads(bob)
    post = ada.writes("Look", media_ids=[used["id"]])

    def found(query: str) -> set[str]:
        page = site.get(f"{LIST}?{query}").content.decode()
        return set(re.findall(rf"{LIST}(\d+)/change/", page))

    assert found("q=@ad") == {used["id"], free["id"]}
    assert found(f"q={other['id']}") == {other["id"]}
    assert found(f"q={post['id']}") == {used["id"]}
    assert found("q=nobody") == set()
    assert found("used=yes") == {used["id"]}
    assert found("used=no") == {free["id"], other["id"]}
    assert found("used=x") == {used["id"], free["id"], other["id"]}


def test_a_page_of_pictures_takes_the_same_queries_however_many_there_are(site: Client, ada: Person) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            site.get(LIST)
        return len(asked)

    uploads(ada)
    with_one = queries()
    for _ in range(3):
        uploads(ada)

    assert queries() == with_one
