"""The page where providers call back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.app import core_migrations
from bot.app_payments import Payments
from bot.clock import VirtualClock
from bot.config_model import Config
from bot.config_payments import PaymentsConfig
from bot.payments.model import OrderState
from bot.payments.orders_store import add_order, get_order
from bot.storage import Storage
from bot.web import payment_callbacks
from bot.web.payment_callbacks import LARGEST_BODY, make_callback_app
from tests.payments.bank import Bank
from tests.payments.money_kit import NOW, make_order


class Ear:
    """Takes callbacks."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Mapping[str, str], bytes]] = []
        self.seconds = 0.0

    async def hear(self, name: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Take one."""
        await asyncio.sleep(self.seconds)
        self.heard.append((name, headers, body))
        return 200, b'{"ec":200}'


@pytest.fixture
def ear() -> Ear:
    return Ear()


async def test_a_callback_is_handed_over_as_it_came(ear: Ear) -> None:
    client = make_callback_app(ear.hear).test_client()
    answer = await client.post("/pay/bank", data=b"\x00body", headers={"Wechatpay-Serial": "1"})
    assert answer.status_code == 200
    assert await answer.get_data() == b'{"ec":200}'
    ((name, headers, body),) = ear.heard
    assert (name, headers["Wechatpay-Serial"], body) == ("bank", "1", b"\x00body")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/pay/bank", 405),
        ("GET", "/", 404),
        ("POST", "/", 404),
        ("POST", "/pay/", 404),
        ("POST", "/pay/a/b", 404),
    ],
)
async def test_there_is_no_other_page(ear: Ear, method: str, path: str, status: int) -> None:
    answer = await make_callback_app(ear.hear).test_client().open(path, method=method)
    assert answer.status_code == status
    assert ear.heard == []


async def test_what_is_too_large_is_not_read(ear: Ear) -> None:
    client = make_callback_app(ear.hear).test_client()
    assert (await client.post("/pay/bank", data=b"x" * (LARGEST_BODY + 1))).status_code == 413
    assert ear.heard == []
    assert (await client.post("/pay/bank", data=b"x" * LARGEST_BODY)).status_code == 200


async def test_what_takes_too_long_is_to_be_sent_again(ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payment_callbacks, "_SECONDS", 0.05)
    ear.seconds = 30.0
    answer = await make_callback_app(ear.hear).test_client().post("/pay/bank", data=b"x")
    assert answer.status_code == 503


async def test_the_bot_listens_where_it_is_told_and_stores_what_it_hears(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    storage = Storage.open(tmp_path / "bot.db", clock, core_migrations())
    listen = PaymentsConfig().model_copy(update={"listen": "127.0.0.1:0"})
    config = Config().model_copy(update={"payments": listen})
    bank = Bank(NOW)
    payments = Payments(storage, lambda: config, clock, lambda *_: None, {"bank": bank})
    await payments.start()
    order = await storage.run("default", add_order, make_order())
    reader, writer = await asyncio.open_connection("127.0.0.1", payments.port)
    body = bank.callback(bank.pay(order))
    head = f"POST /pay/bank HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    assert b" 204 " in await reader.readline()
    found = await storage.read("default", get_order, order.number)
    assert found is not None
    assert found.state is OrderState.PAID
    writer.close()
    await payments.stop()
    await storage.close()


async def test_without_a_provider_that_calls_back_nothing_listens(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    storage = Storage.open(tmp_path / "bot.db", clock, core_migrations())
    config = Config().model_copy(update={"payments": PaymentsConfig().model_copy(update={"listen": "127.0.0.1:0"})})
    payments = Payments(storage, lambda: config, clock, lambda *_: None)
    await payments.start()
    assert payments.port == 0
    await payments.stop()
    await storage.close()
