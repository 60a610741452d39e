"""Builds the background of normal talk: `python -m bot.moderation.adverts_background_building DATA`.

DATA is what the filter was trained from, see `adverts_training`; it writes data/adverts_background.npz.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.moderation.adverts_background import Background, save
from bot.moderation.adverts_marks import MARKS
from bot.moderation.adverts_training import (
    DOUBTFUL,
    SHIPPED,
    Lesson,
    Recipe,
    learn_with_own,
    load,
    prepare_own,
)

_FOLDS: Final = 4
_BLUR: Final = 1.0
"""Noise over each dimension of meaning, in its standard deviations: with .5 or without any, marks teach the same."""


def gather(lesson: Lesson, recipe: Recipe) -> Background:
    """Return the normal messages of a lesson as a background.

    Args:
        lesson: labelled messages.
        recipe: how the filter is made that will be moved beside them.
    """
    lesson = lesson.without(recipe.ignored)
    odds = _odds_unseen(lesson, recipe)
    owners = lesson.table.owners
    order = np.lexsort((-odds, owners))
    strongest = order[np.unique(owners[order], return_index=True)[1]]
    kept = strongest[~lesson.labels[owners[strongest]]]
    return Background(_blur(lesson.table.dense[kept]), odds[kept])


def _odds_unseen(lesson: Lesson, recipe: Recipe) -> NDArray[np.float64]:
    """Return the log odds of each row by weights learned from the messages of other folds."""
    own = prepare_own(wide=recipe.wide).without(recipe.ignored)
    odds = np.zeros(len(lesson.table.owners))
    folds = lesson.folds // 5 % _FOLDS
    for fold in range(_FOLDS):
        is_held = folds == fold
        weights = learn_with_own(lesson.of(~is_held), own, recipe)
        odds[is_held[lesson.table.owners]] = weights.weigh(lesson.table.of(is_held))
    return odds


def _blur(dense: NDArray[np.float64]) -> NDArray[np.float64]:
    blurred = dense.copy()
    meaning = blurred[:, len(MARKS) :]
    meaning += np.random.default_rng(6).normal(size=meaning.shape) * _BLUR * meaning.std(0)
    return blurred


def main(arguments: Sequence[str]) -> None:
    """Read the messages that are named, and write the shipped background."""
    lesson = load(Path(arguments[0]))
    made = gather(lesson.of(~np.isin(lesson.folds, list(DOUBTFUL))), SHIPPED)
    target = Path(__file__).parent / "data" / "adverts_background.npz"
    save(made, target)
    sys.stdout.write(f"{target}: {target.stat().st_size} bytes, {len(made.odds)} messages\n")


if __name__ == "__main__":
    main(sys.argv[1:])
