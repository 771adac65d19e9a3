"""What `load_graph` refuses, or is only asked to check: told before anything is sent to either service."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from posts_project.demo.management.commands import load_graph


@pytest.fixture(autouse=True)
def _nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_graph, "PublicApi", None)


@pytest.mark.parametrize("row", ["1", "! two", "1 2;3", "@ 2"])
def test_a_malformed_row_is_told(tmp_path: Path, row: str) -> None:
    graph = tmp_path / "graph.edges"
    graph.write_text(f"1 2\n{row}\n")

    with pytest.raises(CommandError, match=r"graph\.edges, line 2: expected two names such as `17 42`"):
        call_command("load_graph", str(graph))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("/nowhere",), "/nowhere: cannot be read"),
        (("--generate", "1"), "--generate must be at least 2"),
        (("--generate", "5", "--posts", "-1"), "--posts must be at least 0"),
        (("--generate", "5", "--threads", "0"), "--threads must be at least 1"),
        (("--generate", "5", "--prefix", "Ünode"), "cannot be a username"),
    ],
)
def test_bad_arguments_are_told(arguments: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("load_graph", *arguments)


def test_a_dry_run_sends_nothing(capsys: Any) -> None:
    call_command("load_graph", "--generate", "20", "--dry-run")

    assert "20 people" in capsys.readouterr().out
