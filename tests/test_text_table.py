"""Tables for spreadsheets: every cell comes back, and none acts."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text_table import make_safe, write_table

SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "\x00"]


@pytest.mark.parametrize("sign", SIGNS)
def test_what_would_begin_a_formula_gets_an_apostrophe(sign: str) -> None:
    assert make_safe(f"{sign}1+1") == f"'{sign}1+1"
    assert make_safe(f"a{sign}1") == f"a{sign}1"


@given(st.lists(st.lists(st.text("=+-@\t\r\n＝\",;'a甲", max_size=4), min_size=2, max_size=2), max_size=4))
def test_every_cell_comes_back_and_none_acts(rows: list[list[str]]) -> None:
    pieces = list(write_table(["甲", "乙"], rows))
    header, *read = csv.reader(io.StringIO("".join(pieces), newline=""))
    assert (header, len(pieces)) == (["甲", "乙"], len(rows) + 1)
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [c.removeprefix("'") for c in r] for r in rows
    ]
    assert not any(cell.startswith(tuple(SIGNS)) for row in read for cell in row)
