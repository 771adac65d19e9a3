"""Texts of posts: words of a made-up vocabulary, some everywhere and most rare, as in a language."""

import itertools
import random

VOCABULARY = 20_000
# Two halves make a text, so that millions of them differ and none takes long to make.
HALVES = 5_000

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]


class Texts:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        words = list(dict.fromkeys("".join(chance.choices(_SYLLABLES, k=2 + n % 3)) for n in range(2 * VOCABULARY)))
        self._words = words[:VOCABULARY]
        self._weights = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(self._words))))
        self._halves = [self.sentence(chance.randint(4, 14)) for _ in range(HALVES)]

    def sentence(self, words: int) -> str:
        return " ".join(self._chance.choices(self._words, cum_weights=self._weights, k=words))

    def text(self) -> str:
        """Some 130 characters."""
        choice = self._chance.choice
        return f"{choice(self._halves)} {choice(self._halves)}"

    def tag(self) -> str:
        return self._chance.choices(self._words, cum_weights=self._weights)[0]

    def rare_word(self) -> str:
        return self._chance.choice(self._words[len(self._words) // 10 :])
