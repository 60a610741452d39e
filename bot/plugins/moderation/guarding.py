"""The guard: every message of a room passes here before commands see it, quickly when nothing is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, TypeVar
from weakref import WeakKeyDictionary
from zlib import crc32

from bot.plugin import Database, Deadline, Message, MessageKind, Row, Verdict, VerdictAction, moderation, said_since
from bot.plugins.moderation import arriving, listing, looking, recalling, shadowing
from bot.plugins.moderation import memory as memories
from bot.plugins.moderation.acting import Scene, put_into_effect, standing_of
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.hearing import HEARD, hear, heard_before, is_contribution, keep_heard
from bot.plugins.moderation.ladder import decide
from bot.plugins.moderation.memory import Memory
from bot.plugins.moderation.paying import is_paying, was_paying
from bot.plugins.moderation.places import Ctx, can_whisper, count_people
from bot.plugins.moderation.rulebook import RULEBOOK, InForce

T = TypeVar("T")
FOUND: Final = "found"
"""Where a message's record keeps what was found: [rule, action, weight, whether it only observes] each."""
_STEP: Final = crc32(b"moderation/guard") << 16
"""Number of the guard's step: its own, since what is counted before it differs when a message is handled again."""
_LONGEST_LOOK: Final = timedelta(days=1)
_MOST_HEARD: Final = 1000  # messages a room's watch remembers at most

_asking: WeakKeyDictionary[moderation.Judge, bool] = WeakKeyDictionary()
_watches: PerBot[dict[str, tuple[float, moderation.RoomWatch]]] = PerBot(dict)
"""Room id → for how many seconds it was told to remember, and the watch."""


async def judge(ctx: Ctx) -> Verdict | None:
    """Judge a message; None when there is nothing to say or to keep."""
    message = ctx.message
    if message is None or message.room is None:
        return None
    if message.kind is MessageKind.RECALL:
        await _step(ctx, lambda db: recalling.soften(db, ctx, message))
        return None
    if is_contribution(ctx, message):
        return Verdict(action=VerdictAction.ALLOW, notes={HEARD: {"exempt": True}})
    memory = await memories.memory_of(ctx)
    newness = await arriving.count_message(ctx)
    book = RULEBOOK.of(ctx)
    in_force = book.latest(ctx) or await book.get(ctx)
    is_exempt = memory.is_exempt(message.talker.id, message.room.id, message.at)
    paying = _asks_who_pays(in_force.judging) and await was_paying(ctx, message.talker.id)
    said = hear(ctx, message, newness, is_exempt=is_exempt, is_paying=paying)
    watch = _watch_at_hand(ctx, in_force, message.room.id)
    if watch is None:  # not `or`: a watch of a room where nothing was said is empty
        watch = await _watch(ctx, in_force, message)
    findings = in_force.judge(said, watch)
    notes = keep_heard(said, is_odd=in_force.judging.is_odd(said), advert=in_force.advert_score(said))
    await looking.look_later(ctx, said, in_force)
    if not findings:
        return Verdict(action=VerdictAction.ALLOW, notes=notes) if notes else None
    return await act_on(ctx, said, in_force, findings, notes)


async def see(ctx: Ctx, due: Deadline) -> None:
    """Judge a picture by its codes, which were found in it later than it was judged."""
    found = await looking.find_broken(ctx, due)
    if found is not None:
        await act_on(*found, {})


async def act_on(
    ctx: Ctx, said: moderation.Said, in_force: InForce, findings: list[moderation.Finding], notes: Row
) -> Verdict:
    """Do what follows from what a message breaks, and return it with what its record keeps."""
    memory = await memories.memory_of(ctx)
    findings += listing.find_listed(ctx, said)
    notes[FOUND] = [[one.rule, int(one.action), round(one.weight, 3), one.is_shadow] for one in findings]
    await shadowing.note_hits(ctx, in_force, said, findings)
    acting = [one for one in findings if not one.is_shadow and one.action > VerdictAction.ALLOW]
    if not acting or memory.is_braked:
        return Verdict(action=VerdictAction.ALLOW, notes=notes)
    return await _act(ctx, said, acting, notes, memory)


async def _act(
    ctx: Ctx, said: moderation.Said, acting: list[moderation.Finding], notes: Row, memory: Memory
) -> Verdict:
    assert ctx.room is not None
    scene = Scene(
        room=ctx.room,
        can_remove=ctx.part("gateway").capabilities.can_remove,
        can_whisper=await can_whisper(ctx, said.member_id),
        is_rehearsal=memory.is_rehearsing(ctx, ctx.room),
        is_paying=await is_paying(ctx, said.member_id),
        people=await count_people(ctx, ctx.room) if _may_remove(ctx, acting) else 0,
    )

    def write(db: Database) -> Row:
        decision = decide(acting, standing_of(db, ctx, said, scene), said.at, ctx.config)
        return put_into_effect(db, ctx, said, decision, scene)

    record = await _step(ctx, write)
    if record["is_braked"]:
        memories.forget(ctx)
    action = VerdictAction(record["action"])
    if action is VerdictAction.ALLOW:
        return Verdict(action=action, notes=notes)
    notes["case"] = record["case"]
    return Verdict(
        action=action, rule=record["rule"], reason=record["reason"], score=record["score"], is_done=True,
        stops=record["stops"], is_rehearsed=scene.is_rehearsal, notes=notes,
    )  # fmt: skip


def _asks_who_pays(judging: moderation.Judge) -> bool:
    """Whether a rule is for those who have paid, or for those who have not."""
    is_asking = _asking.get(judging)
    if is_asking is None:
        is_asking = _asking[judging] = any(rule.when.paying is not None for rule in judging.rules.values())
    return is_asking


def _may_remove(ctx: Ctx, acting: list[moderation.Finding]) -> bool:
    return ctx.config.strikes.remove_at is not None or any(one.action == VerdictAction.REMOVE for one in acting)


async def _step(ctx: Ctx, fn: Callable[[Database], T]) -> T:
    """Run a write once for this message, whatever else was counted for it before."""
    return await ctx.services.step(ctx.cause, _STEP, fn)


def _watch_at_hand(ctx: Ctx, in_force: InForce, room_id: str) -> moderation.RoomWatch | None:
    """Return the watch of a room; None when there is none yet, or a new rule looks further back than it remembers."""
    seconds, watch = _watches.of(ctx).get(room_id, (-1.0, None))
    horizon = in_force.judging.horizon
    if watch is None or horizon > seconds:
        return None
    if horizon < seconds:
        _watches.of(ctx)[room_id] = (horizon, watch)
    return watch


async def _watch(ctx: Ctx, in_force: InForce, message: Message) -> moderation.RoomWatch:
    """Return a watch of a room that was told what was said before."""
    assert message.room is not None
    heard = await ctx.read(_said_lately, message, in_force.judging.horizon)
    watch = await asyncio.to_thread(_catch_up, in_force.judging, heard, message.text)
    _watches.of(ctx)[message.room.id] = (in_force.judging.horizon, watch)
    return watch


def _catch_up(judging: moderation.Judge, heard: Sequence[moderation.Said], text: str) -> moderation.RoomWatch:
    """Return a watch of what was said before, and read what is said now: the first text of all loads the tables."""
    watch = moderation.RoomWatch()
    for said in heard:
        judging.remember(said, watch)
    judging.read(text)
    return watch


def _said_lately(db: Database, message: Message, seconds: float) -> list[moderation.Said]:
    """Return what was said in the room shortly before a message, the first first."""
    assert message.room is not None
    since = message.at - min(timedelta(seconds=seconds), _LONGEST_LOOK)
    heard: list[moderation.Said] = []
    for stored in said_since(db, message.room.id, since, _MOST_HEARD):
        if stored.id == message.id:
            break
        heard.append(heard_before(stored))
    return heard
