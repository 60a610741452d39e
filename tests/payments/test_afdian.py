"""爱发电: webhooks are only a hint, the signed API is asked, and strangers cannot make it be asked often."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.app import core_migrations
from bot.clock import VirtualClock
from bot.ledger.books_store import balance
from bot.payments.afdian import Afdian, AfdianSettings
from bot.payments.afdian_client import PAGE, read_fen, sign, time_of
from bot.payments.afdian_guard import SAMPLE
from bot.payments.afdian_stand_in import TOKEN, USER_ID, AfdianStandIn, Fault
from bot.payments.desk import PaymentDesk
from bot.payments.facts_store import get_fact
from bot.payments.model import Order, OrderState
from bot.payments.orders_store import add_order, get_order
from bot.payments.provider import CallbackRefused, ProviderError, RefundRequest
from bot.secret_codes import CodeKind, SecretKey, make_code
from bot.storage import Storage
from bot.web.payment_callbacks import make_callback_app

pytestmark = pytest.mark.slow  # a server

START = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
PLANS = {"planmonth": "month", "planmonth/12": "year"}


@pytest.fixture
def clock():
    return VirtualClock(START)


@pytest.fixture
def shop(clock):
    stand_in = AfdianStandIn(clock)
    with stand_in.running():
        yield stand_in


@pytest.fixture
async def afdian(shop, clock, tmp_path: Path):
    settings = AfdianSettings(
        user_id=USER_ID, token=SecretStr(TOKEN), page="https://ifdian.net/a/wang", plans=PLANS, endpoint=shop.url
    )
    made = Afdian(settings, clock, SecretKey(tmp_path / "codes.key"))
    yield made
    await made.aclose()


@pytest.fixture
async def storage(clock, tmp_path: Path):
    opened = Storage.open(tmp_path / "a.db", clock, core_migrations())
    yield opened
    await opened.close()


@pytest.fixture
def desk(storage, clock, afdian):
    return PaymentDesk(storage, "c", clock, {"afdian": afdian}, "afdian", tell_owner=lambda *_: None)


def order(amount_fen: int = 1990, **changes) -> Order:
    data = {"plan": {"plan": "month", "price_fen": 1990}}
    asked = {
        "kind": "membership", "item": "month@1", "title": "月度会员", "member_id": "ming", "amount_fen": amount_fen,
        "made_at": START, "data": data,
    }  # fmt: skip
    return Order(**asked | changes)


def test_the_signature_is_that_of_the_documentation():
    body = sign({"a": 333}, "abc", "123", 1624339905)
    spaced = json.dumps({"a": 333}, separators=(",", ":"))
    assert body == {"user_id": "abc", "params": spaced, "ts": 1624339905, "sign": "a4acc28b81598b7e5d84ebdc3e91710c"}


@pytest.mark.parametrize(
    ("text", "fen"),
    [("5.00", 500), ("19.9", 1990), ("199", 19900), ("0.01", 1), ("1.005", None), ("-1", None), ("", None),
     ("1e3", None), (None, None), (True, None), (5, 500), ("９９", None)],
)  # fmt: skip
def test_amounts_are_read_exactly(text, fen):
    assert read_fen(text) == fen


@given(st.integers(0, 10**9))
def test_every_amount_survives(fen):
    assert read_fen(f"{fen // 100}.{fen % 100:02d}") == fen


def test_a_number_tells_when_it_was_made():
    assert time_of("202612010900001234567890123") == START
    assert time_of("202613010900001234567890123") is None
    assert time_of("20261201") is None
    assert time_of("２０2612010900001234567890123") is None


async def test_an_order_is_found_by_its_link_and_paid(shop, storage, desk, clock):
    made = await storage.run("c", add_order, order())
    how = await desk.begin(made.number)
    assert "plan_id=planmonth" in how.url
    assert f"remark=D{made.number}" in how.url
    assert "19.90 元" in how.text
    await clock.advance(minutes=2)
    number = shop.pay("19.90", plan_id="planmonth", custom=made.trade_number)
    assert (await desk.hear("afdian", {}, shop.webhook(number)))[0] == 200
    paid = await storage.read("c", get_order, made.number)
    assert paid.state is OrderState.PAID
    assert paid.paid_at == clock.now()
    assert await storage.read("c", balance, "assets:afdian") == 1990
    assert await storage.read("c", balance, "liabilities:deferred") == -1990


async def test_an_order_number_in_the_remark_is_enough(shop, storage, desk):
    made = await storage.run("c", add_order, order())
    number = shop.pay("19.90", plan_id="planmonth", remark=f"你好，订单 d{made.number}。")
    await desk.hear("afdian", {}, shop.webhook(number))
    assert (await storage.read("c", get_order, made.number)).state is OrderState.PAID


@pytest.mark.parametrize("remark", ["", "D999", "D1 D2", "D1x", "谢谢"])
async def test_money_that_names_no_order_goes_into_review(shop, storage, desk, remark):
    await storage.run("c", add_order, order())
    await storage.run("c", add_order, order())
    await desk.hear("afdian", {}, shop.webhook(shop.pay("19.90", remark=remark)))
    assert await storage.read("c", balance, "liabilities:review") == -1990
    assert (await storage.read("c", get_order, 1)).state is OrderState.OPEN


async def test_a_price_of_its_own_is_asked_for_on_the_page(storage, desk):
    made = await storage.run("c", add_order, order(990))
    how = await desk.begin(made.number)
    assert how.url == "https://ifdian.net/a/wang"
    assert "正好是 9.90 元" in how.text


async def test_nothing_in_a_webhook_but_the_number_is_believed(shop, storage, desk):
    made = await storage.run("c", add_order, order())
    number = shop.pay("0.01", remark="小额")
    forged = shop.webhook(number, total_amount="19.90", custom_order_id=made.trade_number, remark=f"D{made.number}")
    await desk.hear("afdian", {}, forged)
    assert (await storage.read("c", get_order, made.number)).state is OrderState.OPEN
    assert await storage.read("c", balance, "liabilities:review") == -1


FORMS = [
    b"", b"{}", b"[1]", b"\xff", b"[" * 100_000, b'{"data": {"order": {"out_trade_no": {"$ne": 1}}}}',
    b'{"data": {"order": {"out_trade_no": "1,2"}}}', b'{"data": {"order": {"out_trade_no": 202612010900001234567890}}}',
]  # fmt: skip


@pytest.mark.parametrize("body", [*FORMS, AfdianStandIn(VirtualClock(START)).webhook("202506010900001234567890123")])
async def test_what_cannot_be_true_costs_no_question(shop, afdian, body):
    with pytest.raises(CallbackRefused):
        await afdian.read_callback({}, body)
    assert shop.asked == []


async def test_six_hundred_forged_webhooks_cost_twenty_questions_a_minute(shop, desk, clock):
    stamp = "20261201090000"
    for n in range(600):
        status, answer = await desk.hear("afdian", {}, shop.webhook(f"{stamp}{n % 300:013d}"))
        assert status == 400
        assert json.loads(answer)["ec"] != 200
    assert len(shop.asked) == 20
    await clock.advance(minutes=2)
    for n in range(20):  # these are remembered
        await desk.hear("afdian", {}, shop.webhook(f"{stamp}{n:013d}"))
    assert len(shop.asked) == 20


async def test_a_webhook_sent_again_is_answered_without_a_question(shop, desk, storage):
    number = shop.pay("19.90")
    for _ in range(5):
        assert (await desk.hear("afdian", {}, shop.webhook(number)))[0] == 200
    assert len(shop.asked) == 1
    assert await storage.read("c", balance, "assets:afdian") == 1990


async def test_the_test_button_of_the_developer_page_is_content(shop, desk):
    status, answer = await desk.hear("afdian", {}, shop.webhook(SAMPLE))
    assert (status, json.loads(answer)["ec"]) == (200, 200)
    assert shop.asked == []


@pytest.mark.parametrize("fault", list(Fault))
async def test_whatever_fails_is_no_fact_and_is_sent_again(shop, desk, storage, fault):
    number = shop.pay("19.90")
    shop.faults.append(fault)
    assert (await desk.hear("afdian", {}, shop.webhook(number)))[0] == 400
    assert await storage.read("c", balance, "assets:afdian") == 0


async def test_a_wrong_token_says_so_without_the_token(shop, clock, tmp_path, caplog):
    settings = AfdianSettings(user_id=USER_ID, token=SecretStr("secret-of-mine"), page="https://a.b", endpoint=shop.url)
    wrong = Afdian(settings, clock, SecretKey(tmp_path / "k"))
    with caplog.at_level(logging.DEBUG), pytest.raises(ProviderError, match="签名不对") as error:
        await wrong.check()
    await wrong.aclose()
    assert "secret-of-mine" not in str(error.value) + caplog.text


async def test_looking_finds_what_no_webhook_told_of(shop, desk, storage, clock, afdian):
    made = await storage.run("c", add_order, order())
    shop.pay("1.00", remark="以前的")
    await clock.advance(hours=2)
    since = clock.now()
    looking = asyncio.ensure_future(afdian.watch(since, desk.note))
    try:
        await clock.settle()
        shop.faults.append(Fault.DROP)  # one look fails, the next makes up for it
        for n in range(PAGE + 5):
            shop.pay("2.00", remark="散客", user=f"u{n}")
        shop.pay("19.90", remark=f"D{made.number}")
        await _until(clock, lambda: storage.read("c", balance, "assets:afdian"), 1990 + 200 * (PAGE + 5))
    finally:
        looking.cancel()
    assert (await storage.read("c", get_order, made.number)).state is OrderState.PAID


async def _until(clock: VirtualClock, read, wanted: object) -> None:
    for _ in range(10):
        if await read() == wanted:
            return
        await clock.advance(minutes=11)
    assert await read() == wanted


async def test_the_bill_of_a_day_agrees_and_brings_what_was_missed_whole(shop, desk, storage, clock):
    made = await storage.run("c", add_order, order())
    code = make_code(CodeKind.BINDING)
    known = shop.pay("19.90", custom=made.trade_number)
    await desk.hear("afdian", {}, shop.webhook(known))
    missed = shop.pay("19.90", plan_id="planmonth", remark=f"绑定 {code.shown}")
    await clock.advance(days=1)
    shop.pay("3.00")
    (found,) = await desk.reconcile(date(2026, 12, 1))
    assert (found.line_count, found.taken, found.difference_fen) == (2, (f"afdian:{missed}",), 0)
    fact = await storage.read("c", get_fact, f"afdian:{missed}")
    assert fact.data["plan"] == "month"
    assert code.symbols not in json.dumps(fact.data).upper()
    assert len(fact.data["binding"]) == len(fact.data["payer"]) == 64


async def test_twelve_months_at_once_are_another_plan(shop, desk, storage):
    numbers = [shop.pay("199", plan_id="planmonth", month=n, user="u") for n in (1, 12, 3)]
    for number in numbers:
        await desk.hear("afdian", {}, shop.webhook(number))
    facts = [await storage.read("c", get_fact, f"afdian:{number}") for number in numbers]
    assert [fact.data["plan"] for fact in facts] == ["month", "year", ""]
    assert len({fact.data["payer"] for fact in facts}) == 1


async def test_money_is_given_back_by_hand(shop, desk, storage, afdian):
    made = await storage.run("c", add_order, order())
    await desk.hear("afdian", {}, shop.webhook(shop.pay("19.90", custom=made.trade_number)))
    told = []
    desk._tell_owner = lambda _db, text, _key: told.append(text)
    await storage.run("c", lambda db: desk.request_refund(db, made.number, 1990, "不想要了") and None)
    assert len(told) == 1
    with pytest.raises(ProviderError):
        await afdian.refund(RefundRequest(number="R", order=made, amount_fen=1))


async def test_nothing_that_points_to_anybody_is_logged_or_kept(shop, desk, storage, caplog, tmp_path):
    code = make_code(CodeKind.BINDING)
    with caplog.at_level(logging.DEBUG):
        number = shop.pay("19.90", remark=f"{code.shown} 13812345678", user="realperson")
        await desk.hear("afdian", {}, shop.webhook(number, remark=code.shown))
        await desk.hear("afdian", {}, shop.webhook("20261201090000" + "7" * 13))
    stored = (tmp_path / "a.db").read_bytes() + (tmp_path / "a.db-wal").read_bytes()
    for secret in (code.shown, code.symbols, "13812345678", "realperson", TOKEN):
        assert secret not in caplog.text
        assert secret.encode() not in stored


async def test_many_orders_that_are_asked_about_at_once_cost_one_question(shop, desk, storage, clock, afdian):
    made = [await storage.run("c", add_order, order(made_at=START)) for _ in range(20)]
    shop.pay("19.90", remark=f"D{made[3].number}")
    found = await asyncio.gather(*(afdian.find(one) for one in made))
    assert len(shop.asked) == 1
    assert {one.fact.order_number for reported in found for one in reported} == {made[3].number}
    await clock.advance(minutes=1)
    later = shop.pay("19.90", remark=f"D{made[4].number}")
    assert f"afdian:{later}" in {one.fact.key for one in await afdian.find(made[4])}
    assert len(shop.asked) == 2


async def test_a_webhook_comes_in_by_the_callbacks_server_and_is_answered_as_it_wants(shop, desk, storage):
    made = await storage.run("c", add_order, order())
    client = make_callback_app(desk.hear).test_client()
    paid = await client.post("/pay/afdian", data=shop.webhook(shop.pay("19.90", custom=made.trade_number)))
    assert (paid.status_code, await paid.get_json()) == (200, {"ec": 200, "em": ""})
    assert (await storage.read("c", get_order, made.number)).state is OrderState.PAID
    forged = await client.post("/pay/afdian", data=shop.webhook("1"))
    assert forged.status_code == 400
    assert (await client.get("/pay/afdian")).status_code == 405
