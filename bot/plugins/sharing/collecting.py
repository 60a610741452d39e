"""Collects what a member says between 开始分享 and 结束分享 into one post; all of it is on disk at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from bot.plugin import TAKEN, Context, Database, DomainEvent, MessageKind, Reply, Role, UserError
from bot.plugins.sharing.attachments import Source
from bot.plugins.sharing.attachments_reading import read_part, read_part_apart
from bot.plugins.sharing.collecting_store import (
    Collection,
    add_part,
    begin_collection,
    end_collection,
    fill_part,
    find_collection,
    mark_full,
    open_collections,
    remove_part,
    set_ending,
)
from bot.plugins.sharing.gate import LEAST_TITLE
from bot.plugins.sharing.incoming import Incoming
from bot.plugins.sharing.publishing import make_draft, offer
from bot.plugins.sharing.quoting import quoted_message
from bot.plugins.sharing.rules import Shared, count_substance, parse_quoted_share, parse_share, take_tags
from bot.plugins.sharing.settings import SharingSettings

_MOST_TEXT = 20_000  # characters of a collection
_GIVEN_UP = timedelta(minutes=10)  # what is not read by then never will be
_NOTHING_OPEN = "您在这里没有开始收集，先发「开始分享」，或者直接发「分享 标题 正文」。"

# Who collects where, for each running bot: ordinary chat must not cost a look into the database.
_open: WeakKeyDictionary[Any, set[tuple[str, str]]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class SlowPartSent(DomainEvent):
    """Something was collected that takes long to read: it is read apart, and its place is kept.

    Attributes:
        room_id, member_id: where and by whom.
        role: the member's role there, as a number.
        message_id: with the file, picture or link.
        shown: how the member is told of it.
    """

    room_id: str
    member_id: str
    role: int
    message_id: str
    shown: str


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
    open_now: Collection | None = await ctx.read(find_collection, *_place(ctx))
    if not is_new and open_now and open_now.ending is not None:
        raise UserError(f"上一篇还在读{_names(open_now.reading)}，读完发布之后再开始。不要了发「取消分享」。")
    _known(ctx).add(_place(ctx))
    if not is_new:
        raise UserError("已经在收集了，接着说就行；发「结束分享」发布，「取消分享」放弃。")
    where = "您在这里说的话" if ctx.room else "您说的话"
    return f"好的，接下来{where}会合成一篇（最多 {minutes:g} 分钟）。说完发「结束分享」，不要了发「取消分享」。"


async def finish(ctx: Context[SharingSettings], words: str) -> str:
    """Make a post of what was collected, or have it made when everything is read.

    Args:
        ctx: the call.
        words: what stands behind 结束分享: tags, or a title.

    Raises:
        UserError: nothing is being collected, or it is too little: then it stays open.
    """
    found: dict[str, Any] | None = await ctx.db(_end, ctx, words)
    if found is None:
        raise UserError(_NOTHING_OPEN)
    if found["reading"]:
        _known(ctx).discard(_place(ctx))
        return f"还在读{found['reading']}，读完就发布。"
    return await _publish(ctx, found)


async def read_slowly(ctx: Context[SharingSettings], event: SlowPartSent) -> str | None:
    """Read what takes long into its place, and publish the collection when its member waits for nothing else."""
    ctx.role = Role(event.role)
    try:
        text, fault = await read_part_apart(ctx, event.message_id, ctx.config.links), ""
    except UserError as error:
        text, fault = "", str(error)
    done: dict[str, Any] = await ctx.db(_settle, ctx, event, text)
    lines = [fault or done["fault"]] if done["is_here"] else []
    if done["found"]:
        try:
            lines.append(await _publish(ctx, done["found"]))
        except UserError as error:
            lines.append(str(error))
    return "\n".join(filter(None, lines)) or None


async def _publish(ctx: Context[SharingSettings], found: dict[str, Any]) -> str:
    """Make a post of what was collected.

    Raises:
        UserError: it is too little; the collection goes on.
    """
    try:
        text = await _offer(ctx, found)
    except UserError:
        _known(ctx).add(_place(ctx))
        raise
    _known(ctx).discard(_place(ctx))
    return f"{text}\n{found['lost']}没能读出来，没有收进去。" if found["lost"] else text


async def _offer(ctx: Context[SharingSettings], found: dict[str, Any]) -> str:
    if not found["parts"]:
        raise UserError("还没有收到内容，接着说就行；不要了发「取消分享」。")
    texts = [text for _, text in found["parts"]]
    messages = tuple(dict.fromkeys(message_id for message_id, _ in found["parts"]))
    draft = make_draft(ctx, _put_together(texts, found["title"], found["words"]))
    try:
        return await offer(ctx, Incoming(draft, messages), ends_collection=True)
    except UserError as error:
        raise UserError(f"{error}\n前面说的都还留着，可以接着说，或发「取消分享」。") from error


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
        return await add_part_of(ctx, part)
    if message.kind is not MessageKind.TEXT or not ctx.text.strip():
        return None
    words = ctx.text.strip(" 。.!！")
    if words in {"结束分享", "取消分享"}:  # where only mentions wake the bot, a bare word comes here
        return await (finish(ctx, "") if words == "结束分享" else cancel(ctx))
    quoted = await quoted_message(ctx)
    is_members = quoted is not None and not quoted.is_own  # the bot's words are in the knowledge already
    text = f"{quoted.name}：{quoted.text}\n{ctx.text}" if quoted and is_members else ctx.text
    return await add_part_of(ctx, text)


def is_collecting(ctx: Context[Any]) -> bool:
    """Whether the talker has a collection open here."""
    return _place(ctx) in _known(ctx)


async def add_part_of(ctx: Context[SharingSettings], part: Source | str) -> Reply | str | None:
    """Add to what the talker collects here: what was said, what was read in a file, or a place for what takes long.

    Returns:
        What a listener returns: `TAKEN`, one line when nothing more is collected or it is read apart, None when
        nothing is being collected.
    """
    state = await ctx.db(_add, ctx, part)
    if state.startswith("reading"):
        return f"正在读{state.removeprefix('reading ')}，您接着说就行。"
    if state == "full":
        return "收集的内容到上限了，这句起不再收。发「结束分享」发布前面的，「取消分享」放弃。"
    return TAKEN if state == "added" else None


def _put_together(parts: list[str], title: str, words: str) -> Shared:
    """Return the parts as a post: the title as given, else the first line."""
    given, tags = take_tags(words)
    while len(parts) > 1 and count_substance(parts[0], LEAST_TITLE) < LEAST_TITLE:  # they began with 👍
        parts = parts[1:]
    body = "\n\n".join(parts)
    if title := " ".join((given or title).split()):
        shared = parse_quoted_share(title, body)
        body, more = take_tags(body)
        return Shared(shared.title, body, tuple(dict.fromkeys([*tags, *shared.tags, *more])))
    first, _, rest = body.lstrip("# ").partition("\n")  # a file that is read begins with its title as a heading
    shared = parse_share(f"{first}\n{rest.lstrip(chr(10))}" if rest.strip() else first)
    return Shared(shared.title, shared.body or take_tags(body)[0], tuple(dict.fromkeys([*tags, *shared.tags])))


# Each of these is one step: see `publishing`.


def _end(db: Database, ctx: Context[SharingSettings], words: str) -> dict[str, Any] | None:
    """Return what was collected, or the names of what is being read: then it is published after that."""
    found = find_collection(db, *_place(ctx))
    if found is None:
        return None
    reading = [one for one in found.reading if ctx.now - one[1] <= _GIVEN_UP]
    words = words or found.ending or ""
    set_ending(db, *_place(ctx), words if reading else None)
    return {"reading": _names(reading)} if reading else _contents(found, words) | {"reading": ""}


def _settle(db: Database, ctx: Context[SharingSettings], event: SlowPartSent, text: str) -> dict[str, Any]:
    """Put what was read in its place, or take the place away; return what is to be published now, if anything."""
    found = find_collection(db, *_place(ctx))
    if found is None:
        return {"is_here": False, "fault": "", "found": None}
    is_too_long = found.size + len(text) > _MOST_TEXT
    if text and not is_too_long:
        is_here = fill_part(db, *_place(ctx), event.message_id, text)
    else:
        is_here = remove_part(db, event.message_id) > 0
    fault = f"{event.shown}有 {len(text)} 字，这一篇放不下了，没有收进来。" if is_too_long else ""
    now = find_collection(db, *_place(ctx))
    if now is None or now.ending is None or now.reading:
        return {"is_here": is_here, "fault": fault, "found": None}
    set_ending(db, *_place(ctx), None)  # it is published once, and goes on when it cannot be
    return {"is_here": is_here, "fault": fault, "found": _contents(now, now.ending)}


def _contents(found: Collection, words: str) -> dict[str, Any]:
    return {
        "title": found.title,
        "parts": [list(part) for part in found.parts],
        "words": words,
        "lost": _names(found.reading),
    }


def _names(reading: Sequence[tuple[str, datetime]]) -> str:
    return "、".join(name for name, _ in reading)


def _add(db: Database, ctx: Context[SharingSettings], part: Source | str) -> str:
    place, text = _place(ctx), part if isinstance(part, str) else ""
    found = find_collection(db, *place)
    if found is None or found.is_full or found.ending is not None or ctx.message is None:
        return "closed"
    if _is_over(found, ctx, text):
        mark_full(db, *place)
        return "full"
    if isinstance(part, str):
        add_part(db, *place, ctx.message.id, text)
        return "added"
    add_part(db, *place, ctx.message.id, part.shown, reading_since=ctx.now)
    ctx.publish(db, SlowPartSent(*place, int(ctx.role), ctx.message.id, part.shown))
    return f"reading {part.shown}"


def _is_over(found: Collection, ctx: Context[SharingSettings], text: str) -> bool:
    count = len(found.parts) + len(found.reading)
    return ctx.now > found.until or count >= ctx.config.collect_messages or found.size + len(text) > _MOST_TEXT


def _place(ctx: Context[Any]) -> tuple[str, str]:
    return (ctx.room.id if ctx.room else "", ctx.talker.id)


def _known(ctx: Context[Any]) -> set[tuple[str, str]]:
    return _open.setdefault(ctx.services, set())
