"""A bill is read to the fen, or not at all."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.payments import wechat_pay_bill
from bot.payments.model import FactKind
from bot.payments.provider import ProviderError
from bot.payments.wechat_pay_bill import read_bill, unpack_bill
from bot.payments.wechat_pay_stand_in_bill import keep_fee
from tests.payments.wechat_pay_kit import Shop, open_shop, order

pytestmark = pytest.mark.slow  # a server

HEAD = "交易状态,微信订单号,商户订单号,商户退款单号,退款状态,手续费,订单金额,申请退款金额"
END = "总交易单数,应结订单总金额\r\n`1,`1.00\r\n"


def bill(*rows: str) -> str:
    return "\r\n".join([HEAD, *rows, END])


def paid(amount: str, fee: str = "0.00000") -> str:
    return f"`SUCCESS,`4200,`T1,`,`,`{fee},`{amount},`"


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with open_shop(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("amount", "fee", "fen"),
    [
        ("99.00", "0.59000", (99_00, 59)),
        ("0.01", "0.00000", (1, 0)),
        ("1234567.89", "7407.41000", (1_234_567_89, 7407_41)),
        ("0.29", "0.00174", (29, 0)),
        ("0.29", "0.00500", (29, 1)),
        ("99", "-0.18000", (99_00, -18)),
        ("8.90", "0", (8_90, 0)),
    ],
)
def test_yuan_are_counted_in_fen(amount: str, fee: str, fen: tuple[int, int]) -> None:
    [line] = read_bill(bill(paid(amount, fee)))
    assert (line.amount_fen, line.fee_fen) == fen


@given(st.integers(0, 10**10))
def test_every_amount_is_read_back_to_the_fen(fen: int) -> None:
    [line] = read_bill(bill(paid(f"{fen // 100}.{fen % 100:02}")))
    assert line.amount_fen == fen


@given(st.integers(0, 10**10))
def test_fees_are_whole_fen_half_up(fen: int) -> None:
    assert abs(keep_fee(fen) * 1000 - fen * 6) <= 500
    assert isinstance(keep_fee(fen), int)


@pytest.mark.parametrize("amount", ["0.001", "1e3", "NaN", "", "一元", "1,000.00", "inf", "٣"])
def test_a_number_that_is_no_money_refuses_the_bill(amount: str) -> None:
    with pytest.raises(ProviderError, match="格式变了"):
        read_bill(bill(paid(amount)))


def test_refunds_are_lines_when_they_are_done_and_other_rows_are_none() -> None:
    rows = [
        "`REFUND,`4200,`T1,`R1,`SUCCESS,`-0.18000,`0.00,`30.01",
        "`REFUND,`4200,`T1,`R2,`PROCESSING,`0.00000,`0.00,`5.00",
        "`REFUND,`4200,`T1,`R3,`FAIL,`0.00000,`0.00,`5.00",
        "`REVOKED,`4201,`T2,`,`,`0.00000,`5.00,`0.00",
    ]
    [line] = read_bill("\ufeff".lstrip("\ufeff") + bill(*rows))
    assert (line.key, line.kind, line.amount_fen, line.fee_fen) == (
        "wechat_pay_refund:R1",
        FactKind.REFUNDED,
        30_01,
        18,
    )


def test_columns_may_change_places_and_new_ones_may_come() -> None:
    text = "新列,订单金额,微信订单号,商户订单号,交易状态,手续费\n`x,`1.00,`4200,`T1,`SUCCESS,`0.01\n" + END
    [line] = read_bill(text)
    assert (line.key, line.amount_fen, line.fee_fen) == ("wechat_pay:4200", 1_00, 1)


@pytest.mark.parametrize(
    "text",
    ["", HEAD, bill(paid("1.00")).partition("总交易")[0], bill(paid("1.00")).replace("\r\n`1,`1.00", ""), END + END],
)
def test_a_bill_without_its_end_is_refused(text: str) -> None:
    with pytest.raises(ProviderError, match="不完整"):
        read_bill(text)


@pytest.mark.parametrize("column", ["交易状态", "手续费", "订单金额", "微信订单号"])
def test_a_bill_without_a_column_is_refused(column: str) -> None:
    with pytest.raises(ProviderError, match="格式变了"):
        read_bill(bill(paid("1.00")).replace(column, "别的"))


def test_a_row_that_is_too_short_refuses_the_bill() -> None:
    with pytest.raises(ProviderError, match="格式变了"):
        read_bill(bill("`SUCCESS,`4200"))


def test_a_bill_is_unpacked_or_taken_as_it_is() -> None:
    data = ("\ufeff" + bill(paid("1.00"))).encode()
    assert unpack_bill(gzip.compress(data), sha1(data)) == bill(paid("1.00"))
    assert unpack_bill(data, sha1(data).upper()) == bill(paid("1.00"))


def test_a_changed_bill_is_refused() -> None:
    data = bill(paid("1.00")).encode()
    changed = gzip.compress(data.replace(b"1.00", b"9.00"))
    with pytest.raises(ProviderError, match="对不上"):
        unpack_bill(changed, sha1(data))


@pytest.mark.parametrize("cut", [3, 20, -1])
def test_a_bill_that_was_cut_off_is_refused(cut: int) -> None:
    data = bill(paid("1.00")).encode()
    with pytest.raises(ProviderError):
        unpack_bill(gzip.compress(data)[:cut], sha1(data))


def test_a_bill_that_swells_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wechat_pay_bill, "_MOST_BYTES", 1000)
    data = b"0" * 100_000
    with pytest.raises(ProviderError, match="超过"):
        unpack_bill(gzip.compress(data), sha1(data))


async def test_a_bill_that_was_changed_on_its_way_is_told_in_one_line(shop: Shop) -> None:
    await shop.sell(order())
    make = shop.stand_in._server._announce_bill

    def announce(day: date) -> dict[str, object]:
        announced = make(day)
        for token, packed in shop.stand_in._server._bills.items():
            bill = gzip.decompress(packed).replace(b"99.00", b"09.00")
            shop.stand_in._server._bills[token] = gzip.compress(bill)
        return announced

    shop.stand_in._server._announce_bill = announce
    with pytest.raises(ProviderError) as told:
        await shop.provider.bill(date(2026, 11, 22))
    assert str(told.value) == "微信支付的账单和它的校验值对不上，没有采用"


async def test_a_bill_is_fetched_from_wechat_only(shop: Shop) -> None:
    with pytest.raises(ProviderError, match="下载地址"):
        await shop.provider._client.download("https://evil.example.com/v3/billdownload/file?token=1")
    with pytest.raises(ProviderError, match="下载地址"):
        await shop.provider._client.download(shop.stand_in.settings.endpoint + ".evil.example.com/")
    assert shop.stand_in.asked == []
