"""Friendship graphs: read from an edge list, or made up with a few hubs and many quiet people."""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

EDGES_A_PERSON = 5

_ROW = re.compile(r"([A-Za-z0-9_]{1,20})[\s,]+([A-Za-z0-9_]{1,20})(?:[\s,].*)?")


class MalformedGraph(ValueError):
    """The file is no edge list; the message names the line."""


@dataclass(frozen=True, kw_only=True)
class Graph:
    """People and who is whose friend; both follow each other. `friends` has every person, in order of appearance."""

    friends: dict[str, list[str]]

    @property
    def follows(self) -> int:
        return sum(len(people) for people in self.friends.values())


def read_edges(path: Path) -> Graph:
    """The graph in `path`: a pair `u v` a line; blank lines and those that begin with `#` or `%` are left out.

    :raises MalformedGraph: a line is no pair, or there is none at all.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise MalformedGraph(f"{path}: cannot be read ({error.__class__.__name__})") from error
    edges = [_edge(path, number, line) for number, line in enumerate(lines, 1) if _has_edge(line)]
    if not edges:
        raise MalformedGraph(f"{path}: there is no edge in it")
    return _graph(edges)


def generate(people: int, *, seed: int, friends_each: int = EDGES_A_PERSON) -> Graph:
    """A graph of `people` by preferential attachment (Barabási and Albert, Science 286, 1999): newcomers befriend some
    of those before them, the more likely the more friends somebody has. The same seed gives the same graph."""
    chance = random.Random(seed)  # noqa: S311 - a made-up graph, not a secret
    edges: list[tuple[str, str]] = []
    ends: list[int] = [0]
    for newcomer in range(1, people):
        wanted = min(friends_each, newcomer)
        chosen: set[int] = set()
        while len(chosen) < wanted:
            chosen.add(chance.choice(ends) if len(chosen) < wanted - 1 else chance.randrange(newcomer))
        for friend in sorted(chosen):
            edges.append((str(newcomer), str(friend)))
            ends += [newcomer, friend]
    return _graph(edges)


def _graph(edges: Iterable[tuple[str, str]]) -> Graph:
    friends: dict[str, dict[str, None]] = {}
    for one, other in edges:
        friends.setdefault(one, {})
        friends.setdefault(other, {})
        if one != other:
            friends[one][other] = None
            friends[other][one] = None
    return Graph(friends={person: list(people) for person, people in friends.items()})


def _has_edge(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(("#", "%"))


def _edge(path: Path, number: int, line: str) -> tuple[str, str]:
    match = _ROW.fullmatch(line.strip())
    if match is None:
        shown = line.strip()[:40]
        raise MalformedGraph(f"{path}, line {number}: expected two names such as `17 42`, found `{shown}`")
    return match[1], match[2]
