"""Removals that people decide: one word is enough, unless the person has paid; then two of them must agree."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from bot.plugin import (
    Database,
    Deadline,
    Member,
    Outgoing,
    Priority,
    Reply,
    RoomLeft,
    UserError,
    find_by_identity,
    find_member,
    find_room,
)
from bot.plugins.moderation import acting, audit_store, cases_store, confirmations_store, desk_texts, texts
from bot.plugins.moderation.acting import entry_of, find_topic, key_of
from bot.plugins.moderation.model import Case, CaseState, Done
from bot.plugins.moderation.paying import is_paying
from bot.plugins.moderation.places import (
    Ctx,
    can_whisper,
    check_touchable,
    get_case,
    is_present,
    leaders,
    meet_leaders,
    room_about,
)
from bot.plugins.moderation.rulebook import RULEBOOK
from bot.plugins.moderation.striking import tell
from bot.plugins.moderation.trusting import trust_more
from bot.plugins.moderation.undoing import undo_case

CONFIRM: Final = "confirm_removal"
"""The deadline until which a second person may agree."""
_WITHIN: Final = timedelta(hours=24)


async def remove(ctx: Ctx, number: int) -> Reply:
    """Remove the person of a case, or ask somebody else to agree when they have paid.

    Raises:
        UserError: there is no such case, the person is gone, leads the room, or nobody else could agree.
    """
    case = await ctx.read(get_case, ctx, number)
    paying = case.is_paying or (bool(case.member_id) and await is_paying(ctx, case.member_id))
    whispers = await can_whisper(ctx, case.member_id)
    if paying:
        await meet_leaders(ctx, case.room_id)
    if not await is_present(ctx, case):
        raise UserError(desk_texts.is_gone(case, await ctx.read(find_topic, case.room_id)))
    text = await ctx.db(_ask if paying else _remove, ctx, number, whispers)
    RULEBOOK.of(ctx).expire()
    return _in_private(text)


async def propose(ctx: Ctx, member: Member, reason: str) -> Reply:
    """Open a case about somebody whom an admin wants removed, and ask once more.

    Raises:
        UserError: it is an owner, an admin or the bot, they are not here, or nobody knows which room is meant.
    """
    number, text = await ctx.db(_propose, ctx, member, reason.strip())
    return Reply(text=text, confirm=f"移除 V{number}")


def _propose(db: Database, ctx: Ctx, member: Member, reason: str) -> tuple[int, str]:
    room = room_about(db, ctx, member)
    check_touchable(db, ctx, member, room)
    case = cases_store.add_case(
        db,
        Case(
            number=0, room_id=room.id, member_id=member.id, name=member.name, message_id="", said_at=ctx.now,
            made_at=ctx.now, rule="", words=reason or desk_texts.BY_LEADER, family="", act=Done.REPORT,
            state=CaseState.OPEN, reason=reason, by=ctx.talker.id,
        ),
    )  # fmt: skip
    audit_store.add(db, entry_of(ctx, case, Done.REPORT, by=ctx.talker.id))
    return case.number, desk_texts.proposed(case, room.topic)


def _removable(db: Database, ctx: Ctx, number: int) -> Case:
    case = get_case(db, ctx, number)
    member = find_member(db, case.member_id, case.room_id) if case.member_id else None
    room = find_room(db, case.room_id)
    if case.state is CaseState.UNDONE:
        raise UserError(desk_texts.already_undone(case))
    if member is None or room is None:
        raise UserError(desk_texts.is_gone(case, room.topic if room else ""))
    check_touchable(db, ctx, member, room)
    return case


def _remove(db: Database, ctx: Ctx, number: int, whispers: bool) -> str:  # noqa: FBT001 - `ctx.db` hands it on
    return _carry_out(db, ctx, _removable(db, ctx, number), whispers=whispers)


def _carry_out(db: Database, ctx: Ctx, case: Case, *, whispers: bool) -> str:
    topic = find_topic(db, case.room_id)
    trust_more(db, ctx, case)
    if not ctx.part("gateway").capabilities.can_remove:
        cases_store.set_state(db, case.number, CaseState.BY_HAND, Done.BY_HAND)
        audit_store.add(db, entry_of(ctx, case, Done.BY_HAND, by=ctx.talker.id))
        return texts.by_hand(topic, [case])
    cases_store.set_state(db, case.number, CaseState.SETTLED, Done.REMOVE)
    audit_store.add(db, entry_of(ctx, case, Done.REMOVE, by=ctx.talker.id))
    acting.remove(db, ctx, case, topic, can_whisper=whispers)
    return desk_texts.removed(case, topic)


# ---- two people


def _ask(db: Database, ctx: Ctx, number: int, _whispers: bool) -> str:  # noqa: FBT001 - `ctx.db` hands it on
    case = _removable(db, ctx, number)
    topic, room = find_topic(db, case.room_id), find_room(db, case.room_id)
    others = [one for one in leaders(db, ctx, room) if one.id not in {ctx.talker.id, case.member_id}]
    if not others:
        raise UserError(desk_texts.nobody_second(case, topic))
    if case.state is CaseState.CONFIRMING:
        return desk_texts.needs_second(case, topic, [one.name for one in others], _WITHIN)
    cases_store.set_state(db, number, CaseState.CONFIRMING)
    confirmations_store.forget_confirmations(db, number)
    confirmations_store.add_confirmation(db, number, ctx.talker.id, ctx.now)
    audit_store.add(db, entry_of(ctx, case, Done.ASK_REMOVAL, by=ctx.talker.id))
    ctx.set_deadline(db, CONFIRM, key=case.shown, at=ctx.now + _WITHIN, data={"number": number}, room_id=case.room_id)
    text = desk_texts.asks_second(case, topic, ctx.talker_name, _WITHIN)
    for one in others:
        key = key_of(case, f"second/{one.id}/{ctx.cause}")
        ctx.enqueue(
            db,
            Outgoing(
                member_id=one.id, text=text, dedupe_key=key, cause=ctx.cause, priority=Priority.PRIVATE_NOTICE,
                reason="确认移除",
            ),
        )  # fmt: skip
    return desk_texts.needs_second(case, topic, [one.name for one in others], _WITHIN)


async def confirm(ctx: Ctx, number: int) -> Reply:
    """Agree, as the second of two, to a removal.

    Raises:
        UserError: nothing waits to be confirmed, or the talker asked for it.
    """
    case = await ctx.read(get_case, ctx, number)
    if case.state is CaseState.CONFIRMING and not await is_present(ctx, case):
        raise UserError(desk_texts.is_gone(case, await ctx.read(find_topic, case.room_id)))
    text = await ctx.db(_confirm, ctx, number, await can_whisper(ctx, case.member_id))
    RULEBOOK.of(ctx).expire()
    return _in_private(text)


def _confirm(db: Database, ctx: Ctx, number: int, whispers: bool) -> str:  # noqa: FBT001 - `ctx.db` hands it on
    case = get_case(db, ctx, number)
    if case.state is not CaseState.CONFIRMING:
        raise UserError(desk_texts.nothing_to_confirm(case))
    if ctx.talker.id in confirmations_store.confirmed_by(db, number):
        raise UserError(desk_texts.second_please(case))
    _removable(db, ctx, number)
    confirmations_store.add_confirmation(db, number, ctx.talker.id, ctx.now)
    audit_store.add(db, entry_of(ctx, case, Done.CONFIRM_REMOVAL, by=ctx.talker.id))
    ctx.drop_deadline(db, CONFIRM, case.shown)
    return _carry_out(db, ctx, case, whispers=whispers)


async def give_up(ctx: Ctx, due: Deadline) -> None:
    """Let somebody stay whose removal no second person agreed to."""
    await ctx.db(_give_up, ctx, int(due.data["number"]))


def _give_up(db: Database, ctx: Ctx, number: int) -> bool:
    case = cases_store.get_case(db, number)
    if case is None or case.state is not CaseState.CONFIRMING:
        return False
    cases_store.set_state(db, number, CaseState.SETTLED)
    audit_store.add(db, entry_of(ctx, case, Done.DROP_REMOVAL, reason="24 小时内没有第二位确认"))
    text = desk_texts.not_confirmed(case, find_topic(db, case.room_id))
    ctx.part("notices").write(db, text, key_of(case, f"given up/{ctx.cause}"), find_room(db, case.room_id))
    return True


# ---- 撤销, and people who go by themselves


async def undo(ctx: Ctx, number: int) -> Reply:
    """Take back what was done about a case, and tell the person.

    Raises:
        UserError: there is no such case, or it was taken back before.
    """
    return _in_private(await ctx.db(_undo, ctx, number))


def _undo(db: Database, ctx: Ctx, number: int) -> str:
    case = get_case(db, ctx, number)
    if case.state is CaseState.UNDONE:
        raise UserError(desk_texts.already_undone(case))
    done = undo_case(db, ctx, case, by=ctx.talker.id, reason="管理者撤销")
    if done.was_told or done.was_removed:
        tell(db, ctx, case, texts.undone(case, find_topic(db, case.room_id)), "undone")
    return desk_texts.undone(case, done)


async def note_left(ctx: Ctx, event: RoomLeft) -> None:
    """Settle what waited for people to be out of a room."""
    if ctx.room is not None:
        await ctx.db(_note_left, ctx, ctx.room.id, [contact.id for contact in event.left], event.at)


def _note_left(db: Database, ctx: Ctx, room_id: str, contact_ids: Iterable[str], at: datetime) -> int:
    gone = {member.id for one in contact_ids if (member := find_by_identity(db, "contact", one))}
    cases = [case for case in cases_store.waiting_cases(db, {room_id}) if case.member_id in gone and case.said_at <= at]
    for case in cases:
        cases_store.set_state(db, case.number, CaseState.SETTLED)
        audit_store.add(db, entry_of(ctx, case, Done.LEFT, reason="已经不在群里"))
        ctx.drop_deadline(db, CONFIRM, case.shown)
    return len(cases)


def _in_private(text: str) -> Reply:
    return Reply(text=text, private=True)
