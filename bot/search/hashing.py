"""An encoder for tests of other parts: instant, deterministic, knows letters and no meaning."""

from __future__ import annotations

import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bot.search.encoder import HASHING, Profile, mix_passages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class HashingEncoder:
    """Counts hashed characters and character pairs; similar spelling gives similar vectors."""

    profile: Profile = HASHING
    fingerprint: str = "hashing-256-1"
    dimension: int = 256

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return [n, 256] vectors of length 1."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            folded = text.casefold()
            for gram in (*folded, *map("".join, pairwise(folded))):
                row[zlib.crc32(gram.encode()) % self.dimension] += 1
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return vectors

    def encode_passages(self, passages: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return [n, 256] vectors for (title, text)."""
        return mix_passages(self.profile, self.encode_queries, passages)
