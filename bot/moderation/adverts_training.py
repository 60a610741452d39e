"""Trains the filter that is shipped: `python -m bot.moderation.adverts_training DATA` writes data/adverts.npz.

DATA is JSONL with `text` and `label` (`ad` or `ok`). The shipped file was made of our own texts and of development data
from siuank/ADDetector4J (MIT), tensorlayer/text-antispam, lonnyzhang423/v2ex-hot-hub (MIT),
Samurais/egret-wenda-corpus (Apache-2.0) and the NUS SMS corpus; their messages are not part of the project.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts import FALSE_ALARMS, AdvertFilter, save, weigh_words
from bot.moderation.adverts_features import MARKS, read
from bot.moderation.adverts_glancing import fit_glance
from bot.moderation.adverts_learning import PLACES, Labels, Table, Weights, learn, minimise, tabulate
from bot.moderation.adverts_texts import write_texts
from bot.moderation.revealing import reveal

Floats = NDArray[np.float64]
_VARIANTS: Final = 4  # of each of our own patterns
_OF_WIDE: Final = 2  # the same where there are four times as many patterns
_GLANCED: Final = 10  # the same for the glance, which knows nothing but what it has seen; of wide texts one each
DOUBTFUL: Final = frozenset({3094560682, 790441251, 1002624898, 3750176911})
"""Checksums of development messages labelled normal that would be advertisements in a group: four forum posts that
sell accounts, numbers and red-packet covers or ask to add a WeChat id. The shipped one is not told they are normal."""


@dataclass(frozen=True)
class Recipe:
    """How a filter is made.

    Attributes:
        advert_share: how much one of our own advertisements counts beside a real one.
        talk_share: how much one of our own normal messages counts beside a real advertisement.
        normal_share: how much a real normal message counts beside a real advertisement: the threshold lies where few
            normal messages are, and what is learned of those few should count.
        ignored: signs of shape that are not looked at.
        wide: also learn from own texts of the kinds of message that the development data lack.
    """

    advert_share: float
    talk_share: float
    normal_share: float
    ignored: tuple[str, ...] = ()
    wide: bool = False


LIGHTLY: Final = Recipe(0.01, 0.3, 3.0)
"""Where there are real messages of the kinds that will come: the shares that were best in five folds, split in four
ways; of 1, 2, 3, 4 and 8 for normal messages the middle ones were alike."""
SHIPPED: Final = Recipe(0.6, 0.6, 3.0, ignored=("spaced", "unspaced", "careful", "stops"), wide=True)
"""For the filter that is shipped: rooms meet kinds that the development data lack. How people put spaces and full stops
tells the forum of that data from its chats, and would tell nothing of a room. Measured on 320 advertisements of 32
kinds and 700 hard normal messages, written apart from what is learned from: at the same 7 false alarms 80 % were found
with the wide texts, 42 % without. The shares: on 400 more
and 700 mostly hard normal ones, of eleven recipes those with 2 to 8 for normal messages were alike and found two or
three in a hundred more than with 1."""
_INNER_FOLDS: Final = 4
_SPLITS: Final = 2
"""Ways of cutting the messages into inner folds: the threshold hangs on a handful of messages, the mean of two less.
With one, .38 % of normal messages were flagged where .5 % was asked; with two .32 %, and as many advertisements."""
_SHARES: Final = (0.5, 0.2, 0.1, 0.05, 0.03, 0.02, 0.015, 0.01, 0.008, 0.007, 0.006, 0.005, 0.004, 0.003, 0.002, 0.001)


@dataclass(frozen=True)
class Lesson:
    """Messages to learn from.

    Attributes:
        table: their rows.
        labels: for each message whether it is an advertisement.
        folds: for each message a number that depends on its text alone.
    """

    table: Table
    labels: Labels
    folds: NDArray[np.int64]

    def of(self, wanted: Labels) -> Lesson:
        """Return some of the messages, numbered anew."""
        rows = self.table.of(wanted)
        numbers = np.cumsum(wanted) - 1
        table = Table(rows.starts, rows.sizes, rows.places, rows.dense, numbers[rows.owners])
        return Lesson(table, self.labels[wanted], self.folds[wanted])

    def without(self, marks: Sequence[str]) -> Lesson:
        """Return the messages without some signs of shape."""
        dense = self.table.dense.copy()
        dense[:, [MARKS.index(mark) for mark in marks]] = 0.0
        return replace(self, table=replace(self.table, dense=dense))


def prepare(texts: Sequence[str], labels: Sequence[bool]) -> Lesson:
    """Take messages to pieces."""
    table = tabulate([read(reveal(text)) for text in texts])
    folds = np.array([zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in texts])
    return Lesson(table, np.array(labels, bool), folds)


@cache
def prepare_own(*, wide: bool = False) -> Lesson:
    """Take our own texts to pieces."""
    written = write_texts(_OF_WIDE if wide else _VARIANTS, wide=wide)
    return prepare([one.text for one in written], [one.is_advert for one in written])


def learn_with_own(lesson: Lesson, own: Lesson, recipe: Recipe) -> Weights:
    """Learn from messages and from our own texts."""
    labels = np.concatenate([lesson.labels, own.labels])
    real = np.where(lesson.labels, 1.0, recipe.normal_share)
    written = np.where(own.labels, recipe.advert_share, recipe.talk_share)
    return learn(lesson.table.add(own.table), labels, np.concatenate([real, written]))


def train(lesson: Lesson, recipe: Recipe = SHIPPED, odds: Sequence[Floats] | None = None) -> AdvertFilter:
    """Make a filter; its threshold is chosen on messages that the weights it is chosen with have not seen.

    Args:
        lesson: labelled messages.
        recipe: how.
        odds: log odds of each message by weights that have not seen it, in one or several ways; found here by default.
    """
    lesson, own = lesson.without(recipe.ignored), prepare_own(wide=recipe.wide).without(recipe.ignored)
    if odds is None:
        odds = [_odds_unseen(lesson, own, recipe, split) for split in range(_SPLITS)]
    normal = [np.sort(some[~lesson.labels]) for some in odds]
    shares = [share for share in _SHARES if share * len(normal[0]) >= 1.0]
    tail = np.array([(share, np.mean([_above(some, share) for some in normal])) for share in shares])
    slope, shift = _calibrate(np.concatenate(odds), np.tile(lesson.labels, len(odds)))
    weights = learn_with_own(lesson, own, recipe)
    unit = float(np.abs(weights.pieces).max()) / 127.0
    return AdvertFilter(
        pieces=np.round(weights.pieces / unit).astype(np.int8), unit=unit, meanings=weigh_words(weights.dense),
        dense=weights.dense, bias=weights.bias, tail=tail, slope=slope, shift=shift, common=_count_common(lesson, own),
    )  # fmt: skip


def _odds_unseen(lesson: Lesson, own: Lesson, recipe: Recipe, split: int) -> Floats:
    """Return the log odds of each message by weights learned from the others, cut into folds in one of several ways."""
    odds = np.zeros(len(lesson.labels))
    inner = lesson.folds // (5 * _INNER_FOLDS**split) % _INNER_FOLDS
    for fold in range(_INNER_FOLDS):
        is_held = inner == fold
        weights = learn_with_own(lesson.of(~is_held), own, recipe)
        odds[is_held] = weights.weigh_messages(lesson.table.of(is_held), len(odds))[is_held]
    return odds


def _above(ordered: Floats, share: float) -> float:
    """Return the value that a share of the values is above of, between two of them."""
    place = (1.0 - share) * len(ordered) - 0.5
    return float(np.interp(place, np.arange(len(ordered)), ordered))


def _calibrate(odds: Floats, labels: Labels) -> tuple[float, float]:
    """Return slope and shift that make log odds true (Platt, 1999)."""
    wanted = np.where(labels, 1.0, -1.0)

    def loss(point: Floats) -> tuple[float, Floats]:
        margins = wanted * (point[0] * odds + point[1])
        pull = -wanted * np.exp(-np.logaddexp(0.0, margins))
        return float(np.logaddexp(0.0, -margins).sum()), np.array([pull @ odds, pull.sum()])

    slope, shift = minimise(loss, np.array([1.0, 0.0]))
    return float(slope), float(shift)


def _count_common(lesson: Lesson, own: Lesson) -> NDArray[np.uint8]:
    """Return how often each piece occurs in normal messages, ours among them: twice the base-two logarithm."""
    counts = np.zeros(PLACES)
    for part in (lesson, own):
        rows = part.table.of(~part.labels)
        counts += np.bincount(rows.places, minlength=PLACES)
    return np.round(2.0 * np.log2(counts + 1.0)).astype(np.uint8)


def read_labelled(path: Path) -> tuple[list[str], list[bool]]:
    """Return the messages of a file, and for each whether it is an advertisement."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [row["text"] for row in rows], [row["label"] == "ad" for row in rows]


def load(path: Path) -> Lesson:
    """Read labelled messages."""
    return prepare(*read_labelled(path))


def add_glance(made: AdvertFilter, texts: Sequence[str], labels: Sequence[bool]) -> AdvertFilter:
    """Return a filter that glances at a message before it looks.

    Args:
        made: the filter.
        texts: the messages that it was made of; our own are added.
        labels: for each whether it is an advertisement.
    """
    written = {one.text: one.is_advert for one in (*write_texts(_GLANCED), *write_texts(1, wide=True))}
    glance = fit_glance(made, [*texts, *written], [*labels, *written.values()])
    return replace(made, glance=glance, glanced=made.pieces)


def main(arguments: Sequence[str]) -> None:
    """Train from the file that is named, and write the shipped filter."""
    texts, labels = read_labelled(Path(arguments[0]))
    lesson = prepare(texts, labels)
    made = train(lesson.of(~np.isin(lesson.folds, list(DOUBTFUL))))
    made = add_glance(made, texts, labels)
    target = Path(__file__).parent / "data" / "adverts.npz"
    save(made, target)
    sys.stdout.write(f"{target}: {target.stat().st_size} bytes, score at {FALSE_ALARMS:.1%} ")
    sys.stdout.write(f"{made.threshold_at(FALSE_ALARMS):.3f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
