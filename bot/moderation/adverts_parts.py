"""Which words of a message spoke most for an advertisement, as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_features import Shape
from bot.moderation.model import Span
from bot.moderation.revealing import Revealed

_MOST: Final = 4  # parts told
_LONGEST: Final = 12  # signs of one part
_LEAST: Final = 0.02  # log odds that a part must bring to be told
_TAKEN: Final = -inf  # instead of the weight of a sign that no further part may have

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a message that spoke for an advertisement.

    Attributes:
        text: as it stands in the message, disguise and all.
        weight: log odds it brought.
        span: where it stands in the raw text.
    """

    text: str
    weight: float
    span: Span


def find_parts(revealed: Revealed, shape: Shape, by_sign: Floats, begin: int, end: int) -> tuple[Part, ...]:
    """Return the strongest runs of signs, strongest first.

    Args:
        revealed: the message.
        shape: the same, taken to pieces.
        by_sign: log odds of each sign.
        begin: the first sign to look at.
        end: the one behind the last.
    """
    parts: list[Part] = []
    left = by_sign.tolist()
    left[:begin], left[end:] = [_TAKEN] * begin, [_TAKEN] * (len(left) - end)
    while len(parts) < _MOST:
        first, last, weight = _best_run(left)
        if weight < _LEAST:
            break
        start, stop = int(shape.places[first]), _end_of(revealed, shape, last)
        if text := revealed.quote(start, stop):
            at = revealed.raw.find(text, int(min(revealed.origins[start:stop])))
            parts.append(Part(text=text, weight=round(weight, 3), span=(max(at, 0), max(at, 0) + len(text))))
        left[first:last] = [_TAKEN] * (last - first)
    return tuple(sorted(parts, key=lambda part: -part.weight))


def _end_of(revealed: Revealed, shape: Shape, last: int) -> int:
    """Return where the last sign of a run ends in the revealed text: a run of digits is one sign."""
    stop = int(shape.places[last - 1]) + 1
    while stop < len(revealed.text) and revealed.text[stop - 1].isdigit() and revealed.text[stop].isdigit():
        stop += 1
    return stop


def _best_run(weights: list[float]) -> tuple[int, int, float]:
    """Return the run of at most `_LONGEST` signs with the greatest sum: first, behind the last, sum."""
    best, found = 0.0, (0, 0)
    first, total = 0, 0.0
    mean = _typical(weights)
    for at, weight in enumerate(weights):
        if weight == _TAKEN:
            first, total = at + 1, 0.0
            continue
        if total <= 0.0 or at - first >= _LONGEST:
            first, total = at, 0.0
        total += weight - mean
        if total > best:
            best, found = total, (first, at + 1)
    return *found, sum(weights[slice(*found)])


def _typical(weights: list[float]) -> float:
    """Return what a sign of this message brings on average, when that is positive: runs must stand out from it."""
    free = [weight for weight in weights if weight != _TAKEN]
    return max(0.0, sum(free) / len(free)) if free else 0.0
