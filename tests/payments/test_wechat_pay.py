"""The provider asks, believes what is signed, and says how to pay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.payments.model import FactKind, OrderState
from bot.payments.provider import BillLine, CallbackRefused, ProviderError, RefundRequest
from bot.payments.wechat_pay_stand_in_bill import keep_fee
from bot.payments.wechat_pay_stand_in_server import Fault
from tests.payments.wechat_pay_kit import NOTIFY_URL, NOW, Shop, open_shop, order

pytestmark = pytest.mark.slow

BILL_DAY = date(2026, 11, 22)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


def paid_key(shop: Shop, number: str) -> str:
    return f"wechat_pay:{shop.stand_in.account.orders[number].transaction_id}"


async def test_an_order_is_shown_as_a_code_to_be_scanned_from_another_screen(shop: Shop) -> None:
    how = await shop.provider.begin(order())
    assert how.url.startswith("weixin://wxpay/bizpayurl")
    assert "已付 D12" in how.text
    assert "另一台手机" in how.text
    placed = shop.stand_in.account.orders[order().trade_number].request
    assert placed["amount"] == {"total": 99_00, "currency": "CNY"}
    assert placed["time_expire"] == "2026-11-22T14:00:00+08:00"
    assert placed["notify_url"] == NOTIFY_URL


async def test_the_picture_holds_the_code(shop: Shop) -> None:
    zxingcpp, pillow = pytest.importorskip("zxingcpp"), pytest.importorskip("PIL.Image")
    import io

    how = await shop.provider.begin(order())
    assert how.picture is not None
    assert how.picture.name == "D12.png"
    found = zxingcpp.read_barcodes(pillow.open(io.BytesIO(how.picture.data)))
    assert [one.text for one in found] == [how.url]


async def test_an_order_begun_again_says_the_same(shop: Shop) -> None:
    assert await shop.provider.begin(order()) == await shop.provider.begin(order())
    assert len(shop.stand_in.account.orders) == 1


async def test_a_paid_order_is_not_offered_again(shop: Shop) -> None:
    await shop.sell(order())
    how = await shop.provider.begin(order())
    assert how.url == ""
    assert "不要再付" in how.text


async def test_a_long_title_is_cut_for_wechat(shop: Shop) -> None:
    await shop.provider.begin(order(title="长" * 100))
    assert len(shop.stand_in.account.orders[order().trade_number].request["description"].encode()) <= 127


@pytest.mark.parametrize("amount", [99.0, True, 0, -1])
async def test_only_whole_positive_amounts_go_out(shop: Shop, amount: int) -> None:
    with pytest.raises(TypeError):
        await shop.provider.begin(order(amount_fen=amount))
    with pytest.raises(TypeError):
        await shop.provider.refund(RefundRequest(number="R1", order=order(), amount_fen=amount))
    assert shop.stand_in.asked == []


async def test_an_unpaid_order_reports_nothing(shop: Shop) -> None:
    await shop.provider.begin(order())
    assert await shop.provider.find(order()) == []


async def test_an_order_that_was_never_placed_reports_nothing(shop: Shop) -> None:
    assert await shop.provider.find(order()) == []


async def test_a_paid_order_reports_its_payment(shop: Shop) -> None:
    await shop.sell(order())
    [found] = await shop.provider.find(order())
    assert found.trade_number == order().trade_number
    assert found.fact.key == paid_key(shop, order().trade_number)
    assert found.fact.kind is FactKind.PAID
    assert found.fact.amount_fen == 99_00
    assert found.fact.at == NOW
    assert (found.fact.order_number, found.fact.data) == (0, {})


async def test_the_callback_and_the_query_report_the_same_fact(shop: Shop) -> None:
    await shop.sell(order())
    shop.clock._now += timedelta(minutes=3)
    told = shop.stand_in.make_payment_callback(order().trade_number)
    assert await shop.provider.read_callback(told.headers, told.body) == await shop.provider.find(order())


async def test_a_closed_order_cannot_be_paid_and_reports_nothing(shop: Shop) -> None:
    await shop.provider.begin(order())
    await shop.provider.close_order(order())
    assert await shop.provider.find(order()) == []
    with pytest.raises(ProviderError, match="已经关闭"):
        await shop.provider.begin(order())


async def test_an_order_that_was_closed_here_is_closed_there_when_it_is_asked_about(shop: Shop) -> None:
    await shop.provider.begin(order())
    closed = order(state=OrderState.CLOSED)
    assert await shop.provider.find(closed) == []
    assert shop.stand_in.account.orders[closed.trade_number].state == "CLOSED"
    assert await shop.provider.find(closed) == []
    assert [one for one in shop.stand_in.asked if one.endswith("/close")] == [shop.stand_in.asked[2]]


async def test_what_was_paid_before_it_was_closed_is_reported(shop: Shop) -> None:
    await shop.sell(order())
    assert len(await shop.provider.find(order(state=OrderState.CLOSED))) == 1


async def test_closing_an_order_that_was_paid_is_refused(shop: Shop) -> None:
    await shop.sell(order())
    with pytest.raises(ProviderError, match="已经付过"):
        await shop.provider.close_order(order())


async def test_a_refund_is_under_way_until_wechat_says_it_is_done(shop: Shop) -> None:
    await shop.sell(order())
    request = RefundRequest(number="R7", order=order(), amount_fen=30_00, reason="课程取消")
    assert await shop.provider.refund(request) == []
    assert await shop.provider.refund(request) == []
    shop.clock._now += timedelta(minutes=5)
    shop.stand_in.end_refund("R7")
    [done] = await shop.provider.refund(request)
    assert done.fact.key == "wechat_pay_refund:R7"
    assert (done.fact.kind, done.fact.amount_fen) == (FactKind.REFUNDED, 30_00)
    assert done.fact.at == datetime(2026, 11, 22, 4, 5, tzinfo=UTC)
    assert done.trade_number == order().trade_number
    told = shop.stand_in.make_refund_callback("R7")
    assert await shop.provider.read_callback(told.headers, told.body) == [done]
    assert [one.amount_fen for one in shop.stand_in.account.refunds.values()] == [30_00]


async def test_a_partly_refunded_order_still_reports_its_payment(shop: Shop) -> None:
    await shop.sell(order())
    await shop.provider.refund(RefundRequest(number="R7", order=order(), amount_fen=30_00))
    [found] = await shop.provider.find(order())
    assert (found.fact.kind, found.fact.amount_fen) == (FactKind.PAID, 99_00)


async def test_a_refund_that_wechat_could_not_make_is_told_to_the_owner(shop: Shop) -> None:
    await shop.sell(order())
    request = RefundRequest(number="R7", order=order(), amount_fen=30_00)
    await shop.provider.refund(request)
    shop.stand_in.end_refund("R7", "ABNORMAL")
    with pytest.raises(ProviderError, match="商户平台"):
        await shop.provider.refund(request)
    told = shop.stand_in.make_refund_callback("R7")
    assert await shop.provider.read_callback(told.headers, told.body) == []


async def test_without_money_nothing_is_refunded_and_the_same_number_works_later(shop: Shop) -> None:
    await shop.sell(order())
    request = RefundRequest(number="R7", order=order(), amount_fen=99_00)
    shop.stand_in.account.balance_is_short = True
    with pytest.raises(ProviderError, match="余额不够") as refused:
        await shop.provider.refund(request)
    assert refused.value.is_refusal  # so the owner hears of it at once
    shop.stand_in.account.balance_is_short = False
    assert await shop.provider.refund(request) == []
    assert len(shop.stand_in.account.refunds) == 1


async def test_no_more_is_refunded_than_was_paid(shop: Shop) -> None:
    await shop.sell(order())
    await shop.provider.refund(RefundRequest(number="R7", order=order(), amount_fen=60_00))
    with pytest.raises(ProviderError):
        await shop.provider.refund(RefundRequest(number="R8", order=order(), amount_fen=60_00))
    assert list(shop.stand_in.account.refunds) == ["R7"]


@pytest.mark.parametrize("fault", [Fault.STRIP, Fault.TAMPER, Fault.OTHER_SERIAL, Fault.BROKEN])
async def test_an_answer_that_is_not_rightly_signed_is_no_fact(shop: Shop, fault: Fault) -> None:
    await shop.sell(order())
    asked = len(shop.stand_in.asked)
    shop.stand_in.faults.append(fault)
    with pytest.raises(ProviderError):
        await shop.provider.find(order())
    assert len(shop.stand_in.asked) == asked + 1
    assert len(await shop.provider.find(order())) == 1


async def test_a_lost_answer_is_asked_for_again_at_once(shop: Shop) -> None:
    await shop.sell(order())
    shop.stand_in.faults.extend([Fault.DROP, Fault.DROP])
    assert len(await shop.provider.find(order())) == 1
    shop.stand_in.faults.extend([Fault.DROP] * 3)
    with pytest.raises(ProviderError, match="连不上"):
        await shop.provider.find(order())


async def test_a_refund_whose_answer_was_lost_is_made_once(shop: Shop) -> None:
    await shop.sell(order())
    shop.stand_in.faults.extend([Fault.DROP] * 3)
    request = RefundRequest(number="R7", order=order(), amount_fen=99_00)
    with pytest.raises(ProviderError):
        await shop.provider.refund(request)
    assert await shop.provider.refund(request) == []
    assert [one.amount_fen for one in shop.stand_in.account.refunds.values()] == [99_00]


async def test_a_bill_has_a_line_for_every_payment_and_refund(shop: Shop) -> None:
    first, second = order(1, 99_00), order(2, 12_34, title="一，二,三")
    await shop.sell(first, second)
    await shop.provider.refund(RefundRequest(number="R7", order=first, amount_fen=30_01))
    shop.stand_in.end_refund("R7")
    number = first.trade_number
    assert await shop.provider.bill(BILL_DAY) == [
        BillLine(key=paid_key(shop, number), kind=FactKind.PAID, trade_number=number, amount_fen=99_00, fee_fen=59),
        BillLine(
            key=paid_key(shop, second.trade_number),
            kind=FactKind.PAID,
            trade_number=second.trade_number,
            amount_fen=12_34,
            fee_fen=keep_fee(12_34),
        ),
        BillLine(key="wechat_pay_refund:R7", kind=FactKind.REFUNDED, trade_number=number, amount_fen=30_01, fee_fen=18),
    ]


async def test_a_day_without_trade_has_an_empty_bill(shop: Shop) -> None:
    assert await shop.provider.bill(BILL_DAY) == []


async def test_days_are_chinas(shop: Shop) -> None:
    shop.clock._now = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    await shop.sell(order(expires_at=None))
    assert await shop.provider.bill(date(2026, 11, 22)) == []
    assert len(await shop.provider.bill(date(2026, 11, 23))) == 1


async def test_the_account_can_be_tried_without_changing_anything(shop: Shop) -> None:
    await shop.provider.check()
    shop.stand_in.faults.append(Fault.STRIP)
    with pytest.raises(ProviderError, match="签名"):
        await shop.provider.check()
    assert shop.stand_in.account.orders == {}


@pytest.mark.parametrize(("is_accepted", "status"), [(True, 204), (False, 401)])
def test_callbacks_are_answered_as_wechat_wants_it(shop: Shop, is_accepted: bool, status: int) -> None:
    told, body = shop.provider.acknowledge(is_accepted=is_accepted)
    assert told == status
    assert (body == b"") == is_accepted


async def test_files_that_hold_no_key_are_told_without_their_content(shop: Shop) -> None:
    shop.stand_in.settings.private_key.write_text("not a key, but secret", encoding="utf-8")
    with pytest.raises(ProviderError, match="doctor") as told:
        await shop.provider.check()
    assert "secret" not in str(told.value)
    callback = shop.stand_in.make_callback(NOTIFY_URL, "TRANSACTION.SUCCESS", {}, "transaction")
    with pytest.raises(CallbackRefused):
        await shop.provider.read_callback(callback.headers, callback.body)
