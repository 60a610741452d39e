"""Warnings that people give and take back, and what members read of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.plugin import Database, Member, Outgoing, Priority, Reply, UserError
from bot.plugins.moderation import audit_store, cases_store, desk_texts, strikes_store, texts
from bot.plugins.moderation.acting import entry_of, find_topic, give_strike, key_of, whisper
from bot.plugins.moderation.model import Case, CaseState, Done, Strike
from bot.plugins.moderation.places import (
    Ctx,
    can_whisper,
    check_touchable,
    get_case,
    led_rooms,
    may_decide,
    room_about,
    topics,
)
from bot.plugins.moderation.rulebook import RULEBOOK
from bot.plugins.moderation.trusting import trust_more

_BY_PERSON = "管理者提醒"
_POINTS = 1.0


# ---- 警告


async def warn(ctx: Ctx, people: Sequence[Member], reason: str) -> Reply:
    """Give each of them a strike, with a case of its own.

    Raises:
        UserError: one is an owner, an admin or the bot, or nobody knows which room is meant.
    """
    whispers = {member.id: await can_whisper(ctx, member.id) for member in people}
    return _in_private(await ctx.db(_warn_all, ctx, people, reason.strip(), whispers))


def _warn_all(db: Database, ctx: Ctx, people: Sequence[Member], reason: str, whispers: Mapping[str, bool]) -> str:
    return "\n".join(_warn(db, ctx, member, reason, whispers[member.id]) for member in people)


def _warn(db: Database, ctx: Ctx, member: Member, reason: str, whispers: bool) -> str:  # noqa: FBT001 - `ctx.db` hands it on
    room = room_about(db, ctx, member)
    check_touchable(db, ctx, member, room)
    case = cases_store.add_case(
        db,
        Case(
            number=0, room_id=room.id, member_id=member.id, name=member.name, message_id="", said_at=ctx.now,
            made_at=ctx.now, rule="", words=reason or _BY_PERSON, family="", act=Done.WARN, state=CaseState.SETTLED,
            reason=reason, by=ctx.talker.id,
        ),
    )  # fmt: skip
    return _strike(db, ctx, case, _POINTS, whispers=whispers)


async def warn_about(ctx: Ctx, number: int) -> str:
    """Give the strike that a case which was reported asks for.

    Raises:
        UserError: there is no such case, it was taken back, or it has led to a strike.
    """
    case = await ctx.read(get_case, ctx, number)
    whispers = await can_whisper(ctx, case.member_id)
    text = await ctx.db(_warn_about, ctx, number, whispers)
    RULEBOOK.of(ctx).expire()
    return text


def _warn_about(db: Database, ctx: Ctx, number: int, whispers: bool) -> str:  # noqa: FBT001 - the same
    case = get_case(db, ctx, number)
    if case.state is CaseState.UNDONE or not case.member_id:
        raise UserError(desk_texts.already_undone(case))
    trust_more(db, ctx, case)
    if any(one.withdrawn_at is None for one in strikes_store.strikes_of_case(db, number)):
        cases_store.set_state(db, number, CaseState.SETTLED)
        audit_store.add(db, entry_of(ctx, case, Done.SETTLE, by=ctx.talker.id))
        return f"{case.shown} 已经记过分了，现在结案，不重复记。"
    cases_store.set_state(db, number, CaseState.SETTLED, Done.WARN)
    weight = max((float(one.get("weight", _POINTS)) for one in case.findings), default=_POINTS)
    return _strike(db, ctx, case, weight, whispers=whispers)


def _strike(db: Database, ctx: Ctx, case: Case, points: float, *, whispers: bool) -> str:
    strike = give_strike(db, ctx, case, points, by=ctx.talker.id)
    audit_store.add(db, entry_of(ctx, case, Done.STRIKE, by=ctx.talker.id, strike=strike.number))
    topic = find_topic(db, case.room_id)
    text = (
        texts.warn(case, topic, strike, ctx.zone, is_late=True)
        if case.text
        else texts.warned_by_person(case, topic, strike, ctx.zone)
    )
    whisper(db, ctx, case, text, can_whisper=whispers)
    total = sum(one.points for one in strikes_store.strikes_in_force(db, case.member_id, ctx.now))
    return desk_texts.warned(case.name, strike, total, was_told=whispers)


# ---- 撤销警告


async def withdraw(ctx: Ctx, which: int | Member) -> Reply:
    """Take a strike back, that of the number or a person's latest, and tell whose it was.

    Raises:
        UserError: there is no such strike, or it was taken back before.
    """
    number = which if isinstance(which, int) else await ctx.read(_latest, ctx, which)
    return _in_private(await ctx.db(_withdraw, ctx, number))


def _latest(db: Database, ctx: Ctx, member: Member) -> int:
    rooms = led_rooms(db, ctx)
    found = [one for one in strikes_store.strikes_in_force(db, member.id, ctx.now) if one.room_id in rooms]
    if not found:
        raise UserError(desk_texts.has_no_strike(member.name))
    return found[-1].number


def _withdraw(db: Database, ctx: Ctx, number: int) -> str:
    strike = strikes_store.get_strike(db, number)
    case = cases_store.get_case(db, strike.case) if strike else None
    if strike is None or case is None or not may_decide(db, ctx, case):
        raise UserError(desk_texts.no_strike(number))
    if not strikes_store.withdraw_strike(db, number, ctx.now):
        raise UserError(desk_texts.already_withdrawn(strike))
    audit_store.add(db, entry_of(ctx, case, Done.WITHDRAW, by=ctx.talker.id, strike=number, reason=case.reason))
    tell(db, ctx, case, texts.strike_withdrawn(strike, find_topic(db, strike.room_id)), "withdrawn")
    left = sum(one.points for one in strikes_store.strikes_in_force(db, strike.member_id, ctx.now))
    return desk_texts.withdrawn(case.name, strike, left)


def tell(db: Database, ctx: Ctx, case: Case, text: str, what: str) -> None:
    """Write to the person a case is about, once."""
    if case.member_id and ctx.part("gateway").capabilities.can_send_private:
        row = Outgoing(
            member_id=case.member_id, text=text, dedupe_key=key_of(case, f"{what}/{ctx.cause}"), cause=ctx.cause,
            priority=Priority.PRIVATE_NOTICE, reason=f"群规 {case.rule or case.shown}",
        )  # fmt: skip
        ctx.enqueue(db, row)


# ---- 我的违规


async def show_mine(ctx: Ctx) -> Reply:
    """Show a member what counts against them, and until when."""
    return _in_private(await ctx.read(_mine, ctx))


def _mine(db: Database, ctx: Ctx) -> str:
    limits = ctx.config.strikes
    found: list[Strike] = strikes_store.strikes_in_force(db, ctx.talker.id, ctx.now)
    return desk_texts.my_strikes(found, topics(db), (limits.warn_at, limits.report_at, limits.remove_at), ctx.zone)


def _in_private(text: str) -> Reply:
    return Reply(text=text, private=True)
