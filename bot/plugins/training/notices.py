"""Tells people what became of their place, in the transaction in which it became so."""

from __future__ import annotations

from typing import Any

from bot.plugin import Act, Context, Database, Delivery, Outgoing, Priority, find_room
from bot.plugins.training.calendar_file import digest_of, make_file
from bot.plugins.training.calendar_store import last_file, note_file
from bot.plugins.training.model import Registration, TrainingSession


def can_tell_alone(ctx: Context[Any]) -> bool:
    """Return whether private messages can be sent."""
    return bool(ctx.part("gateway").capabilities.can_send_private)


def tell(
    db: Database,
    ctx: Context[Any],
    one: Registration,
    text: str,
    *,
    delivery: Delivery = Delivery.AT_LEAST_ONCE,
    is_private: bool = False,
) -> None:
    """Promise a member a line: in private, else where they registered, with their name rung.

    Args:
        db: the transaction of what is told.
        ctx: the call.
        one: whose registration.
        text: what to say.
        delivery: what to do in doubt.
        is_private: it is nobody else's business; where there are no private chats they are told whom to ask, those
            who asked by the answer they get.
    """
    is_alone = can_tell_alone(ctx) or not one.room_id
    is_talker = ctx.member is not None and ctx.member.id == one.member_id
    if is_private and not is_alone:
        if is_talker:
            return
        text = "有您的场次消息，但只能私聊发，当前通道发不了私聊，请直接联系群主。"
    ctx.enqueue(
        db,
        Outgoing(
            room_id="" if is_alone else one.room_id,
            member_id=one.member_id if is_alone else "",
            mentions=() if is_alone else (one.member_id,),
            text=text,
            dedupe_key=f"training/{ctx.cause}/{one.session_id}/{one.member_id}/{one.state}",
            priority=Priority.ANSWER if is_talker and ctx.room is None else Priority.PRIVATE_NOTICE,
            delivery=delivery,
            cause=ctx.cause,
            reason="场次报名",
        ),
    )


def tell_owner(db: Database, ctx: Context[Any], one: Registration | None, text: str, key: str) -> None:
    """Promise the owner a line about a registration, or about a session as a whole."""
    room = find_room(db, one.room_id) if one and one.room_id else None
    ctx.part("notices").write(db, text, f"training/{ctx.cause}/{key}", room)


def send_calendar(
    db: Database, ctx: Context[Any], session: TrainingSession, member_id: str, *, is_cancelled: bool = False
) -> None:
    """Promise a member the calendar file, when it differs from the one they have.

    Args:
        db: the transaction.
        ctx: the call.
        session: as it is now.
        member_id: whom.
        is_cancelled: takes the entry out; who has none gets nothing.
    """
    capabilities = ctx.part("gateway").capabilities
    if not (capabilities.can_send_private and capabilities.can_send_files):
        return
    last = last_file(db, session.id, member_id)
    digest = "" if is_cancelled else digest_of(session)
    if (last is None and is_cancelled) or (last is not None and last[0] == digest):
        return
    sequence = session.revision if last is None else max(session.revision, last[1] + 1)
    community = ctx.services.community
    ctx.enqueue(
        db,
        Outgoing(
            member_id=member_id,
            act=Act.FILE,
            file=make_file(session, community, ctx.now, sequence=sequence, is_cancelled=is_cancelled),
            dedupe_key=f"training/{ctx.cause}/calendar/{session.id}/{member_id}",
            priority=Priority.PRIVATE_NOTICE,
            delivery=Delivery.AT_LEAST_ONCE,
            cause=ctx.cause,
            reason="日历文件",
        ),
    )
    note_file(db, session.id, member_id, digest, sequence)
