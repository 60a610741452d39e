"""What the advertisement filter looks at: pieces of a message's skeleton and of its sound, its words, its shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_marks import (
    CAREFUL,
    DIGITS,
    DISGUISE,
    ENOUGH,
    LATIN,
    LENGTH,
    MARKS,
    SPACED,
    UNSPACED,
    describe,
    find_accounts,
    find_marks,
)
from bot.moderation.adverts_signs import FIRST_RUN, LAST_RUN, owners_of, places_of, skeleton_of, spell, to_codes
from bot.moderation.adverts_words import SIZES, chain_hashes, words
from bot.moderation.revealing import Revealed

__all__ = ["BITS", "CHARACTERS", "LETTERS", "LONGEST", "MARKS", "WINDOWS", "Family", "Shape", "read"]

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


@dataclass(frozen=True)
class Bounds:
    """Which pieces lie wholly in which window, counted through several families that stand one behind the other.

    Attributes:
        firsts: number of the first piece, a row for each family and a column for each window.
        lasts: number behind the last.
    """

    firsts: Ints
    lasts: Ints

    @staticmethod
    def of(sizes: Sequence[int], counts: Sequence[int], begins: Ints, ends: Ints) -> Bounds:
        """Return the bounds of pieces of which one begins at each sign.

        Args:
            sizes: signs of a piece, for each family.
            counts: pieces of each family.
            begins: first sign of each window, a row for all families or a row each.
            ends: the one behind the last, the same.
        """
        many = np.array(counts)[:, None]
        before = np.cumsum(many, axis=0) - many
        firsts = np.minimum(begins, many)
        lasts = np.minimum(np.maximum(ends - np.array(sizes)[:, None] + 1, firsts), many)
        return Bounds(firsts + before, lasts + before)

    def sum(self, values: NDArray[Any]) -> Floats:
        """Return for each window the sum of what its pieces have."""
        sums = np.zeros(len(values) + 1)
        np.cumsum(values, dtype=np.float64, out=sums[1:])
        inside: Floats = (sums[self.lasts] - sums[self.firsts]).sum(0)
        return inside

    def count(self) -> Ints:
        """Return for each window how many pieces lie wholly in it."""
        inside: Ints = (self.lasts - self.firsts).sum(0)
        return inside


@lru_cache(_MOST_REMEMBERED)
def _windows_of(length: int) -> Ints:
    """Return the windows of a message of so many signs."""
    found = [(0, length)]
    for width in WINDOWS:
        if length > width * 5 // 4:
            found += [(begin, begin + width) for begin in range(0, length - width, width // 3)]
            found.append((length - width, length))
    return np.array(found)


@lru_cache(_MOST_REMEMBERED)
def _bounds_by_sign(length: int, sizes: tuple[int, ...]) -> Bounds:
    """Return which pieces of a message of so many signs lie in which window."""
    return Bounds.of(sizes, [max(length - size + 1, 0) for size in sizes], *_windows_of(length).T)


@lru_cache(_MOST_REMEMBERED)
def _spans_by_sign(length: int, sizes: tuple[int, ...]) -> tuple[Ints, Ints]:
    """Return for each piece of so many signs its first sign, and the one behind its last."""
    starts = [np.arange(max(length - size + 1, 0)) for size in sizes]
    ends = [first + size for first, size in zip(starts, sizes, strict=True)]
    return np.concatenate(starts), np.concatenate(ends)


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
    def signs(self) -> Signs:
        """Code points of the skeleton."""
        return to_codes(self.skeleton)

    @cached_property
    def places(self) -> Ints:
        """For each sign where it stands in the revealed text, and that text's length as the last entry."""
        places = places_of(_ends_of(self.text))
        places[places >= LONGEST // 2] += max(len(self.text) - LONGEST, 0)
        return places

    @cached_property
    def owners(self) -> Ints:
        """For each letter of the sound the number of its sign."""
        return owners_of(self.skeleton)

    def sign_hashes(self, size: int) -> Signs:
        """Return the hashes of so many signs that follow each other."""
        return self.hashes[size - 1][: max(len(self.skeleton) - size + 1, 0)]

    def letter_hashes(self, size: int) -> Signs:
        """Return the same of letters of the sound."""
        return self.hashes[size - 1][len(self.skeleton) :]

    @property
    def all_pieces(self) -> Ints:
        """Hashed places of all pieces of the message."""
        parts = [self.sign_hashes(size) for size in CHARACTERS]
        parts += [self.letter_hashes(size) for size in LETTERS]
        return _to_places(np.concatenate(parts))

    @property
    def all_words(self) -> tuple[Ints, NDArray[np.bool_]]:
        """Rows in the table for what begins at each sign, shorter words first, and whether it is a word at all."""
        return words().look_up(np.concatenate([self.sign_hashes(size) for size in SIZES]))

    @property
    def bounds_of_pieces(self) -> Bounds:
        """Which of `all_pieces` lie in which window."""
        by_sign = _bounds_by_sign(len(self.skeleton), CHARACTERS)
        counts = [max(len(self.letters) - size + 1, 0) for size in LETTERS]
        by_letter = Bounds.of(LETTERS, counts, *np.searchsorted(self.owners, self.windows.T))
        before = sum(max(len(self.skeleton) - size + 1, 0) for size in CHARACTERS)
        return Bounds(
            np.concatenate([by_sign.firsts, by_letter.firsts + before]),
            np.concatenate([by_sign.lasts, by_letter.lasts + before]),
        )

    @property
    def spans_of_pieces(self) -> tuple[Ints, Ints]:
        """For each of `all_pieces` its first sign, and the one behind its last."""
        starts, ends = _spans_by_sign(len(self.skeleton), CHARACTERS)
        owners = self.owners
        firsts = [owners[: max(len(owners) - size + 1, 0)] for size in LETTERS]
        lasts = [owners[size - 1 :] for size in LETTERS]
        return np.concatenate([starts, *firsts]), np.concatenate([ends, np.concatenate(lasts) + 1])

    @property
    def spans_of_words(self) -> tuple[Ints, Ints]:
        """The same of `all_words`."""
        return _spans_by_sign(len(self.skeleton), SIZES)

    @property
    def bounds_of_words(self) -> Bounds:
        """Which of `all_words` lie in which window."""
        return _bounds_by_sign(len(self.skeleton), SIZES)

    @cached_property
    def pieces(self) -> tuple[Family, ...]:
        """Pieces of the skeleton and of its sound, by length."""
        found = []
        for size in CHARACTERS:
            hashes = self.sign_hashes(size)
            starts = np.arange(len(hashes))
            found.append(Family(_to_places(hashes), starts, starts + size))
        for size in LETTERS:
            hashes = self.letter_hashes(size)
            ends = self.owners[size - 1 : size - 1 + len(hashes)] + 1
            found.append(Family(_to_places(hashes), self.owners[: len(hashes)], ends))
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
    def windows(self) -> Ints:
        """First sign, and the one behind the last, of each window; the whole comes first."""
        return _windows_of(len(self.skeleton))

    @property
    def marks_of_whole(self) -> list[float]:
        """Signs of shape of the whole message."""
        return describe(self.text[:LONGEST], self.skeleton, self.disguise)

    @cached_property
    def marks(self) -> Floats:
        """Signs of shape of each window, a row each."""
        if self.is_short:
            return np.array([self.marks_of_whole])
        lengths = np.maximum(self.windows[:, 1] - self.windows[:, 0], 1)
        rows = self._count_by_window()
        shares = rows[:, LATIN : DIGITS + 1] / lengths[:, None]
        careful = rows[:, SPACED] / np.maximum(rows[:, SPACED] + rows[:, UNSPACED], 1.0)
        rows = np.minimum(rows, ENOUGH) / ENOUGH
        rows[:, LATIN : DIGITS + 1] = shares
        rows[:, LENGTH] = np.minimum(np.log2(lengths + 1) / 8.0, 1.2)
        rows[:, DISGUISE] = min(self.disguise, 10.0) / 10.0
        rows[:, CAREFUL] = careful
        return rows

    def _count_by_window(self) -> Floats:
        length, kinds = len(self.skeleton), len(MARKS)
        found = list(find_marks(self.text[:LONGEST]))
        signs = np.searchsorted(self.places, [place for _, place in found])
        at = [min(sign, length - 1) * kinds + mark for (mark, _), sign in zip(found, signs.tolist(), strict=True)]
        at += [sign * kinds + mark for mark, sign in find_accounts(self.skeleton)]
        seen = np.bincount(np.array(at, np.int64) + kinds, minlength=(length + 1) * kinds)
        counted = seen.astype(np.float64).reshape(length + 1, kinds)
        counted[1:, LATIN] = self.signs < 0x80  # noqa: PLR2004 - ASCII
        counted[1:, DIGITS] = (self.signs >= FIRST_RUN) & (self.signs <= LAST_RUN)
        sums: Floats = np.cumsum(counted, axis=0)
        return sums[self.windows[:, 1]] - sums[self.windows[:, 0]]

    def meaning(self, begin: int, end: int) -> Floats:
        """Return the sum of the vectors of the words between two signs over the root of how many they are."""
        table = words().vectors
        rows = np.concatenate([family.between(begin, end) for family in self.words])
        total = table[rows].sum(0, dtype=np.int64).astype(np.float64)
        meaning: Floats = total / (127.0 * max(len(rows), 1) ** 0.5)
        return meaning


def read(revealed: Revealed) -> Shape:
    """Take a message to pieces."""
    text = revealed.text
    skeleton = skeleton_of(_ends_of(text))
    letters = spell(skeleton)
    codes = to_codes(skeleton + letters)
    codes[len(skeleton) :] += np.uint32(_LETTER)
    return Shape(text, skeleton, letters, chain_hashes(codes, max(*SIZES, *LETTERS)), float(revealed.disguise))


def _ends_of(text: str) -> str:
    """Return what is looked at: of a very long text the beginning and the end."""
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + text[-LONGEST // 2 :]


def _to_places(hashes: Signs) -> Ints:
    return np.right_shift(hashes, 32 - BITS, dtype=np.int64)
