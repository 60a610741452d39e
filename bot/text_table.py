"""Tables for spreadsheets: CSV that Excel and WPS open with its Chinese intact, and in which no cell can act."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

_ACTING: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "\x00")


def write_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield a table as CSV, a row at a time.

    A file of it begins with a byte order mark (`utf-8-sig`): without it Excel takes UTF-8 for GBK.

    Args:
        header: names of the columns.
        rows: cells as they are read.
    """
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\r\n")
    for row in chain([header], rows):
        writer.writerow([make_safe(cell) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def make_safe(cell: str) -> str:
    """Return a cell that a spreadsheet shows and never runs: what would begin a formula gets an apostrophe.

    Full-width signs count too, for Excel in Chinese takes them for formulas.
    """
    return f"'{cell}" if cell.startswith(_ACTING) else cell
