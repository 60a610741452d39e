"""A glance before the filter looks: ordinary talk, nearly all that is said, is told by single characters and pairs.

The glance estimates the log odds that the whole filter would find, a table of weights summed over the signs of the
skeleton and their pairs, in the window where it is most. It is fitted to the filter's own odds (`adverts_training`),
and what it takes for talk is shown below every threshold that rules may ask for (5 % false alarms). It belongs to the
filter it was fitted to: one that has learned from marks is always asked whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, chain, repeat
from math import log2, sqrt
from operator import add, sub
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_signs import FIRST_RUN

WINDOW: Final = 24
"""Signs that are looked at together; the same as the filter's smaller window."""
SHORT: Final = 30
"""Signs of a message that is looked at as a whole, as the filter does."""
FEWEST: Final = 6
"""Signs that a message counts for at least: one word of a short answer says little."""
MOST_DISGUISE: Final = 2.0
"""From this disguise on the whole filter is asked at once."""
LIMIT: Final = -1.5
"""Estimated log odds below which a message is talk. Measured on advertisements of 32 kinds, and disguised copies of
them, which were written apart from all that filter and glance were made of, and which the filter flags: none of 1,400
was lost (at -1.3 none either). Nine tenths of our talk are below it, three fifths of 700 messages chosen to be hard."""
_SHORT_NUMBERS: Final = re.compile(f"[{chr(FIRST_RUN)}-{chr(FIRST_RUN + 4)}]+")
_NOTHING: Final = repeat(0.0)


def leave_out_numbers(skeleton: str) -> str:
    """Return a skeleton without its short numbers: a year or a price says too little by itself."""
    return _SHORT_NUMBERS.sub("", skeleton)


def pieces_of(skeleton: str) -> Iterator[str]:
    """Yield the signs of a skeleton, then the pairs of signs that follow each other."""
    return chain(skeleton, map(add, skeleton, skeleton[1:]))


@dataclass(frozen=True, eq=False)
class Glance:
    """What a glance goes by.

    Attributes:
        grams: single signs, then pairs, run together; `singles` says how many of the former.
        singles: how many single signs there are.
        weights: of each of them, in units of `unit`.
        unit: log odds of one step in `weights`.
        bias: log odds of nothing.
        longer: log odds of twice the length.
        slope: estimates of talk → the log odds that the whole filter would find, which are farther from 0.
        shift: the same.
    """

    grams: str = field(repr=False)
    singles: int
    weights: NDArray[np.int8] = field(repr=False)
    unit: float
    bias: float
    longer: float
    slope: float = 1.0
    shift: float = 0.0

    @cached_property
    def _table(self) -> dict[str, float]:
        singles, pairs = self.grams[: self.singles], self.grams[self.singles :]
        weights = (self.weights * self.unit).tolist()
        return dict(zip([*singles, *map(add, pairs[::2], pairs[1::2])], weights, strict=True))

    def odds(self, skeleton: str) -> float | None:
        """Return the likely log odds of what is plainly talk; None when the whole filter must be asked.

        Args:
            skeleton: letters and Chinese characters of a message.
        """
        estimate = self.estimate(skeleton)
        return self.slope * estimate + self.shift if estimate < LIMIT else None

    def estimate(self, skeleton: str) -> float:
        """Return roughly the log odds that a message is an advertisement.

        Args:
            skeleton: its letters and Chinese characters.
        """
        skeleton = leave_out_numbers(skeleton)
        weigh, length = self._table.get, len(skeleton)
        single = map(weigh, skeleton, _NOTHING)
        pairs = map(weigh, map(add, skeleton, skeleton[1:]), _NOTHING)
        if length <= SHORT:
            most = sum(single) + sum(pairs)
        else:
            sums = list(accumulate(map(add, single, chain(pairs, _NOTHING)), initial=0.0))
            most, length = max(map(sub, sums[WINDOW:], sums)), WINDOW
        return float(most) / sqrt(max(length, FEWEST)) + self.longer * log2(length + 1) + self.bias
