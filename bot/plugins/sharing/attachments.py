"""What members send besides text: files, pictures and links become material for a post."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePath
from typing import Any, TypeVar

from bot.plugin import (
    Context,
    Converted,
    DocumentError,
    DocumentReader,
    FileContent,
    MessageKind,
    Outgoing,
    QunzhiError,
    StoredMessage,
    UserError,
    attachments_since,
    find_message,
    fold,
)
from bot.plugins.qa.api import convert
from bot.plugins.sharing.links import Take, find_link, read_link
from bot.plugins.sharing.links_addresses import Allow, is_public
from bot.plugins.sharing.links_fetch import LinkError

T = TypeVar("T")

_LATELY = timedelta(minutes=2)  # 分享 means what was sent so shortly before
_REMEMBERED = timedelta(hours=1)  # what was sent before that needs no word of it
_QUOTED_LATELY = timedelta(days=14)
_MOST_LOOKED_AT = 200
_LONGEST_TITLE = 60
_DOWNLOAD_SECONDS, _READ_SECONDS = 12.0, 15.0  # together less than a handler may take
_PATIENCE = 3.0  # seconds until the member is told that it takes longer
_ONE_PICTURE = threading.Lock()  # recognising takes 800 MB: two at a time are one too many
_FILES = frozenset({MessageKind.FILE, MessageKind.IMAGE})
_PLACEHOLDER = re.compile(r"^\[[^\]]{1,10}\]")  # [文件], [图片], [链接], [Photo]
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
_LOST = "《{}》没能从微信下载下来，请重新发一次。"
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
        message_id: of the file or the link; empty when it stands in the command itself.
        link: the web address; empty for files.
        tags: typed beside it.
    """

    title: str
    body: str
    author: str
    sender_id: str
    sender: str
    message_id: str = ""
    link: str = ""
    tags: tuple[str, ...] = ()


async def find_material(ctx: Context[Any], text: str, take: Take) -> Material | None:
    """Return what a member wants to share when that is a file, a picture or a link; None when it is text.

    `分享 <网址>`, a quoted file or link with `分享 [标题]`, and a bare `分享` shortly after one's own file or link.

    Args:
        ctx: the call of the command.
        text: what stands behind the command; may be empty.
        take: what is kept of web pages here.

    Raises:
        UserError: it is one, and it cannot be used.
    """
    words = text.split()
    tags = tuple(dict.fromkeys(word[1:] for word in words if word.startswith("#") and len(word) > 1))
    title = " ".join(word for word in words if not word.startswith("#"))
    if link := find_link(title):
        return replace(await read_address(ctx, link, take), tags=tags)
    is_quoted = ctx.message is not None and ctx.message.quote is not None
    is_name = "\n" not in text.strip() and len(title) <= _LONGEST_TITLE
    if not is_name or (title and not is_quoted) or (sent := await find_sent(ctx)) is None:
        return None
    if not is_quoted and ctx.message and ctx.message.at - sent.at > _LATELY:
        raise UserError(f"{_shown(sent)}发了有一会儿了，请引用它再发「分享」。")
    made = await read_sent(ctx, sent, take)
    return replace(made, title=title or made.title, tags=tags)


async def read_part(ctx: Context[Any], take: Take) -> str | None:
    """Return the text of the file, picture or link at hand for a collection; None when it is an ordinary message.

    Raises:
        UserError: it cannot be used; the collection goes on without it.
    """
    message = ctx.message
    sent = await ctx.read(find_message, message.id) if message else None
    if sent is None or not _is_attachment(sent):
        return None
    try:
        made = await read_sent(ctx, sent, take)
    except UserError:
        if sent.kind is MessageKind.TEXT:
            return None  # a link that cannot be read is still worth being written down
        raise
    return f"## {made.title}\n\n{made.body}"


async def find_sent(ctx: Context[Any]) -> StoredMessage | None:
    """Return the file, picture or link a member means: the quoted one, or their own latest."""
    message = ctx.message
    if message is None:
        return None
    room_id = message.room.id if message.room else ""
    since = message.at - (_QUOTED_LATELY if message.quote else _REMEMBERED)
    talker = "" if message.quote and room_id else ctx.talker.id
    sent = await ctx.read(attachments_since, room_id, talker, since, _MOST_LOOKED_AT)
    usable = [one for one in sent if one.id != message.id and _is_attachment(one)]
    if message.quote is None:
        return usable[0] if usable else None
    return next((one for one in usable if _is_quoted(one, message.quote.name, message.quote.text)), None)


def _is_attachment(sent: StoredMessage) -> bool:
    return sent.kind in {*_FILES, MessageKind.LINK} or bool(find_link(sent.text))


def _is_quoted(sent: StoredMessage, name: str, text: str) -> bool:
    """Whether a quote is of that message; WeChat shows `[文件] 讲义.pdf`, `[图片]` or the beginning of a text."""
    if fold(sent.name) != fold(name):
        return False
    quoted = _PLACEHOLDER.sub("", fold("".join(text.split()))).rstrip(".…")
    if not quoted:  # a picture has no name that anybody sees
        return sent.kind is MessageKind.IMAGE
    shown = fold("".join((sent.file_name or sent.text).split()))
    return shown in quoted or (quoted in shown if sent.kind is MessageKind.LINK else shown.startswith(quoted))


async def read_sent(ctx: Context[Any], sent: StoredMessage, take: Take) -> Material:
    """Return what a file, picture or link says; the member is told when it takes long.

    Raises:
        UserError: it cannot be used, with its name and what to do.
    """
    if sent.kind not in _FILES:
        return await read_address(ctx, find_link(sent.text) or await _find_address(ctx, sent), take, sent)
    shown = _bare(sent.file_name)
    told = f"正在读《{shown}》……" if shown else "正在读这个文件……"
    name, made = await _tell_when_slow(ctx, told, _read_file(ctx, sent, shown))
    title = made.title or PurePath(name).stem
    return Material(title, made.text, "", sent.member_id, sent.name, sent.id)


async def read_address(ctx: Context[Any], address: str, take: Take, sent: StoredMessage | None = None) -> Material:
    """Return the article behind a link.

    Args:
        ctx: the call.
        address: http or https.
        take: what is kept of pages here.
        sent: the message with the link, when it is not the one at hand.

    Raises:
        UserError: it must not be read or cannot.
    """
    try:
        made = await _tell_when_slow(ctx, "正在读这个网页……", read_link(address, take, ALLOWED["links"]))
    except LinkError as error:
        raise UserError(str(error)) from error
    sender = (sent.member_id, sent.name) if sent else (ctx.talker.id, ctx.talker_name)
    return Material(made.title, made.text, made.author, *sender, sent.id if sent else "", link=address)


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


async def _read_file(ctx: Context[Any], sent: StoredMessage, name: str) -> tuple[str, Converted]:
    """Return the name of a file (some gateways tell it only with the bytes) and what it says."""
    try:
        async with asyncio.timeout(_DOWNLOAD_SECONDS):
            file: FileContent = await ctx.part("gateway").download(sent.id)
    except (QunzhiError, TimeoutError) as error:
        raise UserError(_LOST.format(name or "这个文件")) from error
    name = name or _bare(file.name) or "文件"
    if sent.kind is MessageKind.IMAGE and not name.lower().endswith(_PICTURES):
        name += ".png"  # what it really is shows when it is opened
    try:
        return name, await asyncio.to_thread(_convert, name, file.data)
    except DocumentError as error:
        raise UserError(f"《{name}》{error.advice}。") from error


def _convert(name: str, data: bytes) -> Converted:
    """Read a file in a process that ends with it, and gives its memory back."""
    is_picture = name.lower().endswith(_PICTURES)
    with _ONE_PICTURE if is_picture else nullcontext(), DocumentReader(seconds=_READ_SECONDS) as reader:
        return convert(name, data, reader)


def _shown(sent: StoredMessage) -> str:
    name = _bare(sent.file_name)
    return f"《{name}》" if name else "刚才的链接"


def _bare(name: str) -> str:
    """Return a file's name without folders: what others typed into it leads nowhere."""
    return PurePath(name.replace("\\", "/").replace("\0", "")).name.strip()


async def _tell_when_slow(ctx: Context[Any], text: str, work: Awaitable[T]) -> T:
    """Return what the work returns; somebody who waits for more than a moment is told that it is under way."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait([task], timeout=_PATIENCE)
        if not done:
            await _tell(ctx, text)
        return await task
    finally:
        task.cancel()


async def _tell(ctx: Context[Any], text: str) -> None:
    """Say it once, also when the message is handled again; it is no step, since it depends on the time."""
    room = ctx.room
    told = Outgoing(
        room_id=room.id if room else "",
        member_id="" if room else ctx.talker.id,
        text=text,
        dedupe_key=f"{ctx.cause}/reading/{text}",
        cause=ctx.cause,
        reason="正在读文件",
    )
    await ctx.services.write(lambda db: ctx.enqueue(db, told))
