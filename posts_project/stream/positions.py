"""How far a client has got: what its `id:` lines say, and what it sends back as `Last-Event-ID`.

Note [Positions]: events have snowflakes, but do not come in their order: a transaction that began earlier may end
later. So the last one alone does not say what came before it. An id is a list of numbers with dots: the event's own,
those of all others of the last ten seconds, and, last, a bound below which nothing is missed any more. What is above
the bound and not named is what a client that comes back has missed; it is sent that, and nothing twice. A client that
sends one number has missed all that is above.
"""

from collections.abc import Iterable

from shared import snowflakes
from shared.fields import parse_id
from shared.problems import FieldError, ValidationProblem

HEADER = "Last-Event-ID"
# Longer than a transaction that publishes can last: its statements may take ten seconds together at the worst.
OVERLAP = 10_000 << snowflakes.RANDOM_BITS
# With more in so little time the bound rises.
MOST_NAMED = 40


class Position:
    def __init__(self, numbers: Iterable[int]) -> None:
        self._sent = set(numbers)
        self.bound = min(self._sent)

    @classmethod
    def parsed(cls, text: str) -> "Position":
        """:raises ValidationProblem: it is none of ours."""
        numbers = [parse_id(word) for word in text.split(".")]
        if len(numbers) > MOST_NAMED + 2 or None in numbers:
            detail = "Must be the id of an event of this stream."
            raise ValidationProblem(FieldError(field=HEADER, code="invalid", detail=detail))
        return cls(number for number in numbers if number is not None)

    def has(self, number: int) -> bool:
        return number in self._sent

    def after(self, number: int) -> str:
        """The id of the event that is sent now."""
        self._sent.add(number)
        self.bound = max(self.bound, max(self._sent) - OVERLAP)
        newest = sorted((one for one in self._sent if one > self.bound), reverse=True)
        if len(newest) > MOST_NAMED:
            self.bound = newest[MOST_NAMED]
            newest = newest[:MOST_NAMED]
        self._sent = set(newest)
        own = [number] if number in self._sent else []
        return ".".join(map(str, [*own, *(one for one in newest if one != number), self.bound]))
