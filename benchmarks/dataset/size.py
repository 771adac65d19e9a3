"""How large a data set is, and what makes two of them the same."""

import hashlib
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks.options import at_least

# Raise it when the generator changes what it writes: data that was loaded before is then loaded anew.
EDITION = 4


@dataclass(frozen=True, kw_only=True)
class Size:
    """`active` of the people have a kept timeline; `graph` is the friendship graph of T8, made up where it is None."""

    people: int
    posts: int
    active: int
    seed: int
    graph: Path | None = None

    @classmethod
    def of(cls, options: Namespace | dict[str, Any]) -> Self:
        given = vars(options) if isinstance(options, Namespace) else options
        return cls(**{name: given[name] for name in ("people", "posts", "active", "seed", "graph")})

    def arguments(self) -> list[str]:
        """The same as somebody would type it."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return [text for name, value in given.items() for text in (f"--{name}", str(value))]

    def description(self) -> dict[str, Any]:
        """What must be equal for a loaded data set to be this one."""
        content = hashlib.sha256(self.graph.read_bytes()).hexdigest() if self.graph else "made up"
        return {**asdict(self), "graph": content, "edition": EDITION}


def add_arguments(parser: ArgumentParser) -> None:
    data = parser.add_argument_group("the data")
    data.add_argument(
        "--people", type=at_least(100), default=100_000, metavar="N", help="who follow each other (%(default)s)"
    )
    data.add_argument(
        "--posts", type=at_least(100), default=2_000_000, metavar="N", help="by all of them (%(default)s)"
    )
    data.add_argument(
        "--active",
        type=at_least(0),
        default=10_000,
        metavar="N",
        help="of the people, whose home timelines are kept when the measuring begins (%(default)s)",
    )
    data.add_argument("--seed", type=at_least(0), default=1, metavar="N", help="the same seed gives the same graph (1)")
    data.add_argument(
        "--graph",
        type=_file,
        metavar="FILE",
        help="an edge list for T8, a pair a line; default: one as large as Reed98",
    )


def _file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ArgumentTypeError(f"{text}: no such file")
    return path.resolve()
