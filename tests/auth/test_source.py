"""What must not stand in Auth's code, because on MongoDB it does something else than it says."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "auth_project"
FORBIDDEN = {
    "a look-up that is an unescaped regular expression": r"__(i?exact|i?regex|i?contains|i?startswith|i?endswith)\b",
    "a transaction that is none": r"(import|from) django\.db.*\btransaction\b|select_for_update|ATOMIC_REQUESTS",
    "a query made of text": r"\.raw\(|\.raw_aggregate\(|\.extra\(",
    "whatever the client says": r"\*\*request\.(data|query_params)|fields = \"__all__\"",
    "markup that nobody escaped": r"mark_safe|format_html",
}


@pytest.mark.parametrize("what", FORBIDDEN)
@pytest.mark.asvs("1.2.3", "1.2.4")
def test_the_source_is_free_of(what):
    pattern = re.compile(FORBIDDEN[what])

    found = [str(path) for path in SOURCE.rglob("*.py") if pattern.search(path.read_text())]

    assert found == []


@pytest.mark.asvs("11.4.1", "11.6.1")
def test_no_broken_algorithm_has_a_place_in_either_service():
    """Passkeys of Windows Hello are signed by RS256, with keys that we never make."""
    weak = re.compile(r"\b(md5|sha1|DES|RC4|ECB|HS256|RS256)\b", re.IGNORECASE)
    projects = [SOURCE, SOURCE.parent / "posts_project", SOURCE.parent / "shared"]
    paths = [path for project in projects for path in project.rglob("*.py") if "migrations" not in path.parts]

    found = {path.parent.name for path in paths if weak.search(path.read_text())}

    assert found == {"passkeys"}
