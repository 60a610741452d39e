"""Fits the glance of `adverts_glance` to a filter; only when the filter is trained."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts import AdvertFilter
from bot.moderation.adverts_features import WINDOWS, read
from bot.moderation.adverts_glance import FEWEST, LIMIT, MOST_DISGUISE, Glance, leave_out_numbers, pieces_of
from bot.moderation.adverts_learning import minimise
from bot.moderation.evasions import EVASIONS, MIXTURES, evade
from bot.moderation.revealing import reveal

_COPIES: Final = 3  # disguised ones of each advertisement
_CHANGED: Final = 0.5  # of the characters of a disguised copy
_RIDGE: Final = 0.3
_LEAST, _MOST = -3.0, 3.0  # log odds: what is farther away is as sure
_DOUBTED: Final = -2.0  # log odds from which a row counts twice
_STEPS: Final = 250
_SEED: Final = 6

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Example:
    """A message as the filter sees it.

    Attributes:
        skeleton: its signs.
        rows: its windows and their log odds.
        odds: those of the message.
    """

    skeleton: str
    rows: tuple[tuple[str, float], ...]
    odds: float


def fit_glance(made: AdvertFilter, texts: Sequence[str], labels: Sequence[bool]) -> Glance:
    """Return the glance for a filter.

    Args:
        made: the filter.
        texts: messages; disguised copies of the advertisements are made here.
        labels: for each whether it is an advertisement.
    """
    examples = list(_examples(made, texts, labels))
    fitted = _fit(examples)
    estimates = [(fitted.estimate(one.skeleton), one.odds) for one in examples]
    of_talk = np.array([both for both in estimates if both[0] < LIMIT])
    slope, shift = np.polyfit(of_talk[:, 0], of_talk[:, 1], 1)
    return replace(fitted, slope=float(slope), shift=float(shift))


def _examples(made: AdvertFilter, texts: Sequence[str], labels: Sequence[bool]) -> Iterator[_Example]:
    chance, names = random.Random(_SEED), [*EVASIONS, *MIXTURES]  # noqa: S311 - the same every time
    for text, is_advert in zip(texts, labels, strict=True):
        shown = [text]
        if is_advert:
            shown += [evade(text, [chance.choice(names)], _CHANGED, chance) for _ in range(_COPIES)]
        for one in shown:
            if (revealed := reveal(one)).disguise >= MOST_DISGUISE:
                continue  # never glanced at
            shape = read(revealed)
            odds = made.weigh(shape)
            rows = tuple(
                (leave_out_numbers(shape.skeleton[begin:end]), weight)
                for (begin, end), weight in zip(shape.windows, odds, strict=True)
                if begin < end <= begin + max(WINDOWS)
            )
            yield _Example(shape.skeleton, rows, max(odds))


def _fit(examples: Sequence[_Example]) -> Glance:
    """Return the weights that come nearest to the odds of the windows: least squares, beyond the ends one side only."""
    counts = Counter(gram for one in examples for gram in set(pieces_of(leave_out_numbers(one.skeleton))))
    grams = sorted((gram for gram, count in counts.items() if count > 1), key=lambda gram: (len(gram), gram))
    number = {gram: at for at, gram in enumerate(grams)}
    width = len(grams)
    rows = [row for one in examples for row in one.rows]
    inside = [[width, *(number[gram] for gram in pieces_of(skeleton) if gram in number)] for skeleton, _ in rows]
    sizes = np.array([len(row) for row in inside])
    starts, columns = np.concatenate([[0], np.cumsum(sizes)[:-1]]), np.concatenate(inside)
    lengths = np.array([len(skeleton) for skeleton, _ in rows])
    values, doublings = np.repeat(np.maximum(lengths, FEWEST) ** -0.5, sizes), np.log2(lengths + 1)
    odds = np.array([weight for _, weight in rows])
    wanted, counted = np.clip(odds, _LEAST, _MOST), np.where(odds >= _DOUBTED, 2.0, 1.0)

    def loss(point: Floats) -> tuple[float, Floats]:
        of_grams, (longer, bias) = np.append(point[:width], 0.0), point[width:]
        apart = np.add.reduceat(values * of_grams[columns], starts) + longer * doublings + bias - wanted
        apart[((odds >= _MOST) & (apart > 0)) | ((odds <= _LEAST) & (apart < 0))] = 0.0
        pull = counted * apart
        pulls = np.bincount(columns, values * np.repeat(pull, sizes), width + 1)[:width]
        gradient = np.concatenate([pulls + _RIDGE * point[:width], [pull @ doublings, pull.sum()]])
        return float(0.5 * (pull @ apart) + 0.5 * _RIDGE * point[:width] @ point[:width]), gradient

    best = minimise(loss, np.zeros(width + 2), steps=_STEPS)
    unit = float(np.abs(best[:width]).max()) / 127.0
    weights = np.round(best[:width] / unit).astype(np.int8)
    singles = sum(len(gram) == 1 for gram in grams)
    return Glance("".join(grams), singles, weights, unit, bias=float(best[-1]), longer=float(best[-2]))
