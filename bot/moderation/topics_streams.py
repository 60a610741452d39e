"""How well drifting talk is told: streams of known subject are made of single messages, and judged."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from bot.moderation.topics import DRIFTED, USUAL, WINDOW, Conversation, Heard, fit_theme, learn_prior, score_windows
from bot.moderation.topics_subjects import Subjects

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDS = 5
WINDOWS = (10, 16, WINDOW)
_DRAWN = 10_000  # windows of each kind
_SPAN = (5, 30)  # messages on one side before talk turns to the other
_MESSAGES = 10_000  # of a stream
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_PEOPLE = 12


@dataclass(frozen=True, slots=True)
class Labelled:
    """Messages of known subject.

    Attributes:
        vectors: one row a message.
        is_on_topic: whether it is about the theme.
        theme: vectors of the theme's lines.
        subjects: embedded by the same encoder; its prior is not used.
    """

    vectors: NDArray[np.float32]
    is_on_topic: NDArray[np.bool_]
    theme: NDArray[np.float32]
    subjects: Subjects


def judge_folds(labelled: Labelled, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return each message's odds by a theme that was learned without its fold, and its fold."""
    order = np.random.default_rng(seed).permutation(len(labelled.vectors))
    fold = np.empty(len(order), np.int64)
    fold[order] = np.arange(len(order)) % FOLDS
    odds = np.empty(len(order))
    for number in range(FOLDS):
        rest = fold != number
        prior = learn_prior(labelled.vectors[rest], labelled.is_on_topic[rest], labelled.subjects)
        theme = fit_theme(labelled.theme, Subjects.of(labelled.subjects.vectors, prior))
        odds[~rest] = theme.judge(labelled.vectors[~rest])
    return odds, fold


def measure_drift(labelled: Labelled, *, is_shipped: bool = False) -> dict[str, float]:
    """Return how much of drifting talk is found, five-fold; thresholds are chosen on the other folds.

    Args:
        labelled: at least some hundred messages of both kinds.
        is_shipped: judge by the subjects' own prior, as the bot does, instead of one learned from the other folds.
    """
    odds, fold = judge_folds(labelled)
    if is_shipped:
        odds = np.array(fit_theme(labelled.theme, labelled.subjects).judge(labelled.vectors))
    found = {"auc": _auc(odds, labelled.is_on_topic)}
    for length in WINDOWS:
        recall, alarms = zip(*_try_windows(odds, labelled.is_on_topic, fold, length), strict=True)
        found |= {f"found_{length}": float(np.mean(recall)), f"false_{length}": float(np.mean(alarms))}
    return {name: round(value, 4) for name, value in {**found, **_try_streams(odds, labelled.is_on_topic)}.items()}


def _try_windows(
    odds: NDArray[np.float64], is_on_topic: NDArray[np.bool_], fold: NDArray[np.int64], length: int
) -> Iterator[tuple[float, float]]:
    """Yield for each fold the share of drifted windows found and of usual ones that are false alarms."""
    for number in range(FOLDS):
        chance = np.random.default_rng(number)
        inside, outside = fold == number, fold != number
        others = _draw(odds[outside], is_on_topic[outside], length, USUAL, chance)
        threshold = np.quantile(others, 0.99)
        usual = _draw(odds[inside], is_on_topic[inside], length, USUAL, chance)
        drifted = _draw(odds[inside], is_on_topic[inside], length, DRIFTED, chance)
        yield float((drifted > threshold).mean()), float((usual > threshold).mean())


def _draw(
    odds: NDArray[np.float64], is_on_topic: NDArray[np.bool_], length: int, share: float, chance: np.random.Generator
) -> NDArray[np.float64]:
    """Return the scores of windows with exactly that share of other talk."""
    others = round(length * share)
    parts = ((odds[~is_on_topic], others), (odds[is_on_topic], length - others))
    return score_windows(np.concatenate([chance.choice(part, (_DRAWN, count)) for part, count in parts], axis=1))


def _try_streams(odds: NDArray[np.float64], is_on_topic: NDArray[np.bool_]) -> dict[str, float]:
    """Return false nudges in 1,000 messages, of talk that keeps to its theme and of talk that comes and goes."""
    on, off = list(odds[is_on_topic]), list(odds[~is_on_topic])
    steady = _run([(one, False) for one, _ in _stream(on, off, random.Random(1), has_drifts=False)])  # noqa: S311 - reproducible on purpose
    mixed = _run(list(_stream(on, off, random.Random(2), has_drifts=True)))  # noqa: S311 - as above
    return {"false_nudges_steady": steady[0], "false_nudges_mixed": mixed[0], "long_spans_nudged": mixed[1]}


def _stream(
    on: Sequence[float], off: Sequence[float], chance: random.Random, *, has_drifts: bool
) -> Iterator[tuple[float, bool]]:
    """Yield odds and whether the span is about something else; a fifth of every span is of the other kind."""
    is_away = False
    said = 0
    while said < _MESSAGES:
        length = chance.randint(*_SPAN)
        for _ in range(length):
            is_noise = chance.random() < USUAL
            yield chance.choice(off if is_away != is_noise else on), is_away
        said += length
        is_away = has_drifts and not is_away


def _run(stream: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Return false nudges in 1,000 messages, and the share of spans of 20 and more away messages that got a nudge.

    A nudge is false when less than half of the window was said in spans about something else.
    """
    talk, false, nudged, span, long_spans = Conversation(), 0, False, 0, [0, 0]
    for number, (odds, is_away) in enumerate(stream):
        span, was = (span + 1, span) if is_away else (0, span)
        if not is_away and was >= WINDOW:
            long_spans[0] += 1
            long_spans[1] += nudged
        nudged = nudged and is_away
        heard = Heard(str(number), str(number % _PEOPLE), _BEGIN + timedelta(seconds=40 * number), odds)
        drift = talk.hear(heard)
        if drift and drift.is_long:
            away = sum(one for _, one in stream[max(0, number - WINDOW + 1) : number + 1])
            false += away < WINDOW / 2
            nudged = True
            talk.forget()
    return false * 1000 / len(stream), long_spans[1] / max(long_spans[0], 1)


def _auc(odds: NDArray[np.float64], is_on_topic: NDArray[np.bool_]) -> float:
    rank = np.empty(len(odds))
    rank[np.argsort(odds, kind="stable")] = np.arange(len(odds))
    positives = int(is_on_topic.sum())
    return float((rank[is_on_topic].sum() - positives * (positives - 1) / 2) / (positives * (len(odds) - positives)))
