from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.growth.model import Referral, ReferralState, Tally
from bot.plugins.growth.rules import Refusal, count, refuse

NOW = datetime(2026, 12, 1, tzinfo=UTC)
KNOWN = Referral(member_id="new", referrer_id="x", made_at=NOW)


@pytest.mark.parametrize(
    ("referrer", "known", "has_paid", "above", "why"),
    [
        ("old", None, False, {}, None),
        ("new", None, False, {}, Refusal.SELF),
        ("old", KNOWN, False, {}, Refusal.NAMED),
        ("old", KNOWN, True, {}, Refusal.NAMED),
        ("old", None, True, {}, Refusal.PAID),
        ("old", None, False, {"old": "new"}, Refusal.LOOP),
        ("old", None, False, {"old": "mid", "mid": "new"}, Refusal.LOOP),
        ("old", None, False, {"old": "mid", "mid": "top"}, None),
    ],
)
def test_who_may_be_named(
    referrer: str, known: Referral | None, has_paid: bool, above: dict[str, str], why: Refusal | None
) -> None:
    found = refuse("new", referrer, known=known, has_paid=has_paid, referrer_of=lambda one: above.get(one, ""))
    assert found is why


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=60))
def test_whatever_is_tried_nobody_is_ever_above_themselves(tries: list[tuple[int, int]]) -> None:
    above: dict[str, str] = {}
    for new, old in tries:
        known = KNOWN if str(new) in above else None
        if not refuse(str(new), str(old), known=known, has_paid=False, referrer_of=lambda one: above.get(one, "")):
            above[str(new)] = str(old)
    for start in above:
        seen, at = set(), start
        while at in above:
            assert at not in seen
            seen.add(at)
            at = above[at]


def test_referrals_are_counted_by_where_they_stand() -> None:
    states = [ReferralState.WAITING, ReferralState.PAID, ReferralState.REWARDED, ReferralState.REWARDED]
    made = [
        Referral(member_id=str(n), referrer_id="r", state=state, made_at=NOW, days=7 if n == 2 else 0)
        for n, state in enumerate(states)
    ]
    assert count(made) == Tally(named=4, waiting=1, paid=1, rewarded=2, days=7)
    assert count([]) == Tally()
