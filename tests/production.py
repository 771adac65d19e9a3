"""Settings as a process that starts would read them, without a process for each."""

import os
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from shared.env import ConfigurationError

ROOT = Path(__file__).parents[1]


def settings(service: str, variables: Mapping[str, str | None]) -> dict[str, Any]:
    """:param variables: on top of those of this process; None takes one away.
    :raises ConfigurationError: they are refused.
    """
    changed = {**os.environ, "DATA_DIR": "/nonexistent", **variables}
    with mock.patch.dict(os.environ, {name: value for name, value in changed.items() if value is not None}, clear=True):
        return runpy.run_path(str(ROOT / f"{service}_project/settings.py"))


def refusal(service: str, variables: Mapping[str, str | None]) -> str:
    """In which words they are refused; empty where they are taken."""
    try:
        settings(service, variables)
    except ConfigurationError as error:
        return str(error)
    return ""
