"""Answers with the number of its process and what that was told, after as many seconds as the query says."""

import os
import time
from collections.abc import Callable, Iterable
from typing import Any

from shared import draining


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    time.sleep(float(environ["QUERY_STRING"] or 0))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {draining.told()}".encode()]
