"""Answers a member's question and shows sources."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from bot.plugin import Choice, Context, Database, Findings, Reply, Role, UserError, fold, is_bare_topic, rooms_of
from bot.plugins.qa import texts
from bot.plugins.qa.asking import Answer, find_answer
from bot.plugins.qa.citations_store import cited_posts, note_citations
from bot.plugins.qa.desk import Asked, Note, Noted, hand_over, read_noted
from bot.plugins.qa.model import FREE, TOPIC_SCOPE, Asker, Post
from bot.plugins.qa.rules import Kind, SourceNumber, names_topic
from bot.plugins.qa.settings import QaSettings
from bot.plugins.qa.store import access_kinds, post_by_number, posts_by_id

_SEARCHED, _SUGGESTED = 8, 4  # posts looked at and shown when something was only named


async def answer(ctx: Context[QaSettings], question: str, *, only_sure: bool = False) -> Reply | None:
    """Return what a member gets for a question.

    Args:
        ctx: the call.
        question: as it was asked.
        only_sure: nobody asked the bot: say nothing but an answer.
    """
    access: set[str] = await ctx.read(access_kinds)
    found = await find_answer(
        ctx.part("search"),
        ctx.services.community,
        question,
        ctx.read,
        rooms=await visible_rooms(ctx),
        access=access,
        readable=await readable_access(ctx, access),
    )
    if only_sure and found.kind is not Kind.ANSWER:
        return None
    note = await hand_over(ctx, Asked(question, found.kind, tuple(post.id for post in found.posts)))
    return _reply(ctx, found, read_noted(await ctx.db(_note, ctx, found, note)))


async def suggest(ctx: Context[QaSettings], topic: str) -> Reply | None:
    """Return a list of posts about what was only named, as 「redis」; None when more was said or there are none."""
    if not is_bare_topic(topic):
        return None
    access: set[str] = await ctx.read(access_kinds)
    findings: Findings = await ctx.part("search").find(
        ctx.services.community, topic, rooms=await visible_rooms(ctx), access=access, limit=_SEARCHED
    )
    named = [hit for hit in findings.hits if names_topic(hit, topic)]
    named.sort(key=lambda hit: fold(topic) not in fold(hit.title))  # what the title says first, else best first
    posts: dict[str, Post] = await ctx.read(posts_by_id, [hit.document_id for hit in named[:_SUGGESTED]])
    choices = _choices([posts[hit.document_id] for hit in named if hit.document_id in posts])
    return Reply(text=texts.topic_text(topic), choices=choices, why="只说了一个词，列出讲它的帖子") if choices else None


async def show_source(ctx: Context[QaSettings], which: SourceNumber) -> str:
    """Return a whole post, or a teaser.

    Raises:
        UserError: there is no such post, or it belongs to another room.
    """
    post = await _find_source(ctx, which)
    if post is None or not await _may_name(ctx, post):
        raise UserError(f"没有找到「来源 {which.value}」，请看看回答里的编号，比如 #57。")
    if post.access not in await readable_access(ctx, {post.access}):
        return texts.teaser_text([post])
    show = texts.room_text if ctx.room else texts.post_text
    return show(post, ctx.now.astimezone(ctx.zone).date())


async def visible_rooms(ctx: Context[Any]) -> list[str]:
    """Return the scopes whose posts may be shown here: this room, or in private all rooms the member is in."""
    rooms = [ctx.room] if ctx.room else await ctx.read(rooms_of, ctx.talker.id)
    return [scope for room in rooms for scope in (room.id, TOPIC_SCOPE + room.topic)]


async def readable_access(ctx: Context[Any], access: Collection[str]) -> set[str]:
    """Return those kinds of access that the member has."""
    if ctx.role >= Role.EXPERT:
        return set(access)
    try:
        may_use = ctx.part("entitlements")
    except LookupError:  # nothing is sold
        return {FREE}
    locked = [kind for kind in access if kind != FREE]
    allowed = await asyncio.gather(*(may_use(ctx.talker, kind) for kind in locked))
    return {FREE} | {kind for kind, is_allowed in zip(locked, allowed, strict=True) if is_allowed}


def _note(db: Database, ctx: Context[QaSettings], found: Answer, note: Note) -> dict[str, Any]:
    """Remember what was cited, and have the question noted in the same transaction."""
    if found.cited:
        term = timedelta(hours=ctx.config.source_hours)
        note_citations(db, _asker(ctx), [post.id for post in found.posts], ctx.now, term)
    return note(db)


def _reply(ctx: Context[QaSettings], found: Answer, noted: Noted) -> Reply:
    decision = found.decision
    why = f"最高相似度 {decision.score:.3f}，回答要 {decision.threshold:.3f}"
    if found.kind is Kind.ANSWER:
        hit, post = found.cited[0]
        text = texts.answer_text(hit, post, decision.confidence, ctx.now.astimezone(ctx.zone).date())
        return Reply(text=text, score=decision.score, why=f"{why}，出处 #{post.number}")
    if found.kind is Kind.LOCKED:
        return Reply(text=texts.teaser_text(found.posts), score=decision.score, why=f"{why}，帖子只给会员看")
    if found.kind is Kind.RELATED:
        text = texts.related_text(noted.number)
        return Reply(text=text, choices=_choices(found.posts), score=decision.score, why=why)
    text = texts.unknown_text(noted.number, noted.lines)
    return Reply(text=text, mentions=noted.mentions, score=decision.score, why=why)


def _choices(posts: Sequence[Post]) -> tuple[Choice, ...]:
    return tuple(Choice(text=f"《{post.title}》", command=f"来源 #{post.number}") for post in posts)


async def _find_source(ctx: Context[QaSettings], which: SourceNumber) -> Post | None:
    if not which.is_post:
        cited: list[str] = await ctx.read(cited_posts, _asker(ctx), ctx.now)
        if 0 < which.value <= len(cited):
            post_id = cited[which.value - 1]
            return (await ctx.read(posts_by_id, [post_id])).get(post_id)
    return await ctx.read(post_by_number, which.value)


async def _may_name(ctx: Context[QaSettings], post: Post) -> bool:
    return not post.room or post.room in await visible_rooms(ctx)


def _asker(ctx: Context[Any]) -> Asker:
    return Asker(ctx.talker.id, ctx.talker_name, ctx.room.id if ctx.room else "")
