"""Collects what a member says between 开始分享 and 结束分享 into one post; all of it is on disk at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from bot.plugin import TAKEN, Context, Database, MessageKind, Reply, UserError
from bot.plugins.sharing.attachments_reading import read_part
from bot.plugins.sharing.collecting_store import (
    Collection,
    add_part,
    begin_collection,
    end_collection,
    find_collection,
    mark_full,
    open_collections,
)
from bot.plugins.sharing.gate import LEAST_TITLE
from bot.plugins.sharing.incoming import Incoming
from bot.plugins.sharing.publishing import make_draft, offer
from bot.plugins.sharing.quoting import quoted_message
from bot.plugins.sharing.rules import Shared, count_substance, parse_quoted_share, parse_share, take_tags
from bot.plugins.sharing.settings import SharingSettings

_MOST_TEXT = 20_000  # characters of a collection
_NOTHING_OPEN = "您在这里没有开始收集，先发「开始分享」，或者直接发「分享 标题 正文」。"

# Who collects where, for each running bot: ordinary chat must not cost a look into the database.
_open: WeakKeyDictionary[Any, set[tuple[str, str]]] = WeakKeyDictionary()


async def load(ctx: Context[Any]) -> None:
    """Learn who is collecting; called when the bot starts."""
    _open[ctx.services] = set(await ctx.read(open_collections))


async def begin(ctx: Context[SharingSettings], title: str) -> str:
    """Open a collection.

    Raises:
        UserError: the talker has one open here.
    """
    minutes = ctx.config.collect_minutes
    is_new = await ctx.db(begin_collection, *_place(ctx), title, ctx.now + timedelta(minutes=minutes))
    _known(ctx).add(_place(ctx))
    if not is_new:
        raise UserError("已经在收集了，接着说就行；发「结束分享」发布，「取消分享」放弃。")
    where = "您在这里说的话" if ctx.room else "您说的话"
    return f"好的，接下来{where}会合成一篇（最多 {minutes:g} 分钟）。说完发「结束分享」，不要了发「取消分享」。"


async def finish(ctx: Context[SharingSettings], words: str) -> str:
    """Make a post of what was collected.

    Args:
        ctx: the call.
        words: what stands behind 结束分享: tags, or a title.

    Raises:
        UserError: nothing is being collected, or it is too little: then it stays open.
    """
    found: dict[str, Any] | None = await ctx.db(_load, *_place(ctx))
    if found is None:
        raise UserError(_NOTHING_OPEN)
    if not found["parts"]:
        raise UserError("还没有收到内容，接着说就行；不要了发「取消分享」。")
    texts = [text for _, text in found["parts"]]
    messages = tuple(dict.fromkeys(message_id for message_id, _ in found["parts"]))
    draft = make_draft(ctx, _put_together(texts, found["title"], words))
    try:
        text = await offer(ctx, Incoming(draft, messages), ends_collection=True)
    except UserError as error:
        raise UserError(f"{error}\n前面说的都还留着，可以接着说，或发「取消分享」。") from error
    _known(ctx).discard(_place(ctx))
    return text


async def cancel(ctx: Context[SharingSettings]) -> str:
    """Drop what was collected.

    Raises:
        UserError: nothing is being collected.
    """
    is_gone = await ctx.db(end_collection, *_place(ctx))
    _known(ctx).discard(_place(ctx))
    if not is_gone:
        raise UserError(_NOTHING_OPEN)
    return "好的，刚才收集的都丢掉了。"


async def hear(ctx: Context[SharingSettings]) -> Reply | str | None:
    """Collect what was said, without a word; None when nothing is being collected or it was said to the bot."""
    message = ctx.message
    if message is None or not is_collecting(ctx) or (ctx.room and message.mentions_bot):
        return None
    if (part := await read_part(ctx, ctx.config.links)) is not None:
        return await add_text(ctx, part)
    if message.kind is not MessageKind.TEXT or not ctx.text.strip():
        return None
    words = ctx.text.strip(" 。.!！")
    if words in {"结束分享", "取消分享"}:  # where only mentions wake the bot, a bare word comes here
        return await (finish(ctx, "") if words == "结束分享" else cancel(ctx))
    quoted = await quoted_message(ctx)
    is_members = quoted is not None and not quoted.is_own  # the bot's words are in the knowledge already
    text = f"{quoted.name}：{quoted.text}\n{ctx.text}" if quoted and is_members else ctx.text
    return await add_text(ctx, text)


def is_collecting(ctx: Context[Any]) -> bool:
    """Whether the talker has a collection open here."""
    return _place(ctx) in _known(ctx)


async def add_text(ctx: Context[SharingSettings], text: str) -> Reply | str | None:
    """Add a text to what the talker collects here: what was said, or what was read in a file or a picture.

    Returns:
        What a listener returns: `TAKEN`, one line when nothing more is collected, None when nothing is being collected.
    """
    state = await ctx.db(_add, ctx, text)
    if state == "full":
        return "收集的内容到上限了，这句起不再收。发「结束分享」发布前面的，「取消分享」放弃。"
    return TAKEN if state == "added" else None


def _put_together(parts: list[str], title: str, words: str) -> Shared:
    """Return the parts as a post: the title as given, else the first line."""
    given, tags = take_tags(words)
    while len(parts) > 1 and count_substance(parts[0]) < LEAST_TITLE:  # they began with 👍
        parts = parts[1:]
    body = "\n\n".join(parts)
    if title := " ".join((given or title).split()):
        shared = parse_quoted_share(title, body)
        body, more = take_tags(body)
        return Shared(shared.title, body, tuple(dict.fromkeys([*tags, *shared.tags, *more])))
    first, _, rest = body.lstrip("# ").partition("\n")  # a file that is read begins with its title as a heading
    shared = parse_share(f"{first}\n{rest.lstrip(chr(10))}" if rest.strip() else first)
    return Shared(shared.title, shared.body or take_tags(body)[0], tuple(dict.fromkeys([*tags, *shared.tags])))


def _load(db: Database, room_id: str, member_id: str) -> dict[str, Any] | None:
    found = find_collection(db, room_id, member_id)
    return None if found is None else {"title": found.title, "parts": [list(part) for part in found.parts]}


def _add(db: Database, ctx: Context[SharingSettings], text: str) -> str:
    place = _place(ctx)
    found = find_collection(db, *place)
    if found is None or found.is_full or ctx.message is None:
        return "closed"
    if _is_over(found, ctx, text):
        mark_full(db, *place)
        return "full"
    add_part(db, *place, ctx.message.id, text)
    return "added"


def _is_over(found: Collection, ctx: Context[SharingSettings], text: str) -> bool:
    return (
        ctx.now > found.until or len(found.parts) >= ctx.config.collect_messages or found.size + len(text) > _MOST_TEXT
    )


def _place(ctx: Context[Any]) -> tuple[str, str]:
    return (ctx.room.id if ctx.room else "", ctx.talker.id)


def _known(ctx: Context[Any]) -> set[tuple[str, str]]:
    return _open.setdefault(ctx.services, set())
