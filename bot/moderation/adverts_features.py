"""What the advertisement filter looks at: pieces of a message's skeleton and of its sound, its words, its shape."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, count, repeat
from operator import itemgetter, sub
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_marks import MARKS, describe, find_accounts, find_marks
from bot.moderation.adverts_signs import places_of, skeleton_of, spell, starts_of_letters, to_codes
from bot.moderation.adverts_words import BITS, SIZES, chain_hashes, to_places, words
from bot.moderation.revealing import Revealed

__all__ = ["BITS", "CHARACTERS", "LETTERS", "LONGEST", "MARKS", "WINDOWS", "Family", "Shape", "read", "shown_of"]

CHARACTERS: Final = (1, 2, 3)
"""Lengths of pieces of the skeleton (RESEARCH: characters 1–3)."""
LETTERS: Final = (3, 4, 5)
"""Lengths of pieces of the sound, in letters (RESEARCH: pinyin 3–5-grams)."""
WINDOWS: Final = (24, 48)
"""Signs looked at together, beside the whole: an advertisement between harmless sentences fills one of them."""
LONGEST: Final = 3000
"""Signs of one message that are looked at; of a longer one the beginning and the end."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Signs = NDArray[np.uint32]
Flags = NDArray[np.bool_]
Windows = tuple[tuple[int, int], ...]
"""First sign, and the one behind the last, of each."""

_LETTER = np.array(0x200000, np.uint32)  # beyond Unicode: letters of the sound meet no signs
_MOST: Final = max(*CHARACTERS, *LETTERS, *SIZES)
_BEHIND: Final = "\0" * (_MOST - 1)  # what is hashed behind the last letter
_SHORT = min(WINDOWS) * 5 // 4
_MOST_REMEMBERED: Final = 256  # lengths of messages whose windows are kept


@dataclass(frozen=True)
class Family:
    """Pieces of one kind, in the order of the text.

    Attributes:
        rows: which piece each is: a hashed place, or a row in the table of words.
        starts: for each the number of its first sign.
        ends: for each the number behind its last sign.
    """

    rows: Ints
    starts: Ints
    ends: Ints

    def between(self, begin: int, end: int) -> Ints:
        """Return the pieces that lie wholly between two signs."""
        first, last = np.searchsorted(self.starts, begin), np.searchsorted(self.ends, end, "right")
        return self.rows[first : max(first, last)]


@lru_cache(_MOST_REMEMBERED)
def _windows_of(length: int) -> Windows:
    """Return the windows of a message of so many signs."""
    found = [(0, length)]
    for width in WINDOWS:
        if length > width * 5 // 4:
            found += [(begin, begin + width) for begin in range(0, length - width, width // 3)]
            found.append((length - width, length))
    return tuple(found)


@dataclass(frozen=True)
class Shape:
    """A message as the filter sees it; what most messages need is made at once, the rest when it is asked for.

    Attributes:
        text: as it is revealed.
        skeleton: letters and Chinese characters, one sign for each run of digits; all else left out.
        letters: how that sounds.
        hashes: of each sign of the skeleton and, behind them, each letter of the sound; then of every two that follow
            each other, and so on, a row each. What ends among the letters or behind them, but does not begin there,
            means nothing.
        disguise: how much was done to hide what is said.
    """

    text: str
    skeleton: str
    letters: str
    hashes: Signs
    disguise: float

    @cached_property
    def places(self) -> list[int]:
        """For each sign where it stands in the revealed text, and that text's length as the last entry."""
        places, left_out = places_of(shown_of(self.text)), len(self.text) - LONGEST
        return places if left_out <= 0 else [at if at < LONGEST // 2 else at + left_out for at in places]

    @cached_property
    def starts_of_letters(self) -> list[int]:
        """For each sign the number of its first letter in the sound, and how many letters there are."""
        return starts_of_letters(self.skeleton, self.letters)

    @property
    def owners(self) -> list[int]:
        """For each letter of the sound the number of its sign."""
        starts = self.starts_of_letters
        return list(chain.from_iterable(map(repeat, count(), map(sub, starts[1:], starts))))

    def sign_hashes(self, size: int) -> Signs:
        """Return the hashes of so many signs that follow each other."""
        return self.hashes[size - 1, : max(len(self.skeleton) - size + 1, 0)]

    def letter_hashes(self, size: int) -> Signs:
        """Return the same of letters of the sound."""
        first = len(self.skeleton)
        return self.hashes[size - 1, first : first + max(len(self.letters) - size + 1, 0)]

    @cached_property
    def pieces(self) -> tuple[Family, ...]:
        """Pieces of the skeleton and of its sound, by length."""
        found = []
        for size in CHARACTERS:
            hashes = self.sign_hashes(size)
            starts = np.arange(len(hashes))
            found.append(Family(to_places(hashes).astype(np.int64), starts, starts + size))
        owners = np.array(self.owners, np.int64)
        for size in LETTERS:
            hashes = self.letter_hashes(size)
            ends = owners[size - 1 : size - 1 + len(hashes)] + 1
            found.append(Family(to_places(hashes).astype(np.int64), owners[: len(hashes)], ends))
        return tuple(found)

    @cached_property
    def words(self) -> tuple[Family, ...]:
        """Words of the table, by length."""
        found = []
        for size in SIZES:
            rows, is_known = words().look_up(self.sign_hashes(size))
            starts = np.flatnonzero(is_known)
            found.append(Family(rows[starts], starts, starts + size))
        return tuple(found)

    @property
    def is_short(self) -> bool:
        """Whether the whole is the only window."""
        return len(self.skeleton) <= _SHORT

    @property
    def windows(self) -> Windows:
        """First sign, and the one behind the last, of each window; the whole comes first."""
        return _windows_of(len(self.skeleton))

    @property
    def windows_of_letters(self) -> Windows:
        """The same windows by their letters: the first, and the one behind the last."""
        starts = self.starts_of_letters
        return tuple((starts[begin], starts[end]) for begin, end in self.windows)

    @property
    def marks_of_whole(self) -> list[tuple[int, float]]:
        """Signs of shape of the whole message."""
        found = [*find_marks(self.text[:LONGEST]), *find_accounts(self.skeleton)]
        return describe(map(_MARK, found), self.skeleton, self.disguise)

    @property
    def marks(self) -> list[list[tuple[int, float]]]:
        """Signs of shape of each window, see `describe`."""
        if self.is_short:
            return [self.marks_of_whole]
        places, last = self.places, len(self.skeleton) - 1
        found = [(mark, min(bisect_left(places, at), last)) for mark, at in find_marks(self.text[:LONGEST])]
        found += find_accounts(self.skeleton)
        found.sort(key=_SIGN)
        marks, signs = list(map(_MARK, found)), list(map(_SIGN, found))
        return [
            describe(
                marks[bisect_left(signs, begin) : bisect_left(signs, end)], self.skeleton[begin:end], self.disguise
            )
            for begin, end in self.windows
        ]

    def meaning(self, begin: int, end: int) -> Floats:
        """Return the sum of the vectors of the words between two signs over the root of how many they are."""
        table = words().vectors
        rows = np.concatenate([family.between(begin, end) for family in self.words])
        total = table[rows].sum(0, dtype=np.int64).astype(np.float64)
        meaning: Floats = total / (127.0 * max(len(rows), 1) ** 0.5)
        return meaning


_MARK: Final = itemgetter(0)
_SIGN: Final = itemgetter(1)


def read(revealed: Revealed, skeleton: str | None = None) -> Shape:
    """Take a message to pieces.

    Args:
        revealed: the message.
        skeleton: its skeleton, where that is known already.
    """
    text = revealed.text
    skeleton = skeleton_of(shown_of(text)) if skeleton is None else skeleton
    letters = spell(skeleton)
    codes = to_codes(f"{skeleton}{letters}{_BEHIND}")
    sound = codes[len(skeleton) :]
    sound += _LETTER
    return Shape(text, skeleton, letters, chain_hashes(codes, _MOST), float(revealed.disguise))


def shown_of(text: str) -> str:
    """Return what is looked at: of a very long text the beginning and the end."""
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + text[-LONGEST // 2 :]
