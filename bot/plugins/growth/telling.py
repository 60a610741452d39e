"""Tells members in private, in the transaction of what they are told."""

from __future__ import annotations

from typing import Any

from bot.plugin import Context, Database, Delivery, Outgoing, Priority
from bot.plugins.growth.model import NAME


def tell(db: Database, ctx: Context[Any], member_id: str, text: str, key: str) -> None:
    """Promise a member a line in private; where there are no private chats the owner is asked to pass it on.

    Args:
        db: the transaction.
        ctx: the call.
        member_id: whom.
        text: what.
        key: what it is about; the same is told once.
    """
    if not ctx.part("gateway").capabilities.can_send_private:
        ctx.part("notices").write(db, f"私聊发不出去，请转告这位成员：{text}", f"{NAME}/{key}/{member_id}")
        return
    ctx.enqueue(
        db,
        Outgoing(
            member_id=member_id,
            text=text,
            dedupe_key=f"{NAME}/{key}/{member_id}",
            priority=Priority.PRIVATE_NOTICE,
            delivery=Delivery.AT_LEAST_ONCE,
            cause=ctx.cause,
            reason="推荐和赠送",
        ),
    )
