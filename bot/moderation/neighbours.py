"""Whether two Chinese characters stand together in ordinary writing: the small language model of this package."""

from __future__ import annotations

import re
from functools import cache
from itertools import repeat
from operator import contains
from pathlib import Path
from typing import NamedTuple

PAIRS = Path(__file__).parent / "data" / "pairs.txt"
_NOTHING = repeat("")
_CHINESE = re.compile("[\u3400-\u9fff]{2,}")


class Pairs(NamedTuple):
    """How many pairs of neighbouring Chinese characters of a text are ordinary ones, and which are not.

    Attributes:
        ordinary: how many ordinary Chinese has side by side.
        strange: the others.
    """

    ordinary: int
    strange: list[tuple[str, str]]


class Marks(NamedTuple):
    """Which pairs of neighbouring characters of a text are ordinary ones.

    Attributes:
        ordinary: of every pair, whether ordinary Chinese has it side by side; nothing else than Chinese is ordinary.
        strange: where the pairs of Chinese characters begin that are no ordinary ones.
    """

    ordinary: list[bool]
    strange: list[int]


@cache
def _followers() -> dict[str, str]:
    """For each character all that follow it; half a megabyte, read at the first message that needs it."""
    return {line[0]: line[1:] for line in PAIRS.read_text("utf-8").splitlines()}


def are_neighbours(first: str, second: str) -> bool:
    """Tell whether ordinary Chinese has these two characters side by side; at an edge of the text nothing has."""
    return bool(second) and second in _followers().get(first, "")


def sort_pairs(text: str) -> Pairs:
    """Return a text's pairs of Chinese characters; sooner told than where they are (`mark_neighbours`)."""
    followers, ordinary = _followers(), 0
    strange: list[tuple[str, str]] = []
    for run in _CHINESE.findall(text):
        first = run[0]
        for second in run[1:]:
            if second in followers.get(first, ""):
                ordinary += 1
            else:
                strange.append((first, second))
            first = second
    return Pairs(ordinary, strange)


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
