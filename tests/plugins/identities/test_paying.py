"""Money from a page where people pay by themselves finds its member, or the owner."""

from __future__ import annotations

import pytest

from bot.payments.facts_store import get_fact
from bot.payments.model import Fact, FactKind, OrderState
from bot.payments.orders_store import get_order
from bot.payments.provider import Reported
from bot.secret_codes import read_code
from bot.testing import SimulatedRoom
from tests.plugins.identities.kit import CONFIG, binding_code, is_member

pytestmark = pytest.mark.slow  # days of conversation


@pytest.fixture
def room_config() -> str:
    return CONFIG


async def pays(room: SimulatedRoom, number: int, amount_fen: int, **data: object) -> int:
    """Let a page report a payment; returns the number of its order."""
    fact = Fact(
        key=f"afdian:{number}", kind=FactKind.PAID, at=room.clock.now(), provider="afdian", amount_fen=amount_fen,
        data={"months": 1, **data},
    )  # fmt: skip
    await room.app.payments.desk.note([Reported(fact=fact, trade_number="")])
    await room.app.drain()
    found = await room.app.storage.read("default", get_fact, fact.key)
    assert found is not None
    return found.order_number


async def hash_of(room: SimulatedRoom, code: str) -> str:
    found = read_code(code)
    assert found is not None
    return room.app.services.part("secret_key").hash(found)


async def test_a_binding_code_in_the_remark_tells_whose_it_is_and_the_account_is_known_then(
    room: SimulatedRoom,
) -> None:
    ming = room.member("小明")
    binding = await hash_of(room, await binding_code(ming))
    number = await pays(room, 1, 1990, plan="month", binding=binding, payer="p1")
    assert number == 1
    order = await room.app.storage.read("default", get_order, number)
    assert (order.state, order.item, order.amount_fen, order.name) == (OrderState.PAID, "month@1", 1990, "小明")
    assert "2027-01-01" in (await ming.says("我的", private=True))[0]
    assert await pays(room, 2, 1990, plan="month", payer="p1") == 2
    assert "2027-02-01" in (await ming.says("我的", private=True))[0]
    assert await pays(room, 1, 1990, plan="month", binding=binding, payer="p1") == 1


async def test_the_order_that_waits_is_the_one_that_is_paid(room: SimulatedRoom) -> None:
    ming = room.member("小明")
    binding = await hash_of(room, await binding_code(ming))
    await ming.says("开通 month", private=True)
    assert await pays(room, 1, 1990, plan="month", binding=binding) == 1
    assert await is_member(ming)
    orders = await room.app.storage.read("default", lambda db: db.query("select number from orders"))
    assert len(orders) == 1


@pytest.mark.parametrize(
    ("amount_fen", "data"),
    [
        (1990, {"plan": "month"}),
        (1990, {"plan": "month", "payer": "nobody"}),
        (1990, {"plan": "month", "binding": "0" * 64}),
        (1990, {"plan": "other", "payer": "p1"}),
        (1990, {"plan": "", "payer": "p1"}),
        (1, {"plan": "month", "payer": "p1"}),
        (990, {"plan": "newbie", "payer": "p1"}),
        (1990, {"plan": "month", "payer": "p1", "binding": "0" * 64}),
    ],
)
async def test_what_cannot_be_told_is_asked_of_the_owner(room: SimulatedRoom, amount_fen, data) -> None:
    ming = room.member("小明")
    await room.owner.says("大家好")
    await pays(room, 1, 1990, plan="month", payer="p1", binding=await hash_of(room, await binding_code(ming)))
    before = len(room.said)
    assert await pays(room, 2, amount_fen, **data) == 0
    told = [act for act in room.said[before:] if act.contact_id == room.owner.contact_id]
    assert len(told) == 1
    assert "2027-01-01" in (await ming.says("我的", private=True))[0]
