"""What a room's people mark as advertisement or as false alarm changes the filter, carefully."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts import AdvertFilter, Mark, weigh_words
from bot.moderation.adverts_background import Background
from bot.moderation.adverts_features import Shape, read
from bot.moderation.adverts_learning import PLACES, Table, minimise, tabulate
from bot.moderation.adverts_texts import write_texts
from bot.moderation.revealing import reveal

Floats = NDArray[np.float64]
# Chosen with marks on kinds that were held out, for a filter that knows little of ours as for the shipped one; between
# half and twice of each there is little difference.
_RIDGE: Final = 0.2  # how strongly the change of pieces is held small: less than that of shape, which all talk has
_DENSE_RIDGE: Final = 0.06  # the same for signs of shape and meaning, as in training
_BIAS_RIDGE: Final = 1e-3
_FLOOR: Final = 0.3  # for the ratios, as in training
_RARE: Final = 3.0  # how much rarer in normal talk than its share of the marks a piece may be to move, as a logarithm
_OFTEN: Final = 2  # marked advertisements that hold a piece before it moves: one says nothing of a kind
_AGAINST: Final = 2.0  # how easily the pieces of a false alarm move
_ADVERT: Final = 12.0
"""How much a marked advertisement counts beside a normal message of the background: 24 finds two in a hundred more of
the kind, but doubles what a wrong mark costs, and what is lost of other kinds."""
_FALSE_ALARM: Final = 24.0  # how much a marked false alarm counts: that very text must not be flagged again
_WANTED: Final = 1.0  # log odds below the threshold that a marked false alarm is to have
_TALK: Final = 1.0  # how much one of our own normal messages counts
_KNOWN: Final = 0.1  # how much one of our own advertisements counts: what was known should stay known
_UNLIKELY: Final = 4.0  # log odds below the threshold from which a marked advertisement is doubted
_SLIP: Final = 0.3  # what a mark counts at least
_AT_MOST: Final = 400  # marks looked at, the latest ones
_STEPS: Final = 30
_BESIDE: Final = 0.04
"""How far normal talk rises by the pieces that move, beside marked advertisements. The background knows no pieces; with
all of its pieces at hand, kinds that were held out had as many false alarms and were found as often as with this."""


def continue_filter(base: AdvertFilter, marks: Sequence[Mark], background: Background | None = None) -> AdvertFilter:
    """Return the filter moved so that it agrees with the marks where that costs little.

    Pieces that several marked advertisements share gain weight, and so do the meaning and the shape that they have in
    common; normal talk must stay what it is. Then the threshold rises as far as normal talk rose: the filter has as
    many false alarms as before.

    Args:
        base: the filter before any mark.
        marks: in any order; of one text the last decision counts.
        background: normal talk; without it that of the shipped filter.
    """
    background = background or Background.shipped()
    shapes, decided = _last_decisions(marks)
    limit = base.limit_at(base.false_alarms)
    marked, (own, is_advert) = _strongest_rows(base, shapes), _own()
    odds = _weigh_rows(base, marked) - limit
    task = _Task(
        table=marked.add(own), odds=np.concatenate([odds, _weigh_rows(base, own) - limit]),
        labels=np.concatenate([decided, is_advert]),
        importance=np.concatenate([_importance(odds, decided), np.where(is_advert, _KNOWN, _TALK)]), marked=len(odds),
        dense=background.dense, background=background.odds - limit, eases=_eases(base, marked, decided),
        is_heeded=base.dense != 0.0,
    )  # fmt: skip
    change = task.solve()
    rise = background.rise(task.move_unseen(change), base.false_alarms)
    if decided.any():
        rise += _BESIDE * float(change.weigh_pieces(marked)[decided].mean())
    return _apply(base, change, max(0.0, rise))


def _apply(base: AdvertFilter, change: _Change, rise: float) -> AdvertFilter:
    """Return the filter with the change, and all odds lower by the rise of normal talk."""
    pieces = np.asarray(base.pieces, np.float32) * np.float32(base.unit) + change.pieces.astype(np.float32)
    dense = base.dense + change.dense
    return replace(
        base, pieces=pieces, unit=1.0, dense=dense, meanings=weigh_words(dense), bias=base.bias + change.bias - rise
    )


def _last_decisions(marks: Sequence[Mark]) -> tuple[list[Shape], NDArray[np.bool_]]:
    ordered = sorted(marks, key=lambda mark: (mark.at, mark.text, mark.is_advert))
    decided = {mark.text: mark.is_advert for mark in ordered}
    kept = list(decided.items())[-_AT_MOST:]
    return [read(reveal(text)) for text, _ in kept], np.array([is_advert for _, is_advert in kept])


@cache
def _own() -> tuple[Table, NDArray[np.bool_]]:
    """Return the rows of our own texts, one text of each pattern, and whether each is of an advertisement."""
    written = write_texts(1)
    table = tabulate([read(reveal(one.text)) for one in written])
    return table, np.array([one.is_advert for one in written])[table.owners]


def _weigh_rows(base: AdvertFilter, table: Table) -> Floats:
    weights = base.pieces[table.places].astype(np.float64) * base.unit
    odds: Floats = np.add.reduceat(weights * table.values, table.starts) + table.dense @ base.dense + base.bias
    return odds


def _strongest_rows(base: AdvertFilter, shapes: Sequence[Shape]) -> Table:
    """Return one row a message: its window that looks most like an advertisement."""
    table = tabulate(shapes)
    odds = _weigh_rows(base, table)
    order = np.lexsort((-odds, table.owners))
    first = np.unique(table.owners[order], return_index=True)[1]
    is_kept = np.zeros(len(odds), bool)
    is_kept[order[first]] = True
    rows = Table(table.starts, table.sizes, table.places, table.dense, np.arange(len(odds)))
    return rows.of(is_kept)


def _importance(odds: Floats, decided: NDArray[np.bool_]) -> Floats:
    """Return how much each mark counts: little when nothing of the message looks like what it is called."""
    doubted = np.clip(1.0 + (odds + _UNLIKELY) / _UNLIKELY, _SLIP, 1.0)
    return np.where(decided, _ADVERT * doubted, _FALSE_ALARM)


def _eases(base: AdvertFilter, marked: Table, decided: NDArray[np.bool_]) -> Floats:
    """Return how easily each piece moves: by how much more frequent it is in marks than in normal talk."""
    is_advert = np.repeat(decided, marked.sizes)
    adverts = np.bincount(marked.places[is_advert], minlength=PLACES)
    normal = np.exp2(base.common / 2.0) - 1.0
    ratios = np.maximum(np.log((adverts + _FLOOR) / (normal + _FLOOR)) + _RARE, 0.0)
    ratios[adverts < _OFTEN] = 0.0
    ratios[marked.places[~is_advert]] = np.maximum(ratios[marked.places[~is_advert]], _AGAINST)
    return ratios


@dataclass(frozen=True, eq=False)
class _Change:
    """What is added to the pieces, to the dense weights, and to every message."""

    pieces: Floats
    dense: Floats
    bias: float

    def weigh(self, table: Table) -> Floats:
        """Return by how much the log odds of each row change."""
        rise: Floats = self.weigh_pieces(table) + table.dense @ self.dense + self.bias
        return rise

    def weigh_pieces(self, table: Table) -> Floats:
        """Return the same by the pieces alone."""
        sums: Floats = np.add.reduceat(self.pieces[table.places] * table.values, table.starts)
        return sums


@dataclass(frozen=True, eq=False)
class _Task:
    """The least change that agrees with the marks.

    Attributes:
        table: a row each for marks and our own talk.
        odds: of each row before the change, over the threshold.
        labels: whether each is an advertisement.
        importance: how much each counts.
        marked: how many rows are marks; our own talk follows.
        dense: the background's rows.
        background: its log odds before the change, over the threshold.
        eases: how easily each piece moves; 0 for those that stay.
        is_heeded: which dense weights the filter has at all.
    """

    table: Table
    odds: Floats
    labels: NDArray[np.bool_]
    importance: Floats
    marked: int
    dense: Floats
    background: Floats
    eases: Floats
    is_heeded: NDArray[np.bool_]

    def solve(self) -> _Change:
        """Return the change that loses least."""
        used = np.flatnonzero(self.eases)
        columns, rows, values = self._entries(used)
        own, theirs = self._with_bias(self.table.dense), self._with_bias(self.dense)
        wanted = np.where(self.labels, 1.0, -1.0)
        margins = wanted * self.odds - np.where(self.importance == _FALSE_ALARM, _WANTED, 0.0)
        # The filter stood at rest beside our own talk and the background: only what they lose by the change counts, so
        # the slope that they had before is taken off (a Bregman divergence).
        before = _sigmoid(self.background)
        rest = -wanted * self.importance * _sigmoid(-margins)
        rest[: self.marked] = 0.0
        held = np.append(np.full(len(used), _RIDGE), _hold(own.shape[1]))

        def loss(point: Floats) -> tuple[float, Floats]:
            pieces, dense = point[: len(used)], point[len(used) :]
            moved = np.bincount(rows, values * pieces[columns], len(wanted)) + own @ dense
            after = margins + wanted * moved
            pull = -wanted * self.importance * _sigmoid(-after) - rest
            rise = theirs @ dense
            push = _sigmoid(self.background + rise) - before
            by_pieces = np.bincount(columns, values * pull[rows], len(used))
            gradient = np.concatenate([by_pieces, own.T @ pull + theirs.T @ push]) + held * point
            lost = np.logaddexp(0.0, self.background + rise).sum() - before @ rise - rest @ moved
            return float(self.importance @ np.logaddexp(0.0, -after) + lost + 0.5 * held @ point**2), gradient

        best = minimise(loss, np.zeros(len(held)), steps=_STEPS)
        pieces = np.zeros(PLACES)
        pieces[used] = best[: len(used)] * self.eases[used]
        dense = best[len(used) : -1] * self.is_heeded
        return _Change(pieces, dense, float(best[-1]))

    def move_unseen(self, change: _Change) -> Floats:
        """Return by how much each message of the background would rise, had the change been made without it.

        The change spares just these messages, by their shape and meaning: other talk rises about twice as far. What a
        message would do to the solution is told from the slope and the bend there, without solving anew.
        """
        theirs, own = self._with_bias(self.dense), self._with_bias(self.table.dense)
        rise = theirs @ np.append(change.dense, change.bias)
        odds, after = self.background + rise, self.odds + change.weigh(self.table)
        bend = _bend(odds)
        curvature = own.T @ ((self.importance * _bend(after))[:, None] * own) + theirs.T @ (bend[:, None] * theirs)
        hold = np.linalg.solve(curvature + np.diag(_hold(own.shape[1])), theirs.T)
        reach = np.einsum("ij,ji->i", theirs, hold)
        push = _sigmoid(odds) - _sigmoid(self.background)
        moves: Floats = rise + reach * push / (1.0 - reach * bend)
        return moves

    def _entries(self, used: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Return column, row and value of each entry of the table whose piece moves."""
        column_of = np.full(PLACES, -1)
        column_of[used] = np.arange(len(used))
        columns = column_of[self.table.places]
        moves = columns >= 0
        columns, rows = columns[moves], np.repeat(np.arange(len(self.odds)), self.table.sizes)[moves]
        return columns, rows, self.table.values[moves] * self.eases[used][columns]

    def _with_bias(self, dense: Floats) -> Floats:
        return np.column_stack([dense * self.is_heeded, np.ones(len(dense))])


def _sigmoid(odds: Floats) -> Floats:
    share: Floats = np.exp(-np.logaddexp(0.0, -odds))
    return share


def _bend(odds: Floats) -> Floats:
    """Return the second derivative of the loss of each."""
    share = _sigmoid(odds)
    bend: Floats = share * (1.0 - share)
    return bend


def _hold(width: int) -> Floats:
    """Return how strongly each of the dense weights is held, and the bias behind them."""
    return np.append(np.full(width - 1, _DENSE_RIDGE), _BIAS_RIDGE)
