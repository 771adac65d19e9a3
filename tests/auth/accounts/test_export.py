"""Taking one's data along."""

import json
import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from auth_project.accounts.files import delete_stale
from auth_project.accounts.models import Export
from auth_project.accounts.services import exports
from auth_project.worker.exports import SECTIONS, make_due
from tests.auth.accounts.pictures import FORM, form, picture
from tests.auth.conftest import SignedIn, sign_in
from tests.auth.explain import plan_of
from tests.auth.fakes import PASSWORD, make_user
from tests.auth.letters import told

PATH = "/api/v1/users/me/export"


def ask(who: SignedIn) -> str:
    response = who.api.post(PATH)
    assert response.status_code == 202
    return str(response["Location"])


def archive(response: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(response.content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_asking_answers_where_it_will_be(ada):
    response = ada.api.post(PATH)

    export = Export.objects.get()
    assert response.json() == {
        "id": str(export.pk),
        "status": "pending",
        "requested_at": response.json()["requested_at"],
        "expires_at": None,
    }
    assert response["Location"] == f"{PATH}/{export.pk}"


def test_until_it_is_made_one_is_told_to_come_back(ada):
    response = ada.api.get(ask(ada))

    assert (response.status_code, response.json()["status"]) == (202, "pending")
    assert response["Retry-After"] == "1"


def test_the_archive_has_all_that_is_kept_and_no_secret():
    ada = sign_in(make_user("ada", bio="a bio", email_verified=True))
    ada.api.send("PATCH", "/api/v1/users/me", form(("avatar", "a.png", picture())), FORM)
    path = ask(ada)

    assert make_due(now=timezone.now()) == 1
    response = ada.api.get(path)

    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert response["Content-Disposition"] == f'attachment; filename="export-{path.rpartition("/")[2]}.zip"'
    assert response["Cache-Control"] == "no-store"
    files = archive(response)
    assert {"account.json", "avatar.webp", "sessions.json"} <= set(files)
    account = json.loads(files["account.json"])
    assert (account["id"], account["username"], account["email"], account["bio"]) == (
        str(ada.user.pk), "ada", "ada@example.com", "a bio",
    )  # fmt: skip
    assert json.loads(files["sessions.json"])[0]["user_agent"] == "pytest"
    assert files["avatar.webp"].startswith(b"RIFF")
    for content in files.values():
        for secret in (b"argon2", b"token_hash", ada.tokens.refresh.encode(), PASSWORD.encode()):
            assert secret not in content


def test_who_takes_archives_alone_gets_one(ada):
    path = ask(ada)
    assert ada.api.get(path, Accept="application/zip").status_code == 202

    make_due(now=timezone.now())

    assert ada.api.get(path, Accept="application/zip").status_code == 200
    assert ada.api.get(f"{PATH}/5", Accept="application/zip")["Content-Type"] == "application/problem+json"


def test_the_owner_is_told_without_a_link_that_others_could_follow(ada):
    ask(ada)
    make_due(now=timezone.now())

    assert told() == [("ada@example.com", "Social: your data is ready")]


def test_nobody_else_gets_it(ada, api):
    path = ask(ada)
    make_due(now=timezone.now())
    eve = sign_in(make_user("eve", is_superuser=True))

    assert eve.api.get(path).json()["code"] == "not_found"
    assert api.get(path).json()["code"] == "not_authenticated"


@pytest.mark.parametrize("export_id", ["1", "0", "-1", "x", str(2**63), "9" * 30, "..", "%00"])
def test_another_id_is_not_found(ada, export_id):
    assert ada.api.get(f"{PATH}/{export_id}").status_code in (400, 404)


def test_it_is_there_for_a_day_and_then_deleted(ada):
    path = ask(ada)
    made_at = timezone.now()
    make_due(now=made_at)
    file = Export.objects.get().file

    assert exports.purge_exports(now=made_at + timedelta(hours=23)) == 0
    assert exports.purge_exports(now=made_at + timedelta(hours=25)) == 1
    delete_stale(now=made_at + timedelta(hours=25))

    assert not default_storage.exists(file)
    assert ada.api.get(path).status_code == 404


def test_after_its_day_it_is_refused_even_before_it_is_deleted(ada):
    path = ask(ada)
    make_due(now=timezone.now() - timedelta(hours=25) + exports.LEASE)
    Export.objects.update(due_at=timezone.now() - timedelta(hours=30))
    make_due(now=timezone.now() - timedelta(hours=25))

    assert ada.api.get(path).status_code == 404


def test_asking_again_while_it_is_made_gives_the_same(ada):
    assert ask(ada) == ask(ada)
    assert Export.objects.count() == 1


def test_asking_is_limited(ada):
    assert [ada.api.post(PATH).status_code for _ in range(6)] == [202] * 5 + [429]


def test_what_a_dead_worker_began_is_made_when_its_lease_is_over(ada):
    ask(ada)
    now = timezone.now()
    assert exports._claim(now) is not None

    assert make_due(now=now + timedelta(seconds=1)) == 0
    assert make_due(now=now + exports.LEASE) == 1


def test_one_that_fails_does_not_keep_the_others(ada):
    eve = sign_in(make_user("eve"))
    ask(ada)
    path = ask(eve)

    def breaks_for_ada(user: Any) -> list[Any]:
        if user.username == "ada":
            raise RuntimeError("no such section")
        return []

    assert exports.make_due(sections=[*SECTIONS, breaks_for_ada], now=timezone.now()) == 1
    assert eve.api.get(path).status_code == 200


def test_two_workers_make_one_archive(ada):
    ask(ada)
    first = exports._claim(timezone.now())
    second = Export.objects.get()

    assert exports._make(first, SECTIONS, timezone.now()) is True
    assert exports._make(second, SECTIONS, timezone.now()) is False
    assert len(told()) == 1


def test_archives_are_found_by_an_index(ada):
    ask(ada)

    for queryset in (Export.objects.filter(due_at__lte=timezone.now()), Export.objects.filter(pk=1, user_id=2)):
        stages, examined = plan_of(queryset)
        assert "COLLSCAN" not in stages
        assert examined <= 1
