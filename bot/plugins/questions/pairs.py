"""Questions and answers among what was said in a room: decisions without any input or output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.plugin import MessageKind, StoredMessage, fold, has_topic, is_question, normalise, parse_quote

LEAST_SCORE = 0.6
"""From which score a pair is proposed: somebody quoted the question, or its asker said thanks."""

_BY_QUOTE, _BY_MENTION, _BY_PLACE = 0.6, 0.5, 0.3
_THANKED, _DETAILED = 0.3, 0.1
_LEAST_QUESTION, _LEAST_ANSWER, _LONG_ANSWER = 5, 12, 40  # letters, digits and ideographs
_THANKS_WITHIN = timedelta(minutes=60)
_LONGEST = 2_000  # characters of a message that are looked at
_MOST_BETWEEN = 40  # messages after a question among which its answer is looked for
_THANKS = re.compile(
    r"(?:谢谢|多谢|感谢|谢了|thx|thanks?|3q)|(?:搞定|解决|可以|好|成|行|通|跑起来|跑通|弄好)了|有用|果然|学到了|牛"
)
_NOT_SOLVED = re.compile(r"不行|没用|还是|不可以|没解决|没搞定|不好使|报错")


@dataclass(frozen=True, slots=True)
class Said:
    """One thing somebody said in a room.

    Attributes:
        id: of the message.
        member_id, name: who said it.
        at: when, aware UTC.
        text: what, without the quoted part.
        quoted: the quoted text; empty when nothing is quoted.
        is_free: chat that the bot left alone.
    """

    id: str
    member_id: str
    name: str
    at: datetime
    text: str
    quoted: str
    is_free: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and what probably answers it.

    Attributes:
        question: the message that asks.
        answer: the message that answers.
        score: how sure, 0…1.
    """

    question: Said
    answer: Said
    score: float


def read_said(messages: Sequence[StoredMessage]) -> list[Said]:
    """Return the texts among messages, in their order."""
    return [_said_of(message) for message in messages if message.kind is MessageKind.TEXT]


def _said_of(message: StoredMessage) -> Said:
    quote, said = (message.quote, message.text) if message.quote else parse_quote(message.text)
    is_free = message.decision.get("stage") in {"chat", "listener"}
    return Said(
        message.id,
        message.member_id,
        message.name,
        message.at,
        normalise(said[:_LONGEST]),
        normalise(quote.text[:_LONGEST]) if quote else "",
        is_free,
    )


def find_pairs(said: Sequence[Said], within: timedelta) -> list[Pair]:
    """Return the questions that the bot left alone, each with the best answer of another member.

    Args:
        said: in order.
        within: how long after a question an answer may come.
    """
    found = (_best_answer(said, at, within) for at, one in enumerate(said) if _asks(one))
    by_answer: dict[str, Pair] = {}
    for pair in found:
        if pair is not None and (pair.answer.id not in by_answer or by_answer[pair.answer.id].score < pair.score):
            by_answer[pair.answer.id] = pair
    return list(by_answer.values())


def _asks(one: Said) -> bool:
    return one.is_free and _weight(one.text) >= _LEAST_QUESTION and is_question(one.text) and has_topic(one.text)


def _best_answer(said: Sequence[Said], at: int, within: timedelta) -> Pair | None:
    question = said[at]
    rated = [(score, reply) for score, reply in _replies(said, at, within) if score > 0]
    if not rated:
        return None
    score, reply = max(rated, key=lambda pair: (pair[0], -said.index(pair[1])))
    return Pair(question, reply, round(min(score, 1.0), 2))


def _replies(said: Sequence[Said], at: int, within: timedelta) -> Iterator[tuple[float, Said]]:
    """Yield what others said after a question with how likely it answers."""
    question, is_next = said[at], True
    for place in range(at + 1, min(at + 1 + _MOST_BETWEEN, len(said))):
        reply = said[place]
        if reply.at - question.at > within:
            return
        if reply.member_id == question.member_id:
            continue
        if _asks(reply):
            is_next = False  # what follows may answer the other question
            continue
        if not reply.is_free or _weight(reply.text) < _LEAST_ANSWER or is_question(reply.text):
            continue
        score = _tie(question, reply, is_next=is_next)
        is_next = False
        if score:
            score += _DETAILED if _weight(reply.text) >= _LONG_ANSWER else 0.0
            yield score + (_THANKED if _is_thanked(said, place, question) else 0.0), reply


def _tie(question: Said, reply: Said, *, is_next: bool) -> float:
    """Return how surely a reply is to that question, by what ties it there."""
    if reply.quoted:
        wanted = "".join(reply.quoted.split()).rstrip(".…")
        return _BY_QUOTE if wanted and "".join(question.text.split()).startswith(wanted) else 0.0
    if f"@{question.name}" in reply.text:
        return _BY_MENTION
    return _BY_PLACE if is_next and "@" not in reply.text else 0.0


def _is_thanked(said: Sequence[Said], place: int, question: Said) -> bool:
    """Return whether the asker was content after a reply, before they went on to something else."""
    for later in said[place + 1 : place + 1 + _MOST_BETWEEN]:
        if later.at - said[place].at > _THANKS_WITHIN:
            return False
        if later.member_id == question.member_id:
            text = fold(later.text)
            if _NOT_SOLVED.search(text):
                return False
            if _THANKS.search(text):
                return True
    return False


def _weight(text: str) -> int:
    return sum(character.isalnum() for character in text)
