"""Marked advertisements posted again: recognised by the first letters of how they sound, whatever was done to them.

The skeleton of a text is one letter for each syllable (加微信 and jwx and 茄威芯 are all 「jwx」), the consonants of
other words, and one sign for a number, so that prices and accounts may change. Compared are its pieces of four signs:
a text repeats an advertisement when it holds enough of that one's pieces, whatever harmless talk stands around them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, chain, repeat
from string import ascii_lowercase, ascii_uppercase
from sys import intern
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.characters import characters
from bot.moderation.revealing import Revealed
from bot.moderation.spoken import spoken, to_fuzzy

THRESHOLD: Final = 0.2
"""Share of an advertisement's pieces that a repetition holds. Measured with the development data's 399 advertisements
known: with these limits 2 of 10,793 normal messages and articles were taken for one of them."""
FEWEST: Final = 6
"""Pieces that an advertisement must have for that; a shorter one is known by all of them but one, three at least."""
_HELD: Final = 4  # pieces that a repetition holds at least, whatever share they are
_FEWEST_OF_SHORT: Final = 3
_PIECE: Final = 4  # signs
_ROUNDING: Final = 1e-9  # a fifth of five is one
_MOST: Final = 600  # signs of a text: of a longer one the beginning and the end
_BEYOND: Final = 0x10000  # rare ideographs and pictures have none
_NO_SIGN: Final = "\x80"  # any character that is no ASCII
_LETTER = re.compile("[a-z]")
_WORD = re.compile("[a-z][a-z0-9]*")
_INNER_DIGIT = re.compile("(?<=[a-z])[01345789](?=[a-z])")
_PARTS = re.compile("[a-z]+|[0-9]+")
_NUMERALS = frozenset("零〇一二三四五六七八九十两壹贰叁肆伍陆柒捌玖百千万0123456789")
_LEET = str.maketrans("01345789", "oieastbg")
_VOWELS = frozenset("aeioul")  # and l, which leet cannot tell from i

Counts = NDArray[np.int64]


@cache
def _signs() -> str:
    """Return for `str.translate` the sign of each character; words come in capitals, so that each sign is made once.

    One byte for a character, where a dictionary would look into three places. What lies beyond it is left as it is,
    and is no ASCII either.
    """
    first, sounds = characters().sounding()
    initials = {syllable: _initial_of(syllable) for syllable in set(sounds)}
    signs = [_NO_SIGN] * _BEYOND
    signs[first : first + len(sounds)] = map(initials.__getitem__, sounds)
    for character, sign in (*zip(_NUMERALS, repeat("#")), *zip(ascii_uppercase, ascii_lowercase, strict=True)):
        signs[ord(character)] = sign
    return "".join(signs)


def skeleton_of(text: str) -> str:
    """Return the skeleton of a revealed text: first letters of syllables, consonants of words, # for a number."""
    if _LETTER.search(text):
        text = _WORD.sub(_word_in_capitals, text)
    skeleton = text.translate(_signs()).encode("ascii", "ignore").decode("ascii")
    while "##" in skeleton:
        skeleton = skeleton.replace("##", "#")  # four digits in two rounds
    return skeleton if len(skeleton) <= _MOST else skeleton[: _MOST // 2] + skeleton[-_MOST // 2 :]


def _word_in_capitals(word: re.Match[str]) -> str:
    return _capitals_of(word[0])


@lru_cache(maxsize=2048)
def _capitals_of(word: str) -> str:
    return _letters_of(word).upper().replace("#", "0")


def _initial_of(syllable: str) -> str:
    return to_fuzzy(syllable)[0] if syllable and syllable.isascii() else "?"


def _letters_of(word: str) -> str:
    plain = word if word.isalpha() else word.translate(_LEET)
    syllables = spoken().split(plain) if plain.isalpha() else ()
    if syllables:
        return "".join(map(_initial_of, syllables))
    if not word.isalpha():
        word = _INNER_DIGIT.sub(lambda digit: digit[0].translate(_LEET), word)
        return "".join("#" if part.isdigit() else _letters_of(part) for part in _PARTS.findall(word))
    return "".join("l" if letter == "n" else letter for letter in plain if letter not in _VOWELS)


def _pieces_of(skeleton: str) -> list[str]:
    """Return the pieces of a skeleton, in order."""
    return [skeleton[at : at + _PIECE] for at in range(len(skeleton) - _PIECE + 1)]


@dataclass(frozen=True, slots=True)
class _Index:
    """Which advertisements hold which pieces.

    Attributes:
        keys: of the advertisements.
        spans: piece → where its advertisements stand in `owners`.
        owners: numbers of advertisements.
        sizes: how many pieces each advertisement has.
        needed: how many of them a repetition holds at least.
        pieces: those of `spans`.
        leasts: piece → how many pieces a repetition of any of its advertisements holds at least.
        least: the same of all advertisements.
    """

    keys: list[str]
    spans: dict[str, slice]
    owners: Counts
    sizes: Counts
    needed: Counts
    pieces: frozenset[str]
    leasts: dict[str, int]
    least: int


class KnownAdverts:
    """Marked advertisements, found again in what is posted. Not to be changed while it is asked from another thread."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}
        self._index: _Index | None = None

    def __len__(self) -> int:
        return len(self._known)

    def add(self, key: str, revealed: Revealed) -> bool:
        """Remember an advertisement.

        Args:
            key: what `find` calls it; one that is known is replaced.
            revealed: the advertisement.

        Returns:
            Whether it is long enough to be known again.
        """
        pieces = set(_pieces_of(skeleton_of(revealed.text)))
        self.remove(key)
        if len(pieces) >= _FEWEST_OF_SHORT:
            self._known[key] = tuple(map(intern, pieces))
        return key in self._known

    def remove(self, key: str) -> None:
        """Forget an advertisement, if it is known."""
        self._known.pop(key, None)
        self._index = None

    def find(self, revealed: Revealed) -> tuple[str, float] | None:
        """Return the advertisement that a text repeats, and how much of it the text holds (`THRESHOLD`…1).

        Of several the one that is held most, then the one that was added first.
        """
        if not self._known:
            return None
        index = self._index or self._make_index()
        if len(revealed.text) - _PIECE + 1 < index.least:
            return None  # too short: no character has more than one sign
        held = index.pieces.intersection(_pieces_of(skeleton_of(revealed.text)))
        if len(held) < index.least or len(held) < min(map(index.leasts.__getitem__, held)):
            return None
        owners = np.concatenate([index.owners[index.spans[piece]] for piece in held])
        counts = np.bincount(owners, minlength=len(index.keys))
        (enough,) = (counts >= index.needed).nonzero()
        if not len(enough):
            return None
        shares = counts[enough] / index.sizes[enough]
        best = int(shares.argmax())
        return index.keys[enough[best]], float(shares[best])

    def _make_index(self) -> _Index:
        keys = list(self._known)
        owners: dict[str, list[int]] = {}
        for number, pieces in enumerate(self._known.values()):
            for piece in pieces:
                owners.setdefault(piece, []).append(number)
        ends = list(accumulate(map(len, owners.values())))
        spans = {piece: slice(start, end) for piece, start, end in zip(owners, [0, *ends], ends, strict=False)}
        sizes = np.array([len(pieces) for pieces in self._known.values()], np.int64)
        least = np.where(sizes < FEWEST, np.maximum(sizes - 1, _FEWEST_OF_SHORT), _HELD)
        needed = np.maximum(least, np.ceil(sizes * THRESHOLD - _ROUNDING).astype(np.int64))
        together = np.array(list(chain.from_iterable(owners.values())), np.int64)
        firsts = np.concatenate([np.zeros(1, np.int64), np.array(ends[:-1], np.int64)])
        leasts = dict(zip(owners, np.minimum.reduceat(needed[together], firsts).tolist(), strict=True))
        self._index = _Index(keys, spans, together, sizes, needed, frozenset(spans), leasts, int(needed.min()))
        return self._index
