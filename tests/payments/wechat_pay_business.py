"""A business that is paid by WeChat Pay: the stand-in, the provider, the desk and a database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.app import DATABASE_FILE, core_migrations
from bot.events import open_events
from bot.ledger.books_store import trial_balance
from bot.payments.desk import PaymentDesk
from bot.payments.model import Order, OrderState
from bot.payments.orders_store import add_order, orders_in
from bot.payments.provider import HowToPay, ProviderError
from bot.payments.wechat_pay_stand_in import Callback
from bot.storage import Database, Storage
from tests.payments.wechat_pay_kit import Shop, open_shop, order

HOME = "home"
DAY = date(2026, 11, 22)
PRICES = (9_90, 99_00, 1_99, 365_00)


@dataclass
class Business:
    """A shop with its desk and its database."""

    shop: Shop
    desk: PaymentDesk
    storage: Storage
    told_owner: list[str]

    async def place(self, count: int) -> list[Order]:
        """Make orders and begin them at WeChat Pay, once more where no answer came."""

        def add(db: Database, number: int) -> Order:
            price = PRICES[number % len(PRICES)]
            return add_order(
                db, order(0, price, trade_number=f"QZ{number:024}", title=f"会员 {number}", member_id=f"m{number}")
            )

        orders = [await self.storage.run(HOME, add, number) for number in range(count)]
        for one in orders:
            assert "扫一扫" in (await self.begin(one.number)).text
        return orders

    async def begin(self, number: int) -> HowToPay:
        for _ in range(5):
            try:
                return await self.desk.begin(number)
            except ProviderError:
                continue
        raise AssertionError("never answered")

    async def hear(self, callback: Callback) -> int:
        status, _ = await self.desk.hear("wechat_pay", callback.headers, callback.body)
        return status

    async def count(self, state: OrderState) -> int:
        return len(await self.storage.read(HOME, orders_in, [state]))

    async def books(self) -> dict[str, int]:
        return await self.storage.read(HOME, trial_balance)

    async def events(self, name: str) -> int:
        found = await self.storage.read(HOME, open_events, "plugin", "", 100_000)
        return sum(one.name == name for one in found)


@asynccontextmanager
async def open_business(folder: Path, **options: int) -> AsyncIterator[Business]:
    made: list[Business] = []

    async def deliver(callback: Callback) -> int:
        return await made[0].hear(callback)

    with open_shop(folder, deliver=deliver, **options) as shop:
        storage = Storage.open(folder / DATABASE_FILE, shop.clock, core_migrations())
        told: list[str] = []

        def tell_owner(_: Database, text: str, __: str) -> None:
            told.append(text)

        desk = PaymentDesk(
            storage, HOME, shop.clock, {"wechat_pay": shop.provider}, "wechat_pay", tell_owner=tell_owner
        )
        made.append(Business(shop, desk, storage, told))
        try:
            yield made[0]
        finally:
            await storage.close()
