"""Marked advertisements posted again: recognised by the first letters of how they sound, whatever was done to them.

The skeleton of a text is one letter for each syllable (加微信 and jwx and 茄威芯 are all 「jwx」), the consonants of
other words, and one sign for a number, so that prices and accounts may change. Compared are its pieces of four signs:
a text repeats an advertisement when it holds enough of that one's pieces, whatever harmless talk stands around them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.characters import SOUNDS
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
_MOST: Final = 600  # signs of a text: of a longer one the beginning and the end
_SIGN = re.compile("[\u3400-\u9fff]|[0-9]+|[a-z0-9]+")
_INNER_DIGIT = re.compile("(?<=[a-z])[01345789](?=[a-z])")
_PARTS = re.compile("[a-z]+|[0-9]+")
_NUMERALS = frozenset("零〇一二三四五六七八九十两壹贰叁肆伍陆柒捌玖百千万")
_LEET = str.maketrans("01345789", "oieastbg")
_VOWELS = frozenset("aeioul")  # and l, which leet cannot tell from i
_BASE: Final = 64

Codes = NDArray[np.int64]


def skeleton_of(text: str) -> str:
    """Return the skeleton of a revealed text: first letters of syllables, consonants of words, # for a number."""
    signs: list[str] = []
    for found in _SIGN.finditer(text):
        sign = found[0]
        if sign in _NUMERALS or sign.isdigit():
            signs += "#" if signs[-1:] != ["#"] else ""
        elif sign >= "\u3400":
            signs.append(_initial_of(SOUNDS[ord(sign)].strip()))
        else:
            signs += _letters_of(sign)
    skeleton = "".join(signs)
    return skeleton if len(skeleton) <= _MOST else skeleton[: _MOST // 2] + skeleton[-_MOST // 2 :]


def _initial_of(syllable: str) -> str:
    return to_fuzzy(syllable)[0] if syllable.isascii() else "?"


@lru_cache(maxsize=2048)
def _letters_of(word: str) -> str:
    plain = word if word.isalpha() else word.translate(_LEET)
    syllables = spoken().split(plain) if plain.isalpha() else ()
    if syllables:
        return "".join(map(_initial_of, syllables))
    if not word.isalpha():
        word = _INNER_DIGIT.sub(lambda digit: digit[0].translate(_LEET), word)
        return "".join("#" if part.isdigit() else _letters_of(part) for part in _PARTS.findall(word))
    return "".join("l" if letter == "n" else letter for letter in plain if letter not in _VOWELS)


def _codes_of(skeleton: str) -> Codes:
    """Return a number for each different piece of a skeleton."""
    if len(skeleton) < _PIECE:
        return np.empty(0, np.int64)
    signs = np.frombuffer(skeleton.encode("ascii", "replace"), np.uint8).astype(np.int64) % _BASE
    codes = np.zeros(len(signs) - _PIECE + 1, np.int64)
    for offset in range(_PIECE):
        codes = codes * _BASE + signs[offset : len(signs) - _PIECE + 1 + offset]
    return np.unique(codes)


class KnownAdverts:
    """Marked advertisements, found again in what is posted. Not to be changed while it is asked from another thread."""

    def __init__(self) -> None:
        self._known: dict[str, Codes] = {}
        self._index: tuple[list[str], Codes, Codes, Codes] | None = None

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
        codes = _codes_of(skeleton_of(revealed.text))
        self.remove(key)
        if len(codes) >= _FEWEST_OF_SHORT:
            self._known[key] = codes
        return key in self._known

    def remove(self, key: str) -> None:
        """Forget an advertisement, if it is known."""
        if self._known.pop(key, None) is not None:
            self._index = None
        self._index = None

    def find(self, revealed: Revealed) -> tuple[str, float] | None:
        """Return the advertisement that a text repeats, and how much of it the text holds (`THRESHOLD`…1).

        Of several the one that is held most, then the one that was added first.
        """
        if not self._known:
            return None
        codes = _codes_of(skeleton_of(revealed.text))
        if len(codes) < _FEWEST_OF_SHORT:
            return None
        keys, pieces, owners, sizes = self._index or self._make_index()
        starts, ends = np.searchsorted(pieces, codes), np.searchsorted(pieces, codes, "right")
        held = [owners[start:end] for start, end in zip(starts, ends, strict=True) if start < end]
        if not held:
            return None
        counts = np.bincount(np.concatenate(held), minlength=len(keys))
        shares = counts / sizes
        shares[counts < np.where(sizes < FEWEST, np.maximum(sizes - 1, _FEWEST_OF_SHORT), _HELD)] = 0.0
        best = int(np.argmax(shares))
        return (keys[best], float(shares[best])) if shares[best] >= THRESHOLD else None

    def _make_index(self) -> tuple[list[str], Codes, Codes, Codes]:
        keys = list(self._known)
        sizes = np.array([len(codes) for codes in self._known.values()], np.int64)
        pieces = np.concatenate(list(self._known.values()))
        owners = np.repeat(np.arange(len(keys)), sizes)
        order = np.argsort(pieces, kind="stable")
        self._index = keys, pieces[order], owners[order], sizes
        return self._index
