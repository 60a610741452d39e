"""Paid membership: plans, what members have of them, and what that opens."""

from __future__ import annotations

from bot.plugin import Plugin
from bot.plugins.membership.model import NAME
from bot.plugins.membership.settings import MembershipSettings
from bot.plugins.membership.versions_store import migrations

plugin = Plugin(NAME, config=MembershipSettings, migrations=migrations, title="会员")
