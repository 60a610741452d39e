"""What a member and the bot said last: it decides what a follow-up, 更多 and 有用 mean."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.plugin import Context, Database, find_said
from bot.plugins.qa.answers_store import BotAnswer, answer_to, last_answer
from bot.plugins.qa.model import Asker
from bot.plugins.qa.settings import QaSettings


def asker_of(ctx: Context[Any]) -> Asker:
    """Return who asks, and where."""
    return Asker(ctx.talker.id, ctx.talker_name, ctx.room.id if ctx.room else "")


async def answer_within(ctx: Context[QaSettings], term: timedelta) -> BotAnswer | None:
    """Return the last answer this member got here, if it is not older."""
    given: BotAnswer | None = await ctx.read(last_answer, asker_of(ctx), ctx.now - term, ctx.cause)
    return given


async def quoted_answer(ctx: Context[Any]) -> BotAnswer | None:
    """Return the answer that the message quotes, whoever got it."""
    return await ctx.read(_find_quoted, ctx) if ctx.message and ctx.message.quote else None


def _find_quoted(db: Database, ctx: Context[Any]) -> BotAnswer | None:
    message = ctx.message
    if message is None or message.quote is None:
        return None
    lane = ctx.room.id if ctx.room else ctx.talker.id
    said = find_said(db, lane, message.quote.text, message.at + timedelta(seconds=1))  # WeChat counts whole seconds
    return answer_to(db, said.cause) if said else None


def context_term(ctx: Context[QaSettings]) -> timedelta:
    """Return how long a follow-up may come after an answer."""
    return timedelta(minutes=ctx.config.context_minutes)


def source_term(ctx: Context[QaSettings]) -> timedelta:
    """Return how long 来源, 更多 and 有用 mean the last answer."""
    return timedelta(hours=ctx.config.source_hours)
