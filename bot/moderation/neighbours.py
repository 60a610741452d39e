"""Whether two Chinese characters stand together in ordinary writing: the small language model of this package."""

from __future__ import annotations

from functools import cache
from itertools import repeat
from operator import contains
from pathlib import Path

PAIRS = Path(__file__).parent / "data" / "pairs.txt"
_NOTHING = repeat("")


@cache
def _followers() -> dict[str, str]:
    """For each character all that follow it; half a megabyte, read at the first message that needs it."""
    return {line[0]: line[1:] for line in PAIRS.read_text("utf-8").splitlines()}


def are_neighbours(first: str, second: str) -> bool:
    """Tell whether ordinary Chinese has these two characters side by side; at an edge of the text nothing has."""
    return bool(second) and second in _followers().get(first, "")


def mark_neighbours(text: str) -> list[bool]:
    """Return for each pair of characters of a text whether it is an ordinary one."""
    return list(map(contains, map(_followers().get, text, _NOTHING), text[1:]))


def count_neighbours(text: str) -> int:
    """Return how many of a text's pairs of characters are ordinary ones."""
    return sum(mark_neighbours(text))
