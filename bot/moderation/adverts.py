"""The learned advertisement filter: how much a message looks like one, why, and how a room's decisions change it.

It works beside the rules: at a false-alarm rate of .4 % a room of a thousand messages a day has four false alarms, so
its word alone only reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_features import Family, Shape, read
from bot.moderation.adverts_learning import MEANING
from bot.moderation.adverts_parts import Part, find_parts
from bot.moderation.adverts_words import words
from bot.moderation.model import Span
from bot.moderation.revealing import Revealed

__all__ = ["FALSE_ALARMS", "Advert", "AdvertFilter", "Mark", "Part", "Span"]

FALSE_ALARMS: Final = 0.004
"""Share of normal messages that are flagged when the owner sets nothing: what RESEARCH calls bearable for a report."""
_FILE = Path(__file__).parent / "data" / "adverts.npz"
_MODEL = 1  # of the file's layout

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advert:
    """What the filter says of one message.

    Attributes:
        score: from 0 to 1, calibrated: of messages with .9 nine in ten were advertisements in training.
        is_advert: whether the score reaches the filter's threshold.
        parts: what spoke most for it, strongest first; empty when it is none, see `AdvertFilter.explain`.
    """

    score: float
    is_advert: bool
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A decision of the room's people about one message.

    Attributes:
        text: the message as typed.
        is_advert: whether they call it an advertisement.
        at: when, aware UTC.
    """

    text: str
    is_advert: bool
    at: datetime


@dataclass(frozen=True, eq=False)
class AdvertFilter:
    """Judges messages one by one; a value that never changes.

    Attributes:
        pieces: weight of each hashed piece, in units of `unit`.
        unit: log odds of one step in `pieces`.
        meanings: weight of each word of the table, in log odds.
        dense: weights of the signs of shape, then of the dimensions of meaning.
        bias: log odds of a message without anything.
        tail: (share of normal messages above, log odds) pairs, the most frequent first.
        slope: log odds of training → log odds shown.
        shift: the same.
        common: how often each piece occurs in normal talk, as a rough logarithm: what is learned later spares those.
        false_alarms: share of normal messages that may be flagged.
    """

    pieces: NDArray[np.int8] | NDArray[np.float32]
    unit: float
    meanings: Floats
    dense: Floats
    bias: float
    tail: Floats
    slope: float
    shift: float
    common: NDArray[np.uint8]
    false_alarms: float = FALSE_ALARMS

    @staticmethod
    def shipped() -> AdvertFilter:
        """Return the filter that comes with the project, read once."""
        return _load(_FILE)

    def at(self, false_alarms: float) -> AdvertFilter:
        """Return the filter with another threshold.

        Args:
            false_alarms: share of normal messages that may be flagged, such as 0.004.
        """
        return replace(self, false_alarms=false_alarms)

    def threshold_at(self, false_alarms: float) -> float:
        """Return from which score a message is an advertisement, so that a share of normal ones is taken for one.

        Args:
            false_alarms: that share, such as 0.004.
        """
        return float(self._show(self.limit_at(false_alarms)))

    def limit_at(self, false_alarms: float) -> float:
        """Return the same as log odds."""
        shares, odds = np.log(self.tail[:, 0]), self.tail[:, 1]
        wanted = float(np.log(max(false_alarms, 1e-6)))
        if wanted >= shares[-1]:
            return float(np.interp(-wanted, -shares, odds))
        steepness = (odds[-1] - odds[-3]) / (
            shares[-3] - shares[-1]
        )  # beyond what was seen the tail goes on as it ends
        return float(odds[-1] + steepness * (shares[-1] - wanted))

    def score(self, revealed: Revealed) -> Advert:
        """Judge one message."""
        shape = read(revealed)
        odds = self.weigh(shape)
        best = int(np.argmax(odds))
        limit = self.limit_at(self.false_alarms)
        is_advert = bool(odds[best] >= limit)
        parts = self._find_parts(revealed, shape, best) if is_advert else ()
        return Advert(score=float(self._show(odds[best])), is_advert=is_advert, parts=parts)

    def explain(self, revealed: Revealed) -> tuple[Part, ...]:
        """Return the parts of any message that speak most for an advertisement, strongest first."""
        shape = read(revealed)
        return self._find_parts(revealed, shape, int(np.argmax(self.weigh(shape))))

    def weigh(self, shape: Shape) -> Floats:
        """Return for each window of a message the log odds that it is an advertisement."""
        sums = self._weigh_whole(shape) if shape.is_short else self._weigh_windows(shape)
        odds: Floats = sums + shape.marks @ self.dense[: shape.marks.shape[1]] + self.bias
        return odds

    def _weigh_whole(self, shape: Shape) -> float:
        rows, is_word = shape.all_words
        pieces, known = self.pieces[shape.all_pieces], self.meanings[rows[is_word]]
        sum_of_pieces = float(pieces.sum(dtype=np.float64)) * self.unit
        return float(sum_of_pieces / max(len(pieces), 1) ** 0.5 + known.sum() / max(len(known), 1) ** 0.5)

    def _weigh_windows(self, shape: Shape) -> Floats:
        of_pieces, of_words = shape.bounds_of_pieces, shape.bounds_of_words
        rows, is_word = shape.all_words
        pieces = of_pieces.sum(self.pieces[shape.all_pieces].astype(np.float64)) * self.unit
        meaning, known = of_words.sum(self.meanings[rows] * is_word), of_words.sum(is_word.astype(np.float64))
        total: Floats = pieces / np.sqrt(np.maximum(of_pieces.count(), 1)) + meaning / np.sqrt(np.maximum(known, 1.0))
        return total

    def _weigh_pieces(self, family: Family) -> Floats:
        return self.pieces[family.rows].astype(np.float64)

    def _find_parts(self, revealed: Revealed, shape: Shape, window: int) -> tuple[Part, ...]:
        begin, end = shape.windows[window].tolist()
        by_sign = np.zeros(len(shape.signs))
        scale = self.unit / max(1.0, float(sum(len(family.between(begin, end)) for family in shape.pieces))) ** 0.5
        for family in shape.pieces:
            _spread(by_sign, family, self._weigh_pieces(family) * scale)
        known = max(1.0, float(sum(len(family.between(begin, end)) for family in shape.words))) ** 0.5
        for family in shape.words:
            _spread(by_sign, family, self.meanings[family.rows] / known)
        return find_parts(revealed, shape, by_sign, begin, end)

    def continued(self, marks: Sequence[Mark]) -> AdvertFilter:
        """Return the filter as a room's decisions have changed it; the same decisions give the same filter.

        Args:
            marks: in any order; of one text the last decision counts.
        """
        from bot.moderation.adverts_continuing import continue_filter

        return continue_filter(self, marks) if marks else self

    def _show(self, odds: float | Floats) -> float | Floats:
        shown: float | Floats = 1.0 / (1.0 + np.exp(-np.clip(self.slope * odds + self.shift, -30.0, 30.0)))
        return shown


def _spread(by_sign: Floats, family: Family, weights: Floats) -> None:
    """Give each sign its share of the pieces over it."""
    shares = weights / np.maximum(family.ends - family.starts, 1)
    steps = np.bincount(family.starts, shares, len(by_sign) + 1) - np.bincount(family.ends, shares, len(by_sign) + 1)
    by_sign += np.cumsum(steps)[: len(by_sign)]


def weigh_words(dense: Floats) -> Floats:
    """Return the weight of each word of the table, given the weights of the dimensions of meaning."""
    vectors = words().vectors
    towards = (MEANING / 127.0 * dense[-vectors.shape[1] :]).astype(np.float32)
    weights: Floats = (vectors.astype(np.float32) @ towards).astype(np.float64)
    return weights


@cache
def _load(path: Path) -> AdvertFilter:
    with np.load(path, allow_pickle=False) as file:
        if int(file["model"]) != _MODEL:
            raise ValueError(f"{path} is of layout {int(file['model'])}, {_MODEL} is read here")
        unit, bias, slope, shift = (float(number) for number in file["numbers"])
        dense = file["dense"].astype(np.float64)
        return AdvertFilter(
            pieces=file["pieces"], unit=unit, meanings=weigh_words(dense), dense=dense, bias=bias,
            tail=file["tail"].astype(np.float64), slope=slope, shift=shift, common=file["common"],
        )  # fmt: skip


def save(made: AdvertFilter, path: Path) -> None:
    """Write a filter into a file, the same bytes every time."""
    import zipfile

    arrays = {
        "model": np.array(_MODEL), "numbers": np.array([made.unit, made.bias, made.slope, made.shift]),
        "pieces": np.asarray(made.pieces, np.int8), "dense": made.dense.astype(np.float32),
        "tail": made.tail.astype(np.float32), "common": made.common,
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
