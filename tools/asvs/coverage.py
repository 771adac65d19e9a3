"""Reads the table of requirements, and the marks of the tests without running or importing them."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROW = re.compile(r"^\| (?P<id>\d+\.\d+\.\d+) \| (?P<level>[123]) \| (?P<demand>.+?) \|", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Requirement:
    id: str
    level: int
    demand: str


def requirements(table: Path) -> dict[str, Requirement]:
    """The rows of that Markdown table by their ids, in its order."""
    rows = ROW.finditer(table.read_text())
    return {row["id"]: Requirement(id=row["id"], level=int(row["level"]), demand=row["demand"]) for row in rows}


def shown_by(folder: Path) -> dict[str, list[str]]:
    """For each id the tests below `folder` that say they show it, as pytest names them."""
    shown: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        name = path.relative_to(folder.parent).as_posix()
        for requirement, test in _marks(ast.parse(path.read_text()), name):
            shown[requirement].append(test)
    return dict(shown)


def _marks(module: ast.Module, name: str) -> Iterator[tuple[str, str]]:
    """A mark of a whole module, of a class or of a function."""
    for node in module.body:
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == "pytestmark" for target in node.targets):
            yield from ((one, name) for one in _ids([node.value]))
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from ((one, f"{name}::{node.name}") for one in _ids(node.decorator_list))
            if isinstance(node, ast.ClassDef):
                yield from _marks(ast.Module(body=node.body, type_ignores=[]), f"{name}::{node.name}")


def _ids(expressions: Iterable[ast.expr]) -> Iterator[str]:
    for expression in expressions:
        for call in ast.walk(expression):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.asvs":
                yield from (str(ast.literal_eval(argument)) for argument in call.args)
