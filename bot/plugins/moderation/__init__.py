"""Moderation: group rules that are kept, explained, and fair."""

from __future__ import annotations

from bot.plugin import Context, Database, Plugin, Row
from bot.plugins.moderation import audit_store, cases_store, exemptions_store, strikes_store
from bot.plugins.moderation.migrations_store import migrations
from bot.plugins.moderation.model import NAME
from bot.plugins.moderation.settings import ModerationSettings

plugin = Plugin(NAME, config=ModerationSettings, migrations=migrations, title="群规")

Ctx = Context[ModerationSettings]


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return the cases, strikes, exemptions and acts about a member."""
    return {
        "moderation_cases": cases_store.export_member(db, member_id),
        "moderation_strikes": strikes_store.export_member(db, member_id),
        "moderation_exemptions": exemptions_store.export_member(db, member_id),
        "moderation_audit": audit_store.export_member(db, member_id),
    }


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete strikes and exemptions; cases and the log lose the person, that something was done stays on record."""
    return {
        "moderation_cases": cases_store.forget_member(db, member_id),
        "moderation_strikes": strikes_store.erase_member(db, member_id),
        "moderation_exemptions": exemptions_store.erase_member(db, member_id),
        "moderation_audit": audit_store.forget_member(db, member_id),
    }
