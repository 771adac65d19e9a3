"""What tests of drafts and of scheduled posts have in common."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

from posts_project.drafts.unpublished import FIELDS

NOTHING = dict.fromkeys(FIELDS)
WHOLE = {
    "text": "Hello @bob, #first",
    "visibility": "unlisted",
    "reply_policy": "followers",
    "sensitive": True,
    "spoiler_text": "Greetings",
    "language": "pt-BR",
}


def field_codes(answer: Any) -> dict[str, str]:
    assert answer.json()["code"] == "validation_error"
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def at_once(times: int, call: Callable[[], int]) -> list[int]:
    """What `call` returned in as many threads."""

    def attempt(_: int) -> int:
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(attempt, range(times)))
