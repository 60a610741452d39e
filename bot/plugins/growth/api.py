"""What other plugins may use of referrals and gifts."""

from __future__ import annotations

from bot.plugin import Database
from bot.plugins.growth.gifts_store import get_gift
from bot.plugins.growth.model import NAME as GIFTS
from bot.plugins.growth.model import Gift, GiftState, Referral, ReferralState, Tally, gift_grant_id
from bot.plugins.growth.referrals_store import get_referral, referrals_by

__all__ = [
    "GIFTS", "Gift", "GiftState", "Referral", "ReferralState", "Tally", "get_gift", "get_referral", "gift_grant_id",
    "receiver_of", "referrals_by",
]  # fmt: skip


def receiver_of(db: Database, order_number: int) -> str:
    """Return who got the gift of an order; empty while nobody did, and for what became a code."""
    gift = get_gift(db, order_number)
    return gift.receiver_id if gift is not None and gift.state is GiftState.GIVEN else ""
