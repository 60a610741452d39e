"""What other plugins may use of redeem codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.plugin import Context, Database, Delivery, Outgoing, Priority
from bot.plugins.codes import texts
from bot.plugins.codes.making import make_batch
from bot.plugins.codes.model import NAME
from bot.plugins.codes.voiding import take_back
from bot.plugins.membership.api import PlanVersion

__all__ = ["NAME", "give_code", "take_back"]


def give_code(
    db: Database, ctx: Context[Any], plan: PlanVersion, member_id: str, *, expires_at: datetime, text: str = ""
) -> int:
    """Make one code that may be used once, and send it to a member to pass on.

    Args:
        db: the transaction of the reason for it.
        ctx: the call, of whichever plugin.
        plan: what it gives.
        member_id: who gets it; the code is forgotten when it was sent.
        expires_at: from when on it gives nothing.
        text: said in front of it.

    Returns:
        The number of its batch, for `take_back(db, ctx, number, is_revoking=True)` when it is refunded.
    """
    batch, codes = make_batch(db, ctx, plan, count=1, uses=1, expires_at=expires_at)
    shown = texts.gift(batch.plan.title, codes[0], texts.last_day(expires_at, ctx.zone))
    ctx.enqueue(
        db,
        Outgoing(
            member_id=member_id, text=f"{text}\n{shown}" if text else shown, is_secret=True,
            dedupe_key=f"codes/{batch.number}/gift", cause=ctx.cause, reason="兑换码",
            priority=Priority.PRIVATE_NOTICE, delivery=Delivery.AT_LEAST_ONCE,
        ),
    )  # fmt: skip
    return batch.number
