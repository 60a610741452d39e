"""Which words of a message spoke most for an advertisement, as people read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import inf, sqrt
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_features import CHARACTERS, LETTERS, Shape, slices_of
from bot.moderation.adverts_words import SIZES
from bot.moderation.model import Span
from bot.moderation.revealing import Revealed

_MOST: Final = 4  # parts told
_LONGEST: Final = 12  # signs of one part
_LEAST: Final = 0.02  # log odds that a part must bring to be told
_TAKEN: Final = -inf  # instead of the weight of a sign that no further part may have

_LATIN: Final = re.compile("[a-z0-9_]+")
_LATIN_BEFORE: Final = re.compile("[a-z0-9_]+$")
_INNER_EDGE: Final = re.compile("[a-z0-9_]{2}")
_MOST_WIDENED: Final = 40  # characters: a longer word is no word
_MOST_REMEMBERED: Final = 64  # lengths of windows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Part(NamedTuple):
    """A part of a message that spoke for an advertisement.

    Attributes:
        text: as it stands in the message, disguise and all.
        weight: log odds it brought.
        span: where it stands in the raw text.
    """

    text: str
    weight: float
    span: Span


def spread(shape: Shape, window: int, of_pieces: Floats, of_words: Floats, is_word: Flags) -> list[float]:
    """Return for each sign of a window its share of the pieces and words over it.

    Args:
        shape: the message, taken to pieces.
        window: which of its windows.
        of_pieces: log odds of each of its pieces.
        of_words: of what begins at each sign, none where it is no word.
        is_word: whether it is one.
    """
    begin, end = shape.windows[window]
    by_letter = shape.windows_of_letters[window]
    length, first = len(shape.skeleton), shape.first_of_letters
    signs = _inside(of_pieces[:first], length, CHARACTERS, (begin, end))
    letters = _inside(of_pieces[first:], len(shape.letters), LETTERS, by_letter)
    known = int(np.count_nonzero(_inside(is_word, length, SIZES, (begin, end))))
    meanings = _inside(of_words, length, SIZES, (begin, end)) / sqrt(max(known, 1))
    owners = shape.owners[slice(*by_letter)] - begin
    of_signs, of_known = _spans_in(end - begin, CHARACTERS), _spans_in(end - begin, SIZES)
    starts = [of_signs[0], *(owners[: max(len(owners) - size + 1, 0)] for size in LETTERS), of_known[0]]
    ends = [of_signs[1], *(owners[size - 1 :] + 1 for size in LETTERS), of_known[1]]
    pieces = np.concatenate([signs, letters])
    weights = np.concatenate([pieces / sqrt(max(len(pieces), 1)), meanings])
    return _spread_over(end - begin, np.concatenate(starts), np.concatenate(ends), weights)


def _inside(values: NDArray[Any], length: int, sizes: Sequence[int], window: tuple[int, int]) -> NDArray[Any]:
    """Return what the pieces wholly in a window have; for the other arguments see `slices_of`."""
    if window == (0, length):
        return values
    return np.concatenate([values[part] for part in slices_of(length, sizes, window)])


def _spread_over(length: int, starts: Ints, ends: Ints, weights: Floats) -> list[float]:
    shares = weights / (ends - starts)
    steps = np.bincount(starts, shares, length + 1) - np.bincount(ends, shares, length + 1)
    by_sign: list[float] = steps.cumsum().tolist()
    by_sign.pop()  # behind the last sign
    return by_sign


@lru_cache(_MOST_REMEMBERED)
def _spans_in(length: int, sizes: tuple[int, ...]) -> tuple[Ints, Ints]:
    """Return for each piece of so many signs its first sign, and the one behind its last."""
    starts = [np.arange(max(length - size + 1, 0)) for size in sizes]
    ends = [first + size for first, size in zip(starts, sizes, strict=True)]
    return np.concatenate(starts), np.concatenate(ends)


def find_parts(revealed: Revealed, shape: Shape, by_sign: Sequence[float], begin: int) -> tuple[Part, ...]:
    """Return the strongest runs of signs, strongest first; no word in Latin letters is cut.

    Args:
        revealed: the message.
        shape: the same, taken to pieces.
        by_sign: log odds of each sign of a window.
        begin: the number of the window's first sign.
    """
    parts: list[Part] = []
    left, sum_left, count_left = list(by_sign), sum(by_sign), len(by_sign)
    while len(parts) < _MOST:
        typical = max(0.0, sum_left / max(count_left, 1))
        first, last = _best_run(left, typical)
        weight = sum(left[first:last])
        if weight < _LEAST:
            break
        left[first:last] = [_TAKEN] * (last - first)
        sum_left, count_left = sum_left - weight, count_left - (last - first)
        start, stop = _whole_words(revealed.text, shape.places[begin + first], shape.places[begin + last - 1] + 1)
        if text := revealed.quote(start, stop):
            at = revealed.raw.find(text, min(revealed.origins[start:stop]))
            parts.append(Part(text=text, weight=round(weight, 3), span=(max(at, 0), max(at, 0) + len(text))))
    return tuple(sorted(parts, key=lambda part: -part.weight))


def _whole_words(text: str, start: int, stop: int) -> tuple[int, int]:
    """Return a span widened to the ends of the words or numbers in Latin signs that it begins and ends in."""
    if _INNER_EDGE.match(text, start - 1):
        before = _LATIN_BEFORE.search(text, max(start - _MOST_WIDENED, 0), start)
        start = before.start() if before else start
    if _INNER_EDGE.match(text, stop - 1):
        after = _LATIN.match(text, stop, stop + _MOST_WIDENED)
        stop = after.end() if after else stop
    return start, stop


def _best_run(weights: list[float], typical: float) -> tuple[int, int]:
    """Return the run of at most `_LONGEST` signs that stands out most: the first, and the one behind the last.

    Args:
        weights: of each sign.
        typical: what a sign of this message brings on average.
    """
    best, found = 0.0, (0, 0)
    first, total = 0, 0.0
    for at, weight in enumerate(weights):
        if total <= 0.0 or at - first >= _LONGEST:
            first, total = at, 0.0
        total += weight - typical
        if total > best:
            best, found = total, (first, at + 1)
    return found
