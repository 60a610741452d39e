"""How much a rule is trusted: its cases that were undone make its strikes count less, confirmed ones more again."""

from __future__ import annotations

from typing import Any

from bot.plugin import Context, Database
from bot.plugins.moderation import audit_store, rule_states_store
from bot.plugins.moderation.appeal_rules import lower, recover
from bot.plugins.moderation.model import BOT, AuditEntry, Case, Done
from bot.plugins.moderation.rule_versions import weight_at


def trust_less(db: Database, ctx: Context[Any], case: Case) -> None:
    """Lower the weight of a case's rule: somebody found that it was wrong. What a person began changes none."""
    _change(db, ctx, case, is_wrong=True)


def trust_more(db: Database, ctx: Context[Any], case: Case) -> None:
    """Raise the weight of a case's rule again: somebody confirmed it."""
    _change(db, ctx, case, is_wrong=False)


def _change(db: Database, ctx: Context[Any], case: Case, *, is_wrong: bool) -> None:
    if case.by != BOT or not case.rule:
        return
    before = weight_at(rule_states_store.all_weights(db), case.rule, ctx.now)
    after = lower(before) if is_wrong else recover(before)
    if after == before:
        return
    rule_states_store.add_weight(db, case.rule, after, case.number, ctx.now)
    reason = f"群规「{case.words.rstrip('。')}」的分量 {before:g} → {after:g}"
    entry = AuditEntry(done=Done.RULE, at=ctx.now, reason=reason, case=case.number, rule=case.rule)
    audit_store.add(db, entry)
