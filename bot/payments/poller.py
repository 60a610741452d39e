"""When providers are asked again: about orders whose callback never came, and about refunds under way."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.payments.model import Order
from bot.payments.waiting_store import Poll, RefundState, StoredRefund

_MINUTE, _HOUR = 60, 3600
BACKOFF = tuple(
    timedelta(seconds=seconds)
    for seconds in (
        15, 15, 30, 3 * _MINUTE, 10 * _MINUTE, 20 * _MINUTE, *(30 * _MINUTE,) * 3, _HOUR, *(3 * _HOUR,) * 3,
        *(6 * _HOUR,) * 2,
    )
)  # fmt: skip
"""How long to wait before each try; the last one repeats. These are WeChat Pay's own times for callbacks it sends
again (pay.weixin.qq.com, 支付通知), so a poll is never rarer than those."""
AFTER_THE_END = timedelta(days=1)  # a payment may be under way when an order expires
_WITHOUT_END = timedelta(days=7)
_DAILY = timedelta(days=1)


def first_poll(order: Order, provider: str, now: datetime) -> Poll:
    """Return how an order is asked about that was begun now."""
    until = (order.expires_at or now + _WITHOUT_END) + AFTER_THE_END
    return Poll(order_number=order.number, provider=provider, tries=0, next_at=now + BACKOFF[0], until=until)


def next_poll(poll: Poll, now: datetime) -> Poll | None:
    """Return how an order is asked about again after nothing was found; None when it was asked for the last time."""
    if now >= poll.until:
        return None
    tries = poll.tries + 1
    next_at = min(now + BACKOFF[min(tries, len(BACKOFF) - 1)], poll.until)
    return Poll(order_number=poll.order_number, provider=poll.provider, tries=tries, next_at=next_at, until=poll.until)


def next_refund_try(
    refund: StoredRefund, now: datetime, *, is_refused: bool = False
) -> tuple[RefundState, int, datetime]:
    """Return state, tries and time of the next try of a refund that is not done.

    Args:
        refund: as it was before this try.
        now: aware.
        is_refused: the provider said no: the owner is to know at once. It is asked again as often as before, so that
            the money goes back soon after the owner saw to it.
    """
    tries = refund.tries + 1
    is_stuck = is_refused or refund.state is RefundState.STUCK
    if tries < len(BACKOFF):
        return RefundState.STUCK if is_stuck else RefundState.ASKED, tries, now + BACKOFF[tries]
    return RefundState.STUCK, tries, now + _DAILY
