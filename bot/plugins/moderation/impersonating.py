"""People whose name is made to look like the owner's, an admin's or the bot's: who reads it is warned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.plugin import Database, Member, Outgoing, Role, Room, VerdictAction, moderation
from bot.plugins.moderation import acting, cases_store
from bot.plugins.moderation.arrivals_store import Arrival
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.ladder import Decision
from bot.plugins.moderation.memory import memory_of
from bot.plugins.moderation.model import Case, CaseState
from bot.plugins.moderation.paying import is_paying
from bot.plugins.moderation.places import Ctx, can_whisper
from bot.plugins.moderation.reviewers import find_reviewers

_FRESH: Final = timedelta(minutes=10)  # so long the leaders of a room are not asked for again
_WARNED: Final = timedelta(days=7)  # so long after the owner was told, talk of money is still answered
_MONEY = re.compile(
    "转账|转我|打款|打钱|付款|收款|汇款|红包|借钱|借我|垫付|私聊|加我|加个?微信|扫码|收费|报名费|会费|银行卡"
)


@dataclass(slots=True)
class _Seen:
    names: set[tuple[str, str, str]] = field(default_factory=set)
    leaders: dict[str, tuple[datetime, tuple[Member, ...]]] = field(default_factory=dict)
    suspects: dict[tuple[str, str], int] = field(default_factory=dict)


_seen: PerBot[_Seen] = PerBot(_Seen)


async def look_at_arrivals(ctx: Ctx, arrived: Sequence[Arrival]) -> None:
    """Look at the names of people who came into a room."""
    for one in arrived:
        if ctx.room is not None:
            await _look(ctx, ctx.room, Member(one.member_id, one.name))


async def look_at_talker(ctx: Ctx) -> None:
    """Look at the name somebody speaks under, once, and warn the room when a suspect talks of money."""
    room, member = ctx.room, ctx.member
    if room is None or member is None or ctx.role >= Role.ADMIN:
        return
    seen = _seen.of(ctx)
    if (room.id, member.id, member.name) not in seen.names:
        await _look(ctx, room, member)
    number = seen.suspects.get((room.id, member.id))
    if number is not None and _MONEY.search(moderation.reveal(ctx.text).text):
        await ctx.db(_warn_room, ctx, room, member, number)


async def _look(ctx: Ctx, room: Room, member: Member) -> None:
    rules = [(name, rule) for name, rule in ctx.config.rules.items() if rule.kind == "lookalike" and rule.enabled]
    if not rules:
        return
    seen = _seen.of(ctx)
    seen.names.add((room.id, member.id, member.name))
    seen.suspects.pop((room.id, member.id), None)
    leaders = await _leaders_of(ctx, room)
    if member.id in {leader.id for leader in leaders}:
        return
    names = [leader.name for leader in leaders if leader.name] + [ctx.services.bot_name]
    found = moderation.find_lookalike(member.name, names)
    if found is None:
        return
    name, rule = rules[0]
    finding = moderation.Finding(
        rule=name, words=rule.shown, family=rule.family, action=rule.verdict, weight=rule.weight, reason=found.reason
    )
    number = await _report(ctx, room, member, finding)
    if number:
        seen.suspects[room.id, member.id] = number


async def _leaders_of(ctx: Ctx, room: Room) -> tuple[Member, ...]:
    seen = _seen.of(ctx)
    known = seen.leaders.get(room.id)
    if known is None or ctx.now - known[0] > _FRESH:
        known = seen.leaders[room.id] = (ctx.now, tuple(await find_reviewers(ctx, room.id)))
    return known[1]


async def _report(ctx: Ctx, room: Room, member: Member, finding: moderation.Finding) -> int:
    """Show the owner, once for this name; return the case's number, 0 when the owner has found it harmless."""
    memory = await memory_of(ctx)
    if memory.is_exempt(member.id, room.id, ctx.now):
        return 0
    scene = acting.Scene(
        room=room,
        can_remove=ctx.part("gateway").capabilities.can_remove,
        can_whisper=await can_whisper(ctx, member.id),
        is_rehearsal=memory.is_rehearsing(ctx, room),
        is_paying=await is_paying(ctx, member.id),
    )
    said = moderation.Said(
        id=f"lookalike/{room.id}/{member.id}/{member.name}", at=ctx.now, room_id=room.id, member_id=member.id,
        name=member.name, text="",
    )  # fmt: skip

    def write(db: Database) -> int:
        decision = Decision(action=VerdictAction.REPORT, findings=(finding,), asked=VerdictAction.REPORT)
        acting.put_into_effect(db, ctx, said, decision, scene)
        case = cases_store.case_of_message(db, said.id)
        return case.number if case is not None and _is_open_suspicion(case, ctx.now) else 0

    return await ctx.db(write)


def _is_open_suspicion(case: Case, now: datetime) -> bool:
    return case.state not in {CaseState.UNDONE, CaseState.REHEARSED} and now - case.made_at < _WARNED


def _warn_room(db: Database, ctx: Ctx, room: Room, member: Member, number: int) -> bool:
    """Say once that this is not who the name says; nothing when the owner has found it harmless meanwhile."""
    case = cases_store.get_case(db, number)
    if case is None or not _is_open_suspicion(case, ctx.now):
        return False
    text = f"提醒一下：「{member.name}」不是群主、管理员，也不是我。说到转账、加微信，请先找群主本人确认。"
    ctx.enqueue(
        db,
        Outgoing(
            room_id=room.id, text=text, dedupe_key=acting.key_of(case, "money"), cause=ctx.cause, reason="冒充提醒"
        ),
    )
    return True
