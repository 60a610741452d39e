"""The embedded encoder: multilingual-e5-small run by ONNX Runtime, without torch and without a network."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bot.search.embedded_build import FINGERPRINT, MODEL, NORMALISATION, TOKENIZER, build, default_cache
from bot.search.encoder import E5_SMALL, MIXTURE, Profile, mix_passages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["EmbeddedEncoder", "build", "default_cache", "open_tokenizer"]

# Titles whose vectors are remembered: the passages of a post have theirs in common, and arrive two at a time. In
# `knowledge/` 185 passages have 95 different ones, and each costs 9 ms beside the passage's 98.
_HEADS = 32


class EmbeddedEncoder:
    """multilingual-e5-small in int8 on one thread; 384 dimensions; reads up to 512 tokens of a text.

    Args:
        folder: what `build` returned: it has checked that the files are whole.
        threads: ONNX Runtime's threads inside one run.
    """

    profile: Profile = E5_SMALL
    fingerprint: str = f"{FINGERPRINT}-{MIXTURE}"
    dimension: int = 384

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        # The next level would fuse Add and LayerNormalization, which takes three times as long on a CPU.
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        self._session = onnxruntime.InferenceSession(folder / MODEL, options, providers=["CPUExecutionProvider"])
        self._tokenise = open_tokenizer(folder)
        self._encode_head = lru_cache(_HEADS)(self._encode_one)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return [n, 384] vectors of length 1 for questions."""
        return self._encode([self.profile.query_prefix + text for text in texts])

    def encode_passages(self, passages: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return [n, 384] vectors for (title, text): the profile's mixture of a question's and a passage's vector."""
        return mix_passages(self.profile, self._encode, passages, self._encode_heads)

    def _encode_heads(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self._encode_head(text) for text in texts])

    def _encode_one(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._encode([text])[0]
        return vector

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        result = np.empty((len(texts), self.dimension), np.float32)
        for row, ids in zip(result, self._tokenise(texts), strict=True):
            row[:] = self._session.run(None, {"input_ids": np.array([ids], np.int64)})[0][0]
        return result


def open_tokenizer(folder: Path) -> Callable[[Sequence[str]], list[list[int]]]:
    """Return what turns texts into token ids, at most 512 of each.

    Args:
        folder: what `build` returned.
    """
    from tokenizers import Tokenizer

    from bot.search.e5_tokens import Normaliser

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    table = json.loads((folder / NORMALISATION).read_text("utf-8"))
    normalise = Normaliser({int(code): text for code, text in table.items()})
    return lambda texts: [found.ids for found in tokenizer.encode_batch([normalise(text) for text in texts])]
