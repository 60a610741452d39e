"""What members send besides text: which file, picture or link is meant when somebody says 分享."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from bot.plugin import Context, MessageKind, StoredMessage, UserError, attachments_since, fold
from bot.plugins.sharing.links import find_link

FILES = frozenset({MessageKind.FILE, MessageKind.IMAGE})
_LATELY = timedelta(minutes=2)  # 分享 means what was sent so shortly before
_REMEMBERED = timedelta(hours=1)  # what was sent before that needs no word of it
_QUOTED_LATELY = timedelta(days=14)
_MOST_LOOKED_AT = 200
_LONGEST_TITLE = 60
_LONGEST_NOTE = 100  # characters behind a link; more of them are a text that begins with one
_PAGE = "这个网页"
_PLACEHOLDER = re.compile(r"^\[[^\]]{1,10}\]")  # [文件], [图片], [链接], [Photo]


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be read.

    Attributes:
        sent_id: the message with the file or link; empty when the link stands in the command itself.
        link: that link.
        shown: how the member is told of it.
        title: what the member wants it to be called; may be empty.
        note: what the member says about a page; may be empty.
        tags: typed beside it.
    """

    sent_id: str
    link: str
    shown: str
    title: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


async def find_source(ctx: Context[Any], text: str) -> Source | None:
    """Return the file, picture or link that a member wants to share; None when it is text.

    `分享 <网址> [一句话]`, a quoted file or link with `分享 [标题]`, and a bare `分享` shortly after one's own.

    Args:
        ctx: the call of the command.
        text: what stands behind the command; may be empty.

    Raises:
        UserError: a bare `分享` comes too late after it.
    """
    words = text.split()
    tags = tuple(dict.fromkeys(word[1:] for word in words if word.startswith("#") and len(word) > 1))
    title = " ".join(word for word in words if not word.startswith("#"))
    first, _, note = title.partition(" ")
    if (link := find_link(first)) and len(note) <= _LONGEST_NOTE:
        return Source("", link, _PAGE, note=note, tags=tags)
    is_quoted = ctx.message is not None and ctx.message.quote is not None
    is_name = "\n" not in text.strip() and len(title) <= _LONGEST_TITLE
    if not is_name or (title and not is_quoted) or (sent := await _find_sent(ctx)) is None:
        return None
    if not is_quoted and ctx.message and ctx.message.at - sent.at > _LATELY:
        raise UserError(f"{source_of(sent).shown}发了有一会儿了，请引用它再发「分享」。")
    found = source_of(sent)
    return Source(found.sent_id, "", found.shown, title, tags=tags)


def source_of(sent: StoredMessage) -> Source:
    """Return the file or link of a message."""
    name = bare_name(sent.file_name)
    return Source(sent.id, "", f"《{name}》" if name else "这个文件" if sent.kind in FILES else _PAGE)


def is_attachment(sent: StoredMessage) -> bool:
    """Whether a message is a file, a picture or nothing but a link."""
    return sent.kind in {*FILES, MessageKind.LINK} or bool(find_link(sent.text))


def bare_name(name: str) -> str:
    """Return a file's name without folders: what others typed into it leads nowhere."""
    return PurePath(name.replace("\\", "/").replace("\0", "")).name.strip()


async def _find_sent(ctx: Context[Any]) -> StoredMessage | None:
    """Return the file, picture or link a member means: the quoted one, or their own latest."""
    message = ctx.message
    if message is None:
        return None
    room_id = message.room.id if message.room else ""
    since = message.at - (_QUOTED_LATELY if message.quote else _REMEMBERED)
    talker = "" if message.quote and room_id else ctx.talker.id
    sent = await ctx.read(attachments_since, room_id, talker, since, _MOST_LOOKED_AT)
    usable = [one for one in sent if one.id != message.id and is_attachment(one)]
    if message.quote is None:
        return usable[0] if usable else None
    return next((one for one in usable if _is_quoted(one, message.quote.name, message.quote.text)), None)


def _is_quoted(sent: StoredMessage, name: str, text: str) -> bool:
    """Whether a quote is of that message; WeChat shows `[文件] 讲义.pdf`, `[图片]` or the beginning of a text."""
    if fold(sent.name) != fold(name):
        return False
    quoted = _PLACEHOLDER.sub("", fold("".join(text.split()))).rstrip(".…")
    if not quoted:  # a picture has no name that anybody sees
        return sent.kind is MessageKind.IMAGE
    shown = fold("".join((sent.file_name or sent.text).split()))
    return shown in quoted or (quoted in shown if sent.kind is MessageKind.LINK else shown.startswith(quoted))
