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
