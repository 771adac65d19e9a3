"""The OpenAPI document: whole, and the one that is committed, which tests/deploy/test_openapi.py holds valid."""

import re
from pathlib import Path

from django.core.management import call_command
from django.urls import URLResolver, get_resolver

SCHEMA = Path("auth_project/openapi.yaml")


def test_the_committed_document_is_what_the_code_says(tmp_path, pytestconfig):
    generated = tmp_path / "openapi.yaml"

    call_command("spectacular", file=str(generated), fail_on_warn=True)

    committed = pytestconfig.rootpath.parents[1] / SCHEMA
    assert committed.read_text() == generated.read_text(), (
        "run: manage_auth.py spectacular --file auth_project/openapi.yaml"
    )


def test_every_public_route_is_described(api):
    schema = api.get("/api/schema", Accept="application/vnd.oai.openapi+json").json()

    routes = {
        str(pattern.pattern).removeprefix("^").removesuffix("/?$").replace("\\", "")
        for include in get_resolver().url_patterns
        if isinstance(include, URLResolver) and str(include.pattern) == ""
        for pattern in include.url_patterns
    }
    public = {"/" + re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", route) for route in routes if "internal" not in route}
    assert set(schema["paths"]) == public
    assert schema["openapi"].startswith("3.1")
