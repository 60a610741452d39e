"""Shows the questions that wait: on request, and the oldest of them every week."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.plugin import Context, Database, Reply, Role, UserError, rooms_of
from bot.plugins.questions import texts
from bot.plugins.questions.model import GivenAnswer, OpenQuestion, QuestionNumber
from bot.plugins.questions.replying import may_name
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.questions.store import (
    all_open,
    answers_to,
    count_answers_by,
    count_open,
    open_of_member,
    open_questions,
    question_by_number,
)

_LISTED, _REMINDED, _THANKED = 5, 3, 3
_MOST = 1000
_WEEK = timedelta(days=7)


async def list_open(ctx: Context[QuestionsSettings]) -> Reply | str:
    """Return the open questions of this room; in private one's own and those of one's rooms, the owner all."""
    questions: list[OpenQuestion] = await ctx.read(_open_to, ctx)
    if not questions:
        return texts.NOTHING_OPEN
    shown = questions[:_LISTED]
    return Reply(text=texts.open_head(len(questions), len(shown)), choices=texts.open_choices(shown, ctx.now, ctx.zone))


async def show_question(ctx: Context[QuestionsSettings], number: QuestionNumber) -> str:
    """Return a question with its answers so far.

    Raises:
        UserError: there is none of that number here.
    """
    question, answers = await ctx.read(_find, ctx, number.value)
    if question is None:
        raise UserError(f"没有找到 Q{number.value}，发送「待答」看看有哪些问题。")
    return texts.question_text(question, answers, ctx.now, ctx.zone)


async def remind(ctx: Context[QuestionsSettings]) -> str | None:
    """Return the weekly line; None when nothing is open, or nobody wants it."""
    if ctx.room is None or not ctx.config.remind:
        return None
    total = await ctx.read(count_open, ctx.room.id)
    if not total:
        return None
    questions = await ctx.read(open_questions, ctx.room.id, _REMINDED)
    answered = await ctx.read(count_answers_by, ctx.room.id, ctx.now - _WEEK)
    return texts.weekly_text(questions, total, [(row["name"], row["n"]) for row in answered[:_THANKED]])


def _open_to(db: Database, ctx: Context[Any]) -> list[OpenQuestion]:
    if ctx.room is not None:
        return open_questions(db, ctx.room.id, _MOST)
    if ctx.role >= Role.ADMIN:
        return all_open(db, _MOST)[::-1]
    found = open_of_member(db, ctx.talker.id, _MOST)
    found += [one for room in rooms_of(db, ctx.talker.id) for one in open_questions(db, room.id, _MOST)]
    return [one for _, one in sorted({one.number: one for one in found}.items())]


def _find(db: Database, ctx: Context[Any], number: int) -> tuple[OpenQuestion | None, list[GivenAnswer]]:
    question = question_by_number(db, number)
    if question is None or not may_name(db, ctx, question):
        return None, []
    return question, answers_to(db, number)
