"""What a line of log says, and what it does not."""

import json
import logging

import structlog

from shared.logs import logging_config, of_person

PERSON = 190353203200000001


def written(**fields: object) -> dict[str, object]:
    """The line of an event with those fields."""
    config = logging_config(service="test", level="INFO", log_format="json")["formatters"]["structured"]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=config["processors"], foreign_pre_chain=config["foreign_pre_chain"]
    )
    return json.loads(formatter.format(logging.makeLogRecord({"msg": "something.happened", **fields})))


def test_a_person_is_told_of_by_a_pseudonym():
    line = written(user_id=PERSON, profile_id=PERSON + 1)

    assert (line["user_id"], line["profile_id"]) == (of_person(PERSON), of_person(PERSON + 1))
    assert len(of_person(PERSON)) == 16
    assert str(PERSON) not in json.dumps(line)


def test_a_pseudonym_is_always_the_same_and_depends_on_the_key(settings):
    first = of_person(PERSON)
    assert of_person(PERSON) == first

    settings.SECRET_KEY = "another key of some sixty characters, for this one test alone"
    assert of_person(PERSON) != first


def test_nobody_stays_nobody():
    assert written(user_id=None)["user_id"] is None


def test_secrets_are_removed():
    assert (
        written(password="x", email="ada@example.com", attempts=3).items()
        >= {
            "password": "[removed]",
            "email": "[removed]",
            "attempts": 3,
        }.items()
    )
