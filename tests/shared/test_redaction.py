"""Nobody can be found in a log by id, name or address; what is no person stays readable."""

import json
import logging
import sys
from logging.config import DictConfigurator
from types import SimpleNamespace

import pytest

from shared.logs import logging_config
from shared.redaction import Pseudonyms

KEY = "a key for tests that nobody else has"
ADA = 190353203200000001
UNIQUE = 'duplicate key value violates unique constraint "u"\nDETAIL:  Key (username)=(ada) already exists.'
MONGODB = "E11000 duplicate key error index: username_ci_1 dup key: { username_ci: \"ada\" }, full error: {'a': 'ada'}"


@pytest.fixture
def people() -> Pseudonyms:
    return Pseudonyms(KEY)


def written(log_format: str = "json", **extra: object) -> str:
    """What both services would write of a record that says `extra`."""
    config = logging_config(service="test", level="INFO", log_format=log_format, pseudonym_key=KEY)
    formatter = DictConfigurator(config).configure_formatter(config["formatters"]["structured"])
    return formatter.format(logging.makeLogRecord({"msg": "it", "levelname": "INFO", "name": "x"} | extra))


def test_a_person_has_one_pseudonym_and_another_under_another_key(people: Pseudonyms):
    assert people.of(str(ADA)) == Pseudonyms(KEY).of(str(ADA))
    assert people.of(str(ADA)) != people.of(str(ADA + 1))
    assert people.of(str(ADA)) != Pseudonyms(KEY[::-1]).of(str(ADA))


@pytest.mark.parametrize("name", ["user_id", "profile_id", "by", "subject", "whatever_comes_later"])
@pytest.mark.parametrize("value", [ADA, str(ADA)])
def test_an_id_of_a_person_is_replaced_whatever_its_field_is_called(people: Pseudonyms, name: str, value: object):
    assert people.in_field(name, value) == people.of(str(ADA))


def test_a_person_is_replaced_however_short_the_id(people: Pseudonyms):
    assert people.in_field("user_id", 7) == people.of("7")
    assert people.in_field("user_id", None) is None


def test_ids_of_other_things_and_plain_values_stay(people: Pseudonyms):
    for name, value in (("event_id", str(ADA)), ("mail_id", ADA), ("request_id", "a-1")):
        assert people.in_field(name, value) == value
    for plain in (200, 12.5, True, "/api/v1/posts/<post_id>", "2026-11-22T09:30:00.000Z", 1_795_000_000_000):
        assert people.in_field("anything", plain) == plain


def test_lists_objects_and_errors_are_looked_through(people: Pseudonyms):
    shown = people.in_field("anything", {"ids": [ADA, 3], "user_id": 7, "error": LookupError(f"no user {ADA}")})

    assert shown == {"ids": [people.of(str(ADA)), 3], "user_id": people.of("7"),
                     "error": f"no user {people.of(str(ADA))}"}  # fmt: skip


def test_addresses_are_taken_out_of_texts(people: Pseudonyms):
    assert people.in_text("550 <ada.l+x@mail.example.org>: unknown") == "550 <[address]>: unknown"


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("error", [UNIQUE, MONGODB, f"no user {ADA}", "refused ada@example.org"])
@pytest.mark.asvs("16.2.5")
def test_a_traceback_does_not_tell_whom_it_was_about(log_format: str, error: str):
    try:
        try:
            raise ValueError(error)
        except ValueError as cause:
            raise RuntimeError("it broke") from cause
    except RuntimeError:
        line = written(log_format, exc_info=sys.exc_info())

    assert "Traceback" in line
    assert "RuntimeError: it broke" in line
    assert "ada" not in line.replace("Traceback", "")
    assert str(ADA) not in line


def test_the_path_of_a_failed_request_is_not_written():
    request = SimpleNamespace(path="/api/v1/profiles/ada")

    line = written(msg="Internal Server Error: /api/v1/profiles/ada", request=request, status_code=500)

    assert json.loads(line)["event"] == "Internal Server Error: [path]"
