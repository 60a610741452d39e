"""Vectors made once at set-up for the posts that come with the project, so that a fresh bot has them at once."""

from __future__ import annotations

import hashlib
import logging
import os
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.search.passages import Passage, split_passages

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from bot.search.encoder import Encoder, Profile

log = logging.getLogger(__name__)

FILE_NAME = "prepared.npz"
_DIGEST_BYTES = 16
_UNIT = 8  # passages encoded at a time
_QUESTIONS = 32  # the last ones are remembered


class PreparedEncoder:
    """An encoder that remembers some passages and the last questions.

    Args:
        encoder: does the rest.
        file: written by `prepare`; without it, or when it was made by another encoder, nothing is remembered.
    """

    def __init__(self, encoder: Encoder, file: Path) -> None:
        self._encoder = encoder
        self._known = _read(file, encoder)
        self._encode_question = lru_cache(_QUESTIONS)(self._encode_one)

    @property
    def profile(self) -> Profile:
        """The encoder's profile."""
        return self._encoder.profile

    @property
    def fingerprint(self) -> str:
        """The encoder's fingerprint."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """The encoder's dimension."""
        return self._encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return [n, d] vectors of length 1 for questions."""
        if len(texts) == 1:  # what a member says is read for a wish, then searched for
            return self._encode_question(texts[0])[None].copy()
        return self._encoder.encode_queries(texts)

    def encode_passages(self, passages: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return [n, d] vectors for (title, text), remembered ones without work."""
        found = [self._known.get(_digest(*passage)) for passage in passages]
        missing = [passage for passage, vector in zip(passages, found, strict=True) if vector is None]
        fresh = iter(self._encoder.encode_passages(missing) if missing else ())
        rows = [next(fresh) if vector is None else vector for vector in found]
        return np.array(rows, np.float32).reshape(len(passages), self.dimension)

    def _encode_one(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._encoder.encode_queries([text])[0]
        return vector


def prepare(encoder: Encoder, posts: Iterable[tuple[str, str]], file: Path) -> int:
    """Encode the passages of posts and keep their vectors; return how many there are.

    Args:
        encoder: whose vectors.
        posts: (title, text) of each post, as it will be put into the search.
        file: where; it gets its name when it is complete.
    """
    pairs = [
        (passage.full_title(title), passage.text)
        for title, text in posts
        for passage in split_passages(text) or [Passage("", title)]
    ]
    units = [encoder.encode_passages(pairs[start : start + _UNIT]) for start in range(0, len(pairs), _UNIT)]
    digests = np.frombuffer(b"".join(_digest(*pair) for pair in pairs), np.uint8).reshape(-1, _DIGEST_BYTES)
    vectors = np.concatenate(units) if units else np.empty((0, encoder.dimension), np.float32)
    partial = file.with_name(f".{file.name}")
    with partial.open("wb") as out:
        np.savez(out, digests=digests, vectors=vectors, fingerprint=np.array(encoder.fingerprint))
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)
    return len(pairs)


def _read(file: Path, encoder: Encoder) -> dict[bytes, NDArray[np.float32]]:
    try:
        with np.load(file) as kept:
            if str(kept["fingerprint"]) != encoder.fingerprint:
                return {}
            digests, vectors = kept["digests"], kept["vectors"]
    except FileNotFoundError:
        return {}
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        log.warning("prepared vectors not usable, they are made again when needed: %s", error)
        return {}
    return {digest.tobytes(): vector for digest, vector in zip(digests, vectors, strict=True)}


def _digest(title: str, text: str) -> bytes:
    return hashlib.sha256(f"{title}\0{text}".encode()).digest()[:_DIGEST_BYTES]
