"""A term as members read it: six sessions over four weeks, forty members, crashes, and a day without the bot."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.recorded_days import folded, masked, ordered, play, recorded

pytestmark = pytest.mark.slow


async def test_a_term_reads_as_recorded(tmp_path: Path) -> None:
    lines = await play("term", tmp_path, is_paced=False, owner="老王")
    assert ordered(folded(masked(lines))) == ordered(recorded("term"))
    assert most_seats(lines) == 30
    assert said_often(lines) == {}


def most_seats(lines: list[str]) -> int:
    """Return how many had a place in fastapi-101 at most, as members were told."""
    seats = most = 0
    for line in lines:
        seats += "《FastAPI 入门实战》周六 12-05 20:00，报名成功。" in line
        seats -= "已取消《FastAPI 入门实战》的报名。" in line
        most = max(most, seats)
    return most


def said_often(lines: list[str]) -> dict[str, int]:
    """Return announcements, reminders and news that somebody read more than once."""
    news = re.compile(r"小知.*(【课程】|提醒您：|【改期】|开课了：|谢谢您参加|课后的内容)")
    told = Counter(line[6:] + after for line, after in pairwise(lines) if news.search(line))
    return {text: count for text, count in told.items() if count > 1}
