"""Every metric that is declared anywhere in the code, with its labels: read from the source, for no process has all."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
KINDS = {"Counter", "Gauge", "Histogram", "GaugeMetricFamily", "gauge", "gauge_by"}


@dataclass(frozen=True, kw_only=True)
class Declared:
    name: str
    is_histogram: bool
    labels: frozenset[str]

    def series(self) -> dict[str, frozenset[str]]:
        """The names under which it is exposed, and the labels of each."""
        if not self.is_histogram:
            return {self.name: self.labels}
        plain = {f"{self.name}_{part}": self.labels for part in ("sum", "count")}
        return plain | {f"{self.name}_bucket": self.labels | {"le"}}


def declared() -> list[Declared]:
    files = (path for folder in ("shared", "auth_project", "posts_project") for path in (ROOT / folder).rglob("*.py"))
    return [one for path in files for one in _declared_in(ast.parse(path.read_text()))]


def _declared_in(tree: ast.AST) -> Iterator[Declared]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant):
                yield Declared(
                    name=name.value, is_histogram=node.func.id == "Histogram", labels=frozenset(_labels(node))
                )


def _labels(call: ast.Call) -> list[str]:
    lists = [one for one in [*call.args, *(keyword.value for keyword in call.keywords)] if isinstance(one, ast.List)]
    return [ast.literal_eval(element) for element in lists[0].elts] if lists else []
