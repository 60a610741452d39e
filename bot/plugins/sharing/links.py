"""Links that members share: found in a message, fetched, and read as an article with its source."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import Literal

from bot.plugin import Converted, DocumentError, DocumentReader
from bot.plugins.sharing.links_addresses import Allow, is_public
from bot.plugins.sharing.links_fetch import Fetched, LinkError, fetch

Take = Literal["off", "extract", "title"]
"""What is kept of a web page: nothing, its article, or its title alone."""

OFF = "这里没有打开收录链接，请直接把正文发出来。"
_ADDRESS = re.compile(r"https?://[^\s<>\"'，。；！？、（）「」《》【】]+", re.IGNORECASE)
_CARD_ADDRESS = re.compile(r"<url>(?:<!\[CDATA\[)?\s*(https?://.+?)\s*(?:\]\]>)?</url>", re.IGNORECASE | re.DOTALL)
_TAIL = ".,;:!?)"  # signs that end the sentence and not the address
_LEAST_TEXT = 40  # letters, digits and ideographs of a plain text page
_DAY_PARTS = 3


def find_link(text: str) -> str:
    """Return the web address when a message is nothing else, or a card that leads to one; empty otherwise."""
    if card := _CARD_ADDRESS.search(text):
        return unescape(card[1])
    text = text.strip()
    found = _ADDRESS.fullmatch(text)
    return found[0].rstrip(_TAIL) if found else ""


async def read_link(address: str, take: Take, allow: Allow = is_public) -> Converted:
    """Return the article behind a link, its source below it.

    Args:
        address: http or https.
        take: what is kept.
        allow: which addresses of the network may be reached.

    Raises:
        LinkError: it must not be read or cannot; the text is what the member is told.
    """
    if take == "off":
        raise LinkError(OFF)
    page = await fetch(address, allow)
    try:
        made = await asyncio.to_thread(_read, page)
    except DocumentError as error:
        raise LinkError(f"网页{error.advice}，请直接把正文发出来。") from error
    title = made.title or _name_of(address)
    text = f"《{title}》" if take == "title" else made.text
    return Converted(title=title, text=f"{text}\n\n{_source(made, address)}", author=made.author, date=made.date)


def _read(page: Fetched) -> Converted:
    if page.media_type in {"text/plain", "text/markdown"}:
        text = page.data.decode(page.charset or "utf-8", "replace")
        if sum(map(str.isalnum, text)) < _LEAST_TEXT:
            raise DocumentError("里没有找到正文")
        first, _, rest = text.strip().partition("\n")
        return Converted(title=first.lstrip("# ").strip(), text=rest.strip() or first)
    with DocumentReader(seconds=10.0) as reader:
        return reader.read("page.html", page.data, address=page.address, charset=page.charset)


def _source(made: Converted, address: str) -> str:
    """Return the line that says whose text it is and where the original stands."""
    parts = made.date.split("-")
    day = f"{int(parts[0])}年{int(parts[1])}月{int(parts[2])}日" if len(parts) == _DAY_PARTS else ""
    known = "，".join(part for part in (made.author, day) if part)
    return f"原文：{address}\n{f'作者：{known}。' if known else ''}版权归原作者所有，这里只摘录正文供群内学习。"


def _name_of(address: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", address).split("/")[0]
