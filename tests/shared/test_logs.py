"""What a line of log says, and what it does not; of people `test_redaction` tells."""

import json
import logging

import structlog

from shared.logs import logging_config


def written(**fields: object) -> dict[str, object]:
    """The line of an event with those fields."""
    settings = logging_config(service="test", level="INFO", log_format="json", pseudonym_key="k" * 32)
    config = settings["formatters"]["structured"]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=config["processors"], foreign_pre_chain=config["foreign_pre_chain"]
    )
    return json.loads(formatter.format(logging.makeLogRecord({"msg": "something.happened", **fields})))


def test_secrets_are_removed():
    line = written(password="x", email="ada@example.com", attempts=3)

    assert (line["password"], line["email"], line["attempts"]) == ("[removed]", "[removed]", 3)
