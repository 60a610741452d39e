"""What the advertisement filter reads of a text: its letters and Chinese characters, and the letters of their sound."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.characters import characters

FIRST_RUN: Final = 0xE000
"""Runs of digits become one private sign each, by their length: years, prices, accounts, phones."""
LAST_RUN: Final = FIRST_RUN + 15
ADDRESS: Final = chr(LAST_RUN + 1)
"""An IP address with its port: digit by digit it would be a telephone number."""
_RUNS: Final = "".join(chr(FIRST_RUN + length) for length in (0, 1, 2, 3, 3, 5, 5, 7, 7, 9, 9, 11, 12))
_DIGIT_RUN: Final = re.compile("[0-9]+")
_DIGITS: Final = frozenset("0123456789")
_BEYOND: Final = 0x10000  # rare ideographs: kept, without sound
_SYLLABLE: Final = 6  # letters of the longest, such as zhuang

Signs = NDArray[np.uint32]


_ADDRESSES: Final = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?(?![0-9.])")
_DOTS: Final = 3  # of an address


class _Kept(dict[int, int | None]):
    """For `str.translate`: leaves out what is neither letter nor digit; filled as characters are met."""

    def __missing__(self, code: int) -> int | None:
        kept = self[code] = code if code >= _BEYOND or chr(code).isalnum() else None
        return kept


class _Heard(dict[int, int]):
    """How many letters of a sign's sound are heard, beside signs that take none away; filled as signs are met."""

    def __missing__(self, code: int) -> int:
        heard = self[code] = len(_leave_unheard(_SPELLING[code]))
        return heard


class _Spelling(dict[int, str]):
    """For `str.translate`: the letters of how a sign sounds; filled as signs are met."""

    def __missing__(self, code: int) -> str:
        spelt = self[code] = _spell(code)
        return spelt


def _spell(code: int) -> str:
    if FIRST_RUN <= code <= LAST_RUN:
        return chr(ord("0") + code - FIRST_RUN)
    sound = characters().sound(chr(code)) or (chr(code) if code < 0x80 else "")  # noqa: PLR2004 - ASCII
    return sound.encode("ascii", "ignore").decode()[:_SYLLABLE]


_KEPT: Final = _Kept({ord(ADDRESS): ord(ADDRESS)})
_SPELLING: Final = _Spelling()
_HEARD: Final = _Heard()
_UNHEARD: Final = ("zh", "ch", "sh", "ng")  # of each the second letter
_UNHEARD_PAIR: Final = re.compile("|".join(_UNHEARD))


def skeleton_of(text: str) -> str:
    """Return the letters and Chinese characters of a text, one sign for each run of digits, and nothing else."""
    kept = _mark_addresses(text).translate(_KEPT)
    return _DIGIT_RUN.sub(_sign_of_run, kept)


def _mark_addresses(text: str) -> str:
    """Return a text with one sign and blanks in the place of each IP address."""
    if text.count(".") < _DOTS:
        return text
    return _ADDRESSES.sub(lambda found: ADDRESS + " " * (found.end() - found.start() - 1), text)


def _sign_of_run(digits: re.Match[str]) -> str:
    return _RUNS[min(digits.end() - digits.start(), len(_RUNS) - 1)]


def spell(skeleton: str) -> str:
    """Return the letters of how signs sound.

    Typed pinyin and characters give the same letters; zh, ch, sh are z, c, s, and ng is n.
    """
    return _leave_unheard(skeleton.translate(_SPELLING))


def _leave_unheard(letters: str) -> str:
    for pair in _UNHEARD:
        letters = letters.replace(pair, pair[0])
    return letters


def starts_of_letters(skeleton: str, letters: str) -> list[int]:
    """Return for each sign the number of its first letter in its sound, and how many letters there are.

    Args:
        skeleton: the signs.
        letters: what `spell` returns for them.
    """
    starts = list(accumulate(map(_HEARD.__getitem__, map(ord, skeleton)), initial=0))
    if starts[-1] == len(letters):
        return starts
    starts = list(accumulate(map(len, map(_SPELLING.__getitem__, map(ord, skeleton))), initial=0))
    unheard = [pair.start() + 1 for pair in _UNHEARD_PAIR.finditer(skeleton.translate(_SPELLING))]
    return [start - bisect_left(unheard, start) for start in starts]


def places_of(text: str) -> list[int]:
    """Return for each sign of the skeleton where it stands in the text, and the text's length as the last entry."""
    kept, places, is_run = _KEPT, [], False
    for at, sign in enumerate(_mark_addresses(text)):
        if kept[ord(sign)] is not None:
            if sign not in _DIGITS:
                is_run = False
            elif is_run:
                continue  # numbers are not parted by what is left out: 1.98 is one sign
            else:
                is_run = True
            places.append(at)
    places.append(len(text))
    return places


def to_codes(text: str) -> Signs:
    """Return the code points of a text; the array is its own and may be changed."""
    return np.frombuffer(bytearray(text.encode("utf-32-le", "surrogatepass")), np.uint32)
