"""Which hashes of others are taken, and that each can be checked and is replaced by one of ours."""

import pytest
from django.contrib.auth import hashers

from auth_project.accounts import foreign_hashes, nobody, passwords
from auth_project.accounts.foreign_hashes import HashRefused
from auth_project.accounts.hashers import Argon2idHasher
from auth_project.accounts.models import ForeignHashes, User
from shared.wire import parse_timestamp
from tests.auth.conftest import Api
from tests.auth.fakes import PASSWORD, make_user
from tests.auth.hashes import OF_OTHERS, plain_bcrypt
from tests.auth.security.commands import overheard, shape

NOW = parse_timestamp("2026-11-27T10:00:00Z")
SALT, DIGEST = "a" * 16, "A" * 43


def with_hash(text: str, name: str = "ada") -> User:
    user = make_user(name)
    user.password = foreign_hashes.accepted(text)
    user.save(update_fields=["password"])
    return user


@pytest.mark.parametrize("kind", OF_OTHERS)
@pytest.mark.asvs("11.4.2")
def test_its_owner_signs_in_and_gets_one_of_ours(kind):
    with_hash(OF_OTHERS[kind])

    refused = Api().post("/api/v1/auth/login", {"login": "ada", "password": "another password"})
    accepted = Api().post("/api/v1/auth/login", {"login": "ada", "password": PASSWORD})

    assert (refused.status_code, accepted.status_code) == (401, 200)
    assert passwords.is_todays(User.objects.get().password)
    assert passwords.matches(User.objects.get(), PASSWORD)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "unknown"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "unknown"),
        ("sha1$salt$5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8", "unknown"),
        ("md5$$5f4dcc3b5aa765d61d8327deb882cf99", "unknown"),
        ("!", "unknown"),
        ("$1$salt$qJH7.N4xYta3aEG/dfqo/0", "unknown"),
        ("$2x$04$" + "." * 53, "malformed"),
        ("$2b$4$" + "." * 53, "malformed"),
        ("$2b$04$" + "." * 52, "malformed"),
        ("$2b$04$" + "." * 21 + "/" + "." * 31, "malformed"),
        ("$2b$04$" + "." * 52 + "/", "malformed"),
        (f"pbkdf2_sha256$0${SALT}${DIGEST}=", "malformed"),
        (f"pbkdf2_sha256$1000$${DIGEST}=", "malformed"),
        (f"pbkdf2_sha256$1000${SALT}${'A' * 42}B=", "malformed"),
        (f"pbkdf2_sha256$1000${SALT}${DIGEST}=\n", "malformed"),
        (f"pbkdf2_sha256$1000$sält${DIGEST}=", "malformed"),
        (f"$argon2d$v=19$m=512,t=1,p=1${SALT}${DIGEST}", "malformed"),
        (f"$argon2id$m=512,t=1,p=1${SALT}${DIGEST}", "malformed"),
        (f"$argon2id$v=19$m=512,t=1,p=1${'A' * 200}${DIGEST}", "malformed"),
        (f"scrypt$16${SALT}$8$1${'A' * 85}===", "malformed"),
        (f"pbkdf2_sha256$1000000000${SALT}${DIGEST}=", "too_much_work"),
        (f"pbkdf2_sha256$2000001${SALT}${DIGEST}=", "too_much_work"),
        ("$2b$31$" + "." * 53, "too_much_work"),
        ("$2b$15$" + "." * 53, "too_much_work"),
        ("$2b$03$" + "." * 53, "too_much_work"),
        (f"$argon2id$v=19$m=4194304,t=1,p=1${'A' * 22}${DIGEST}", "too_much_work"),
        (f"$argon2id$v=19$m=131072,t=5,p=1${'A' * 22}${DIGEST}", "too_much_work"),
        (f"$argon2id$v=19$m=512,t=1,p=17${'A' * 22}${DIGEST}", "too_much_work"),
        (f"$argon2id$v=19$m=7,t=1,p=1${'A' * 22}${DIGEST}", "too_much_work"),
        (f"scrypt$1048576${SALT}$8$1${'A' * 86}==", "too_much_work"),
        (f"scrypt$16384${SALT}$8$99${'A' * 86}==", "too_much_work"),
        (f"scrypt$15${SALT}$8$1${'A' * 86}==", "too_much_work"),
    ],
)
@pytest.mark.asvs("15.2.2")
def test_what_cannot_be_checked_or_costs_too_much_is_refused(text, code):
    with pytest.raises(HashRefused) as refusal:
        foreign_hashes.accepted(text)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        f"pbkdf2_sha256$2000000${SALT}${DIGEST}=",
        f"scrypt$16384${SALT}$8$5${'A' * 86}==",
        f"scrypt$131072${SALT}$8$1${'A' * 86}==",
        f"argon2$argon2id$v=19$m=102400,t=2,p=8${'A' * 30}${DIGEST}",
        f"$argon2id$v=19$m=65536,t=3,p=4${'A' * 22}${DIGEST}",
        "$2y$14$" + "." * 53,
    ],
)
def test_what_others_use_today_is_taken(text):
    assert foreign_hashes.accepted(text).endswith(text[-40:])


def test_scrypt_of_the_most_memory_that_is_taken_can_be_checked():
    encoded = foreign_hashes.of_nobody("scrypt$131072$8$1")

    assert hashers.check_password(PASSWORD, encoded) is False


@pytest.mark.parametrize("kind", OF_OTHERS)
def test_a_hash_of_nobody_is_one_of_the_same_figures(kind):
    encoded = foreign_hashes.accepted(OF_OTHERS[kind])
    figures = foreign_hashes.figures(encoded)

    substitute = foreign_hashes.of_nobody(figures)

    assert foreign_hashes.figures(foreign_hashes.accepted(substitute)) == figures
    assert hashers.check_password(PASSWORD, substitute) is False


def test_plain_bcrypt_reads_72_bytes_and_what_replaces_it_reads_all():
    long = "x" * 72
    ada = with_hash(plain_bcrypt(long))

    assert passwords.matches(ada, long + " and more")
    assert passwords.matches(ada, long + " and more")
    assert not passwords.matches(ada, long)


def test_a_password_that_others_took_to_the_letter_is_known():
    typed = "cafe\u0301 au lait ½"
    ada = with_hash(plain_bcrypt(typed))

    assert passwords.matches(ada, typed)
    assert passwords.matches(ada, "café au lait 1⁄2")


# Note [Nobody's hash]


def test_who_is_nobody_is_checked_with_the_kinds_that_people_have_as_often_as_they_have_them():
    for number in range(3):
        with_hash(OF_OTHERS["$2b$"], f"with_bcrypt_{number}")
    make_user("with_ours")

    assert nobody.count(now=NOW) == 3

    drawn = [nobody.hash_for(f"nobody {number}") for number in range(150)]
    of_bcrypt = [encoded for encoded in drawn if encoded == "bcrypt$$2b$04$" + "." * 53]
    assert 90 < len(of_bcrypt) < 135
    assert set(drawn) == {"", of_bcrypt[0]}
    assert [nobody.hash_for(f"Nobody {number}") for number in range(150)] == drawn


def test_while_nobody_has_such_a_hash_there_is_nothing_to_draw():
    make_user("ada")

    assert nobody.count(now=NOW) == 0
    assert nobody.hash_for("eve") == ""


@pytest.mark.asvs("6.3.8")
def test_the_work_of_a_wrong_password_is_that_of_an_unknown_name(monkeypatch):
    with_hash(OF_OTHERS["pbkdf2_sha256"])
    nobody.count(now=NOW)
    checked: list[tuple[str, str]] = []
    check = hashers.check_password

    def watched(password: str, encoded: str, **others: object) -> bool:
        checked.append((password, foreign_hashes.figures(encoded)))
        return check(password, encoded, **others)

    monkeypatch.setattr(hashers, "check_password", watched)
    work = []
    for name in ("ada", "unknown"):
        with overheard() as commands:
            Api().post("/api/v1/auth/login", {"login": name, "password": "½ a password"})
        work.append([shape(command) for command in commands])

    assert work[0] == work[1]
    assert checked == [("1⁄2 a password", "pbkdf2_sha256$1000"), ("½ a password", "pbkdf2_sha256$1000")] * 2


def test_without_a_password_the_work_is_that_of_one_of_ours(monkeypatch):
    ada = make_user("ada")
    ada.password = passwords.unusable()
    hashed = []
    encode = Argon2idHasher.encode
    monkeypatch.setattr(Argon2idHasher, "encode", lambda *given: hashed.append(1) or encode(*given))

    assert not passwords.matches(ada, "½ a password")
    assert hashed == [1]


def test_the_kinds_are_counted_once_a_day_while_there_are_any():
    ada = with_hash(OF_OTHERS["scrypt"])
    nobody.count(now=NOW)

    assert nobody.count_daily(now=NOW) == 0
    assert nobody.count_daily(now=NOW + 2 * nobody.COUNT_EVERY) == 1
    assert ForeignHashes.objects.get().counted_at == NOW + 2 * nobody.COUNT_EVERY
    assert passwords.matches(ada, PASSWORD)
    assert nobody.count_daily(now=NOW + 4 * nobody.COUNT_EVERY) == 0
    assert not ForeignHashes.objects.exists()
