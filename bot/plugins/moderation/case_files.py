"""案卷, 审计 and 待处理: what admins read of cases and of the log, and what they can answer."""

from __future__ import annotations

from bot.plugin import Choice, Database, Member, Reply
from bot.plugins.moderation import audit_store, cases_store, desk_texts, strikes_store, texts
from bot.plugins.moderation.model import WAITING, AuditEntry, Case, CaseState
from bot.plugins.moderation.places import Ctx, get_case, led_rooms, names_of, topics

_LISTED = 10
_LOGGED = 15
_ANSWERED = 9


async def show(ctx: Ctx, which: int | Member | None) -> Reply:
    """Show a case, the cases of a person, or the latest ones here.

    Raises:
        UserError: there is no such case.
    """
    if isinstance(which, int):
        return await show_case(ctx, which)
    text = await ctx.read(_list, ctx, which)
    return Reply(text=text, private=True)


async def show_case(ctx: Ctx, number: int) -> Reply:
    """Show a whole case, with what can be answered while it waits."""
    case = await ctx.read(get_case, ctx, number)
    text = await ctx.read(_file, ctx, case)
    return Reply(text=text, private=True, choices=answers(case))


def answers(case: Case) -> tuple[Choice, ...]:
    """Return what an admin may answer to a case that waits."""
    if case.state not in WAITING or not case.member_id:
        return ()
    return (
        Choice("移除", f"移除 {case.shown}"),
        Choice("警告", f"警告 {case.shown}"),
        Choice("误判", f"误判 {case.shown}"),
        Choice("豁免 7 天", f"豁免 {case.shown}"),
    )


def _file(db: Database, ctx: Ctx, case: Case) -> str:
    entries = audit_store.entries_of_case(db, case.number)
    names = names_of(db, [entry.decided_by for entry in entries])
    return desk_texts.case_file(case, topics(db).get(case.room_id, ""), entries, names, ctx.zone)


def _list(db: Database, ctx: Ctx, member: Member | None) -> str:
    rooms = led_rooms(db, ctx)
    found = cases_store.latest_cases(db, room_ids=rooms, member_id=member.id if member else "", limit=_LISTED)
    known = topics(db)
    lines = [desk_texts.case_line(case, known.get(case.room_id, ""), ctx.zone) for case in found]
    if member is not None:
        total = sum(one.points for one in strikes_store.strikes_in_force(db, member.id, ctx.now))
        lines.append(f"{member.name} 现在共 {texts.points(total)}。")
    elif not lines:
        return desk_texts.NO_CASES
    return "\n".join([*lines, *(["看详情发「案卷 V12」这样的编号。"] if found else [])])


# ---- 审计


async def show_log(ctx: Ctx, which: int | Member | None) -> Reply:
    """Show the latest acts here, or those about a case or a person."""
    case = await ctx.read(get_case, ctx, which) if isinstance(which, int) else None
    return Reply(text=await ctx.read(_log, ctx, case, which), private=True)


def _log(db: Database, ctx: Ctx, case: Case | None, which: int | Member | None) -> str:
    found: list[AuditEntry]
    if case is not None:
        found = audit_store.entries_of_case(db, case.number)
    elif isinstance(which, Member):
        rooms = {*led_rooms(db, ctx), ""}
        found = [one for one in audit_store.entries_of_member(db, which.id, _LOGGED)[::-1] if one.room_id in rooms]
    else:
        found = audit_store.latest_entries(db, led_rooms(db, ctx) or ["-"], _LOGGED)[::-1]
    names = names_of(db, [entry.decided_by for entry in found])
    lines = [desk_texts.audit_line(entry, names, ctx.zone) for entry in found]
    return "\n".join(lines) or desk_texts.NO_CASES


# ---- 待处理


async def show_waiting(ctx: Ctx) -> Reply:
    """Show what waits for a word, each with a number."""
    found = await ctx.read(_waiting, ctx)
    if not found:
        return Reply(text=desk_texts.NO_WAITING, private=True)
    choices = tuple(Choice(_one_line(case), f"案卷 {case.shown}") for case in found[:_ANSWERED])
    more = f"（还有 {len(found) - _ANSWERED} 条，处理完再看）" if len(found) > _ANSWERED else ""
    text = f"有 {len(found)} 条等您处理，回复数字看详情：{more}"
    return Reply(text=text, private=True, choices=choices)


def _waiting(db: Database, ctx: Ctx) -> list[Case]:
    return cases_store.waiting_cases(db, led_rooms(db, ctx))


def _one_line(case: Case) -> str:
    state = f"（{texts.STATES[case.state]}）" if case.state is not CaseState.OPEN else ""
    return f"{case.shown} {case.name}：{case.reason.rstrip('。')}{state}"
