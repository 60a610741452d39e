"""What becomes of a code, and what the file with codes looks like."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.plugins.codes.model import Batch, Outcome, Redemption, StoredCode
from bot.plugins.codes.rules import decide, expiry, write_csv
from bot.plugins.membership.api import PlanVersion

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def batch(**changes) -> Batch:
    plan = PlanVersion(plan_id="month", version=1, title="月度会员", price_fen=1990, seconds=31 * 86400)
    return Batch(**{"number": 3, "plan": plan, "count": 2, "made_at": NOW} | changes)


def code(used: int = 0, *, is_void: bool = False, **changes) -> StoredCode:
    return StoredCode(code_hash="h", batch=batch(**changes), used=used, is_void=is_void)


MINE = Redemption(id="1", batch=3, member_id="ming", at=NOW)
GONE = Redemption(id="1", batch=3, member_id="ming", at=NOW, revoked_at=NOW)


@pytest.mark.parametrize(
    ("found", "mine", "outcome"),
    [
        (None, None, Outcome.UNKNOWN),
        (code(), None, Outcome.GIVEN),
        (code(1), None, Outcome.USED_UP),
        (code(1, uses=2), None, Outcome.GIVEN),
        (code(2, uses=2), None, Outcome.USED_UP),
        (code(1), MINE, Outcome.AGAIN),
        (code(1, voided_at=NOW), MINE, Outcome.AGAIN),
        (code(1), GONE, Outcome.REVOKED),
        (code(voided_at=NOW), None, Outcome.VOID),
        (code(is_void=True), None, Outcome.VOID),
        (code(expires_at=NOW), None, Outcome.EXPIRED),
        (code(expires_at=NOW + timedelta(seconds=1)), None, Outcome.GIVEN),
        (code(1, expires_at=NOW), None, Outcome.EXPIRED),
    ],
)
def test_what_becomes_of_a_code(found, mine, outcome):
    assert decide(found, mine, NOW) is outcome


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (None, NOW + 7 * DAY),
        (timedelta(days=30), NOW + 30 * DAY),
        (date(2027, 1, 31), datetime(2027, 1, 31, 16, tzinfo=UTC)),
        (date(2026, 12, 1), datetime(2026, 12, 1, 16, tzinfo=UTC)),
    ],
)
def test_a_day_counts_to_its_end(until, expected):
    assert expiry(until, 7 * DAY, NOW, SHANGHAI) == expected


@pytest.mark.parametrize("title", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_line_of_the_file_is_a_formula(title):
    plan = PlanVersion(plan_id="x", version=1, title=title, price_fen=0, seconds=1)
    data = write_csv(batch(plan=plan), ["QZ-1"], "2027-01-31")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["兑换码", "套餐", "可用次数", "有效期至", "批次"]
    assert rows[1] == ["QZ-1", f"'{title}", "1", "2027-01-31", "B3"]
