"""Which sessions a message of the bot is about: members quote it, or say +1 right after it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.plugin import Context, Database, find_said, fold, last_said, said_since
from bot.plugins.training.finding import sessions_here
from bot.plugins.training.model import TrainingSession

_PLUS_ONE = re.compile(r"(?:\+\s*1|报名\s*\+\s*1|1\s*\+)[。.!~～]*")
_TOLD = re.compile(r"「报名 ([^」]+)」")
_INVITES = "「报名 "  # what every announcement of a session says how to do
_RECENT = timedelta(minutes=10)
_HEARD = 200  # messages in that time that are looked at


def is_plus_one(text: str) -> bool:
    """Return whether a member says `+1` and nothing else."""
    return _PLUS_ONE.fullmatch(fold(text).strip()) is not None


def sessions_in(text: str, sessions: Sequence[TrainingSession]) -> list[TrainingSession]:
    """Return the sessions a text tells to register for, or else names, in the order given."""
    told = {fold(key.strip()) for key in _TOLD.findall(text)}
    if found := [one for one in sessions if told & {fold(one.key), fold(one.id)}]:
        return found
    folded = fold(text)
    return [one for one in sessions if f"《{fold(one.title)}》" in folded or _stands_in(fold(one.key), folded)]


async def quoted_sessions(ctx: Context[Any]) -> list[TrainingSession]:
    """Return the coming sessions that the quoted message is about."""
    return await ctx.read(_quoted, ctx)


async def announced_sessions(ctx: Context[Any]) -> list[TrainingSession]:
    """Return the sessions of the announcement that the group is answering now: nothing else was said since."""
    return await ctx.read(_announced, ctx)


def _stands_in(key: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", text, re.ASCII) is not None


def _quoted(db: Database, ctx: Context[Any]) -> list[TrainingSession]:
    message = ctx.message
    if message is None or message.quote is None:
        return []
    lane = ctx.room.id if ctx.room else ctx.talker.id
    said = find_said(db, lane, message.quote.text, message.at)  # WeChat cuts what is quoted
    return sessions_in(said.text if said else message.quote.text, sessions_here(db, ctx))


def _announced(db: Database, ctx: Context[Any]) -> list[TrainingSession]:
    if ctx.room is None or ctx.message is None:
        return []
    said = last_said(db, ctx.room.id, _INVITES, ctx.message.at - _RECENT)
    if said is None or said.called_at is None:
        return []
    heard = said_since(db, ctx.room.id, said.called_at, _HEARD)
    before = itertools.takewhile(lambda one: ctx.message is not None and one.id != ctx.message.id, heard)
    is_chat = any(not is_plus_one(one.text) and not fold(one.text).lstrip("/").startswith("报名") for one in before)
    return [] if is_chat else sessions_in(said.text, sessions_here(db, ctx))
