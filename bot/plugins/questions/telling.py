"""Tells those who wait that there is an answer, so that 来源 1 and 有用 mean it from then on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.plugin import Context, Database, Delivery, Outgoing, rooms_of
from bot.plugins.qa.api import Asker, BotAnswer, Kind, note_answer, note_citations
from bot.plugins.questions.model import OpenQuestion, Waiting

_TERM = timedelta(days=7)  # how long 来源 1 means the post


@dataclass(frozen=True, slots=True)
class News:
    """What is told.

    Attributes:
        question: what it answers.
        text: what is said.
        post_id: of the post that answers; empty when there is none.
        key: what makes it said once.
    """

    question: OpenQuestion
    text: str
    post_id: str
    key: str


def tell(db: Database, ctx: Context[Any], waiting: Sequence[Waiting], news: News) -> list[Outgoing]:
    """Promise everybody who waits a message, and remember what it was about.

    Args:
        db: the transaction.
        ctx: the call.
        waiting: who is told: in the room they asked in, ringing all who wait there, or in private.
        news: what.

    Returns:
        The promises.
    """
    promises = _make_promises(db, waiting, news)
    for promise in promises:
        ctx.enqueue(db, replace(promise, cause=ctx.cause))
    for one in waiting if news.post_id else ():
        _note_source(db, ctx, Asker(one.member_id, one.name, one.room_id), news)
    return promises


def _make_promises(db: Database, waiting: Sequence[Waiting], news: News) -> list[Outgoing]:
    here: dict[str, list[str]] = {}
    for one in waiting:
        is_present = bool(one.room_id) and any(room.id == one.room_id for room in rooms_of(db, one.member_id))
        here.setdefault(one.room_id if is_present else "", []).append(one.member_id)
    alone = here.pop("", [])
    promise = Outgoing(text=news.text, delivery=Delivery.AT_LEAST_ONCE, reason="提问有了答案")
    rooms = [
        replace(promise, room_id=room_id, mentions=tuple(ids), dedupe_key=f"{news.key}/{room_id}")
        for room_id, ids in here.items()
    ]
    return rooms + [replace(promise, member_id=one, dedupe_key=f"{news.key}/{one}") for one in alone]


def _note_source(db: Database, ctx: Context[Any], asker: Asker, news: News) -> None:
    given = BotAnswer(
        id="",
        member_id=asker.member_id,
        question=news.question.text,
        understood="",
        kind=Kind.ANSWER,
        posts=(news.post_id,),
        listed=1,
        focus=news.post_id,
        answered_at=ctx.now,
    )
    note_answer(db, asker, ctx.cause, given, _TERM)
    note_citations(db, asker, [news.post_id], ctx.now, _TERM)
