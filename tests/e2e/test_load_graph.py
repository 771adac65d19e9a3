"""`manage_posts.py load_graph` against the live services: complete, resumable, and harmless the second time."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TRIANGLE = "# three people\n1 2\n2 3\n\n3 1\n"


@pytest.fixture
def load_graph(stack, tmp_path, unused_name):
    prefix = unused_name("g")[:12]

    def _load_graph(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        if text is not None:
            (tmp_path / "graph.edges").write_text(text)
            arguments = (str(tmp_path / "graph.edges"), *arguments)
        command = [sys.executable, "manage_posts.py", "load_graph", *arguments, "--prefix", prefix]
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        return subprocess.run(
            command, cwd=ROOT, env=environment | stack.environment, capture_output=True, text=True, check=False
        )

    _load_graph.prefix = prefix
    return _load_graph


def summary(result) -> tuple[int, ...]:
    """Registered, known, follows, posts."""
    assert result.returncode == 0, result.stderr
    found = re.search(r"registered (\d+) \(known (\d+)\), followed (\d+), posted (\d+)", result.stdout)
    assert found, result.stdout
    return tuple(map(int, found.groups()))


def test_a_graph_is_loaded_once_whole_and_then_no_more(load_graph, api):
    assert summary(load_graph("--posts", "2", text=TRIANGLE)) == (3, 0, 6, 6)
    assert summary(load_graph("--posts", "2", text=TRIANGLE)) == (0, 3, 0, 0)
    assert summary(load_graph("--posts", "3", text=TRIANGLE + "3 4\n")) == (1, 3, 4, 6)

    profile = api.call("GET", f"/api/v1/profiles/{load_graph.prefix}3").expect(200).body
    assert profile["counts"] == {"posts": 3, "followers": 3, "following": 3}


def test_posts_mention_friends(load_graph, api):
    load_graph("--posts", "3", text=TRIANGLE)

    entries = api.call("GET", f"/api/v1/timelines/profiles/{load_graph.prefix}1").expect(200).body["results"]
    names = {mention["username"] for entry in entries for mention in entry["post"]["mentions"]}

    assert len(entries) == 3
    assert names
    assert names <= {f"{load_graph.prefix}2", f"{load_graph.prefix}3"}


def test_a_malformed_row_is_told_and_nothing_is_written(load_graph, api):
    result = load_graph(text="1 2\n! two\n")

    assert result.returncode == 1
    assert "graph.edges, line 2: expected two names such as `17 42`" in result.stderr
    assert api.call("GET", f"/api/v1/profiles/{load_graph.prefix}1").status == 404


def test_a_load_goes_on_after_a_service_was_away(load_graph, stack):
    stack.stop("posts")
    try:
        first = load_graph("--posts", "1", "--tries", "2", text=TRIANGLE)
    finally:
        stack.start("posts")

    assert first.returncode == 1
    assert "Start again with the same arguments to go on." in first.stderr
    assert summary(load_graph("--posts", "1", text=TRIANGLE)) == (0, 3, 6, 3)
