"""Which words a text has, as vectors of what they mean, so that what was learned of one word holds for its like.

The vectors are those of multilingual-e5-small (MIT, as in bot/search) for 22,000 words: those of our own training texts
and the most frequent of jieba's dictionary (MIT), names left out. Their mean is taken away, 32 principal components are
kept, each divided by the root of its spread, and every vector is brought to length 127. They know nothing of labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

SIZES: Final = (2, 3, 4)
"""Characters of the words in the table."""
BITS: Final = 19
"""Pieces are hashed into 2¹⁹ places: of the 100,000 that training knows, few meet there."""
_FILE = Path(__file__).parent / "data" / "adverts_words.npz"
# Odd and without pattern: the golden ratio, and one of MurmurHash3's. Arrays without dimensions are met fastest.
_FIRST, _NEXT = np.array(0x9E3779B1, np.uint32), np.array(0x85EBCA77, np.uint32)
_ONE, _FAR, _NEAR, _TO_PLACE = (np.array(number, np.uint32) for number in (1, 15, 13, 32 - BITS))


@dataclass(frozen=True)
class Words:
    """The table of words.

    Attributes:
        hashes: of each word, ascending.
        vectors: what each means, a row of whole numbers; a row's length is about 127.
    """

    hashes: NDArray[np.uint32]
    vectors: NDArray[np.int8]

    @cached_property
    def numbers(self) -> dict[int, int]:
        """The row of each hash."""
        return {hashed: row for row, hashed in enumerate(self.hashes.tolist())}

    @cached_property
    def places(self) -> NDArray[np.bool_]:
        """At which hashed places there are words: of what is none nearly all is told by that, sooner than by hashes."""
        found = np.zeros(1 << BITS, np.bool_)
        found[to_places(self.hashes)] = True
        return found

    def look_up(self, hashes: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return for each hash a row of the table, and whether it is really the word's.

        Args:
            hashes: as `chain_hashes` makes them.
        """
        rows = self.hashes.searchsorted(hashes)
        return rows, self.hashes.take(rows, mode="clip") == hashes


@cache
def words() -> Words:
    """Return the shipped table, read once."""
    with np.load(_FILE, allow_pickle=False) as file:
        return Words(file["hashes"], file["vectors"])


def to_places(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the places that pieces are hashed to."""
    return hashes >> _TO_PLACE


def chain_hashes(signs: NDArray[np.uint32], longest: int) -> NDArray[np.uint32]:
    """Return hashes of every sign, of every two that follow each other, and so on, a row each.

    Args:
        signs: code points; behind the last that is of interest stand `longest` − 1 others.
        longest: up to how many.
    """
    width = len(signs) - longest + 1
    found, shifted = np.empty((longest, width), np.uint32), np.empty(width, np.uint32)
    rows = iter(found)
    mixed = np.add(signs[:width], _ONE, next(rows))
    mixed *= _FIRST
    mixed ^= np.right_shift(mixed, _FAR, shifted)
    for size, row in enumerate(rows, 1):
        mixed = np.bitwise_xor(mixed, signs[size : size + width], row)
        mixed *= _NEXT
        mixed ^= np.right_shift(mixed, _NEAR, shifted)
    return found
