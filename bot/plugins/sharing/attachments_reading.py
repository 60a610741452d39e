"""Reads the files, pictures and links that members send: off the event loop, in little time, each by itself."""

from __future__ import annotations

import asyncio
import threading
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from bot.plugin import (
    Context,
    Converted,
    DocumentError,
    DocumentReader,
    FileContent,
    MessageKind,
    QunzhiError,
    StoredMessage,
    UserError,
    find_message,
)
from bot.plugins.qa.api import convert
from bot.plugins.sharing.attachments import FILES, Source, bare_name, is_attachment, source_of
from bot.plugins.sharing.links import Take, find_link, read_link
from bot.plugins.sharing.links_addresses import Allow, is_public
from bot.plugins.sharing.links_fetch import LinkError

_DOWNLOAD_SECONDS, _READ_SECONDS = 12.0, 15.0  # together less than a handler may take
_LONGEST_SECONDS = 28.0  # for both and for waiting, when nobody waits for it; still less than a handler may take
_PATIENCE = 3.0  # seconds until the member is told that it takes longer
_ONE_PICTURE = threading.Lock()  # recognising takes half a gigabyte: two at a time are one too many
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
_LOST = "{}没能从微信下载下来，请重新发一次。"
ALLOWED: dict[str, Allow] = {"links": is_public}
"""Which addresses links may reach; tests that serve pages themselves put theirs in."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a file, picture or link gives for a post.

    Attributes:
        title: one line.
        body: Markdown.
        author: who wrote it, when the page tells; empty for files: they are their sender's.
        sender_id, sender: who sent it to the group.
        is_page: it stands on the web.
        tags: typed beside it.
    """

    title: str
    body: str
    author: str
    sender_id: str
    sender: str
    is_page: bool = False
    tags: tuple[str, ...] = ()


async def read_source(ctx: Context[Any], source: Source, take: Take) -> Material:
    """Return what a file, picture or link says.

    Args:
        ctx: the call; its talker shares.
        source: what is to be read.
        take: what is kept of web pages here.

    Raises:
        UserError: it cannot be used, with its name and what to do.
    """
    sent = await ctx.read(find_message, source.sent_id) if source.sent_id else None
    if sent is None and not source.link:
        raise UserError(_LOST.format(source.shown))
    if sent is not None and sent.kind in FILES:
        made = await _read_file(ctx, sent, source.shown)
    else:
        made = await _read_page(ctx, sent, source.link, take)
    body = f"{made.sender}：{source.note}\n\n{made.body}" if source.note else made.body
    return replace(made, title=source.title or made.title, body=body, tags=source.tags)


async def read_part(ctx: Context[Any], take: Take) -> Source | str | None:
    """Return the text of the file, picture or link at hand for a collection; None when it is an ordinary message.

    What takes long is returned as it is, to be read apart: the group does not wait for it.

    Raises:
        UserError: it cannot be used; the collection goes on without it.
    """
    sent = await ctx.read(find_message, ctx.message.id) if ctx.message else None
    if sent is None or not is_attachment(sent):
        return None
    work = asyncio.ensure_future(_read_part(ctx, sent, take))
    try:
        return work.result() if await is_quick(ctx, work) else source_of(sent)
    finally:
        work.cancel()


async def read_part_apart(ctx: Context[Any], message_id: str, take: Take) -> str:
    """Return the text of what took long to read.

    Raises:
        UserError: it cannot be used.
    """
    sent = await ctx.read(find_message, message_id)
    if sent is None:
        raise UserError(_LOST.format("有一个文件"))
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):  # several pictures may be waiting for each other
            return await _read_part(ctx, sent, take) or sent.text
    except TimeoutError as error:
        raise UserError(f"{source_of(sent).shown}读得太久了，请过一会儿重新发一次。") from error


async def _read_part(ctx: Context[Any], sent: StoredMessage, take: Take) -> str | None:
    """Return the text of a file, picture or link; None for a link that cannot be read: it is written down itself."""
    try:
        made = await read_source(ctx, source_of(sent), take)
    except UserError:
        if sent.kind is MessageKind.TEXT:
            return None
        raise
    return f"## {made.title}\n\n{made.body}"


async def is_quick(ctx: Context[Any], work: asyncio.Future[Any]) -> bool:
    """Wait a moment for some work and return whether it is done; a simulation waits as long as it takes."""
    clock = ctx.part("clock")
    hold = clock.hold()
    timer = asyncio.ensure_future(clock.sleep(_PATIENCE))
    try:
        await asyncio.wait([work, timer], return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        hold.release()
    return work.done()


async def _read_page(ctx: Context[Any], sent: StoredMessage | None, link: str, take: Take) -> Material:
    address = link or (find_link(sent.text) or await _find_address(ctx, sent) if sent else "")
    try:
        made = await read_link(address, take, ALLOWED["links"])
    except LinkError as error:
        raise UserError(str(error)) from error
    sender = (sent.member_id, sent.name) if sent else (ctx.talker.id, ctx.talker_name)
    return Material(made.title, made.text, made.author, *sender, is_page=True)


async def _find_address(ctx: Context[Any], sent: StoredMessage) -> str:
    """Return where a link card leads whose text does not tell it."""
    try:
        async with asyncio.timeout(_DOWNLOAD_SECONDS):
            address: str = await ctx.part("gateway").link(sent.id)
    except (QunzhiError, TimeoutError):
        address = ""
    if not address:
        raise UserError("这个链接卡片没有网址，请在浏览器里打开，复制网址再发「分享 网址」。")
    return address


async def _read_file(ctx: Context[Any], sent: StoredMessage, shown: str) -> Material:
    try:
        async with asyncio.timeout(_DOWNLOAD_SECONDS):
            file: FileContent = await ctx.part("gateway").download(sent.id)
    except (QunzhiError, TimeoutError) as error:
        raise UserError(_LOST.format(shown)) from error
    name = bare_name(sent.file_name) or bare_name(file.name) or "文件"  # some gateways tell it only with the bytes
    if sent.kind is MessageKind.IMAGE and not name.lower().endswith(_PICTURES):
        name += ".png"  # what it really is shows when it is opened
    try:
        made = await asyncio.to_thread(_convert, name, file.data)
    except DocumentError as error:
        raise UserError(f"《{name}》{error.advice}。") from error
    return Material(made.title or PurePath(name).stem, made.text, "", sent.member_id, sent.name)


def _convert(name: str, data: bytes) -> Converted:
    """Read a file in a process that ends with it, and gives its memory back."""
    is_picture = name.lower().endswith(_PICTURES)
    with _ONE_PICTURE if is_picture else nullcontext(), DocumentReader(seconds=_READ_SECONDS) as reader:
        return convert(name, data, reader)
