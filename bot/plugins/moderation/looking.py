"""Pictures that were posted: fetched and searched for QR codes in their own time, where any rule asks for those."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Final
from zlib import crc32

from bot.plugin import (
    Context,
    Database,
    Deadline,
    FileContent,
    MessageKind,
    QunzhiError,
    find_message,
    find_room,
    moderation,
)
from bot.plugins.moderation.hearing import HEARD, heard_before, keep_heard
from bot.plugins.moderation.rulebook import RULEBOOK, InForce, in_room
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]

LOOK: Final = "look"
"""Name of the deadline at which a picture is looked at; its key is the message."""
_STEP: Final = crc32(b"moderation/look") << 16
_PICTURES: Final = {MessageKind.IMAGE, MessageKind.EMOTICON}
_DOWNLOAD_SECONDS: Final = 12.0  # real seconds; less than a handler may take
_ONE_OF_EACH: Final = (
    "https://weixin.qq.com/g/x", "https://u.wechat.com/x", "https://t.me/x", "wxp://x", "https://weixin.qq.com/r/x",
    "https://mp.weixin.qq.com/a/~x", "https://example.com/x", "x",
)  # fmt: skip
log = logging.getLogger(__name__)


async def look_later(ctx: Ctx, said: moderation.Said, in_force: InForce) -> None:
    """Have a picture looked at soon, if any rule for whoever posted it would mind a code in it.

    It waits in a line of its own, not in the room's: talk goes on meanwhile, and a crash loses nothing.
    """
    if said.kind not in _PICTURES or said.codes:
        return
    if not in_force.judging.judge_attached(replace(said, codes=_ONE_OF_EACH)):
        return
    data = {"room": said.room_id, "heard": keep_heard(said).get(HEARD, {})}

    def write(db: Database) -> None:
        ctx.set_deadline(db, LOOK, key=said.id, at=ctx.now, data=data)

    await ctx.services.step(ctx.cause, _STEP, write)


async def find_broken(ctx: Ctx, due: Deadline) -> tuple[Ctx, moderation.Said, InForce, list[moderation.Finding]] | None:
    """Return what the codes of a picture break, with all that is needed to act on it; None when they break nothing."""
    room, stored = await ctx.read(find_room, due.data["room"]), await ctx.read(find_message, due.key)
    if room is None or stored is None:
        return None
    codes = await find_codes(ctx, stored.id)
    if not codes:
        return None
    here = in_room(ctx, room)
    in_force = await RULEBOOK.of(ctx).get(here)
    as_heard = replace(stored, decision={"moderation": {HEARD: due.data["heard"]}})
    said = replace(heard_before(as_heard), codes=codes)
    found = [in_force.as_of(one, said.at) for one in in_force.judging.judge_attached(said)]
    broken = [one for one in found if one is not None]
    return (here, said, in_force, broken) if broken else None


async def find_codes(ctx: Context[ModerationSettings], message_id: str) -> tuple[str, ...]:
    """Return the contents of the QR codes in a picture; none when it cannot be had or is none."""
    try:
        async with asyncio.timeout(_DOWNLOAD_SECONDS):
            file: FileContent = await ctx.part("gateway").download(message_id)
    except (QunzhiError, TimeoutError) as error:
        log.info("a picture is not to be had: %s", error)
        return ()
    return tuple(code.text for code in await asyncio.to_thread(moderation.read_codes, file.data))
