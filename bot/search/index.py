"""The vectors in memory: a cache of the rows in the database, rebuilt at every start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

# Beyond this an exact search takes over 15 ms; fp16 finds the same in half the memory (RESEARCH.md, section 1).
COMPRESS_BEYOND = 200_000
_PART = 10_000  # vectors compressed at a time


class VectorIndex:
    """Inner-product search over vectors with ids; exact while small, in fp16 when large.

    Args:
        dimension: length of a vector.
        compress_beyond: number of vectors from which fp16 is used.
    """

    def __init__(self, dimension: int, compress_beyond: int = COMPRESS_BEYOND) -> None:
        import faiss

        self._faiss, self._dimension, self._compress_beyond = faiss, dimension, compress_beyond
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self.is_compressed = False

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32]) -> None:
        """Add vectors [n, dimension] under ids that are not in the index."""
        self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.array(ids, np.int64))
        if len(self) > self._compress_beyond:
            self.compress()

    def remove(self, ids: Iterable[int]) -> None:
        """Drop vectors; unknown ids are fine."""
        gone = np.fromiter(ids, np.int64)
        if len(gone) and len(self):
            self._index.remove_ids(gone)

    def search(
        self, vector: NDArray[np.float32], limit: int, among: NDArray[np.int64] | None = None
    ) -> dict[int, float]:
        """Return id → inner product of the nearest ones.

        Args:
            vector: of the question.
            limit: how many at most.
            among: only these ids; None for all.
        """
        if not len(self):
            return {}
        faiss = self._faiss
        selected = None if among is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(among))
        scores, ids = self._index.search(vector.reshape(1, -1), min(limit, len(self)), params=selected)
        return {int(number): float(score) for number, score in zip(ids[0], scores[0], strict=True) if number >= 0}

    def compress(self) -> None:
        """Go over to fp16, whatever the size; a part at a time, so that memory holds no third copy."""
        if self.is_compressed:
            return
        faiss = self._faiss
        ids = faiss.vector_to_array(self._index.id_map)
        half = faiss.IndexIDMap2(
            faiss.IndexScalarQuantizer(self._dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        )
        for start in range(0, len(ids), _PART):
            part = ids[start : start + _PART]
            half.add_with_ids(self._index.index.reconstruct_n(start, len(part)), part)
        self._index = half
        self.is_compressed = True


class CommunityIndex:
    """One `VectorIndex` for each scope of a community, so that a search touches only what may be seen.

    Args:
        dimension: length of a vector.
        compress_beyond: number of vectors, of all scopes together, from which fp16 is used.
    """

    def __init__(self, dimension: int, compress_beyond: int = COMPRESS_BEYOND) -> None:
        self._dimension, self._compress_beyond = dimension, compress_beyond
        self._parts: dict[str, VectorIndex] = {}
        self.is_compressed = False

    def __len__(self) -> int:
        return sum(map(len, self._parts.values()))

    @property
    def scopes(self) -> list[str]:
        """The scopes that have vectors."""
        return list(self._parts)

    def add(self, items: Sequence[tuple[int, str, NDArray[np.float32]]]) -> None:
        """Add (id, scope, vector)."""
        by_scope: dict[str, list[tuple[int, NDArray[np.float32]]]] = {}
        for number, scope, vector in items:
            by_scope.setdefault(scope, []).append((number, vector))
        for scope, pairs in by_scope.items():
            part = self._parts.setdefault(scope, VectorIndex(self._dimension, self._compress_beyond))
            part.add([number for number, _ in pairs], np.stack([vector for _, vector in pairs]))
        self.is_compressed = self.is_compressed or len(self) > self._compress_beyond
        if self.is_compressed:
            for part in self._parts.values():
                part.compress()

    def remove(self, ids: Sequence[int]) -> None:
        """Drop vectors of any scope."""
        for part in self._parts.values():
            part.remove(ids)

    def search(
        self, vector: NDArray[np.float32], scopes: Iterable[str], limit: int, among: Sequence[int] | None = None
    ) -> dict[int, float]:
        """Return id → inner product of the nearest ones in these scopes, at most `limit`.

        Args:
            vector: of the question.
            scopes: what may be seen.
            limit: how many at most.
            among: only these ids; None for all.
        """
        ids = None if among is None else np.array(among, np.int64)
        found: dict[int, float] = {}
        for scope in scopes:
            found |= self._parts[scope].search(vector, limit, ids)
        return dict(sorted(found.items(), key=lambda item: -item[1])[:limit])
