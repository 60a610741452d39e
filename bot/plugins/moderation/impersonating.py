"""People whose name or avatar is made to look like the owner's, an admin's or the bot's: who reads them is warned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from bot.plugin import (
    Database,
    Deadline,
    Member,
    Outgoing,
    Role,
    Room,
    VerdictAction,
    find_member,
    find_room,
    moderation,
)
from bot.plugins.moderation import acting, audit_store, cases_store, recognising, texts
from bot.plugins.moderation.arrivals_store import Arrival
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.ladder import Decision
from bot.plugins.moderation.memory import memory_of
from bot.plugins.moderation.model import Case, CaseState
from bot.plugins.moderation.paying import is_paying
from bot.plugins.moderation.places import Ctx, can_whisper
from bot.plugins.moderation.reviewers import find_reviewers
from bot.plugins.moderation.rulebook import in_room

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
    """Look at the names and avatars of people who came into a room, at both at once where avatars can be had."""
    if ctx.room is None or not arrived:
        return
    people = [Member(one.member_id, one.name) for one in arrived]
    later = set()
    if _looks_at_avatars(ctx):
        wanted = [one for one in people if recognising.is_wanted(ctx, ctx.room, one)]
        later = {one.id for one in await recognising.put_in_line(ctx, ctx.room, wanted, with_names=True)}
    for member in people:
        if member.id not in later:
            await _look(ctx, ctx.room, member)


async def look_at_talker(ctx: Ctx) -> None:
    """Look at the name somebody speaks under, once, and warn the room when a suspect talks of money."""
    room, member = ctx.room, ctx.member
    if room is None or member is None or ctx.role >= Role.ADMIN:
        return
    seen = _seen.of(ctx)
    if (room.id, member.id, member.name) not in seen.names:
        await _look(ctx, room, member)
    if recognising.is_wanted(ctx, room, member) and _looks_at_avatars(ctx):
        await recognising.put_in_line(ctx, room, [member], with_names=False)
    number = seen.suspects.get((room.id, member.id))
    if number is None and not recognising.is_waiting(ctx, room, member):
        return
    if not _MONEY.search(moderation.reveal(ctx.text).text):
        return
    if number is not None:
        await ctx.db(_warn_room, ctx, room, member, number)
    else:
        recognising.note_money(ctx, room, member)


async def look_at_avatar(ctx: Ctx, due: Deadline) -> None:
    """Look at an avatar whose turn has come, and at the name if it was not looked at yet."""
    member_id: str = due.data["member_id"]
    is_about_money = recognising.take_from_line(ctx, due.data["room"], member_id)
    room, member = await ctx.read(_find_both, due.data["room"], member_id)
    if room is None or member is None:
        return
    here = in_room(ctx, room)
    if _looks_at_avatars(here) and not (await memory_of(here)).is_exempt(member.id, room.id, here.now):
        double = await recognising.find_double(here, room, member, await _leaders_of(here, room))
        if double is None:
            await recognising.try_again(here, due)
        with_name = due.data["with_name"] and (room.id, member.id, member.name) not in _seen.of(here).names
        await _look(here, room, member, double or "", with_name=with_name)
    elif due.data["with_name"]:
        await _look(here, room, member)
    number = _seen.of(here).suspects.get((room.id, member.id))
    if is_about_money and number is not None:
        await here.db(_warn_room, here, room, member, number)


def _find_both(db: Database, room_id: str, member_id: str) -> tuple[Room | None, Member | None]:
    return find_room(db, room_id), find_member(db, member_id, room_id)


def _rule_of(ctx: Ctx) -> tuple[str, moderation.Rule] | None:
    """Return the rule that looks at names, with its id; None when it is off."""
    rules = ctx.config.rules.items()
    return next(((name, rule) for name, rule in rules if rule.kind == "lookalike" and rule.enabled), None)


def _looks_at_avatars(ctx: Ctx) -> bool:
    found = _rule_of(ctx)
    return found is not None and bool(found[1]["avatars"]) and ctx.part("gateway").capabilities.shows_avatars


async def _look(ctx: Ctx, room: Room, member: Member, double: str = "", *, with_name: bool = True) -> None:
    """Look at a name, and report what is found.

    Args:
        ctx: the call.
        room: where.
        member: who.
        double: whose avatar theirs looks like; empty when that is not known, or nobody's.
        with_name: whether the name is looked at; a name that was is not reported again.
    """
    rule, seen = _rule_of(ctx), _seen.of(ctx)
    if rule is None:
        return
    found = []
    if with_name:
        seen.names.add((room.id, member.id, member.name))
        seen.suspects.pop((room.id, member.id), None)
    leaders = await _leaders_of(ctx, room)
    if member.id in {leader.id for leader in leaders}:
        return
    names = [leader.name for leader in leaders if leader.name] + [ctx.services.bot_name]
    if with_name and (like := moderation.find_lookalike(member.name, names)):
        found.append(_finding(*rule, "lookalike", like.reason))
    if double:
        found.append(_finding(*rule, "avatar", f"头像和「{double}」几乎一样"))
    if found and (number := await _report(ctx, room, member, found, double)):
        seen.suspects[room.id, member.id] = number


def _finding(name: str, rule: moderation.Rule, family: str, reason: str) -> moderation.Finding:
    return moderation.Finding(
        rule=name, words=rule.shown, family=family, action=rule.verdict, weight=rule.weight, reason=reason
    )


async def _leaders_of(ctx: Ctx, room: Room) -> tuple[Member, ...]:
    seen = _seen.of(ctx)
    known = seen.leaders.get(room.id)
    if known is None or not known[1] or ctx.now - known[0] > _FRESH:
        known = seen.leaders[room.id] = (ctx.now, tuple(await find_reviewers(ctx, room.id)))
    return known[1]


async def _report(ctx: Ctx, room: Room, member: Member, findings: Sequence[moderation.Finding], double: str) -> int:
    """Show the owner, once for a name and a picture; return the case's number, 0 when it was found harmless."""
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
        by_name = cases_store.case_of_message(db, said.id)
        if double and by_name is not None and by_name.state is CaseState.OPEN:
            case: Case | None = _add_reason(db, ctx, room, by_name, findings[-1])
        else:
            is_other = double and (by_name is not None or len(findings) == 1)
            key = f"lookalike/{room.id}/{member.id}//{double}" if is_other else said.id
            decision = Decision(action=VerdictAction.REPORT, findings=tuple(findings), asked=VerdictAction.REPORT)
            acting.put_into_effect(db, ctx, replace(said, id=key), decision, scene)
            case = cases_store.case_of_message(db, key)
        return case.number if case is not None and _is_open_suspicion(case, ctx.now) else 0

    return await ctx.db(write)


def _add_reason(db: Database, ctx: Ctx, room: Room, case: Case, finding: moderation.Finding) -> Case:
    """Tell the owner of one more reason for a case that waits, once."""
    if any(one["family"] == finding.family for one in case.findings):
        return case
    case = cases_store.add_finding(db, case, dict(acting.finding_to_json(finding)), finding.reason)
    audit_store.add(db, acting.entry_of(ctx, case, case.act))
    text = texts.one_more_reason(case, room.topic, finding.reason)
    ctx.part("notices").write(db, text, acting.key_of(case, finding.family), room)
    return case


def _is_open_suspicion(case: Case, now: datetime) -> bool:
    return case.state not in {CaseState.UNDONE, CaseState.REHEARSED} and now - case.made_at < _WARNED


def _warn_room(db: Database, ctx: Ctx, room: Room, member: Member, number: int) -> bool:
    """Say once that this is not who it looks like; nothing when the owner has found it harmless meanwhile."""
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
