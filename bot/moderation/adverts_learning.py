"""Learns what tells advertisements: logistic regression over naive Bayes ratios, in plain arrays, always the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_features import BITS, MARKS, Shape
from bot.moderation.adverts_marks import to_row
from bot.moderation.adverts_words import words

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]
PLACES: Final = 1 << BITS
MEANING: Final = 0.3
"""How much a word's meaning counts beside pieces: of .1, .3 and 1 the best in five folds."""
_RIDGE: Final = 0.06  # of .006, .02, .06, .2 the best in five folds
_FLOOR: Final = 0.15  # for the ratios; of .08, .15, .3 and .6 the best in five folds, split in four ways
_MEMORY: Final = 8  # steps that L-BFGS remembers


@dataclass(frozen=True)
class Table:
    """Windows of messages as rows: the whole of each message, and the windows of long ones.

    Attributes:
        starts: where each row begins in `places`; no row is empty.
        sizes: how many pieces each has.
        places: hashed places of the pieces, row after row.
        dense: signs of shape and the meaning of the words, a row each.
        owners: for each row the number of its message.
    """

    starts: Ints
    sizes: Ints
    places: Ints
    dense: Floats
    owners: Ints

    @property
    def values(self) -> Floats:
        """What each piece counts: one over the root of how many its row has, so that a row's length is about one."""
        return np.repeat(self.sizes**-0.5, self.sizes)

    def of(self, messages: Labels) -> Table:
        """Return the rows of some messages; they keep their numbers.

        Args:
            messages: for each message whether it is wanted.
        """
        rows = np.flatnonzero(messages[self.owners])
        sizes = self.sizes[rows]
        starts = _starts(sizes)
        at = np.repeat(self.starts[rows] - starts, sizes) + np.arange(sizes.sum())
        return Table(starts, sizes, self.places[at], self.dense[rows], self.owners[rows])

    def add(self, other: Table) -> Table:
        """Return both tables' rows; the other's messages are numbered on from `messages`."""
        sizes = np.concatenate([self.sizes, other.sizes])
        first = int(self.owners.max()) + 1 if len(self.owners) else 0
        return Table(
            _starts(sizes), sizes, np.concatenate([self.places, other.places]),
            np.concatenate([self.dense, other.dense]), np.concatenate([self.owners, other.owners + first]),
        )  # fmt: skip


def _starts(sizes: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)


def tabulate(shapes: Sequence[Shape]) -> Table:
    """Make one row of every window of every message."""
    places, dense, owners = [], [], []
    for number, shape in enumerate(shapes):
        for (begin, end), marks in zip(shape.windows, shape.marks, strict=True):
            inside = [family.between(begin, end) for family in shape.pieces]
            places.append(np.concatenate(inside) if end > begin else np.zeros(1, np.int64))
            dense.append(np.concatenate([to_row(marks), MEANING * shape.meaning(begin, end)]))
            owners.append(number)
    sizes = np.array([len(part) for part in places])
    width = len(MARKS) + words().vectors.shape[1]
    return Table(_starts(sizes), sizes, np.concatenate(places), np.array(dense).reshape(-1, width), np.array(owners))


@dataclass(frozen=True)
class Weights:
    """What was learned.

    Attributes:
        pieces: of each hashed place.
        dense: of signs of shape, then of meaning.
        bias: added to every sum.
    """

    pieces: Floats
    dense: Floats
    bias: float

    def weigh(self, table: Table) -> Floats:
        """Return how much each row speaks for an advertisement, as log odds."""
        sums = np.add.reduceat(self.pieces[table.places] * table.values, table.starts)
        total: Floats = sums + table.dense @ self.dense + self.bias
        return total

    def weigh_messages(self, table: Table, count: int) -> Floats:
        """Return for each of `count` messages the most that one of its rows speaks for an advertisement."""
        most = np.full(count, -np.inf)
        np.maximum.at(most, table.owners, self.weigh(table))
        return most


def share_rows(table: Table, labels: Labels, importance: Floats) -> Floats:
    """Return how much each row counts: an advertisement is one message, each window of another must be none.

    Args:
        table: the rows.
        labels: for each message whether it is an advertisement.
        importance: how much each message counts.
    """
    rows_of_message = np.bincount(table.owners, minlength=len(labels))[table.owners]
    shared: Floats = importance[table.owners] / np.where(labels[table.owners], rows_of_message, 1)
    return shared


def learn(table: Table, labels: Labels, importance: Floats, *, ridge: float = _RIDGE) -> Weights:
    """Learn from messages.

    Args:
        table: their rows.
        labels: for each message whether it is an advertisement.
        importance: how much each message counts.
        ridge: how strongly weights are held small.
    """
    counts, of_advert = share_rows(table, labels, importance), labels[table.owners]
    ratios = _ratios(table, of_advert, counts)
    used = np.flatnonzero(ratios)
    columns = np.zeros(PLACES, np.int64)
    columns[used] = np.arange(len(used))
    columns, values = columns[table.places], table.values * ratios[table.places]
    wanted = np.where(of_advert, 1.0, -1.0)
    width = len(used)

    def loss(point: Floats) -> tuple[float, Floats]:
        sums = np.add.reduceat(values * point[:width][columns], table.starts)
        margins = wanted * (sums + table.dense @ point[width:-1] + point[-1])
        pull = -wanted * counts * np.exp(-np.logaddexp(0.0, margins))
        pieces = np.bincount(columns, values * np.repeat(pull, table.sizes), width)
        gradient = np.concatenate([pieces, table.dense.T @ pull, [pull.sum()]])
        gradient[:-1] += ridge * point[:-1]
        return float(counts @ np.logaddexp(0.0, -margins) + 0.5 * ridge * point[:-1] @ point[:-1]), gradient

    best = minimise(loss, np.zeros(width + table.dense.shape[1] + 1))
    pieces = np.zeros(PLACES)
    pieces[used] = best[:width] * ratios[used]
    return Weights(pieces, best[width:-1], float(best[-1]))


def _ratios(table: Table, of_advert: Labels, counts: Floats) -> Floats:
    """Return the logarithm of how much more frequent each piece is in advertisements; 0 for what occurs once."""
    amounts, sides = np.repeat(counts, table.sizes), np.repeat(of_advert, table.sizes)
    adverts = np.bincount(table.places, amounts * sides, PLACES) + _FLOOR
    others = np.bincount(table.places, amounts * ~sides, PLACES) + _FLOOR
    ratios: Floats = np.log((adverts / adverts.sum()) / (others / others.sum()))
    ratios[np.bincount(table.places, minlength=PLACES) < 2] = 0.0  # noqa: PLR2004 - once teaches nothing general
    return ratios


def minimise(loss: Callable[[Floats], tuple[float, Floats]], start: Floats, steps: int = 60) -> Floats:
    """Find the least value of a smooth function by L-BFGS (Liu and Nocedal, 1989) with backtracking.

    Args:
        loss: returns value and gradient at a point.
        start: where to begin.
        steps: at most.
    """
    point = start
    history: list[tuple[Floats, Floats, float]] = []
    value, gradient = loss(point)
    for _ in range(steps):
        direction = -_apply_inverse(history, gradient)
        slope = float(direction @ gradient)
        length = 1.0 if history else 1.0 / max(1.0, float(np.linalg.norm(gradient)))
        moved = point + length * direction
        new_value, new_gradient = loss(moved)
        while new_value > value + 1e-4 * length * slope and length > 1e-6:  # noqa: PLR2004 - Armijo's condition
            length *= 0.5
            moved = point + length * direction
            new_value, new_gradient = loss(moved)
        step, change = moved - point, new_gradient - gradient
        gain = value - new_value
        point, value, gradient = moved, new_value, new_gradient
        if history and gain < 1e-6 * max(1.0, abs(value)):  # the first step is a small one
            break
        if (curvature := float(step @ change)) > 1e-12:  # noqa: PLR2004 - else the step says nothing of curvature
            history = [*history[-_MEMORY + 1 :], (step, change, 1.0 / curvature)]
    return point


def _apply_inverse(history: list[tuple[Floats, Floats, float]], gradient: Floats) -> Floats:
    """Return the gradient with the inverse Hessian applied, as the last steps know it: the two-loop recursion."""
    result, factors = gradient.copy(), []
    for step, change, scale in reversed(history):
        factor = scale * float(step @ result)
        result -= factor * change
        factors.append(factor)
    if history:
        _, change, scale = history[-1]
        result /= scale * float(change @ change)
    for (step, change, scale), factor in zip(history, reversed(factors), strict=True):
        result += (factor - scale * float(change @ result)) * step
    return result
