"""What a room's people mark as advertisement or as false alarm changes the filter, carefully."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts import AdvertFilter, Mark, weigh_words
from bot.moderation.adverts_features import MARKS, Shape, read
from bot.moderation.adverts_learning import Table, minimise, tabulate
from bot.moderation.adverts_texts import write_texts
from bot.moderation.revealing import reveal

Floats = NDArray[np.float64]
_RIDGE: Final = 0.02  # how strongly the change is held small; chosen with marks on kinds that were held out
_SPARED: Final = 0.5  # how much more each doubling of a piece's frequency in normal talk holds it
_WANTED: Final = 1.5  # log odds beyond the threshold that a mark asks for
_REPLAYED: Final = 0.3  # how much one of our own normal messages counts beside a mark
_AT_MOST: Final = 400  # marks looked at, the latest ones


def continue_filter(base: AdvertFilter, marks: Sequence[Mark]) -> AdvertFilter:
    """Return the filter moved so that it agrees with the marks where that costs little.

    Few wrong marks do little: no mark counts more than another, and our own normal messages must stay what they are.

    Args:
        base: the filter before any mark.
        marks: in any order; of one text the last decision counts.
    """
    shapes, labels = _last_decisions(marks)
    replayed = _replayed()
    labels = np.concatenate([labels, np.zeros(len(replayed), bool)])
    table = _strongest_rows(base, [*shapes, *replayed])
    importance = np.concatenate([np.ones(len(shapes)), np.full(len(replayed), _REPLAYED)])
    return _move(base, table, labels, importance)


def _last_decisions(marks: Sequence[Mark]) -> tuple[list[Shape], NDArray[np.bool_]]:
    ordered = sorted(marks, key=lambda mark: (mark.at, mark.text, mark.is_advert))
    decided = {mark.text: mark.is_advert for mark in ordered}
    kept = list(decided.items())[-_AT_MOST:]
    return [read(reveal(text)) for text, _ in kept], np.array([is_advert for _, is_advert in kept])


@cache
def _replayed() -> list[Shape]:
    return [read(reveal(one.text)) for one in write_texts(1) if not one.is_advert]


def _strongest_rows(base: AdvertFilter, shapes: Sequence[Shape]) -> Table:
    """Return one row a message: its window that looks most like an advertisement."""
    table = tabulate(shapes)
    odds = np.concatenate([base.weigh(shape) for shape in shapes])
    order = np.lexsort((-odds, table.owners))
    first = np.unique(table.owners[order], return_index=True)[1]
    is_kept = np.zeros(len(odds), bool)
    is_kept[order[first]] = True
    rows = Table(table.starts, table.sizes, table.places, table.dense, np.arange(len(odds)))
    return rows.of(is_kept)


def _move(base: AdvertFilter, table: Table, labels: NDArray[np.bool_], importance: Floats) -> AdvertFilter:
    used, columns = np.unique(table.places, return_inverse=True)
    values, width = table.values, len(used)
    weights = base.pieces[used].astype(np.float64) * base.unit
    meaning = np.arange(len(MARKS), table.dense.shape[1])  # signs of shape stay: they would move everything
    before = np.add.reduceat(values * weights[columns], table.starts) + table.dense @ base.dense + base.bias
    limit = base.limit_at(base.false_alarms)
    wanted = np.where(labels, 1.0, -1.0)
    holds = np.concatenate([1.0 + _SPARED * base.common[used] / 2.0, np.full(len(meaning), 1.0)]) * _RIDGE
    dense = table.dense[:, meaning]

    def loss(point: Floats) -> tuple[float, Floats]:
        after = before + np.add.reduceat(values * point[:width][columns], table.starts) + dense @ point[width:]
        margins = wanted * (after - limit) - _WANTED
        pull = -wanted * importance * np.exp(-np.logaddexp(0.0, margins))
        pieces = np.bincount(columns, values * np.repeat(pull, table.sizes), width)
        gradient = np.concatenate([pieces, dense.T @ pull]) + holds * point
        return float(importance @ np.logaddexp(0.0, -margins) + 0.5 * holds @ point**2), gradient

    change = minimise(loss, np.zeros(width + len(meaning)), steps=25)
    pieces = np.asarray(base.pieces, np.float32) * np.float32(base.unit)
    pieces[used] += change[:width].astype(np.float32)
    moved = base.dense.copy()
    moved[meaning] += change[width:]
    return replace(base, pieces=pieces, unit=1.0, dense=moved, meanings=weigh_words(moved))
