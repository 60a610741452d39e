"""Takes back what was done about somebody, as far as it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bot.plugin import Act, Context, Database, Delivery, Outgoing, members_of, withdraw
from bot.plugins.moderation import (
    appeals_store,
    audit_store,
    cases_store,
    exemptions_store,
    memory,
    notices_store,
    strikes_store,
)
from bot.plugins.moderation.acting import entry_of, key_of
from bot.plugins.moderation.appeal_rules import Outcome
from bot.plugins.moderation.model import Case, CaseState, Done, Strike

_SAID: Final = ("remind", "warn", "goodbye", "owner", "remove")

Ctx = Context[Any]


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back.

    Attributes:
        strikes: the strikes that count no more.
        was_told: whether the person had been told of it.
        was_removed: whether they had been taken out of the room.
        is_invited: whether they are invited back by the gateway.
        is_exemption_over: whether an exemption that came of it ended.
    """

    strikes: tuple[Strike, ...] = ()
    was_told: bool = False
    was_removed: bool = False
    is_invited: bool = False
    is_exemption_over: bool = False


def undo_case(db: Database, ctx: Ctx, case: Case, *, by: str, reason: str) -> Undone:
    """Take a case back, in the transaction at hand: strikes, what waits to be sent, a removal, an exemption.

    The person is not told here: who undoes it knows why, and says so.

    Args:
        db: a write transaction.
        ctx: the call.
        case: which; one that was undone before is left as it is.
        by: who does it; empty for the bot.
        reason: why, in Chinese.
    """
    if case.state is CaseState.UNDONE:
        return Undone()
    strikes = tuple(one for one in strikes_store.strikes_of_case(db, case.number) if one.withdrawn_at is None)
    for strike in strikes:
        strikes_store.withdraw_strike(db, strike.number, ctx.now)
    taken = {what for what in _SAID if withdraw(db, key_of(case, what))}
    is_held = notices_store.drop_held_back(db, case.number)
    was_removed = case.act is Done.REMOVE and "remove" not in taken
    is_invited = was_removed and _invite(db, ctx, case)
    is_exemption_over = _lift_exemption(db, ctx, case)
    cases_store.set_state(db, case.number, CaseState.UNDONE)
    appeals_store.decide_appeal(db, case.number, Outcome.UPHELD, "", ctx.now)  # there is nothing left to decide
    audit_store.add(db, entry_of(ctx, case, Done.UNDO, by=by, reason=reason))
    is_silent = is_held or bool(taken & {"remind", "warn", "goodbye"})
    return Undone(strikes, bool(strikes) and not is_silent, was_removed, is_invited, is_exemption_over)


def _invite(db: Database, ctx: Ctx, case: Case) -> bool:
    """Have somebody who was removed brought back; False when the gateway cannot, or they are there again."""
    is_back = any(one.id == case.member_id for one in members_of(db, case.room_id))
    if is_back or not ctx.part("gateway").capabilities.can_add:
        return False
    ctx.enqueue(
        db,
        Outgoing(
            room_id=case.room_id, member_id=case.member_id, act=Act.INVITE, dedupe_key=key_of(case, "invite"),
            cause=ctx.cause, reason=f"撤销 {case.shown}", delivery=Delivery.AT_MOST_ONCE,
        ),
    )  # fmt: skip
    return True


def _lift_exemption(db: Database, ctx: Ctx, case: Case) -> bool:
    """Take back the exemption that was given because of this case; False when there is none."""
    given = [one for one in audit_store.entries_of_case(db, case.number) if one.done is Done.EXEMPT]
    if not given or not exemptions_store.drop_exemption(db, case.member_id, case.room_id):
        return False
    memory.forget_everywhere()
    audit_store.add(db, entry_of(ctx, case, Done.UNEXEMPT, by=given[-1].decided_by, reason=f"撤销 {case.shown}"))
    return True
