"""Any sentence-transformers model as an encoder; torch is loaded only here."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.search.e5_weights import EncoderError
from bot.search.encoder import BGE_ZH, E5_SMALL, MIXTURE, Profile, mix_passages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PROBE = "群知 qunzhi"  # what a model makes of it tells it from others
_BATCH = 16  # passages in one forward pass
_FAMILIES = (("e5", E5_SMALL), ("bge", BGE_ZH))


def choose_profile(name: str) -> Profile:
    """Return the profile of the model's family, read from its name or path; models unknown here get the neutral one."""
    folded = name.casefold()
    return next((profile for family, profile in _FAMILIES if family in folded), Profile())


class SentenceTransformersEncoder:
    """A model from the Hugging Face hub or a folder.

    Args:
        name: such as `BAAI/bge-base-zh-v1.5`, or a path.

    Raises:
        EncoderError: the package is not installed, or the model cannot be loaded.
    """

    def __init__(self, name: str) -> None:
        try:
            import sentence_transformers
        except ImportError as error:
            raise EncoderError("sentence-transformers is not installed: pip install sentence-transformers") from error
        try:
            self._model: Any = sentence_transformers.SentenceTransformer(name, device="cpu")
        except (OSError, ValueError) as error:
            raise EncoderError(f"model {name} cannot be loaded: {error}") from error
        self.profile = choose_profile(name)
        probe = self.encode_queries([_PROBE])[0]
        self.dimension = len(probe)
        # Rounded, so that another machine's arithmetic is the same model and other weights under one path are not.
        digest = zlib.crc32(np.rint(probe * 100).astype(np.int8).tobytes())
        self.fingerprint = f"sentence-transformers:{name}:{self.dimension}:{digest:08x}:{MIXTURE}"

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return [n, dimension] vectors of length 1 for questions."""
        return self._encode([self.profile.query_prefix + text for text in texts])

    def encode_passages(self, passages: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return [n, dimension] vectors for (title, text)."""
        return mix_passages(self.profile, self._encode, passages)

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found = self._model.encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(found, np.float32)
