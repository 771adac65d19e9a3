"""The OpenAPI document: complete, and the committed copy up to date, which tests/deploy/test_openapi.py holds valid."""

from pathlib import Path

import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

COMMITTED = Path(__file__).parents[2] / "posts_project" / "openapi.yaml"


def test_committed_document_is_what_the_code_says(tmp_path: Path) -> None:
    generated = tmp_path / "openapi.yaml"

    call_command("spectacular", "--fail-on-warn", "--file", str(generated))

    # manage_posts.py spectacular --file posts_project/openapi.yaml
    assert generated.read_text() == COMMITTED.read_text()


def test_every_public_path_is_described() -> None:
    described = yaml.load(COMMITTED.read_text(), Loader=yaml.CSafeLoader)["paths"]
    routes = [
        pattern.pattern for group in get_resolver().url_patterns for pattern in getattr(group, "url_patterns", [])
    ]
    public = {str(route) for route in routes if str(route).startswith("^api/v1")}

    assert len(described) == len(public)


def test_document_is_served() -> None:
    assert Client().get("/api/schema").status_code == 200
    assert Client().get("/api/docs").status_code == 200
