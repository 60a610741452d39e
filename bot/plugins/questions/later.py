"""Tells those who wait when a post that came later answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from bot.plugin import Context, Database, Findings, find_room, rooms_of
from bot.plugins.qa.api import FREE, TOPIC_SCOPE, authors_of, posts_by_id
from bot.plugins.questions import texts
from bot.plugins.questions.model import OpenQuestion, State
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.questions.store import (
    all_open,
    close_question,
    note_told,
    open_questions,
    question_by_number,
    waiting_for,
)
from bot.plugins.questions.telling import News, tell

_MOST_ASKED = 200  # open questions that are looked up when posts come
_MOST_PENDING = 200  # passages that wait for the encoder: more take too long
_PATIENCE = 15.0  # real seconds


async def look(ctx: Context[QuestionsSettings], post_ids: Collection[str]) -> None:
    """Look whether posts that are new answer what is open, and tell who asked.

    What takes longer than a handler may, as after a long import, is left to `look_again`.
    """
    questions: list[OpenQuestion] = await ctx.read(all_open, _MOST_ASKED)
    if questions and await _is_settled(ctx):
        for question in questions:
            await _look_up(ctx, question, post_ids)


async def look_again(ctx: Context[QuestionsSettings]) -> None:
    """Look whether anything answers what is open in a room, whatever was missed when it came."""
    assert ctx.room is not None, "it is a job"
    questions: list[OpenQuestion] = await ctx.read(open_questions, ctx.room.id, _MOST_ASKED)
    if questions and await _is_settled(ctx):
        for question in questions:
            await _look_up(ctx, question, None)


async def _is_settled(ctx: Context[QuestionsSettings]) -> bool:
    """Wait until posts are found by meaning: by words alone too much is taken for an answer."""
    search = ctx.part("search")
    if await search.count_pending() > _MOST_PENDING:
        return False
    try:
        async with asyncio.timeout(_PATIENCE):
            await search.settle()
    except TimeoutError:
        return False
    return True


async def _look_up(ctx: Context[QuestionsSettings], question: OpenQuestion, post_ids: Collection[str] | None) -> None:
    """Tell who asked when one of these posts, or (None) any, answers best."""
    rooms = await ctx.read(_scopes, question)
    findings: Findings = await ctx.part("search").find(
        ctx.services.community, question.text, rooms=rooms, access=(FREE,), limit=1
    )
    best = findings.answers[0].document_id if findings.answers else ""
    if best and (post_ids is None or best in post_ids):
        await ctx.db(_tell, ctx, question.number, best)


def _scopes(db: Database, question: OpenQuestion) -> list[str]:
    """Return what may be shown to who asked: their room, or in private all rooms they are in."""
    room = find_room(db, question.room_id) if question.room_id else None
    rooms = [room] if room else rooms_of(db, question.member_id)
    return [scope for one in rooms for scope in (one.id, TOPIC_SCOPE + one.topic)]


def _tell(db: Database, ctx: Context[QuestionsSettings], number: int, post_id: str) -> None:
    """Promise who asked a message, once, and take the question from the open ones."""
    question = question_by_number(db, number)
    post = posts_by_id(db, [post_id]).get(post_id)
    if question is None or post is None or question.state is not State.OPEN:
        return
    author = authors_of(db, [post_id]).get(post_id, "")
    waiting = [one for one in waiting_for(db, number) if one.member_id != author]
    close_question(db, number, State.ANSWERED, ctx.now)
    if not note_told(db, number, ctx.now):
        return
    text = texts.found_text(question, post.title, post.number, post.author)
    tell(db, ctx, waiting, News(question, text, post_id, f"questions/Q{number}/found/{post_id}"))
