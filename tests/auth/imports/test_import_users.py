"""`import_users`: people from a file, whole or not at all, and once."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError

from auth_project.accounts import passwords, selectors
from auth_project.accounts.models import ForeignHashes, RetiredName, User
from auth_project.accounts.names import retired_id
from auth_project.accounts.services import profile, register
from auth_project.events.models import OutboxEvent
from auth_project.imports import services
from auth_project.mail.models import Mail
from shared.snowflakes import new_id
from tests.auth.conftest import Api
from tests.auth.fakes import PASSWORD, make_user
from tests.auth.hashes import OF_OTHERS
from tests.auth.letters import delivered, token_in

COLUMNS = ["username", "email", "password_hash", "display_name", "bio", "created_at", "is_private", "email_verified",
           "locale"]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path, capsys: Any) -> Any:
    def run(*rows: dict[str, str], flags: tuple[str, ...] = ()) -> tuple[int, str, list[str]]:
        """Exit status, what it said, and what it complained of."""
        file = tmp_path / "people.csv"
        with file.open("w", newline="") as opened:
            writer = csv.DictWriter(opened, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        complaints, status = io.StringIO(), 0
        try:
            call_command("import_users", str(file), *flags, stderr=complaints)
        except CommandError as error:
            status = error.returncode
        return status, capsys.readouterr().out, complaints.getvalue().splitlines()

    return run


def person(name: str, **others: str) -> dict[str, str]:
    return {"username": name, "email": f"{name}@example.com"} | others


def test_all_that_a_row_says_is_kept_and_posts_is_told(run):
    row = person(
        "Ada", password_hash=OF_OTHERS["$2y$"], display_name="=HYPERLINK(1)", bio="One,\n\"two\"", is_private="t",
        created_at="2020-01-02T03:04:05.678+01:00", email_verified="True", locale="pt-BR",
    )  # fmt: skip

    assert run(row) == (0, "1 imported, 0 already there.\n", [])

    ada = User.objects.get()
    event = OutboxEvent.objects.get()
    assert (ada.username, ada.email, ada.email_verified, ada.locale) == ("ada", "Ada@example.com", True, "pt-BR")
    assert (event.type, event.sequence, ada.version) == ("user.registered", 1, 1)
    assert event.data["user"] == {
        "id": str(ada.pk),
        "username": "ada",
        "display_name": "=HYPERLINK(1)",
        "bio": 'One,\n"two"',
        "avatar_url": None,
        "is_private": True,
        "created_at": "2020-01-02T02:04:05.678Z",
        "state": "active",
    }
    assert passwords.matches(ada, PASSWORD)
    assert ForeignHashes.objects.get().kinds == [{"figures": "bcrypt$04", "users": 1}]
    assert not Mail.objects.exists()


def test_who_has_no_hash_gets_in_by_a_reset(run, api, settings):
    settings.REQUIRE_VERIFIED_EMAIL = True
    run(person("ada"))
    assert api.post("/api/v1/auth/login", {"login": "ada", "password": "!"}).status_code == 401

    api.post("/api/v1/auth/password/reset", {"email": "ada@example.com"})
    (letter,) = delivered()
    new = {"token": token_in(letter), "new_password": PASSWORD}
    assert api.post("/api/v1/auth/password/reset/confirm", new).status_code == 204

    assert api.post("/api/v1/auth/login", {"login": "ada", "password": PASSWORD}).status_code == 200


def test_whose_address_is_not_confirmed_is_asked_to_where_that_is_wanted(run):
    run(person("ada"), person("eve", email_verified="1"), flags=("--mail",))

    assert [letter.to for letter in delivered()] == [["ada@example.com"]]


def test_again_nobody_is_imported_twice(run):
    people = [person(f"person_{number}", password_hash=OF_OTHERS["$2b$"]) for number in range(5)]
    run(*people[:3])

    assert run(*people, people[4]) == (0, "2 imported, 4 already there.\n", [])
    assert (User.objects.count(), OutboxEvent.objects.count()) == (5, 5)


def test_what_cannot_be_imported_is_told_with_its_line_and_the_rest_is(run):
    make_user("sam", is_staff=True)
    make_user("eve")
    RetiredName.objects.create(pk=retired_id("gone"))
    register.request(username="soon", email="soon@example.com", password=PASSWORD, now=make_user("x_x").created_at)
    bad = [
        person("root"),
        person("5am"),
        person("gone"),
        person("soon"),
        person("eve", email="other@example.com"),
        person("other", email="EVE@example.com"),
        person("no"),
        person("nul", bio="\x00"),
        person("hash", password_hash="5f4dcc3b5aa765d61d8327deb882cf99"),
        person("dear", password_hash="$2b$31$" + "." * 53),
        person("late", created_at="2999-01-01T00:00:00Z"),
        person("when", created_at="2020-01-01"),
        person("flag", is_private="maybe"),
        person("long", display_name="x" * 51),
        person("twice"),
        person("twice", email="second@example.com"),
        person("third", email="twice@example.com"),
    ]

    status, said, complaints = run(*bad, person("fine"))

    assert (status, said) == (1, "2 imported, 0 already there.\n")
    assert [line.split(" (")[0] for line in complaints] == [
        "line 2: username: reserved",
        "line 3: username: reserved",
        "line 4: username: taken",
        "line 5: username: taken",
        "line 6: username: taken",
        "line 7: email: taken",
        "line 8: username: invalid",
        "line 9: bio: forbidden_characters",
        "line 10: password_hash: unknown",
        "line 11: password_hash: too_much_work",
        "line 12: created_at: out_of_range",
        "line 13: created_at: invalid",
        "line 14: is_private: invalid",
        "line 15: display_name: max_length",
        "line 17: username: taken",
        "line 18: email: taken",
    ]
    assert {user.username for user in User.objects.all()} == {"sam", "eve", "x_x", "twice", "fine"}


def test_a_dry_run_says_the_same_and_writes_nothing(run, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 2)
    people = [person("ada"), person("eve"), person("x"), person("ada", email="b@x.org"), person("ada")]

    told = run(*people, flags=("--dry-run",))

    assert told[:2] == (1, "2 would be imported, 1 already there.\n")
    assert (User.objects.count(), OutboxEvent.objects.count(), RetiredName.objects.count()) == (0, 0, 0)
    assert run(*people) == (1, "2 imported, 1 already there.\n", told[2])


def test_rows_that_are_refused_are_kept_to_be_mended(run, tmp_path):
    rejects = tmp_path / "rejects.csv"

    run(person("ada"), person("root", bio="=1,\n2"), flags=("--rejects", str(rejects)))

    assert rejects.stat().st_mode & 0o777 == 0o600
    with rejects.open(newline="") as opened:
        assert list(csv.DictReader(opened)) == [dict.fromkeys(COLUMNS, "") | person("root", bio="=1,\n2")]
    assert run(person("eve"), flags=("--rejects", str(rejects))) == (1, "", [])
    assert not User.objects.filter(username="eve").exists()


def test_killed_in_the_middle_it_leaves_whole_people_and_goes_on(run, monkeypatch, capsys):
    monkeypatch.setattr(services, "BATCH", 3)
    monkeypatch.setattr(services, "STORED_AT_ONCE", 3)
    people = [person(f"person_{number}", password_hash=OF_OTHERS["$2b$"]) for number in range(8)]
    store, stored = register.store, []

    def dies_at_the_fifth(user: User, **others: Any) -> User:
        stored.append(user)
        if len(stored) == 5:
            raise KeyboardInterrupt
        return store(user, **others)

    with monkeypatch.context() as patch:
        patch.setattr(register, "store", dies_at_the_fifth)
        with pytest.raises(KeyboardInterrupt):
            run(*people)

    assert User.objects.count() == OutboxEvent.objects.count() == 3
    assert capsys.readouterr().out == "3 imported, 0 already there.\n"
    assert run(*people)[:2] == (0, "5 imported, 3 already there.\n")
    assert {event.user_id for event in OutboxEvent.objects.all()} == {user.pk for user in User.objects.all()}


def test_whoever_is_quicker_costs_the_others_nothing(run, monkeypatch):
    store, seen = register.store, []

    def loses(user: User, **others: Any) -> User:
        if user.username == "eve":
            if not seen:
                seen.append(User.objects.filter(username_ci="ada").exists())
            raise IntegrityError("username_ci")
        return store(user, **others)

    monkeypatch.setattr(register, "store", loses)

    status, said, complaints = run(person("ada"), person("eve"), person("sue"))

    assert seen == [True]
    assert (status, said, complaints) == (
        1, "2 imported, 0 already there.\n", ["line 3: taken while it was imported"]
    )  # fmt: skip
    assert User.objects.count() == OutboxEvent.objects.count() == 2


def test_a_transaction_that_the_server_gives_up_is_done_in_smaller_ones(run, monkeypatch):
    store, tried = services._store, []

    def too_slow(people: list[Any], mailed: bool) -> None:
        tried.append(len(people))
        if len(people) > 1:
            raise DatabaseError("Transaction has been aborted")
        store(people, mailed)

    monkeypatch.setattr(services, "_store", too_slow)

    assert run(person("ada"), person("eve"))[:2] == (0, "2 imported, 0 already there.\n")
    assert tried == [2, 1, 1]


def test_who_took_another_name_since_is_not_made_again(run):
    run(person("ada"))
    profile.update(user_id=User.objects.get().pk, username="ada_l")

    status, said, complaints = run(person("ada"))

    assert (status, said, complaints) == (
        1, "0 imported, 0 already there.\n", ["line 2: username: taken; email: taken"]
    )  # fmt: skip


@pytest.mark.parametrize("content", [None, b"", b"name,mail\n"])
def test_what_is_no_such_file_is_refused_in_one_line(tmp_path, content):
    file = tmp_path / "people.csv"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CommandError, match=r"^[^\n]*people.csv[^\n]*$"):
        call_command("import_users", str(file), stdout=io.StringIO())


def test_a_batch_is_judged_by_five_reads_whatever_its_size(run, monkeypatch):
    asked: list[str] = []
    for name in ("by_usernames", "by_emails", "gone_or_promised", "like_staff"):
        real = getattr(selectors, name)
        monkeypatch.setattr(selectors, name, lambda found, name=name, real=real: asked.append(name) or real(found))

    run(*[person(f"person_{number}") for number in range(services.BATCH + 1)], flags=("--dry-run",))

    assert len(asked) == 8


def test_an_imported_person_signs_in_and_is_upgraded(run):
    run(person("ada", password_hash=OF_OTHERS["$argon2id$"]))

    assert Api().post("/api/v1/auth/login", {"login": "ada", "password": PASSWORD}).status_code == 200
    assert passwords.is_todays(User.objects.get().password)
    assert new_id() > User.objects.get().pk
