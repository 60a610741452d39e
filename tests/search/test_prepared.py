"""Vectors made at set-up are used as they are, and only for what they were made for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.search.hashing import HashingEncoder
from bot.search.prepared import PreparedEncoder, prepare

POSTS = [("asyncio 怎么限制并发？", "用 asyncio.Semaphore。"), ("空的", "")]


class Counting(HashingEncoder):
    """Counts what it has to encode."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str]] = []

    def encode_passages(self, passages):
        self.asked += passages
        return super().encode_passages(passages)


def test_prepared_passages_are_not_encoded_again_and_equal_fresh_ones(tmp_path: Path) -> None:
    assert prepare(HashingEncoder(), POSTS, tmp_path / "prepared.npz") == 2
    inner = Counting()
    encoder = PreparedEncoder(inner, tmp_path / "prepared.npz")
    pairs = [("asyncio 怎么限制并发？", "用 asyncio.Semaphore。"), ("新的", "没见过。")]
    vectors = encoder.encode_passages(pairs)
    assert inner.asked == [("新的", "没见过。")]
    assert np.array_equal(vectors, HashingEncoder().encode_passages(pairs))


def test_vectors_of_another_encoder_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(HashingEncoder(), POSTS, tmp_path / "prepared.npz")
    inner = Counting()
    monkeypatch.setattr(Counting, "fingerprint", "another", raising=False)
    PreparedEncoder(inner, tmp_path / "prepared.npz").encode_passages([POSTS[0]])
    assert inner.asked == [POSTS[0]]


@pytest.mark.parametrize("content", [None, b"", b"PK damaged"])
def test_a_missing_or_damaged_file_costs_only_time(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "prepared.npz"
    if content is not None:
        file.write_bytes(content)
    assert PreparedEncoder(HashingEncoder(), file).encode_passages([POSTS[0]]).shape[0] == 1
