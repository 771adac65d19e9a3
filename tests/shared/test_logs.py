"""What a line of log says, and what it does not; of people `test_redaction` tells."""

import json
import logging
from datetime import datetime, timedelta

import pytest
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


@pytest.mark.asvs("16.2.2", "16.2.4")
def test_a_line_is_json_and_its_time_is_utc():
    line = written(name="somewhere")

    assert (line["event"], line["service"]) == ("something.happened", "test")
    assert datetime.fromisoformat(str(line["timestamp"])).utcoffset() == timedelta(0)


def test_secrets_are_removed():
    line = written(password="x", email="ada@example.com", attempts=3)

    assert (line["password"], line["email"], line["attempts"]) == ("[removed]", "[removed]", 3)
