"""What other plugins may use of membership.

A command of any plugin may take a plan as an argument: annotate it `PlanVersion`; it arrives with version 0, and
`keep_version(db, plan, now)` gives it its number when it is sold or given.
"""

from __future__ import annotations

from bot.plugins.membership.catalogue import Offered, plans_of, price_today, settings_of
from bot.plugins.membership.granting import grant, grant_days, revoke
from bot.plugins.membership.model import (
    IN_FORCE,
    LINE,
    NAME,
    Grant,
    Membership,
    MembershipChanged,
    Phase,
    PlanVersion,
    Segment,
)
from bot.plugins.membership.reading import (
    bought_entitlements,
    entitlements_of,
    membership_in,
    memberships_by_member,
    memberships_of,
)
from bot.plugins.membership.settings import MembershipSettings, Period, Plan, Promo
from bot.plugins.membership.state import fold
from bot.plugins.membership.versions_store import accept, get_version, has_accepted, hash_of, keep_version

__all__ = [
    "IN_FORCE", "LINE", "NAME", "Grant", "Membership", "MembershipChanged", "MembershipSettings", "Offered", "Period",
    "Phase", "Plan", "PlanVersion", "Promo", "Segment", "accept", "bought_entitlements", "entitlements_of", "fold",
    "get_version", "grant", "grant_days", "has_accepted", "hash_of", "keep_version", "membership_in",
    "memberships_by_member", "memberships_of", "plans_of", "price_today", "revoke", "settings_of",
]  # fmt: skip
