"""Tells people what became of a share: in private, or in the room where the gateway has no private chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.plugin import Context, Database, Delivery, Outgoing, Priority


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who did not speak just now.

    Attributes:
        member_id: who.
        room_id: the room the share is about; empty when it came in private.
    """

    member_id: str
    room_id: str


def tell(ctx: Context[Any], db: Database, who: Addressee, text: str, key: str) -> None:
    """Promise a line, once: in private, else in the room; nobody is told what they did themselves.

    Args:
        ctx: the call.
        db: the transaction of what is told.
        who: whom.
        text: what to say.
        key: what it is about.
    """
    if not who.member_id or (ctx.member is not None and who.member_id == ctx.member.id):
        return
    if ctx.part("gateway").capabilities.can_send_private:
        ask(ctx, db, Addressee(who.member_id, ""), text, key)
    elif who.room_id:
        ask(ctx, db, who, text, key)


def ask(ctx: Context[Any], db: Database, who: Addressee, text: str, key: str) -> None:
    """Promise a question, once: in the room, where they are mentioned, or in private without one."""
    ctx.enqueue(
        db,
        Outgoing(
            room_id=who.room_id,
            member_id="" if who.room_id else who.member_id,
            mentions=(who.member_id,) if who.room_id else (),
            text=text,
            dedupe_key=f"sharing/{key}",
            priority=Priority.PRIVATE_NOTICE,
            delivery=Delivery.AT_LEAST_ONCE,
            cause=ctx.cause,
            reason="分享",
        ),
    )
