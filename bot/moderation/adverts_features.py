"""What the advertisement filter looks at: pieces of a message's skeleton and of its sound, its words, its shape."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_marks import MARKS, describe, find_accounts, find_marks
from bot.moderation.adverts_signs import places_of, skeleton_of, spell, starts_of_letters, to_codes
from bot.moderation.adverts_words import SIZES, chain_hashes, words
from bot.moderation.revealing import Revealed

__all__ = ["BITS", "CHARACTERS", "LETTERS", "LONGEST", "MARKS", "WINDOWS", "Family", "Shape", "read", "shown_of"]

BITS: Final = 19
"""Pieces are hashed into 2¹⁹ places: of the 100,000 that training knows, few meet there."""
CHARACTERS: Final = (1, 2, 3)
"""Lengths of pieces of the skeleton (RESEARCH: characters 1–3)."""
LETTERS: Final = (3, 4, 5)
"""Lengths of pieces of the sound, in letters (RESEARCH: pinyin 3–5-grams)."""
WINDOWS: Final = (24, 48)
"""Signs looked at together, beside the whole: an advertisement between harmless sentences fills one of them."""
LONGEST: Final = 4000
"""Signs of one message that are looked at; of a longer one the beginning and the end."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Signs = NDArray[np.uint32]
Flags = NDArray[np.bool_]
Windows = tuple[tuple[int, int], ...]
"""First sign, and the one behind the last, of each."""

_LETTER = 0x200000  # beyond Unicode: letters of the sound meet no signs
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
            each other, and so on.
        disguise: how much was done to hide what is said.
    """

    text: str
    skeleton: str
    letters: str
    hashes: list[Signs]
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
    def owners(self) -> Ints:
        """For each letter of the sound the number of its sign."""
        return np.repeat(np.arange(len(self.skeleton)), np.diff(self.starts_of_letters))

    def sign_hashes(self, size: int) -> Signs:
        """Return the hashes of so many signs that follow each other."""
        return self.hashes[size - 1][: max(len(self.skeleton) - size + 1, 0)]

    def letter_hashes(self, size: int) -> Signs:
        """Return the same of letters of the sound."""
        return self.hashes[size - 1][len(self.skeleton) :]

    @cached_property
    def all_pieces(self) -> Ints:
        """Hashed places of what begins at each sign, shorter pieces first, then of what begins at each letter."""
        parts = [self.sign_hashes(size) for size in CHARACTERS]
        parts += [self.letter_hashes(size) for size in LETTERS]
        return _to_places(np.concatenate(parts))

    @property
    def first_of_letters(self) -> int:
        """Number in `all_pieces` of the first one of the sound."""
        return sum(max(len(self.skeleton) - size + 1, 0) for size in CHARACTERS)

    @cached_property
    def all_words(self) -> tuple[Ints, Flags]:
        """Rows in the table for what begins at each sign, shorter words first, and whether it is a word at all."""
        return words().look_up(np.concatenate([self.sign_hashes(size) for size in SIZES]))

    @cached_property
    def pieces(self) -> tuple[Family, ...]:
        """Pieces of the skeleton and of its sound, by length."""
        found = []
        for size in CHARACTERS:
            hashes = self.sign_hashes(size)
            starts = np.arange(len(hashes))
            found.append(Family(_to_places(hashes), starts, starts + size))
        owners = self.owners
        for size in LETTERS:
            hashes = self.letter_hashes(size)
            ends = owners[size - 1 : size - 1 + len(hashes)] + 1
            found.append(Family(_to_places(hashes), owners[: len(hashes)], ends))
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
    codes = to_codes(skeleton + letters)
    codes[len(skeleton) :] += np.uint32(_LETTER)
    return Shape(text, skeleton, letters, chain_hashes(codes, max(*SIZES, *LETTERS)), float(revealed.disguise))


def shown_of(text: str) -> str:
    """Return what is looked at: of a very long text the beginning and the end."""
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + text[-LONGEST // 2 :]


def slices_of(length: int, sizes: Sequence[int], window: tuple[int, int]) -> list[slice]:
    """Return where, among pieces that begin at each place, those stand that lie wholly in a window, a slice a size.

    Args:
        length: how many places there are.
        sizes: lengths of the pieces; they stand one behind the other.
        window: the first place, and the one behind the last.
    """
    begin, end = window
    found, before = [], 0
    for size in sizes:
        found.append(slice(before + begin, before + max(end - size + 1, begin)))
        before += max(length - size + 1, 0)
    return found


def sum_windows(values: NDArray[Any], sizes: Sequence[int], windows: Windows) -> list[tuple[float, int]]:
    """Return for each window the sum of what the pieces wholly in it have, and how many they are.

    Args:
        values: of the pieces that begin at each place, shorter pieces first.
        sizes: their lengths.
        windows: the first place, and the one behind the last, of each; the whole comes first.
    """
    sums = [0.0, *np.cumsum(values, dtype=np.float64).tolist()]
    whole = windows[0][1]
    families = [(part.start, size - 1) for part, size in zip(slices_of(whole, sizes, (0, 0)), sizes, strict=True)]
    found = []
    for begin, end in windows:
        total, count = 0.0, 0
        for before, reach in families:
            inside = end - reach - begin
            if inside > 0:
                first = before + begin
                total += sums[first + inside] - sums[first]
                count += inside
        found.append((total, count))
    return found


def _to_places(hashes: Signs) -> Ints:
    return np.right_shift(hashes, 32 - BITS, dtype=np.int64)
