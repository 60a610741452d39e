"""Shares a file, a picture or a link: what was read of it goes through the same door as every post."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bot.plugin import Context, Database, DomainEvent, Role
from bot.plugins.sharing.attachments import Source, find_source
from bot.plugins.sharing.attachments_reading import Material, is_quick, read_source
from bot.plugins.sharing.gate import Limits
from bot.plugins.sharing.incoming import Incoming
from bot.plugins.sharing.publishing import make_draft, offer
from bot.plugins.sharing.rules import Shared
from bot.plugins.sharing.settings import SharingSettings

_LONGEST_TITLE = 120
_LONGEST = 200_000  # characters: a document may be longer than what somebody types


@dataclass(frozen=True, slots=True)
class SlowSourceShared(DomainEvent):
    """Something was shared that takes long to read: it is read apart, and the group goes on.

    Attributes:
        room_id, member_id: where and by whom.
        role: the member's role there, as a number.
        message_id: the command.
        sent_id, link, shown, title, note, tags: see `Source`.
    """

    room_id: str
    member_id: str
    role: int
    message_id: str
    sent_id: str
    link: str
    shown: str
    title: str
    note: str
    tags: tuple[str, ...]


async def share_attachment(ctx: Context[SharingSettings], text: str) -> str | None:
    """Share the file, picture or link that is meant; None when it is text that is shared.

    Args:
        ctx: the call of the command.
        text: what stands behind the command; may be empty.

    Raises:
        UserError: it cannot be used, with its name and what to do.
    """
    source = await find_source(ctx, text)
    if source is None:
        return None
    work = asyncio.ensure_future(read_source(ctx, source, ctx.config.links))
    try:
        is_done = await is_quick(ctx, work)
        made = work.result() if is_done else None
        if await ctx.db(_put_off, ctx, None if is_done else source):
            return f"正在读{source.shown}，读完告诉您。"
        return await _offer(ctx, made or await work, (ctx.message.id if ctx.message else "", source.sent_id))
    finally:
        work.cancel()


async def share_slowly(ctx: Context[SharingSettings], event: SlowSourceShared) -> str:
    """Read what takes long, and share it.

    Raises:
        UserError: it cannot be used, with its name and what to do.
    """
    ctx.role = Role(event.role)
    source = Source(event.sent_id, event.link, event.shown, event.title, event.note, tuple(event.tags))
    made = await read_source(ctx, source, ctx.config.links)
    return await _offer(ctx, made, (event.message_id, event.sent_id))


def _put_off(db: Database, ctx: Context[SharingSettings], source: Source | None) -> bool:
    """Have something read apart, and return whether it is: asked again after a crash, it stays what it was."""
    if source is None:
        return False
    event = SlowSourceShared(
        room_id=ctx.room.id if ctx.room else "",
        member_id=ctx.talker.id,
        role=int(ctx.role),
        message_id=ctx.message.id if ctx.message else "",
        sent_id=source.sent_id,
        link=source.link,
        shown=source.shown,
        title=source.title,
        note=source.note,
        tags=source.tags,
    )
    ctx.publish(db, event)
    return True


async def _offer(ctx: Context[SharingSettings], made: Material, messages: tuple[str, ...]) -> str:
    shared = Shared(made.title[:_LONGEST_TITLE], made.body, made.tags)
    draft = make_draft(ctx, shared, author=_author_of(made))
    incoming = Incoming(draft, tuple(filter(None, messages)))
    return await offer(ctx, incoming, limits=Limits(ctx.config.least_body, _LONGEST))


def _author_of(made: Material) -> tuple[str, str]:
    """Return who is thanked: of a page both who wrote and who brought it; nobody here wrote what stands on a page."""
    if made.is_page and made.author:
        return "", f"{made.author}（{made.sender} 分享）"
    return made.sender_id, made.sender
