"""What becomes of a code that was typed, and what may be made: pure decisions."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.plugins.codes.model import Batch, Outcome, Redemption, StoredCode

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that spreadsheets take for a formula (OWASP, CSV injection)."""


def decide(code: StoredCode | None, mine: Redemption | None, now: datetime) -> Outcome:
    """Return what becomes of a code, before anything is written.

    Args:
        code: what is known of it; None when nothing is.
        mine: what this member got by it before.
        now: aware.
    """
    if mine is not None:
        return Outcome.REVOKED if mine.revoked_at else Outcome.AGAIN
    if code is None:
        return Outcome.UNKNOWN
    if code.is_void or code.batch.voided_at:
        return Outcome.VOID
    if code.batch.expires_at is not None and now >= code.batch.expires_at:
        return Outcome.EXPIRED
    return Outcome.USED_UP if code.used >= code.batch.uses else Outcome.GIVEN


def expiry(until: timedelta | date | None, default: timedelta, now: datetime, zone: ZoneInfo) -> datetime:
    """Return until when codes count: a day counts to its end by the room's clock.

    Args:
        until: what the owner said; None for nothing.
        default: how long they count then.
        now: aware.
        zone: of the room.
    """
    if isinstance(until, date):
        return datetime.combine(until + timedelta(days=1), time(), zone).astimezone(UTC)
    return now + (default if until is None else until)


def write_csv(batch: Batch, codes: Sequence[str], last_day: str) -> bytes:
    """Return the codes of a batch as a file that spreadsheets open and run nothing of."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(("兑换码", "套餐", "可用次数", "有效期至", "批次"))
    for code in codes:
        writer.writerow([_harmless(one) for one in (code, batch.plan.title, str(batch.uses), last_day, batch.shown)])
    return lines.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
