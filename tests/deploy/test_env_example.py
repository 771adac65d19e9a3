""".env.example is the list of all settings: none missing, none that nobody reads."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
LISTED = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
SETTINGS = [ROOT / "auth_project" / "settings.py", ROOT / "posts_project" / "settings.py"]
# Read by the Makefile, the development stack, the metrics library and the server instead of by settings.
ELSEWHERE = {"AUTH_PORT", "POSTS_PORT", "DATA_DIR", "PROMETHEUS_MULTIPROC_DIR", "GRANIAN_WORKERS", "DRAIN_SECONDS"}
ELSEWHERE |= {"GRANIAN_SSL_CERTIFICATE", "GRANIAN_SSL_KEYFILE"}


def test_every_setting_is_listed_and_every_line_is_read():
    read = {name for path in SETTINGS for name in re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', path.read_text())}

    assert (read - LISTED, LISTED - read - ELSEWHERE) == (set(), set())
