"""Tells those who wait when a post that came later answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from bot.plugin import Context, Database, Findings, find_room, rooms_of
from bot.plugins.qa.api import FREE, TOPIC_SCOPE, Post, authors_of, posts_by_id
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

_LOOKED_AT = 5
_MOST_ASKED = 200  # open questions that are looked up when posts come
_MOST_PENDING = 200  # passages that wait for the encoder: more take too long
_PATIENCE = 15.0  # real seconds


async def look(ctx: Context[QuestionsSettings], post_ids: Collection[str]) -> None:
    """Look whether posts that are new answer what is open, and tell who asked.

    What takes longer than a handler may, as after a long import, is left to `look_again`.
    """
    questions: list[OpenQuestion] = await ctx.read(all_open, _MOST_ASKED)
    if found := await _find_answers(ctx, questions, post_ids):
        await ctx.db(_tell, ctx, found)


async def look_again(ctx: Context[QuestionsSettings]) -> None:
    """Look whether any later post answers what is open in a room, whatever was missed when it came."""
    assert ctx.room is not None, "it is a job"
    questions: list[OpenQuestion] = await ctx.read(open_questions, ctx.room.id, _MOST_ASKED)
    found = await _find_answers(ctx, questions, None)
    await ctx.db(_tell, ctx, found)  # also when there are none: the steps of the job keep their numbers


async def _find_answers(
    ctx: Context[QuestionsSettings], questions: Sequence[OpenQuestion], post_ids: Collection[str] | None
) -> list[tuple[int, str]]:
    """Return question number and post id where one of these posts, or (None) a later one, answers."""
    if not questions or not await _is_settled(ctx):
        return []
    found = [(one.number, await _find_answer(ctx, one, post_ids)) for one in questions]
    return [(number, post_id) for number, post_id in found if post_id]


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


async def _find_answer(
    ctx: Context[QuestionsSettings], question: OpenQuestion, post_ids: Collection[str] | None
) -> str:
    """Return the id of the best such post; empty when none answers.

    What was there when the question was asked did not help then.
    """
    rooms = await ctx.read(_scopes, question)
    findings: Findings = await ctx.part("search").find(
        ctx.services.community, question.text, rooms=rooms, access=(FREE,), limit=_LOOKED_AT
    )
    ids = [hit.document_id for hit in findings.answers]
    if post_ids is not None:
        return next((post_id for post_id in ids if post_id in post_ids), "")
    posts: dict[str, Post] = await ctx.read(posts_by_id, ids)
    return next((i for i in ids if i in posts and posts[i].created_at > question.asked_at), "")


def _scopes(db: Database, question: OpenQuestion) -> list[str]:
    """Return what may be shown to who asked: their room, or in private all rooms they are in."""
    room = find_room(db, question.room_id) if question.room_id else None
    rooms = [room] if room else rooms_of(db, question.member_id)
    return [scope for one in rooms for scope in (one.id, TOPIC_SCOPE + one.topic)]


def _tell(db: Database, ctx: Context[QuestionsSettings], found: Sequence[tuple[int, str]]) -> None:
    """Promise who asked a message, once, and take the questions from the open ones."""
    for number, post_id in found:
        question = question_by_number(db, number)
        post = posts_by_id(db, [post_id]).get(post_id)
        if question is not None and post is not None and question.state is State.OPEN:
            _tell_askers(db, ctx, question, post)


def _tell_askers(db: Database, ctx: Context[QuestionsSettings], question: OpenQuestion, post: Post) -> None:
    author = authors_of(db, [post.id]).get(post.id, "")
    waiting = [one for one in waiting_for(db, question.number) if one.member_id != author]
    close_question(db, question.number, State.ANSWERED, ctx.now)
    if note_told(db, question.number, ctx.now):
        text = texts.found_text(question, post.title, post.number, post.author)
        tell(db, ctx, waiting, News(question, text, post.id, f"questions/Q{question.number}/found/{post.id}"))
