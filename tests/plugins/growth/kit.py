"""Plans to sell, and members who pay for them without anybody being asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.members import find_by_name
from bot.payments.facts_store import add_fact
from bot.payments.model import Fact, FactKind, Order
from bot.payments.orders_store import add_order, get_order
from bot.payments.settling import settle
from bot.plugins.membership.catalogue import as_sold
from bot.plugins.membership.model import NAME, PlanVersion
from bot.plugins.membership.settings import MembershipSettings
from bot.plugins.membership.versions_store import keep_version
from bot.storage import Database
from bot.testing import SimulatedRoom

T = TypeVar("T")

PLANS = """
plugins:
  membership:
    plans:
      - {id: month, title: 月度会员, price: 31, period: 1m}
      - {id: year, title: 年度会员, price: 366, period: 1y}
      - {id: pro, title: 专业版, price: 62, period: 1m, tier: 2}
      - {id: life, title: 永久会员, price: 1098, period: lifetime}
      - {id: trial, title: 七天试用, period: 7d, trial: true}
      - {id: first, title: 新人月卡, price: 9.9, period: 1m, newcomers_only: true}
"""


async def run(room: SimulatedRoom, fn: Callable[[Database], T]) -> T:
    """Write something and let the bot finish what follows."""
    await room.clock.catch_up()
    made = await room.app.storage.run("default", fn)
    await room.app.drain()
    return made


def member_id(db: Database, name: str) -> str:
    (found,) = find_by_name(db, name)
    return found.id


def plan(room: SimulatedRoom, plan_id: str) -> PlanVersion:
    sold = room.app.config.settings_for(NAME, MembershipSettings)
    (found,) = (one for one in sold.plans if one.id == plan_id)
    return as_sold(found, sold.grace, room.app.config.zone())


async def buy(
    room: SimulatedRoom, name: str, plan_id: str = "month", *, ago: timedelta = timedelta(), **data: Any
) -> int:
    """Have a member pay for a plan and return the order's number; the money came `ago`."""
    about = plan(room, plan_id)

    def write(db: Database) -> int:
        version = keep_version(db, about, room.clock.now())
        order = add_order(
            db,
            Order(
                kind=NAME,
                item=version.ref,
                title=version.title,
                member_id=member_id(db, name),
                name=name,
                amount_fen=version.price_fen,
                made_at=room.clock.now() - ago,
                data={"plan": version.to_data(), **data},
            ),
        )
        _pay(db, order.number, room.clock.now() - ago)
        return order.number

    return await run(room, write)


async def pay(room: SimulatedRoom, number: int) -> list[str]:
    """Have an order paid in full and return what the bot said."""
    return await room_says(room, lambda db: _pay(db, number, room.clock.now()))


async def refund(room: SimulatedRoom, number: int, fen: int | None = None) -> list[str]:
    """Have money of an order given back and return what the bot said."""

    def write(db: Database) -> None:
        order = get_order(db, number)
        assert order is not None
        add_fact(
            db,
            Fact(
                key=f"refund:{number}:{fen}",
                kind=FactKind.REFUNDED,
                at=room.clock.now(),
                provider="owner",
                order_number=number,
                amount_fen=order.amount_fen if fen is None else fen,
            ),
        )
        settle(db, number, f"refund:{number}:{fen}")

    return await room_says(room, write)


async def room_says(room: SimulatedRoom, fn: Callable[[Database], object]) -> list[str]:
    """Write something and return what the bot said because of it, with whom it was said to."""
    before = len(room.said)
    await run(room, fn)
    return [f"{act.to or act.room}: {act.text or (act.file_name)}" for act in room.said[before:]]


def _pay(db: Database, number: int, at: datetime) -> None:
    order = get_order(db, number)
    assert order is not None
    fact = Fact(
        key=f"paid:{number}",
        kind=FactKind.PAID,
        at=at,
        provider="owner",
        order_number=number,
        amount_fen=order.amount_fen,
    )
    add_fact(db, fact)
    settle(db, number, fact.key)
