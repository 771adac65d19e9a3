"""Run as a program, in a process of its own: refuses every hostile picture, and tells of each what that took."""

import json
import resource
import sys
import time
from io import BytesIO

import django
from django.conf import settings
from PIL import Image
from rest_framework.exceptions import ValidationError

settings.configure()
django.setup()

from shared import pictures  # noqa: E402


def used() -> int:
    """The most memory that this process has had, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def refused(content: bytes) -> str:
    """By which code; empty where it was taken."""
    try:
        with pictures.decoding(BytesIO(content)) as image:
            pictures.encoded(pictures.upright(image), "PNG")
    except ValidationError as error:
        return str(error.get_codes()[0])
    return ""


def judge(path: str) -> dict[str, object]:
    with open(path, "rb") as file:
        content = file.read()
    before, started = used(), time.process_time()
    code = refused(content)
    return {"code": code, "milliseconds": (time.process_time() - started) * 1000, "kilobytes": used() - before}


if __name__ == "__main__":
    Image.init()
    sys.stdout.write(json.dumps({path: judge(path) for path in sys.argv[1:]}))
