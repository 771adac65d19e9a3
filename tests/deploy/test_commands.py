"""docs/commands.md names every command there is, and none that there is not."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/commands.md").read_text()


def there_are(project: str) -> set[str]:
    found = (ROOT / project).glob("*/management/commands/*.py")
    return {path.stem for path in found if path.stem != "__init__"}


@pytest.mark.parametrize(
    ("project", "program"), [("posts_project", "manage_posts.py"), ("auth_project", "manage_auth.py")]
)
def test_the_page_names_all_commands_of_a_service(project: str, program: str) -> None:
    section = PAGE.partition(f"## `{program}`")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| `")]

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row[1])} == there_are(project)
    examples = [re.search(rf"`{re.escape(program)} (\w+)", row[3]) for row in rows if row[3].strip()]
    assert {example[1] for example in examples if example} <= there_are(project)
    assert None not in examples
