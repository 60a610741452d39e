"""Gives and takes back time: the fact, the event and what the member is told, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.plugin import Context, Database, Delivery, Fact, FactKind, Outgoing, Priority, add_fact
from bot.plugins.membership import texts
from bot.plugins.membership.model import LINE, NAME, MembershipChanged, Phase, PlanVersion
from bot.plugins.membership.reading import membership_in

_DAY = 86_400


def grant(
    db: Database,
    ctx: Context[Any],
    member_id: str,
    plan: PlanVersion,
    *,
    key: str,
    provider: str,
    at: datetime,
    data: dict[str, Any] | None = None,
    text: str = "",
    is_quiet: bool = False,
) -> bool:
    """Give a member a plan; False when this was done before.

    Args:
        db: the transaction.
        ctx: the call, of whichever plugin.
        member_id: who gets it.
        plan: what, with the number of its version (`keep_version`).
        key: the fact's key; the same key gives once.
        provider: who gives: `owner`, `code`, `gift`, `trial`, `referral`, …
        at: when, aware, by the provider's clock.
        data: what else is known, JSON values without floats.
        text: said to the member before the new end; by default that the plan is theirs.
        is_quiet: tell the member nothing (the caller does).

    Raises:
        ValueError: the plan has no version yet.
    """
    if plan.version < 1:
        raise ValueError("a plan is given by its version: keep_version first")
    fact = Fact(
        key=key, kind=FactKind.GRANTED, at=at, provider=provider, member_id=member_id,
        data={**(data or {}), "plan": plan.to_data()},
    )  # fmt: skip
    if not add_fact(db, fact):
        return False
    ctx.publish(db, MembershipChanged(member_id))
    if not is_quiet:
        tell(db, ctx, member_id, end_after(db, ctx, member_id, plan, text), f"granted/{key}")
    return True


def grant_days(
    db: Database,
    ctx: Context[Any],
    member_id: str,
    days: int,
    *,
    key: str,
    provider: str,
    at: datetime,
    line: str = LINE,
    plan: PlanVersion | None = None,
    data: dict[str, Any] | None = None,
    text: str = "",
    is_quiet: bool = False,
) -> PlanVersion | None:
    """Give a member more days of what they have or had last.

    Args:
        db: the transaction.
        ctx: the call, of whichever plugin.
        member_id: who gets them.
        days: how many, at least 1.
        key: the fact's key; the same key gives once.
        provider: who gives.
        at: when, aware.
        line: in which line.
        plan: given by days to who never had anything there but a trial; None gives them nothing.
        data: what else is known.
        text: said to the member before the new end.
        is_quiet: tell the member nothing.

    Returns:
        What was given; None when there is nothing to lengthen, when it never ends anyway, or when it was done before.
    """
    held = membership_in(db, member_id, at, line)
    if held is not None and held.phase is Phase.LIFETIME:
        return None
    own = [one.plan for one in held.grants if not one.plan.is_trial] if held else []
    running = held.plan if held and held.plan and not held.plan.is_trial else None
    base = running or (own[-1] if own else plan)
    if base is None:
        return None
    more = replace(base, price_fen=0, seconds=days * _DAY, ends_at=None, is_trial=False)
    is_new = grant(db, ctx, member_id, more, key=key, provider=provider, at=at, data=data, text=text, is_quiet=is_quiet)
    return more if is_new else None


def revoke(
    db: Database, ctx: Context[Any], member_id: str, grant_id: str, *, key: str, provider: str, at: datetime
) -> bool:
    """Take a grant back from a moment on; False when this was done before.

    Args:
        db: the transaction.
        ctx: the call, of whichever plugin.
        member_id: whose.
        grant_id: the key it was given with, or `D12` for an order's; empty for all they have at that moment.
        key: the fact's key.
        provider: who says so.
        at: from when, aware; until the grant's own time it never counted.
    """
    data = {"grant": grant_id} if grant_id else {}
    fact = Fact(key=key, kind=FactKind.REVOKED, at=at, provider=provider, member_id=member_id, data=data)
    is_new = add_fact(db, fact)
    if is_new:
        ctx.publish(db, MembershipChanged(member_id))
    return is_new


def end_after(db: Database, ctx: Context[Any], member_id: str, plan: PlanVersion, text: str = "") -> str:
    """Return what a member is told who got a plan, with the end that follows."""
    held = membership_in(db, member_id, ctx.now, plan.line)
    if held is None:
        return text
    return (text or f"已为您开通「{plan.title}」，") + texts.until_line(held, ctx.now, ctx.zone)


def tell(db: Database, ctx: Context[Any], member_id: str, text: str, key: str) -> None:
    """Promise a member a line in private; where there are no private chats the owner is asked to pass it on."""
    if not ctx.part("gateway").capabilities.can_send_private:
        ctx.part("notices").write(db, f"私聊发不出去，请转告这位成员：{text}", f"{NAME}/{key}/{member_id}")
        return
    is_talker = ctx.member is not None and ctx.member.id == member_id and ctx.room is None
    ctx.enqueue(
        db,
        Outgoing(
            member_id=member_id, text=text, dedupe_key=f"{NAME}/{key}/{member_id}", cause=ctx.cause, reason="会员",
            priority=Priority.ANSWER if is_talker else Priority.PRIVATE_NOTICE, delivery=Delivery.AT_LEAST_ONCE,
        ),
    )  # fmt: skip
