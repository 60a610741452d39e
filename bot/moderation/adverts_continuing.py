"""What a room's people mark as advertisement or as false alarm changes the filter, carefully."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts import AdvertFilter, Mark
from bot.moderation.adverts_features import Shape, read
from bot.moderation.adverts_learning import Table, minimise, tabulate
from bot.moderation.adverts_texts import write_texts
from bot.moderation.revealing import reveal

Floats = NDArray[np.float64]
_RIDGE: Final = 0.06  # how strongly the change is held small; chosen with marks on kinds that were held out
_SPARED: Final = 3e3  # how strongly what would move normal talk is held
_FLOOR: Final = 0.3
_NORMAL_PIECES: Final = 1.1e6  # about as many pieces as the normal messages of the training had together
_AS_NORMAL: Final = 10.0  # a false alarm that people mark counts as so many normal messages
_WANTED: Final = 1.0  # log odds beyond the threshold that a mark asks for
_UNLIKELY: Final = 4.0  # log odds below the threshold from which a marked advertisement is doubted
_SLIP: Final = 0.3  # what a mark counts at least
_FALSE_ALARM: Final = 4.0  # how much a marked false alarm counts: that very text must not be flagged again
_REPLAYED: Final = 0.3  # how much one of our own messages counts beside a mark
_AT_MOST: Final = 400  # marks looked at, the latest ones


def continue_filter(base: AdvertFilter, marks: Sequence[Mark]) -> AdvertFilter:
    """Return the filter moved so that it agrees with the marks where that costs little.

    Few wrong marks do little: no mark counts more than another, and our own normal messages must stay what they are.

    Args:
        base: the filter before any mark.
        marks: in any order; of one text the last decision counts.
    """
    shapes, decided = _last_decisions(marks)
    replayed = _replayed()
    labels = np.concatenate([decided, [is_advert for _, is_advert in replayed]])
    table = _strongest_rows(base, [*shapes, *(shape for shape, _ in replayed)])
    importance = np.concatenate([_trust(base, shapes, decided), np.full(len(replayed), _REPLAYED)])
    return _move(base, table, labels, importance, len(shapes))


def _trust(base: AdvertFilter, shapes: Sequence[Shape], decided: NDArray[np.bool_]) -> Floats:
    """Return how much each mark counts: little when nothing of the message looks like what it is called."""
    odds = np.array([float(base.weigh(shape).max()) for shape in shapes]) - base.limit_at(base.false_alarms)
    doubted = np.clip(1.0 + (odds + _UNLIKELY) / _UNLIKELY, _SLIP, 1.0)
    return np.where(decided, doubted, _FALSE_ALARM)


def _last_decisions(marks: Sequence[Mark]) -> tuple[list[Shape], NDArray[np.bool_]]:
    ordered = sorted(marks, key=lambda mark: (mark.at, mark.text, mark.is_advert))
    decided = {mark.text: mark.is_advert for mark in ordered}
    kept = list(decided.items())[-_AT_MOST:]
    return [read(reveal(text)) for text, _ in kept], np.array([is_advert for _, is_advert in kept])


@cache
def _replayed() -> list[tuple[Shape, bool]]:
    """Return our own messages, that must stay what they are: one of each pattern."""
    return [(read(reveal(one.text)), one.is_advert) for one in write_texts(1)]


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


def _move(base: AdvertFilter, table: Table, labels: NDArray[np.bool_], importance: Floats, marked: int) -> AdvertFilter:
    used, columns = np.unique(table.places, return_inverse=True)
    everywhere = np.exp2(base.common / 2.0) - 1.0
    common = everywhere[used] / everywhere.sum()
    ratios = _ratios(table, labels, everywhere[used], columns, marked)
    values, width = table.values * ratios[columns], len(used)
    weights = base.pieces[used].astype(np.float64) * base.unit
    known = np.add.reduceat(table.values * weights[columns], table.starts)
    before = known + table.dense @ base.dense + base.bias
    limit = base.limit_at(base.false_alarms)
    wanted = np.where(labels, 1.0, -1.0)
    holds = _RIDGE + _SPARED * common * ratios**2

    def loss(point: Floats) -> tuple[float, Floats]:
        after = before + np.add.reduceat(values * point[columns], table.starts)
        margins = wanted * (after - limit) - _WANTED
        pull = -wanted * importance * np.exp(-np.logaddexp(0.0, margins))
        gradient = np.bincount(columns, values * np.repeat(pull, table.sizes), width) + holds * point
        return float(importance @ np.logaddexp(0.0, -margins) + 0.5 * holds @ point**2), gradient

    change = minimise(loss, np.zeros(width), steps=25) * ratios
    pieces = np.asarray(base.pieces, np.float32) * np.float32(base.unit)
    pieces[used] += change.astype(np.float32)
    return replace(base, pieces=pieces, unit=1.0)


def _ratios(table: Table, labels: NDArray[np.bool_], common: Floats, columns: NDArray[np.intp], marked: int) -> Floats:
    """Return how much each piece tells marked advertisements from what is normal, as a logarithm."""
    rows = np.repeat(np.arange(len(labels)), table.sizes)
    is_advert, is_normal = labels[rows], ~labels[rows] & (rows < marked)
    adverts = np.bincount(columns[is_advert & (rows < marked)], minlength=len(common)) + _FLOOR
    others = common + _AS_NORMAL * np.bincount(columns[is_normal], minlength=len(common)) + _FLOOR
    ratios: Floats = np.log((adverts / adverts.sum()) / (others / _NORMAL_PIECES))
    return np.abs(ratios)
