"""Whole posts behind an answer: 来源, 更多, and what may be shown to whom."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from bot.plugin import CHAT, Choice, Context, Database, Reply, Role, UserError, rooms_of
from bot.plugins.qa import texts
from bot.plugins.qa.answers_store import BotAnswer, note_focus, note_listed
from bot.plugins.qa.citations_store import cited_posts, note_citations
from bot.plugins.qa.conversation import answer_within, asker_of, source_term
from bot.plugins.qa.model import FREE, TOPIC_SCOPE, Post
from bot.plugins.qa.rules import SourceNumber
from bot.plugins.qa.settings import QaSettings
from bot.plugins.qa.store import post_by_number, posts_by_id

_PAGE = 4  # posts that 更多 names at a time


async def show_source(ctx: Context[QaSettings], which: SourceNumber) -> Reply:
    """Return a whole post, or a teaser; what not everybody may read is said in private.

    A locked post that belongs to this room is shown in it: the room is who it is for.

    Raises:
        UserError: there is no such post, or it belongs to another room.
    """
    post = await post_called(ctx, which)
    if post is None or not await _may_name(ctx, post):
        raise UserError(f"没有找到「来源 {which.value}」，请看看回答里的编号，比如 #57。")
    if post.access not in await readable_access(ctx, {post.access}):
        return Reply(text=texts.teaser_text([post]))
    given = await answer_within(ctx, source_term(ctx))
    if given is not None and given.focus != post.id:
        await ctx.db(note_focus, given.id, post.id)
    is_private = post.is_locked_for_guests and not post.room
    show = texts.room_text if ctx.room and not is_private else texts.post_text
    return Reply(text=show(post, ctx.now.astimezone(ctx.zone).date()), private=is_private)


async def show_more(ctx: Context[QaSettings], given: BotAnswer | None = None) -> Reply:
    """Return the next posts that have to do with a question, with the numbers that 来源 knows.

    Args:
        ctx: the call.
        given: the answer; None for the last one this member got here.

    Raises:
        UserError: there are no more, or nothing was answered.
    """
    given = given or await answer_within(ctx, source_term(ctx))
    if given is None:
        raise UserError(texts.NOTHING_ANSWERED)
    posts = await nameable(ctx, given.posts)
    shown = await ctx.db(_turn_page, ctx, given.id, [post.id for post in posts])
    page = posts[shown : shown + _PAGE]
    if not page:
        raise UserError("这个问题没有更多出处了，换个说法再问一次试试。")
    choices = [
        Choice(text=f"《{post.title}》", command=f"来源 #{post.number}", number=place)
        for place, post in enumerate(page, shown + 1)
    ]
    return Reply(
        text=texts.more_text(has_more=shown + _PAGE < len(posts)), choices=tuple(choices), why="上次回答的其他出处"
    )


async def has_sources(ctx: Context[QaSettings]) -> bool:
    """Return whether 来源 1 means the last answer."""
    return bool(await ctx.read(cited_posts, asker_of(ctx), ctx.now))


def without_sources(ctx: Context[QaSettings]) -> Reply | str:
    """Return what is said to 来源 alone when nothing was cited; said to nobody in particular it is chat."""
    is_meant = ctx.message is not None and (ctx.message.mentions_bot or ctx.message.text.startswith("/"))
    return texts.NOTHING_ANSWERED if is_meant else CHAT


async def post_called(ctx: Context[QaSettings], which: SourceNumber) -> Post | None:
    """Return the post that a member means; None when there is none with that number.

    Raises:
        UserError: the last answer has fewer sources.
    """
    if which.is_post:
        return await ctx.read(post_by_number, which.value)
    cited: list[str] = await ctx.read(cited_posts, asker_of(ctx), ctx.now)
    if cited and not 0 < which.value <= len(cited):
        raise UserError(texts.no_such_source(which.value, len(cited)))
    if cited:
        post_id = cited[which.value - 1]
        return (await ctx.read(posts_by_id, [post_id])).get(post_id)
    return await ctx.read(post_by_number, which.value)


async def nameable(ctx: Context[QaSettings], post_ids: Sequence[str]) -> list[Post]:
    """Return those posts that are still there and may be named here, in the same order."""
    posts: dict[str, Post] = await ctx.read(posts_by_id, post_ids)
    rooms = await visible_rooms(ctx)
    found = (posts[post_id] for post_id in post_ids if post_id in posts)
    return [post for post in found if not post.room or post.room in rooms]


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


def _turn_page(db: Database, ctx: Context[QaSettings], answer_id: str, posts: Sequence[str]) -> int:
    """Note that the next posts are shown, so that 来源 knows them; return how many were shown before."""
    before = note_listed(db, answer_id, _PAGE, len(posts))
    if before < len(posts):
        note_citations(db, asker_of(ctx), posts[: before + _PAGE], ctx.now, source_term(ctx))
    return before


async def _may_name(ctx: Context[QaSettings], post: Post) -> bool:
    return not post.room or post.room in await visible_rooms(ctx)
