"""Figures as they are shown: a row of a Markdown table each, the target beside it."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`rounds` has one value of each round. Without a target it only explains the others."""

    target: str
    what: str
    rounds: Sequence[float]
    unit: str = ""
    digits: int = 2
    at_least: float | None = None
    at_most: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def is_missed(self) -> bool:
        too_low = self.at_least is not None and self.median < self.at_least
        return too_low or (self.at_most is not None and self.median > self.at_most)

    @property
    def wanted(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return f"≤ {self.at_most:g}" if self.at_most is not None else ""

    @property
    def verdict(self) -> str:
        return ("MISSED" if self.is_missed else "reached") if self.wanted else ""

    @property
    def text(self) -> str:
        """The median, with the least and the most of all rounds where they differ."""
        least, middle, most = (
            f"{value:,.{self.digits}f}" for value in (min(self.rounds), self.median, max(self.rounds))
        )
        return f"{middle} {self.unit}".strip() + (f" ({least}–{most})" if least != most else "")


class Report:
    """Prints figures as they come in, and remembers whether a target was missed."""

    _ROW = "| {:<3} | {:<66} | {:<30} | {:<6} | {:<7} |"

    def __init__(self) -> None:
        self.is_missed = False
        self._has_header = False

    def add(self, *figures: Figure) -> None:
        if not self._has_header:
            self._has_header = True
            print(self._ROW.format("", "", "median (least–most)", "target", ""))
            print("|---|---|---|---|---|")
        for figure in figures:
            self.is_missed |= figure.is_missed
            print(self._ROW.format(figure.target, figure.what, figure.text, figure.wanted, figure.verdict), flush=True)


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Round by round, so that whatever else the machine did falls on both."""
    return [one / other for one, other in zip(over, under, strict=True)]
