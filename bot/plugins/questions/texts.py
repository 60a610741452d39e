"""What members read about questions that wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.plugins.qa.api import short_date
from bot.plugins.questions.model import OpenQuestion


def open_text(questions: Sequence[OpenQuestion], total: int, now: datetime, zone: ZoneInfo) -> str:
    """Return the open questions of a room."""
    if not questions:
        return "这里没有等待回答的问题。"
    today = now.astimezone(zone).date()
    lines = [_open_line(question, today, zone) for question in questions]
    more = f"（最早的 {len(questions)} 个）" if total > len(questions) else ""
    return "\n".join([f"还没有答案的问题有 {total} 个{more}：", *lines])


def _open_line(question: OpenQuestion, today: date, zone: ZoneInfo) -> str:
    asked = short_date(question.asked_at.astimezone(zone).date().isoformat(), today)
    return f"Q{question.number} {shorten(question.text, 50)}（{question.name} {asked}）"


def shorten(text: str, most: int) -> str:
    """Return a text as one line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
