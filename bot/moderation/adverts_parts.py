"""Which words of a message spoke most for an advertisement, as people read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from math import inf, sqrt
from operator import itemgetter, sub
from typing import Final, NamedTuple

from bot.moderation.adverts_features import CHARACTERS, LETTERS, Shape
from bot.moderation.adverts_weighing import Rows, Weighed
from bot.moderation.model import Span
from bot.moderation.revealing import Revealed

_MOST: Final = 4  # parts told
_LONGEST: Final = 12  # signs of one part
_LEAST: Final = 0.02  # log odds that a part must bring to be told
_WEIGHT: Final = itemgetter(1)  # of a part
_TAKEN: Final = -inf  # instead of the weight of a sign that no further part may have

_LATIN: Final = re.compile("[a-z0-9_]+")
_LATIN_BEFORE: Final = re.compile("[a-z0-9_]+$")
_INNER_EDGE: Final = re.compile("[a-z0-9_]{2}")
_MOST_WIDENED: Final = 40  # characters: a longer word is no word


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


def spread(weighed: Weighed, window: int, unit: float) -> list[float]:
    """Return for each sign of a window its share of the log odds of the pieces and words over it.

    Args:
        weighed: the message.
        window: which of its windows.
        unit: log odds of one step in the weights of pieces.
    """
    shape = weighed.shape
    begin, end = shape.windows[window]
    signs = _inside(weighed.signs, CHARACTERS, range(len(shape.skeleton)), (begin, end))
    letters = _inside(weighed.letters, LETTERS, shape.owners, shape.windows_of_letters[window])
    words = [word for word in weighed.words if begin <= word[0] and word[1] <= end]
    number = sum([len(row) for _, _, row in (*signs, *letters)])
    begun, ended = [0.0] * (end + 1), [0.0] * (end + 1)
    root = sqrt(number or 1)
    for firsts, lasts, weights in (*signs, *letters):
        for first, last, weight in zip(firsts, lasts, weights, strict=False):
            if weight:
                share = weight * unit / root / (last - first + 1)
                begun[first] += share
                ended[last + 1] += share
    root = sqrt(len(words) or 1)
    for start, stop, weight in words:
        share = weight / root / (stop - start)
        begun[start] += share
        ended[stop] += share
    return list(accumulate(map(sub, begun[begin:end], ended[begin:end])))


def _inside(
    rows: Rows, sizes: tuple[int, ...], owners: Sequence[int], window: tuple[int, int]
) -> list[tuple[Sequence[int], Sequence[int], list[float]]]:
    """Return for each size the first and the last signs of the pieces wholly in a window, and their weights.

    Args:
        rows: weights of what begins at each place, a row for each size.
        sizes: lengths of the pieces.
        owners: for each place the number of its sign.
        window: the first place, and the one behind the last.
    """
    begin, end = window
    return [
        (owners[begin:end], owners[begin + size - 1 : end], row[begin : max(end - size + 1, begin)])
        for size, row in zip(sizes, rows, strict=True)
    ]


def find_parts(revealed: Revealed, shape: Shape, by_sign: Sequence[float], begin: int) -> tuple[Part, ...]:
    """Return the strongest runs of signs, strongest first; no word in Latin letters is cut.

    Args:
        revealed: the message.
        shape: the same, taken to pieces.
        by_sign: log odds of each sign of a window.
        begin: the number of the window's first sign.
    """
    parts: list[Part] = []
    places, left, sum_left, count_left = shape.places, list(by_sign), sum(by_sign), len(by_sign)
    while len(parts) < _MOST:
        typical = max(0.0, sum_left / max(count_left, 1))
        first, last = _best_run(left, typical)
        weight = sum(left[first:last])
        if weight < _LEAST:
            break
        left[first:last] = [_TAKEN] * (last - first)
        sum_left, count_left = sum_left - weight, count_left - (last - first)
        start, stop = _whole_words(revealed.text, places[begin + first], places[begin + last - 1] + 1)
        text, at = _quote(revealed, start, stop)
        if text:
            parts.append(Part(text, round(weight, 3), (at, at + len(text))))
    return tuple(sorted(parts, key=_WEIGHT, reverse=True))


def _quote(revealed: Revealed, start: int, stop: int) -> tuple[str, int]:
    """Return the original span behind `revealed.text[start:stop]`, and where it begins."""
    raw, origins = revealed.raw, revealed.origins
    if isinstance(origins, range):  # each sign stands where it stood
        text, first = raw[start:stop].strip(), start
    else:
        text, first = revealed.quote(start, stop), min(origins[start:stop], default=0)
    return text, max(raw.find(text, first), 0)


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
