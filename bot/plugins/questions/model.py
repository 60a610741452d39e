"""The values of questions that wait: who asks, what was answered, and how they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.plugin import Row, from_stamp


class State(StrEnum):
    """How a question stands."""

    OPEN = "open"
    ANSWERED = "answered"
    SOLVED = "solved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question on record.

    Attributes:
        number: as in Q17.
        room_id: where it was asked first; empty in a private chat.
        text: as the first of its askers put it.
        member_id, name: who that is.
        state: how it stands.
        asked_at: when, aware UTC.
        askers: how many wait for it.
        answers: how many answers there are.
    """

    number: int
    room_id: str
    text: str
    member_id: str
    name: str
    state: State
    asked_at: datetime
    askers: int
    answers: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who is to be told.

    Attributes:
        member_id: our member id.
        name: as the others saw it.
        room_id: where they asked; empty in a private chat.
    """

    member_id: str
    name: str
    room_id: str


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What somebody answered to a question.

    Attributes:
        name: who answered, as the others saw it.
        text: the answer.
        answered_at: when, aware UTC.
    """

    name: str
    text: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class QuestionNumber:
    """What a member types for a question: `Q17`."""

    label = "编号"

    value: int


_LEADING = re.compile(r"\s*[qQ]\s?(\d{1,9})(?!\d)[\s:：,，、.。]*")
_PLAIN_ANSWER = re.compile(r"回?答[\s:：,，]+(?=\S)")
_NUMBER = re.compile(r"[qQ]\s?(\d{1,9})")


def read_question_number(text: str) -> QuestionNumber | None:
    """Read `Q17`; None when it is none."""
    found = _NUMBER.fullmatch(text.strip(" 「」（）()：:，,。"))
    return QuestionNumber(int(found[1])) if found else None


def find_question_number(text: str) -> QuestionNumber | None:
    """Return the first `Q17` in what the bot said; None when there is none."""
    found = re.search(r"(?<![A-Za-z0-9])[Qq](\d{1,9})(?!\d)", text)
    return QuestionNumber(int(found[1])) if found else None


def split_number(text: str) -> tuple[QuestionNumber | None, str]:
    """Take the number off an answer as people write it: `Q17 …`, `q17：…`, `Q17用…`."""
    found = _LEADING.match(text)
    return (QuestionNumber(int(found[1])), text[found.end() :]) if found else (None, text)


def read_answer(text: str) -> tuple[QuestionNumber, str] | None:
    """Read 「答Q17：…」 with whatever stands between word, number and answer; None for other chat."""
    if not text.startswith(("答", "回答")):
        return None
    number, answer = split_number(text.removeprefix("回").removeprefix("答").lstrip(" \t:：,，"))
    return (number, answer) if number else None


def read_plain_answer(text: str) -> str:
    """Return what stands behind 「答」 when it quotes a question; empty for other chat."""
    found = _PLAIN_ANSWER.match(text)
    return text[found.end() :] if found else ""


def question_from_row(row: Row) -> OpenQuestion:
    """Return a row of `questions` with its first asker as a value."""
    return OpenQuestion(
        row["number"],
        row["room_id"],
        row["text"],
        row["member_id"],
        row["name"],
        State(row["state"]),
        read_time(row["asked_at"]),
        row["askers"],
        row["answers"],
    )


def read_time(stamp: str) -> datetime:
    """Return a stored time that is never missing."""
    at = from_stamp(stamp)
    assert at is not None, "the column is not null"
    return at
