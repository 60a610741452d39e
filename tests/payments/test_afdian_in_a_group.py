"""A plan is bought over 爱发电 in a running group; what a webhook should have told of is found by looking."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.clock import VirtualClock
from bot.ledger.books_store import balance
from bot.payments.afdian_stand_in import TOKEN, USER_ID, AfdianStandIn, Fault
from bot.testing import START, SimulatedRoom, simulated_room

pytestmark = pytest.mark.slow  # a server

CONFIG = """
payments:
  provider: afdian
  afdian:
    user_id: {user_id}
    page: https://ifdian.net/a/wang
    endpoint: {url}
    plans: {{planmonth: month}}
plugins:
  membership:
    plans:
      - {{id: month, title: 月度会员, price: 19.9, period: 1m}}
      - {{id: year, title: 年度会员, price: 199, period: 1y, promo: {{price: 99, reason: 双十二}}}}
"""
BINDING = re.compile(r"BD(?:-[0-9A-Z]{4}){4}")


@pytest.fixture
def shop() -> Iterator[AfdianStandIn]:
    stand_in = AfdianStandIn(VirtualClock(START))
    with stand_in.running():
        yield stand_in


@pytest.fixture
async def room(shop: AfdianStandIn, tmp_path: Path) -> AsyncIterator[SimulatedRoom]:
    config = CONFIG.format(user_id=USER_ID, url=shop.url)
    async with simulated_room(config, folder=tmp_path, env={"AFDIAN_TOKEN": TOKEN}) as made:
        shop._clock = made.clock
        yield made


async def test_a_member_pays_on_the_page_and_is_found_without_a_webhook(
    room: SimulatedRoom, shop: AfdianStandIn
) -> None:
    ming = room.member("小明")
    told = "\n".join(await ming.says("开通 month", private=True))
    assert "金额要正好是 19.90 元，留言写订单号 D1" in told
    link = re.search(r"https?://\S+/order/create\?\S+", told)
    assert link is not None
    custom = re.search(r"custom_order_id=(\w+)", link[0])
    assert custom is not None
    shop.faults.append(Fault.DROP)
    await room.clock.advance(minutes=1)
    shop.pay("19.90", plan_id="planmonth", custom=custom[1])
    await room.clock.advance(minutes=15)
    texts = [act.text for act in room.said if act.contact_id == ming.contact_id]
    assert any("月度会员" in text and "2027-01-01" in text for text in texts[1:])
    assert await room.app.storage.read("default", balance, "assets:afdian") == 1990


async def test_who_buys_on_the_page_alone_is_known_by_the_binding_code(
    room: SimulatedRoom, shop: AfdianStandIn
) -> None:
    ming = room.member("小明")
    (code,) = BINDING.findall("\n".join(await ming.says("绑定码", private=True)))
    shop.pay("19.90", plan_id="planmonth", remark=f"绑定码 {code.lower()}", user="p1")
    await room.clock.advance(minutes=15)
    assert "2027-01-01" in "\n".join(await ming.says("我的", private=True))
    shop.pay("19.90", plan_id="planmonth", user="p1")
    await room.clock.advance(minutes=15)
    assert "2027-02-01" in "\n".join(await ming.says("我的", private=True))


async def test_money_of_somebody_unknown_is_told_to_the_owner_and_claimed(
    room: SimulatedRoom, shop: AfdianStandIn
) -> None:
    ming = room.member("小明")
    await ming.says("开通 month", private=True)
    before = len(room.said)
    shop.pay("19.90", plan_id="planmonth", remark="忘了写")
    await room.clock.advance(minutes=15)
    told = [act.text for act in room.said[before:] if act.contact_id == room.owner.contact_id]
    assert any("19.90 元" in text for text in told)
    listed = "\n".join(await room.owner.says("待核对", private=True))
    assert "认领到 D1" in listed
    done = "\n".join(await room.owner.says("1", private=True))
    assert "D1" in done
    assert "2027-01-01" in "\n".join(await ming.says("我的", private=True))


async def test_a_promo_price_is_asked_for_on_the_creators_page(room: SimulatedRoom, shop: AfdianStandIn) -> None:
    told = "\n".join(await room.member("小明").says("开通 year", private=True))
    assert "https://ifdian.net/a/wang" in told
    assert "金额要正好是 99.00 元" in told or "金额要正好是 99 元" in told


async def test_what_came_in_while_the_bot_was_down_is_found_after_the_start(
    room: SimulatedRoom, shop: AfdianStandIn
) -> None:
    ming = room.member("小明")
    await ming.says("开通 month", private=True)
    shop.pay("1.00", remark="第一笔")
    await room.clock.advance(minutes=15)
    room.app.crash()
    room.gateway.drop()
    await room._clock.advance(hours=5)
    shop.pay("19.90", remark="D1")
    await room._clock.advance(hours=5)
    room.app = room._rebuild()
    await room.app.start()
    await room.clock.advance(minutes=15)
    assert "2027-01-0" in "\n".join(await ming.says("我的", private=True))
