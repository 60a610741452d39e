"""A group that sells membership, and an owner who confirms what was paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model import Act
from bot.payments.model import Fact, FactKind, Order
from bot.plugins.membership.api import PlanVersion
from bot.testing import SimulatedRoom

DAY = timedelta(days=1)
T0 = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)

PLANS = """
plugins:
  membership:
    plans:
      - {id: month, title: 月度会员, price: 19.9, period: 1m, opens: [member, room:VIP群]}
      - {id: year, title: 年度会员, price: 199, period: 1y}
      - {id: pro, title: 专业会员, price: 49, period: 1m, tier: 2, opens: [member, course:go]}
      - {id: life, title: 永久会员, price: 999, period: lifetime}
      - {id: first, title: 新人月, price: 9.9, period: 1m, newcomers_only: true}
      - {id: week, title: 试用一周, period: 7d, trial: true}
"""

MONTH = PlanVersion(
    plan_id="month", version=1, title="月度会员", price_fen=1990, seconds=31 * 86_400, grace_seconds=3 * 86_400
)
YEAR = PlanVersion(
    plan_id="year", version=1, title="年度会员", price_fen=19900, seconds=366 * 86_400, grace_seconds=3 * 86_400
)
PRO = PlanVersion(
    plan_id="pro", version=1, title="专业会员", price_fen=4900, seconds=31 * 86_400, tier=2, grace_seconds=3 * 86_400
)
LIFE = PlanVersion(plan_id="life", version=1, title="永久会员", price_fen=99900, seconds=None)
TRIAL = PlanVersion(plan_id="week", version=1, title="试用一周", price_fen=0, seconds=7 * 86_400, is_trial=True)


def order(number: int, plan: PlanVersion, *, amount_fen: int | None = None, **data: Any) -> Order:
    """Return an order of 小红 for a plan."""
    return Order(
        number=number, kind="membership", item=plan.ref, title=plan.title, member_id="m1",
        amount_fen=plan.price_fen if amount_fen is None else amount_fen, made_at=T0,
        data={"plan": plan.to_data(), **data},
    )  # fmt: skip


def paid(number: int, at: datetime, amount_fen: int) -> Fact:
    """Return the payment of an order."""
    return Fact(
        key=f"paid:{number}", kind=FactKind.PAID, at=at, provider="owner", order_number=number, amount_fen=amount_fen
    )


def refunded(number: int, at: datetime, amount_fen: int, key: str = "") -> Fact:
    """Return money of an order given back."""
    return Fact(
        key=key or f"refunded:{number}", kind=FactKind.REFUNDED, at=at, provider="owner", order_number=number,
        amount_fen=amount_fen,
    )  # fmt: skip


def granted(key: str, plan: PlanVersion, at: datetime, provider: str = "owner") -> Fact:
    """Return a plan given to 小红."""
    return Fact(key=key, kind=FactKind.GRANTED, at=at, provider=provider, member_id="m1", data={"plan": plan.to_data()})


def fact(kind: FactKind, key: str, at: datetime, **data: Any) -> Fact:
    """Return any other fact about 小红."""
    return Fact(key=key, kind=kind, at=at, provider="owner", member_id="m1", data=data)


def sent(room: SimulatedRoom, name: str) -> list[str]:
    """Return what a member was told in private."""
    return [act.text for act in room.said if act.act is Act.TEXT and act.to == name]
