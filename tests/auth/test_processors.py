"""In a container only what it was given counts."""

import os

import pytest

from auth_project.processors import available


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("max 100000", 64),
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("50000 100000", 1),
        ("9900000 100000", 64),
        ("unreadable", 64),
        (None, 64),
    ],
)
def test_a_containers_share_counts_where_it_is_less_than_the_machine(quota, expected, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    if quota:
        (tmp_path / "cpu.max").write_text(f"{quota}\n")

    assert available(tmp_path / "cpu.max") == expected
