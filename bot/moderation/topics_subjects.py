"""Sentences of many subjects that people talk about in groups, with their vectors: what themes are told apart by.

The sentences are our own. The prior was learned from 1,400 posts of V2EX as kept in lonnyzhang423/v2ex-hot-hub (MIT);
`python -m bot eval offtopic FILE --save bot/moderation/data/topics.npz` makes the file anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SENTENCES = Path(__file__).parent / "data" / "topics.txt"
_VECTORS = Path(__file__).parent / "data" / "topics.npz"
_SECTION, _LINE = 0.3, 0.25  # cosines, around the centre, from which a subject or a sentence belongs to a theme
_CRAFT = 0.1  # by so much nearer to the craft's subjects than to the others a theme must be on average


@dataclass(frozen=True, slots=True, eq=False)
class Subjects:
    """Embedded sentences.

    Attributes:
        vectors: one row a sentence.
        sections: which subject each belongs to.
        is_craft: whether it is about programming, as a craft, a study or a job.
        centre: mean of all rows; what all sentences have in common says nothing about their subject.
        prior: weights and bias learned from programmers' forums; None for an encoder that they were not learned with.
    """

    vectors: NDArray[np.float32]
    sections: NDArray[np.int64]
    is_craft: NDArray[np.bool_]
    centre: NDArray[np.float32]
    prior: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, vectors: NDArray[np.float32], prior: NDArray[np.float64] | None = None) -> Subjects:
        """Return the subjects with the vectors of `sentences()`, in that order."""
        sections, is_craft = _sections()
        return cls(vectors, sections, is_craft, vectors.mean(axis=0), prior)

    @classmethod
    def shipped(cls, fingerprint: str) -> Subjects | None:
        """Return the subjects with the vectors that come with the project; None when another encoder made them."""
        with np.load(_VECTORS) as kept:
            if str(kept["fingerprint"]) != fingerprint:
                return None
            vectors = kept["vectors"].astype(np.float32) * kept["scale"]
            return cls.of(vectors, kept["prior"].astype(np.float64))

    def choose(self, theme: NDArray[np.float32]) -> tuple[NDArray[np.float64], bool]:
        """Return which sentences belong to a theme, 0 or 1 each, and whether it is a theme of the craft.

        Args:
            theme: at least one row.
        """
        own = _direct(theme - self.centre)
        names = np.unique(self.sections)
        middles = _direct(
            np.array([(self.vectors[self.sections == name] - self.centre).mean(axis=0) for name in names])
        )
        near = (middles @ own.T).max(axis=1)
        is_craft_section = np.array([self.is_craft[self.sections == name][0] for name in names])
        is_craft = float(near[is_craft_section].mean() - near[~is_craft_section].mean()) > _CRAFT
        belongs = np.isin(self.sections, names[near >= _SECTION])
        belongs |= (_direct(self.vectors - self.centre) @ own.T).max(axis=1) >= _LINE
        return (belongs | (self.is_craft & is_craft)).astype(float), is_craft


def save_subjects(path: Path, fingerprint: str, vectors: NDArray[np.float32], prior: NDArray[np.float64]) -> None:
    """Write what `Subjects.shipped` reads; the same input gives the same bytes."""
    scale = np.float32(np.abs(vectors).max() / 127)
    np.savez_compressed(
        path, fingerprint=np.array(fingerprint), vectors=np.round(vectors / scale).astype(np.int8), scale=scale,
        prior=prior.astype(np.float32),
    )  # fmt: skip


@cache
def sentences() -> Sequence[str]:
    """Return the sentences, in the order of the vectors."""
    return tuple(line for line in _lines() if not line.startswith("#"))


def _lines() -> list[str]:
    return [line for line in _SENTENCES.read_text("utf-8").splitlines() if line]


def _sections() -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the subject of each sentence and whether it is of the craft; headings of those begin with `##`."""
    numbers, crafts, number, is_craft = [], [], -1, False
    for line in _lines():
        if line.startswith("#"):
            number, is_craft = number + 1, line.startswith("##")
        else:
            numbers.append(number)
            crafts.append(is_craft)
    return np.array(numbers), np.array(crafts)


def _direct(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    directed: NDArray[np.float32] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return directed
