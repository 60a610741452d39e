"""Whether two Chinese characters stand together in ordinary writing: the small language model of this package."""

from __future__ import annotations

from functools import cache
from itertools import repeat
from operator import contains
from pathlib import Path
from typing import NamedTuple

PAIRS = Path(__file__).parent / "data" / "pairs.txt"
_NOTHING = repeat("")


class Marks(NamedTuple):
    """Which pairs of neighbouring characters of a text are ordinary ones.

    Attributes:
        ordinary: of every pair, whether ordinary Chinese has it side by side; nothing else than Chinese is ordinary.
        strange: where the pairs of Chinese characters begin that are no ordinary ones.
    """

    ordinary: list[bool]
    strange: list[int]

    @property
    def pairs(self) -> int:
        """How many pairs of Chinese characters there are."""
        return self.ordinary.count(True) + len(self.strange)


@cache
def _followers() -> dict[str, str]:
    """For each character all that follow it; half a megabyte, read at the first message that needs it."""
    return {line[0]: line[1:] for line in PAIRS.read_text("utf-8").splitlines()}


def are_neighbours(first: str, second: str) -> bool:
    """Tell whether ordinary Chinese has these two characters side by side; at an edge of the text nothing has."""
    return bool(second) and second in _followers().get(first, "")


def mark_neighbours(text: str) -> Marks:
    """Return which pairs of characters of a text are ordinary ones."""
    ordinary = _mark(text)
    strange = [
        at
        for at, is_ordinary in enumerate(ordinary)
        if not is_ordinary and "\u3400" <= text[at] <= "\u9fff" and "\u3400" <= text[at + 1] <= "\u9fff"
    ]
    return Marks(ordinary, strange)


def _mark(text: str) -> list[bool]:
    return list(map(contains, map(_followers().get, text, _NOTHING), text[1:]))


def count_neighbours(text: str) -> int:
    """Return how many of a text's pairs of characters are ordinary ones."""
    return sum(_mark(text))
