"""What the pieces and words of a message weigh, in all of it and in each of its windows.

A message is short, so that calls of numpy cost more than what they work on: beside the hashes it is all plain lists.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate, compress
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_features import CHARACTERS, LETTERS, Shape
from bot.moderation.adverts_words import SIZES, to_places, words

_BEGIN: Final = itemgetter(0)
_OF_SIGNS, _OF_LETTERS, _OF_WORDS = (slice(sizes[0] - 1, sizes[-1]) for sizes in (CHARACTERS, LETTERS, SIZES))
"""Rows of `Shape.hashes`."""

Floats = NDArray[np.float64]
Signs = NDArray[np.uint32]
Weights = NDArray[np.int8] | NDArray[np.float32]
Rows = list[list[float]]
Words = list[tuple[int, int, float]]


class Weighed(NamedTuple):
    """A message and what is in it.

    Attributes:
        shape: the message, taken to pieces.
        signs: weights of what begins at each sign, a row for each length in `CHARACTERS`.
        letters: weights of what begins at each letter of the sound, a row for each length in `LETTERS`.
        words: of each the first sign, the one behind the last, and the weight; shorter words first.
    """

    shape: Shape
    signs: Rows
    letters: Rows
    words: Words


def weigh(shape: Shape, pieces: Weights, meanings: Floats) -> Weighed:
    """Return what is in a message.

    Args:
        shape: the message.
        pieces: weight of each hashed place.
        meanings: weight of each word of the table.
    """
    length, places = len(shape.skeleton), to_places(shape.hashes)
    signs = pieces.take(places[_OF_SIGNS, :length]).tolist()
    letters = pieces.take(places[_OF_LETTERS, length:]).tolist()
    of_words = _find_words(shape.hashes[_OF_WORDS, :length], places[_OF_WORDS, :length], meanings)
    return Weighed(shape, _cut(signs, CHARACTERS), _cut(letters, LETTERS), of_words)


def _cut(rows: Rows, sizes: tuple[int, ...]) -> Rows:
    """Leave out of each row the last ones, where no piece of that size begins."""
    return [row[: 1 - size] if size > 1 else row for size, row in zip(sizes, rows, strict=True)]


def _find_words(hashes: Signs, places: Signs, meanings: Floats) -> Words:
    """Return the words of the table, shorter ones first.

    Args:
        hashes: of what begins at each sign, a row for each length in `SIZES`.
        places: that they are hashed to.
        meanings: weight of each word of the table.
    """
    table = words()
    number_of, weight_of, found = table.numbers.get, meanings.item, []
    for size, row, may_be in zip(SIZES, hashes.tolist(), table.places.take(places).tolist(), strict=True):
        found += [
            (start, start + size, weight_of(number))
            for start, hashed in compress(enumerate(row[: 1 - size]), may_be)
            if (number := number_of(hashed)) is not None
        ]
    return found


def sum_all(rows: Rows) -> tuple[float, int]:
    """Return the sum of weights, and how many there are."""
    return sum([sum(row) for row in rows]), sum([len(row) for row in rows])


def sum_windows(weighed: Weighed) -> list[tuple[float, int]]:
    """Return for each window the sum of what the pieces wholly in it have, and how many they are."""
    of_signs = _sum_between(weighed.signs, CHARACTERS, weighed.shape.windows)
    of_letters = _sum_between(weighed.letters, LETTERS, weighed.shape.windows_of_letters)
    return [(one + other, first + second) for (one, first), (other, second) in zip(of_signs, of_letters, strict=True)]


def _sum_between(rows: Rows, sizes: tuple[int, ...], windows: tuple[tuple[int, int], ...]) -> list[tuple[float, int]]:
    sums = [(size - 1, list(accumulate(row, initial=0.0))) for size, row in zip(sizes, rows, strict=True)]
    found = []
    for begin, end in windows:
        total, count = 0.0, 0
        for reach, before in sums:
            inside = end - reach - begin
            if inside > 0:
                total += before[begin + inside] - before[begin]
                count += inside
        found.append((total, count))
    return found


def words_in_windows(weighed: Weighed) -> list[list[float]]:
    """Return for each window the weights of the words wholly in it."""
    known = sorted(weighed.words)
    starts = list(map(_BEGIN, known))
    return [
        [weight for _, stop, weight in known[bisect_left(starts, begin) : bisect_left(starts, end)] if stop <= end]
        for begin, end in weighed.shape.windows
    ]
