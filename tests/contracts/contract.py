"""The examples that both services are tested against, and their schemas: the border, written down once.

The suites of Auth and Posts read them too: Auth shows that it answers and sends what they show, Posts that it takes it.
"""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in (HERE / "examples").glob("*.json"))


def example(name: str) -> dict[str, Any]:
    """The example called `event.user.registered`, `call.events` …"""
    return json.loads((HERE / "examples" / f"{name}.json").read_text())


def faults(name: str, document: Any) -> list[str]:
    """What the schema of `name` has against `document`; empty where nothing."""
    schema = json.loads((HERE / "schemas" / f"{name}.json").read_text())
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(document)]
