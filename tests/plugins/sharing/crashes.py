"""A power cut between what a handler wrote and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bot.errors import StorageError
from bot.testing import SimulatedRoom


@contextmanager
def before_the_answer(room: SimulatedRoom) -> Iterator[None]:
    """Let everything a handler writes reach the disk, and nothing it says."""
    storage, submit = room.app.storage, room.app.storage.submit

    def die(community: str, fn: Any) -> Any:
        if getattr(fn, "__name__", "") == "write":
            raise StorageError("the disk was pulled")
        return submit(community, fn)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "submit", die)
        yield


@contextmanager
def at_write(room: SimulatedRoom, number: int) -> Iterator[None]:
    """Let so many writes reach the disk (the first puts the message on record), and nothing after them."""
    writer, submit = room.app.storage._writer, room.app.storage._writer.submit
    left = number

    def die(community: str, fn: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise StorageError("the disk was pulled")
        return submit(community, fn)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer, "submit", die)
        yield
