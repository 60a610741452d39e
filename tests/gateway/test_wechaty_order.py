"""Events are handed over in arrival order, whatever their payloads take."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.gateway.wechaty_events import WireEvent
from bot.gateway.wechaty_order import WINDOW, OrderedDelivery
from bot.model import Event, GatewayLost, LoggedOut
from tests.examples import examples
from tests.gateway.collector import Collector

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def wire(number: int) -> WireEvent:
    return WireEvent(2, {"number": number}, NOW)


@settings(max_examples=examples(30), deadline=None)
@given(st.lists(st.sampled_from(["now", "late", "never mind", "broken"]), max_size=60))
def test_order_holds_and_only_what_fails_is_missing(fates: list[str]):
    async def translate(event: WireEvent) -> Event | None:
        fate = fates[event.data["number"]]
        if fate == "broken":
            raise KeyError("messageId")
        for _ in range(7 if fate == "late" else 0):
            await asyncio.sleep(0)
        return None if fate == "never mind" else LoggedOut(at=NOW, reason=str(event.data["number"]))

    async def run() -> list[str]:
        seen = Collector()
        order = OrderedDelivery(translate, seen)
        order.start()
        for number in range(len(fates)):
            order.put(wire(number))
        expected = sum(fate in {"now", "late"} for fate in fates)
        await seen.until(lambda: len(seen.events) >= expected)
        await order.stop()
        return [event.reason for event in seen.of(LoggedOut)]

    assert asyncio.run(run()) == [str(number) for number, fate in enumerate(fates) if fate in {"now", "late"}]


async def test_no_more_payloads_are_fetched_at_a_time_than_the_window():
    fetching = most = 0

    async def translate(event: WireEvent) -> Event:
        nonlocal fetching, most
        fetching += 1
        most = max(most, fetching)
        await asyncio.sleep(0.001)
        fetching -= 1
        return LoggedOut(at=NOW)

    seen = Collector()
    order = OrderedDelivery(translate, seen)
    order.start()
    for number in range(100):
        order.put(wire(number))
    await seen.until(lambda: len(seen.events) == 100)
    await order.stop()
    assert most == WINDOW


async def test_news_of_the_connection_does_not_wait_for_a_payload_that_cannot_be_had():
    async def translate(event: WireEvent) -> Event:
        await asyncio.Event().wait()
        return LoggedOut(at=NOW)

    seen = Collector()
    order = OrderedDelivery(translate, seen)
    order.start()
    order.put(wire(0))
    order.put_news(GatewayLost(at=NOW, reason="gone"))
    await seen.next_of(GatewayLost)
    await order.stop()
    assert len(seen.events) == 1


async def test_an_error_of_the_bot_does_not_stop_later_events():
    seen = Collector()

    async def deliver(event: Event) -> None:
        await seen(event)
        raise RuntimeError("a defect")

    async def translate(event: WireEvent) -> Event:
        return LoggedOut(at=NOW)

    order = OrderedDelivery(translate, deliver)
    order.start()
    order.put(wire(0))
    order.put(wire(1))
    await seen.until(lambda: len(seen.events) == 2)
    await order.stop()


async def test_nothing_is_delivered_after_stop():
    seen = Collector()

    async def translate(event: WireEvent) -> Event:
        await asyncio.sleep(0)
        return LoggedOut(at=NOW)

    order = OrderedDelivery(translate, seen)
    order.start()
    for number in range(50):
        order.put(wire(number))
    await asyncio.sleep(0)
    await order.stop()
    delivered = len(seen.events)
    await asyncio.sleep(0.005)
    assert len(seen.events) == delivered < 50
