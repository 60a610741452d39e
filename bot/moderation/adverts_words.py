"""Which words a text has, as vectors of what they mean, so that what was learned of one word holds for its like.

The vectors are those of multilingual-e5-small (MIT, as in bot/search) for 22,000 words: those of our own training texts
and the most frequent of jieba's dictionary (MIT), names left out. Their mean is taken away, 32 principal components are
kept, each divided by the root of its spread, and every vector is brought to length 127. They know nothing of labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

SIZES: Final = (2, 3, 4)
"""Characters of the words in the table."""
_FILE = Path(__file__).parent / "data" / "adverts_words.npz"
_FIRST, _NEXT = 0x9E3779B1, 0x85EBCA77  # odd and without pattern: the golden ratio, and one of MurmurHash3's


@dataclass(frozen=True)
class Words:
    """The table of words.

    Attributes:
        hashes: of each word, ascending.
        vectors: what each means, a row of whole numbers; a row's length is about 127.
    """

    hashes: NDArray[np.uint32]
    vectors: NDArray[np.int8]

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


def chain_hashes(signs: NDArray[np.uint32], longest: int) -> list[NDArray[np.uint32]]:
    """Return hashes of every sign, of every two that follow each other, and so on.

    Args:
        signs: code points.
        longest: up to how many.
    """
    mixed = (signs + np.uint32(1)) * np.uint32(_FIRST)
    mixed ^= mixed >> np.uint32(15)
    found = [mixed]
    for size in range(1, longest):
        mixed = (mixed[:-1] ^ signs[size:]) * np.uint32(_NEXT)
        mixed ^= mixed >> np.uint32(13)
        found.append(mixed)
    return found
