"""How the files are dealt out to the processes of `pytest -n 3 --dist loadfile`: long ones first, encoder's together.

xdist begins with the files of most tests, so that those of one long test are left for the end, where one process works
and two wait. And what one file let the encoder encode is known to the next one in the same process (see `conftest`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parent.parent
ENCODER = "tests with the encoder"
_LONG = re.compile(r"pytest\.mark\.(?:slow|process)\b")


@cache
def _read(file: str) -> str:
    path = ROOT / file
    return path.read_text("utf-8") if path.is_file() else ""


def needs_encoder(file: str) -> bool:
    """Tell whether some test of a file needs the encoder.

    Args:
        file: relative to the repository.
    """
    return "pytest.mark.encoder" in _read(file)


def rank(file: str) -> int:
    """Return 0 for files with the encoder, 1 for those that have long tests, 2 for the others."""
    return 0 if needs_encoder(file) else 1 if _LONG.search(_read(file)) else 2


def put_in_order(files: Iterable[str]) -> list[str]:
    """Return files, each once, in the order in which they are dealt out."""
    return sorted(dict.fromkeys(files), key=rank)


def longest_first(items: list[pytest.Item]) -> None:
    """Put the tests in the order in which their files are dealt out; each file's own order stays."""
    order = {file: place for place, file in enumerate(put_in_order(_file_of(item.nodeid) for item in items))}
    items.sort(key=lambda item: order[_file_of(item.nodeid)])


class LongestFirst(LoadFileScheduling):
    """Deals files out in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        file = _file_of(nodeid)
        return ENCODER if needs_encoder(file) else file


def _file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]
