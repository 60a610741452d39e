"""How well advertisements are told on labelled messages, without having seen the messages that are judged."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts import AdvertFilter, Mark
from bot.moderation.adverts_background_building import gather
from bot.moderation.adverts_continuing import continue_filter
from bot.moderation.adverts_training import (
    LIGHTLY,
    SHIPPED,
    Lesson,
    Recipe,
    learn_with_own,
    prepare,
    prepare_own,
    train,
)
from bot.moderation.evasions import EVASIONS, MIXTURES, evade
from bot.moderation.reposts import KnownAdverts
from bot.moderation.revealing import reveal

FOLDS: Final = 5
CUTS: Final = 5
"""Ways of cutting the messages into folds: where .3 % of some kind are a handful of messages, which fold they fall into
decides as much as the filter does. The shares of the ways differ by a point; their mean is what is told."""
ENOUGH: Final = 200
"""Messages, of both labels, from which a file is split into folds; fewer are judged by the shipped filter."""
UNSEEN: Final = replace(SHIPPED, advert_share=0.0)
"""Without our own advertisements, which have something of every kind: so one that is held out was never seen."""
MARKED: Final = 30
"""Marks by admins that a kind of advertisement is learned from."""
_SHARE: Final = 0.5  # of the characters that an evasion changes
_FEWEST_OF_KIND: Final = 60  # advertisements of a kind that is held out: 30 to learn from, 30 to find
_REPOSTED: Final = 400
_DRAWS: Final = 3  # of the marks: which thirty of a kind are marked decides as much as how they are learned from
_HONEST: Final = {"繁体": "traditional", "全角": "full-width"}

Judge = Callable[[str], bool]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled message.

    Attributes:
        text: as typed.
        is_advert: its label.
        kind: which sort of message it is, when the file says so.
    """

    text: str
    is_advert: bool
    kind: str = ""


class Trial:
    """Labelled messages, and for each the filters that have not seen it: one for each way of cutting them into folds.

    Args:
        rows: the messages.
        false_alarms: share of normal messages that may be flagged.
        shipped: judge by the shipped filter instead of folds.
    """

    def __init__(self, rows: Sequence[Labelled], false_alarms: float, *, shipped: bool) -> None:
        self.rows, self.false_alarms = rows, false_alarms
        counts = (sum(row.is_advert for row in rows), sum(not row.is_advert for row in rows))
        self.is_folded = not shipped and sum(counts) >= ENOUGH and min(counts) >= FOLDS * FOLDS
        self._shipped = AdvertFilter.shipped().at(false_alarms)
        self.lesson = prepare([row.text for row in rows], [row.is_advert for row in rows]) if self.is_folded else None
        self._cuts = [cut(self.lesson.folds, way) for way in range(CUTS)] if self.lesson else []
        self._filters = [_train_folds(self.lesson, folds, false_alarms) for folds in self._cuts if self.lesson]

    def filters_of(self, number: int) -> list[AdvertFilter]:
        """Return the filters that have not seen a message.

        Args:
            number: the message's place in `rows`.
        """
        if not self.is_folded:
            return [self._shipped]
        return [filters[folds[number]] for filters, folds in zip(self._filters, self._cuts, strict=True)]

    def judge_all(self) -> list[float]:
        """Return for each message which share of its filters takes it for an advertisement."""
        return [self.judge(number, row.text) for number, row in enumerate(self.rows)]

    def judge(self, number: int, text: str) -> float:
        """Judge a text by the filters that have not seen message `number`, which it is a variant of."""
        revealed, filters = reveal(text), self.filters_of(number)
        return sum(one.score(revealed).is_advert for one in filters) / len(filters)

    def share(self, numbers: Iterable[int], change: Callable[[str], str] = str) -> float:
        """Return which share of some messages, changed first, is taken for advertisements."""
        judged = [self.judge(number, change(self.rows[number].text)) for number in numbers]
        return sum(judged) / max(len(judged), 1)

    def numbers(self, *, is_advert: bool, kind: str | None = None) -> list[int]:
        """Return the places of the messages of a label, and of a kind when one is named."""
        rows = enumerate(self.rows)
        return [number for number, row in rows if row.is_advert == is_advert and kind in {None, row.kind}]


def cut(numbers: NDArray[np.int64], way: int) -> NDArray[np.int64]:
    """Return for each message in which fold it is.

    Args:
        numbers: that depend on each message's text alone.
        way: 0 to CUTS - 1.
    """
    folds: NDArray[np.int64] = numbers // FOLDS**way % FOLDS
    return folds


def _train_folds(lesson: Lesson, folds: NDArray[np.int64], false_alarms: float) -> list[AdvertFilter]:
    """Train for each fold on the other four.

    A fold's threshold is chosen on messages of those four, each judged by weights learned from the other three: weights
    without two folds serve both of them.
    """
    own = prepare_own(wide=LIGHTLY.wide)
    odds = np.zeros((FOLDS, len(folds)))
    for pair in combinations(range(FOLDS), 2):
        weights = learn_with_own(lesson.of(~np.isin(folds, pair)), own, LIGHTLY)
        for fold, other in (pair, pair[::-1]):
            is_held = folds == other
            odds[fold, is_held] = weights.weigh_messages(lesson.table.of(is_held), len(folds))[is_held]
    is_seen = [folds != fold for fold in range(FOLDS)]
    made = [train(lesson.of(seen), LIGHTLY, [odds[fold, seen]]) for fold, seen in enumerate(is_seen)]
    return [one.at(false_alarms) for one in made]


def summarise(rows: Sequence[Labelled], flagged: Sequence[float]) -> dict[str, float]:
    """Return precision, recall, f1 and the share of false alarms.

    Args:
        rows: labelled messages.
        flagged: for each the share of filters, or whether the one filter, takes it for an advertisement.
    """
    pairs = list(zip(rows, flagged, strict=True))
    hits, adverts = sum(share for row, share in pairs if row.is_advert), sum(row.is_advert for row in rows)
    alarms, normal = sum(share for row, share in pairs if not row.is_advert), len(rows) - adverts
    precision, recall = hits / (hits + alarms or 1), hits / max(adverts, 1)
    f1 = 2.0 * precision * recall / (precision + recall) if hits else 0.0
    return {
        "precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4),
        "fpr": round(alarms / max(normal, 1), 5),
    }  # fmt: skip


def measure(trial: Trial) -> dict[str, Any]:
    """Return how well the trial's messages are told, how fast, and per kind."""
    began = time.process_time()
    flagged = trial.judge_all()
    took = time.process_time() - began
    result: dict[str, Any] = summarise(trial.rows, flagged)
    result["messages_per_s"] = round(len(trial.rows) * (CUTS if trial.is_folded else 1) / max(took, 1e-6))
    result["folds"], result["cuts"] = (FOLDS, CUTS) if trial.is_folded else (0, 0)
    kinds = sorted({(not row.is_advert, row.kind) for row in trial.rows if row.kind})
    result["kinds"] = {
        kind: {("false_alarms" if is_normal else "recall"): _share(trial, flagged, is_normal=is_normal, kind=kind)}
        for is_normal, kind in kinds
    }
    return result


def _share(trial: Trial, flagged: Sequence[float], *, is_normal: bool, kind: str) -> float:
    numbers = trial.numbers(is_advert=not is_normal, kind=kind)
    return round(sum(flagged[number] for number in numbers) / max(len(numbers), 1), 5)


def measure_evasions(trial: Trial, progress: Progress) -> dict[str, float]:
    """Return the recall of the advertisements disguised in each of the ways, as a share of the clean recall."""
    adverts = trial.numbers(is_advert=True)
    clean = max(trial.share(adverts), 1e-6)
    found = {}
    for name in (*EVASIONS, *MIXTURES):
        chance = random.Random(f"evade {name}")  # noqa: S311 - what is disguised where is no secret
        found[name] = round(trial.share(adverts, lambda text: evade(text, [name], _SHARE, chance)) / clean, 4)  # noqa: B023
        progress(f"{EVASIONS[name].title if name in EVASIONS else name}\t{found[name]:.1%}")
    return found


def measure_honest(trial: Trial) -> dict[str, float]:
    """Return the false alarms on normal messages written in traditional characters, full width, or with emoji."""
    normal = trial.numbers(is_advert=False)
    chance = random.Random("honest")  # noqa: S311 - as above
    found = {
        title: trial.share(normal, lambda text: evade(text, [name], 1.0, chance))  # noqa: B023
        for title, name in _HONEST.items()
    }
    found["表情"] = trial.share(normal, lambda text: f"😂{text}{chance.choice('👍🎉😭🙏❤')}😄")
    return {title: round(share, 5) for title, share in found.items()}


def measure_learning(trial: Trial, recipe: Recipe) -> dict[str, dict[str, float]]:
    """Return what marks by admins teach of each kind of advertisement that the file's other messages do not have.

    Args:
        trial: labelled messages.
        recipe: how the filter is made that the marks continue: `UNSEEN`, or `SHIPPED` for what rooms start with.
    """
    if not trial.lesson:
        return {}
    kinds = sorted({row.kind for row in trial.rows if row.is_advert and row.kind})
    held = {kind: trial.numbers(is_advert=True, kind=kind) for kind in kinds}
    learnt = [kind for kind in kinds if len(held[kind]) >= _FEWEST_OF_KIND]
    return {kind: _learn_kind(trial, trial.lesson, held[kind], recipe) for kind in learnt}


def _learn_kind(trial: Trial, lesson: Lesson, held: list[int], recipe: Recipe) -> dict[str, float]:
    halves = [_learn_half(trial, lesson, held, half, recipe) for half in range(2)]
    names = ("recall_before", "false_alarms_before", "recall_after", "false_alarms_after")
    return {name: round(float(share), 5) for name, share in zip(names, np.mean(halves, axis=0), strict=True)}


def _learn_half(trial: Trial, lesson: Lesson, held: list[int], half: int, recipe: Recipe) -> NDArray[np.float64]:
    """Return the four shares for normal messages of one half, by what was learned from the other."""
    is_held = np.zeros(len(trial.rows), bool)
    is_held[held] = True
    seen: NDArray[np.bool_] = ~is_held & (lesson.folds % 2 != half)
    normal = [number for number in trial.numbers(is_advert=False) if not seen[number]]
    before = train(lesson.of(seen), recipe).at(trial.false_alarms)
    background = gather(lesson.of(seen), recipe)
    at, chance = datetime(2026, 1, 1, tzinfo=UTC), random.Random(f"marks {half}")  # noqa: S311 - as above
    draws = []
    for _ in range(_DRAWS):
        shuffled = chance.sample(held, len(held))
        marks = [Mark(trial.rows[number].text, is_advert=True, at=at) for number in shuffled[:MARKED]]
        after = continue_filter(before, marks, background)
        asked = (shuffled[MARKED:], normal)
        draws.append([_share_flagged(trial, judge, numbers) for judge in (before, after) for numbers in asked])
    shares: NDArray[np.float64] = np.mean(draws, axis=0)
    return shares


def _share_flagged(trial: Trial, judge: AdvertFilter, numbers: Sequence[int]) -> float:
    flagged = sum(judge.score(reveal(trial.rows[number].text)).is_advert for number in numbers)
    return flagged / max(len(numbers), 1)


def measure_reposts(trial: Trial) -> dict[str, float]:
    """Return how many disguised re-posts of one marked advertisement are known again, and the false alarms."""
    chance = random.Random("reposts")  # noqa: S311 - as above
    adverts = trial.numbers(is_advert=True)
    chosen = chance.sample(adverts, min(_REPOSTED, len(adverts)))
    normal = [reveal(trial.rows[number].text) for number in trial.numbers(is_advert=False)]
    everybody, caught, posted = KnownAdverts(), 0, 0
    for number in chosen:
        text, known = trial.rows[number].text, KnownAdverts()
        everybody.add(str(number), reveal(text))
        if not known.add("one", reveal(text)):
            continue  # too short to be known again
        variants = [evade(text, [name], _SHARE, chance) for name in MIXTURES]
        caught += sum(known.find(reveal(variant)) is not None for variant in variants)
        posted += len(variants)
    alarms = sum(everybody.find(one) is not None for one in normal)
    return {
        "caught": round(caught / max(posted, 1), 4), "false_alarms": round(alarms / max(len(normal), 1), 5),
        "known": len(everybody),
    }  # fmt: skip
