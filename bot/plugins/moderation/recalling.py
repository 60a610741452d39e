"""Who takes a message back that broke a rule is treated more mildly: the first time in a while it does not count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from bot.plugin import Context, Database, Message, withdraw
from bot.plugins.moderation import audit_store, cases_store, notices_store, strikes_store
from bot.plugins.moderation.acting import entry_of, key_of
from bot.plugins.moderation.model import CaseState, Done

_A_WHILE: Final = timedelta(days=7)
_FEW = 50  # acts about a member that are looked at
_HALF = 0.5


def soften(db: Database, ctx: Context[Any], message: Message) -> bool:
    """Let the strike for a message that was taken back count no more, or half when that was done before in a week.

    What was not said yet about it is not said any more; a case that waits for the owner goes on waiting, for the owner
    may have seen it. False when the message led to nothing, or somebody else took it back.
    """
    case = cases_store.case_of_message(db, message.recalled_id)
    if case is None or case.member_id != message.talker.id or case.state is CaseState.UNDONE:
        return False
    done = audit_store.entries_of_member(db, case.member_id, _FEW)
    if any(entry.done is Done.RECALL and entry.case == case.number for entry in done):
        return False
    is_first = not any(entry.done is Done.RECALL and ctx.now - entry.at < _A_WHILE for entry in done)
    for what in ("remind", "warn"):
        withdraw(db, key_of(case, what))
    if case.state is CaseState.SETTLED:
        notices_store.drop_held_back(db, case.number)
    for strike in strikes_store.strikes_of_case(db, case.number):
        if is_first:
            strikes_store.withdraw_strike(db, strike.number, ctx.now)
        else:
            strikes_store.set_points(db, strike.number, strike.points * _HALF)
    reason = "本人撤回了消息，这次不计分" if is_first else "本人撤回了消息，分减半"
    audit_store.add(db, entry_of(ctx, case, Done.RECALL, by=case.member_id, reason=reason))
    return True
