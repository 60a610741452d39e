"""The learned advertisement filter: how much a message looks like one, why, and how a room's decisions change it.

It works beside the rules: at a false-alarm rate of .4 % a room of a thousand messages a day has four false alarms, so
its word alone only reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from math import exp, sqrt
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_features import MARKS, Shape, read, shown_of
from bot.moderation.adverts_glance import MOST_DISGUISE, Glance
from bot.moderation.adverts_learning import MEANING
from bot.moderation.adverts_parts import Part, find_parts, spread
from bot.moderation.adverts_signs import skeleton_of
from bot.moderation.adverts_weighing import Weighed, sum_all, sum_windows, weigh, words_in_windows
from bot.moderation.adverts_words import words
from bot.moderation.model import Span
from bot.moderation.revealing import Revealed

__all__ = ["FALSE_ALARMS", "Advert", "AdvertFilter", "Mark", "Part", "Span"]

FALSE_ALARMS: Final = 0.004
"""Share of normal messages that are flagged when the owner sets nothing: what RESEARCH calls bearable for a report."""
_FILE = Path(__file__).parent / "data" / "adverts.npz"
_MODEL = 2  # of the file's layout
_MOST_FALSE_ALARMS: Final = 0.05  # that a rule may ask for
_BELOW: Final = 0.1  # log odds
_LONGEST_EXPLAINED: Final = 480  # signs

Floats = NDArray[np.float64]


class Advert(NamedTuple):
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
        glance: what tells ordinary talk beforehand; it belongs to `glanced`, and is not asked with other pieces.
        glanced: the pieces that the glance was fitted to.
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
    glance: Glance | None = None
    glanced: NDArray[np.int8] | NDArray[np.float32] | None = None

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
        return self._show(self.limit_at(false_alarms))

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

    @cached_property
    def _limit(self) -> float:
        return self.limit_at(self.false_alarms)

    @cached_property
    def _least(self) -> float:
        """The most that talk which was only glanced at can have: less than any threshold a rule may set."""
        return self.limit_at(_MOST_FALSE_ALARMS) - _BELOW

    @cached_property
    def _weights_of_marks(self) -> list[float]:
        return self.dense[: len(MARKS)].tolist()  # type: ignore[no-any-return]

    def score(self, revealed: Revealed) -> Advert:
        """Judge one message."""
        skeleton = skeleton_of(shown_of(revealed.text))
        odds = self._glance_at(revealed, skeleton)
        if odds is not None:
            return Advert(score=self._show(odds), is_advert=odds >= self._limit)
        weighed = self._weigh_pieces(read(revealed, skeleton))
        window, odds = self._weigh_best(weighed)
        is_advert = odds >= self._limit
        parts = self._find_parts(revealed, weighed, window) if is_advert else ()
        return Advert(score=self._show(odds), is_advert=is_advert, parts=parts)

    def explain(self, revealed: Revealed) -> tuple[Part, ...]:
        """Return the parts of any message that speak most for an advertisement, strongest first."""
        weighed = self._weigh_pieces(read(revealed))
        return self._find_parts(revealed, weighed, self._weigh_best(weighed)[0])

    def _glance_at(self, revealed: Revealed, skeleton: str) -> float | None:
        """Return the log odds of what is plainly talk; None when the whole filter must be asked."""
        glance = self.glance
        if glance is None or self.glanced is not self.pieces or revealed.disguise >= MOST_DISGUISE:
            return None
        odds = glance.odds(skeleton)
        return None if odds is None else min(odds, self._least)

    def _weigh_pieces(self, shape: Shape) -> Weighed:
        return weigh(shape, self.pieces, self.meanings)

    def _weigh_best(self, weighed: Weighed) -> tuple[int, float]:
        """Return the window that tells why, and the log odds of the one that looks most like an advertisement.

        They are the same, but where that is a very long message as a whole: nobody reads so long an explanation.
        """
        odds = self._weigh_all(weighed)
        best = max(odds)
        window = odds.index(best)
        if window == 0 and len(weighed.shape.skeleton) > _LONGEST_EXPLAINED:
            window = odds.index(max(odds[1:]), 1)
        return window, best

    def weigh(self, shape: Shape) -> list[float]:
        """Return for each window of a message the log odds that it is an advertisement."""
        return self._weigh_all(self._weigh_pieces(shape))

    def _weigh_all(self, weighed: Weighed) -> list[float]:
        return [self._weigh_whole(weighed)] if weighed.shape.is_short else self._weigh_windows(weighed)

    def _weigh_whole(self, weighed: Weighed) -> float:
        signs, sign_count = sum_all(weighed.signs)
        letters, letter_count = sum_all(weighed.letters)
        known = [weight for _, _, weight in weighed.words]
        of_pieces = (signs + letters) * self.unit / sqrt(sign_count + letter_count or 1)
        of_words = sum(known) / sqrt(len(known) or 1)
        return of_pieces + of_words + self._weigh_marks(weighed.shape.marks_of_whole) + self.bias

    def _weigh_windows(self, weighed: Weighed) -> list[float]:
        of_pieces, of_words = sum_windows(weighed), words_in_windows(weighed)
        return [
            total * self.unit / sqrt(number or 1) + sum(known) / sqrt(len(known) or 1)
            + self._weigh_marks(marks) + self.bias
            for (total, number), known, marks in zip(of_pieces, of_words, weighed.shape.marks, strict=True)
        ]  # fmt: skip

    def _weigh_marks(self, marks: Iterable[tuple[int, float]]) -> float:
        weights = self._weights_of_marks
        return sum([weights[mark] * amount for mark, amount in marks])

    def _find_parts(self, revealed: Revealed, weighed: Weighed, window: int) -> tuple[Part, ...]:
        by_sign = spread(weighed, window, self.unit)
        return find_parts(revealed, weighed.shape, by_sign, weighed.shape.windows[window][0])

    def continued(self, marks: Sequence[Mark]) -> AdvertFilter:
        """Return the filter as a room's decisions have changed it; the same decisions give the same filter.

        Args:
            marks: in any order; of one text the last decision counts.
        """
        from bot.moderation.adverts_continuing import continue_filter

        return continue_filter(self, marks) if marks else self

    def _show(self, odds: float) -> float:
        return 1.0 / (1.0 + exp(-min(max(self.slope * odds + self.shift, -30.0), 30.0)))


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
        pieces = file["pieces"]
        return AdvertFilter(
            pieces=pieces, unit=unit, meanings=weigh_words(dense), dense=dense, bias=bias,
            tail=file["tail"].astype(np.float64), slope=slope, shift=shift, common=file["common"],
            glance=_load_glance(file), glanced=pieces,
        )  # fmt: skip


def _load_glance(file: Mapping[str, NDArray[Any]]) -> Glance | None:
    if "grams" not in file:
        return None
    singles, *numbers = file["glance"].tolist()
    return Glance(file["grams"].tobytes().decode("utf-32-le"), int(singles), file["gram_weights"], *numbers)


def save(made: AdvertFilter, path: Path) -> None:
    """Write a filter into a file, the same bytes every time."""
    import zipfile

    arrays = {
        "model": np.array(_MODEL), "numbers": np.array([made.unit, made.bias, made.slope, made.shift]),
        "pieces": np.asarray(made.pieces, np.int8), "dense": made.dense.astype(np.float32),
        "tail": made.tail.astype(np.float32), "common": made.common,
    }  # fmt: skip
    if (glance := made.glance) is not None:
        arrays["grams"] = np.frombuffer(glance.grams.encode("utf-32-le"), np.uint32)
        arrays["gram_weights"] = glance.weights
        arrays["glance"] = np.array(
            [glance.singles, glance.unit, glance.bias, glance.longer, glance.slope, glance.shift]
        )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
