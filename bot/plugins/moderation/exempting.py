"""People whom the rules leave alone for a while."""

from __future__ import annotations

from datetime import timedelta

from bot.plugin import Database, Member, Reply, UserError
from bot.plugins.moderation import audit_store, cases_store, desk_texts, exemptions_store, memory
from bot.plugins.moderation.acting import entry_of, find_topic
from bot.plugins.moderation.model import AuditEntry, CaseState, Done, Exemption
from bot.plugins.moderation.places import Ctx, get_case, topics

_FROM_CASE = timedelta(days=7)
"""So long somebody is left alone when the owner answers a report with 4: long enough to look at the rule."""


async def exempt(ctx: Ctx, member: Member, span: timedelta | None, reason: str) -> Reply:
    """Leave somebody alone here, or everywhere when it is said in private."""
    text = await ctx.db(_exempt, ctx, member, span, reason.strip())
    memory.forget(ctx)
    return _in_private(text)


def _exempt(db: Database, ctx: Ctx, member: Member, span: timedelta | None, reason: str) -> str:
    room_id = ctx.room.id if ctx.room else ""
    until = ctx.now + span if span else None
    exemptions_store.put_exemption(
        db,
        Exemption(
            member_id=member.id, room_id=room_id, name=member.name, until=until, reason=reason, noted_by=ctx.talker.id
        ),
        ctx.now,
    )
    audit_store.add(
        db,
        AuditEntry(
            done=Done.EXEMPT, at=ctx.now, reason=reason, room_id=room_id, member_id=member.id,
            name=member.name, decided_by=ctx.talker.id,
        ),
    )  # fmt: skip
    return desk_texts.exempted(member.name, until, ctx.room.topic if ctx.room else "", ctx.zone)


async def exempt_in(ctx: Ctx, number: int) -> str:
    """Leave the person of a case alone for a week, and settle the case."""
    text = await ctx.db(_exempt_in, ctx, number)
    memory.forget(ctx)
    return text


def _exempt_in(db: Database, ctx: Ctx, number: int) -> str:
    case = get_case(db, ctx, number)
    if not case.member_id:
        raise UserError(desk_texts.no_case(number))
    until = ctx.now + _FROM_CASE
    found = Exemption(
        member_id=case.member_id, room_id=case.room_id, name=case.name, until=until, reason=case.shown,
        noted_by=ctx.talker.id,
    )  # fmt: skip
    exemptions_store.put_exemption(db, found, ctx.now)
    if case.state is not CaseState.UNDONE:
        cases_store.set_state(db, number, CaseState.SETTLED)
    audit_store.add(db, entry_of(ctx, case, Done.EXEMPT, by=ctx.talker.id))
    return desk_texts.exempted(case.name, until, find_topic(db, case.room_id), ctx.zone)


async def end(ctx: Ctx, member: Member) -> Reply:
    """Treat somebody like everybody again, here and everywhere.

    Raises:
        UserError: they were not exempt.
    """
    if not await ctx.db(_end, ctx, member):
        raise UserError(desk_texts.not_exempt(member.name))
    memory.forget(ctx)
    return _in_private(desk_texts.unexempted(member.name))


def _end(db: Database, ctx: Ctx, member: Member) -> bool:
    places = [one.room_id for one in exemptions_store.all_exemptions(db) if one.member_id == member.id]
    wanted = [place for place in places if ctx.room is None or place in {ctx.room.id, ""}]
    for place in wanted:
        exemptions_store.drop_exemption(db, member.id, place)
        audit_store.add(
            db,
            AuditEntry(
                done=Done.UNEXEMPT, at=ctx.now, reason="", room_id=place, member_id=member.id, name=member.name,
                decided_by=ctx.talker.id,
            ),
        )  # fmt: skip
    return bool(wanted)


async def show(ctx: Ctx) -> Reply:
    """Show who is left alone."""
    return _in_private(await ctx.read(_show, ctx))


def _show(db: Database, ctx: Ctx) -> str:
    found = [one for one in exemptions_store.all_exemptions(db) if one.counts_at(ctx.now)]
    here = [one for one in found if ctx.room is None or one.room_id in {ctx.room.id, ""}]
    return desk_texts.exemptions(here, topics(db), ctx.zone)


def _in_private(text: str) -> Reply:
    return Reply(text=text, private=True)
