"""Members who agreed to be named: who they are, and whom a question is about what they know."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.plugin import Context, Database, Findings, Hit, Member, UserError, fold, members_of
from bot.plugins.qa.api import authors_of
from bot.plugins.questions.experts_store import EVERYTHING, agree, experts_at_hand, note_call, refuse, topics_of
from bot.plugins.questions.rules import covers, weigh_authors
from bot.plugins.questions.settings import QuestionsSettings

_MOST_TOPICS = 10
_BETWEEN = re.compile(r"[\s、，,;；。「」]+|(?<![a-z0-9])#")
_LONGEST_TOPIC = 20
_DECLARED = 1.0  # what having named a topic weighs, as much as one post just worth offering


@dataclass(frozen=True, slots=True)
class Knowing:
    """Who has written about what a question asks.

    Attributes:
        weights: member id → how near it is.
        hits: member id → the posts.
    """

    weights: Mapping[str, float]
    hits: Mapping[str, tuple[Hit, ...]]


async def find_knowing(ctx: Context[Any], findings: Findings) -> Knowing:
    """Return who has written about what was searched for."""
    authors: dict[str, str] = await ctx.read(authors_of, [hit.document_id for hit in findings.hits])
    hits: dict[str, tuple[Hit, ...]] = {}
    for hit in findings.hits:
        if author := authors.get(hit.document_id):
            hits[author] = (*hits.get(author, ()), hit)
    return Knowing(weigh_authors(findings, authors), hits)


def call_expert(
    db: Database, ctx: Context[Any], question: str, knowing: Knowing, settings: QuestionsSettings
) -> Member | None:
    """Return whoever knows most, is here, agreed and was left alone long enough; note that they are named.

    Args:
        db: the transaction.
        ctx: of the question; nobody is rung in a private chat.
        question: as it was asked.
        knowing: who has written about it.
        settings: how long somebody named is left alone.
    """
    if ctx.room is None or not settings.name_experts:
        return None
    at_hand = experts_at_hand(db, ctx.now - settings.expert_pause)
    if not at_hand:
        return None
    here = {member.id: member for member in members_of(db, ctx.room.id) if member.id in at_hand}
    rated = [
        (_rate(question, at_hand[member_id], knowing, member_id), member_id)
        for member_id in here
        if member_id != ctx.talker.id
    ]
    best, member_id = max(rated, default=(0.0, ""))
    if best <= 0:
        return None
    note_call(db, member_id, ctx.now)
    return here[member_id]


def _rate(question: str, topics: list[str], knowing: Knowing, member_id: str) -> float:
    """Return how near a member is to a question within what they agreed to; 0 when it is something else."""
    is_declared = any(topic != EVERYTHING and covers(topic, question) for topic in topics)
    hits = knowing.hits.get(member_id, ())
    is_covered = EVERYTHING in topics or any(covers(topic, question, hits) for topic in topics)
    written = knowing.weights.get(member_id, 0.0) if is_covered else 0.0
    return written + (_DECLARED if is_declared else 0.0)


async def volunteer(ctx: Context[QuestionsSettings], topic: str) -> str:
    """Note that the talker may be named.

    Raises:
        UserError: the topic is too long, or there are too many.
    """
    topics = _read_topics(topic)
    known: list[str] = await ctx.read(topics_of, ctx.talker.id)
    if len({*known, *topics}) > _MOST_TOPICS:
        raise UserError(f"最多 {_MOST_TOPICS} 个主题，先发「不再答疑 主题」去掉一个。")
    await ctx.db(_agree, ctx, topics)
    named = "".join(f"「{one}」" for one in topics if one)
    what = f"有人问到{named}又没有现成答案时" if named else "有人问到您分享过、回答过的内容又没有现成答案时"
    return f"谢谢您。{what}，我会 @ 您，{_pause_text(ctx.config.expert_pause)}最多一次。发「不再答疑」随时停。"


async def resign(ctx: Context[QuestionsSettings], topic: str) -> str:
    """Name the talker no longer.

    Raises:
        UserError: they had not agreed to it.
    """
    topics = _read_topics(topic)
    asked = "".join(f"「{one}」" for one in topics if one)
    if not await ctx.db(_resign, ctx.talker.id, topics):
        raise UserError(f"您没有登记过{f'{asked}的' if asked else ''}答疑，不会被 @。")
    left: list[str] = await ctx.read(topics_of, ctx.talker.id)
    if not left:
        return "好的，不会再为答疑 @ 您了，谢谢您帮过的忙。"
    named = "、".join(known or "写过的内容" for known in left)
    return f"好的，{asked}不再 @ 您；还登记着：{named}。发「不再答疑」全部停掉。"


def _agree(db: Database, ctx: Context[Any], topics: Sequence[str]) -> None:
    for topic in topics:
        agree(db, ctx.talker.id, topic, ctx.now)


def _resign(db: Database, member_id: str, topics: Sequence[str]) -> int:
    return sum(refuse(db, member_id, topic) for topic in topics)


def _read_topics(text: str) -> list[str]:
    """Return the topics somebody typed; everything when there is none."""
    found = list(dict.fromkeys(topic for topic in _BETWEEN.split(fold(text)) if topic)) or [EVERYTHING]
    if any(len(topic) > _LONGEST_TOPIC for topic in found):
        raise UserError(f"主题写一个词就好，比如「愿意答疑 redis」，最多 {_LONGEST_TOPIC} 个字。")
    return found


def _pause_text(pause: timedelta) -> str:
    hours = pause.total_seconds() / 3600
    return "每小时" if hours == 1 else f"每 {hours:g} 小时"
