"""Notices questions and answers in the chat, and proposes them to the owner; nothing of it is knowledge yet."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.plugin import (
    Choice,
    Context,
    Database,
    Reply,
    Room,
    StoredMessage,
    UserError,
    find_message,
    said_since,
)
from bot.plugins.questions import texts
from bot.plugins.questions.pairs import LEAST_SCORE, Pair, find_pairs, read_said
from bot.plugins.questions.pairs_store import (
    NoticedPair,
    note_pairs,
    pair_by_number,
    pairs_in,
    purge_pairs,
    set_state,
)
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.sharing.api import as_sharing, ask_author, plain_question, standing_answer

_DAY = timedelta(days=1)
_OVERLAP = timedelta(hours=2)  # a question before midnight is answered and thanked for after it
_MOST_SAID = 5000  # messages of one day and room
_PROPOSED, _LISTED = 10, 9


async def notice(ctx: Context[QuestionsSettings]) -> None:
    """Look through what was said in a room since yesterday; a job."""
    assert ctx.room is not None, "it is a job"
    if not ctx.config.notice_pairs:
        return
    messages: list[StoredMessage] = await ctx.read(said_since, ctx.room.id, ctx.now - _DAY - _OVERLAP, _MOST_SAID)
    within = timedelta(minutes=ctx.config.pair_minutes)
    pairs = await asyncio.to_thread(_find_sure, messages, within)
    await ctx.db(_note, ctx, ctx.room, pairs)


async def propose(ctx: Context[QuestionsSettings]) -> None:
    """Tell the owner in private what was noticed this week; a job."""
    if ctx.room is not None and ctx.config.notice_pairs:
        await notice(ctx)
        await ctx.db(_propose, ctx, ctx.room)


async def list_pairs(ctx: Context[QuestionsSettings]) -> Reply | str:
    """Return what was noticed and not decided yet."""
    pairs: list[tuple[NoticedPair, str, str]] = await ctx.read(_with_texts, ctx.room.id if ctx.room else None, _LISTED)
    if not pairs:
        return "没有等您决定的问答。打开「留意问答」后，我每周把群里的好问答列给您。"
    choices = tuple(
        Choice(text=texts.pair_line(asked, answered), command=f"收录问答 {pair.number}", number=pair.number)
        for pair, asked, answered in pairs
    )
    head = "这些问答值得收录，回复编号就去征求回答的人同意；不要的发「忽略问答 编号」："
    return Reply(text=head, choices=choices, private=True)


async def choose(ctx: Context[QuestionsSettings], number: int) -> str:
    """Ask who answered whether the pair may become a post.

    Raises:
        UserError: there is none of that number.
    """
    told: str = await ctx.db(_choose, ctx, number)
    return told


async def drop(ctx: Context[QuestionsSettings], number: int) -> str:
    """Forget a pair.

    Raises:
        UserError: there is none of that number.
    """
    await ctx.db(_drop, ctx, number)
    return f"好的，第 {number} 组不收录。"


def _find_sure(messages: Sequence[StoredMessage], within: timedelta) -> list[Pair]:
    return [pair for pair in find_pairs(read_said(messages), within) if pair.score >= LEAST_SCORE]


def _note(db: Database, ctx: Context[QuestionsSettings], room: Room, pairs: Sequence[Pair]) -> int:
    """Put pairs on record, none of whoever does not want their answers kept."""
    purge_pairs(db, ctx.now - ctx.part("config").keep.messages)
    wanted = [pair for pair in pairs if standing_answer(db, pair.answer.member_id) != "never"]
    return note_pairs(db, room.id, wanted, ctx.now)


def _propose(db: Database, ctx: Context[QuestionsSettings], room: Room) -> None:
    pairs = pairs_in(db, room.id, ("noticed",), _PROPOSED)
    shown = [(pair.number, *both) for pair in pairs if (both := _texts_of(db, pair))]
    for pair in pairs:
        set_state(db, pair.number, "proposed")
    if shown:
        key = f"questions/pairs/{ctx.cause}"
        ctx.part("notices").write(db, texts.pairs_text(room.topic, shown), key, room)


def _choose(db: Database, ctx: Context[Any], number: int) -> str:
    """Ask who answered for their consent; return what the owner reads."""
    pair = _decide(db, ctx, number, "chosen")
    asked, answered = find_message(db, pair.question_id), find_message(db, pair.answer_id)
    if asked is None or answered is None:
        raise UserError(f"第 {number} 组的原话已经过期删除了，没有办法收录。")
    (question,) = read_said([asked])
    taken = ask_author(db, as_sharing(ctx), answered, plain_question(question.text) or question.text)
    return taken["text"] or f"好的，正在征求 {answered.name} 的同意，答应了就收进知识库。"


def _drop(db: Database, ctx: Context[Any], number: int) -> None:
    _decide(db, ctx, number, "dropped")


def _decide(db: Database, ctx: Context[Any], number: int, state: str) -> NoticedPair:
    pair = pair_by_number(db, number)
    if pair is None or pair.state in {"chosen", "dropped"} or (ctx.room and pair.room_id != ctx.room.id):
        raise UserError(f"没有第 {number} 组待定的问答，发送「候选」看看有哪些。")
    set_state(db, number, state)
    return pair


def _with_texts(db: Database, room_id: str | None, limit: int) -> list[tuple[NoticedPair, str, str]]:
    pairs = pairs_in(db, room_id, ("noticed", "proposed"), limit)
    return [(pair, *both) for pair in pairs if (both := _texts_of(db, pair))]


def _texts_of(db: Database, pair: NoticedPair) -> tuple[str, str] | None:
    """Return question and answer as they were said; None when one was forgotten."""
    asked, answered = find_message(db, pair.question_id), find_message(db, pair.answer_id)
    if asked is None or answered is None:
        return None
    said = read_said([asked, answered])
    return (said[0].text, f"{said[1].name}：{said[1].text}") if len(said) == 2 else None  # noqa: PLR2004 - both
