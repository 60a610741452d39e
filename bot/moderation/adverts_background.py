"""Normal talk as numbers, beside which a filter is moved: what admins mark must not raise what everybody says."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_FILE = Path(__file__).parent / "data" / "adverts_background.npz"
_ROOM: Final = 127.0  # steps of a signed byte
_AROUND: Final = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
"""Multiples of the wanted share of false alarms that the move is averaged over: one quantile hangs on few messages."""


@dataclass(frozen=True, eq=False)
class Background:
    """Normal messages, each by its window that looks most like an advertisement.

    Nobody reads a message back from it: there is no word in it, and noise as large as the messages' own differences
    lies over the meaning.

    Attributes:
        dense: signs of shape and the blurred meaning of the words, a row for each message.
        odds: log odds of each by weights that had not seen it.
    """

    dense: Floats
    odds: Floats

    @staticmethod
    def shipped() -> Background:
        """Return the one that comes with the project, read once."""
        return _load(_FILE)

    def rise(self, moves: Floats, false_alarms: float) -> float:
        """Return by how much the log odds rise above which a share of normal messages lies.

        Args:
            moves: by how much each message rises.
            false_alarms: that share, such as 0.004.
        """
        places = 1.0 - np.minimum(np.array(_AROUND) * false_alarms, 0.5)
        moved = np.quantile(self.odds + moves, places)
        return float(np.mean(moved - np.quantile(self.odds, places)))


@cache
def _load(path: Path) -> Background:
    with np.load(path, allow_pickle=False) as file:
        unit = file["unit"].astype(np.float64)
        return Background(file["dense"] * unit, file["odds"].astype(np.float64))


def save(made: Background, path: Path) -> None:
    """Write a background into a file, the same bytes every time."""
    unit = np.maximum(np.abs(made.dense).max(0), 1e-6) / _ROOM
    arrays = {
        "unit": unit.astype(np.float32), "dense": np.round(made.dense / unit).astype(np.int8),
        "odds": made.odds.astype(np.float16),
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
