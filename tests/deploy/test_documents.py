"""What documents say is what the code does, as far as that can be read off both."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
FIGURE = re.compile(
    r"^\| (?P<what>.+?) \| (?P<value>[\d._]+)(?: \w+)? \| `(?P<file>\S+\.py)` `(?P<name>\S+)` \|$", re.MULTILINE
)
FIGURES = [match.groups() for match in FIGURE.finditer((DOCS / "security.md").read_text())]
LINK = re.compile(r"\[[^]]*\]\(([^)#\s]*)(#[^)\s]*)?\)")


def test_there_are_figures():
    assert len(FIGURES) >= 20


@pytest.mark.asvs("7.1.1", "13.1.1", "13.1.2", "13.1.3")
@pytest.mark.parametrize(("what", "value", "file", "name"), FIGURES, ids=[figure[0] for figure in FIGURES])
def test_a_figure_is_the_one_in_the_code(what, value, file, name):
    [line] = re.findall(rf"^\s*{re.escape(name)}(?:: \w+)?(?: =|:) .*$", (ROOT / file).read_text(), re.MULTILINE)

    assert value in re.findall(r"\d[\d_.]*\d|\d", line.partition("=" if " = " in line else ":")[2])


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for path, anchor in LINK.findall(re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)):
        if path.startswith(("http:", "https:")):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor[1:] in anchors(target), f"{path}{anchor}"


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_in_the_index():
    index, pages = (DOCS / "README.md").read_text(), {page.name for page in DOCS.glob("*.md")}

    assert {page for page in pages if f"({page})" not in index} == {"README.md"}


def test_tests_that_the_security_page_names_are_there():
    for name in re.findall(r"`(tests/[\w/*.]+)`", (DOCS / "security.md").read_text()):
        assert list(ROOT.glob(name)), name
