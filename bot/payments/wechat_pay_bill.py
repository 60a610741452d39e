"""Reads WeChat Pay's daily trade bill: unpacked with a bound, checked against its hash, counted in fen."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zlib
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from bot.payments.model import FactKind
from bot.payments.provider import BillLine, ProviderError
from bot.payments.wechat_pay_guard import NAME, refund_key

_MOST_BYTES: Final = 64 << 20  # unpacked; about 200,000 payments
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31  # zlib's number for "with a gzip header"
_MONEY: Final = re.compile(r"-?\d{1,10}(\.\d{1,6})?", re.ASCII)
_TRUNCATED = "微信支付的账单不完整，没有采用"


def unpack_bill(packed: bytes, sha1: str) -> str:
    """Return a bill's text.

    Args:
        packed: as it was downloaded, gzip or plain; the download itself is unsigned.
        sha1: of the unpacked bytes, from the signed answer.

    Raises:
        ProviderError: it is another file than the one that was announced, or too large.
    """
    data = _gunzip(packed) if packed.startswith(_GZIP) else packed
    if hashlib.sha1(data, usedforsecurity=False).hexdigest() != sha1.lower():  # the provider gives no other hash
        raise ProviderError("微信支付的账单和它的校验值对不上，没有采用")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ProviderError("微信支付的账单读不出来（不是 UTF-8），没有采用") from None


def _gunzip(packed: bytes) -> bytes:
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        data = inflater.decompress(packed, _MOST_BYTES)
    except zlib.error:
        raise ProviderError(_TRUNCATED) from None
    if inflater.unconsumed_tail:
        raise ProviderError(f"微信支付的账单超过 {_MOST_BYTES >> 20} MB，没有采用")
    if not inflater.eof:
        raise ProviderError(_TRUNCATED)
    return data


def read_bill(text: str) -> list[BillLine]:
    """Return the lines of a trade bill: what was paid and what was given back, each in fen with its fee.

    A refund under way is left out: it may still fail, and when it succeeds the provider says so.

    Args:
        text: the table with its head, then a head and a line of sums.

    Raises:
        ProviderError: the sums at its end or a column are missing, or a number cannot be read.
    """
    rows = [[cell.lstrip("`").strip() for cell in row] for row in csv.reader(io.StringIO(text)) if row]
    ends = [index for index, row in enumerate(rows) if row[0] == "总交易单数"]
    if len(ends) != 1 or len(rows) != ends[0] + 2:
        raise ProviderError(_TRUNCATED)
    head, body = rows[0], rows[1 : ends[0]]
    try:
        lines = [_read_line(dict(zip(head, row, strict=True))) for row in body]
    except (KeyError, ValueError):
        raise ProviderError("微信支付账单的格式变了，读不出来，请升级程序") from None
    return [line for line in lines if line is not None]


def _read_line(row: dict[str, str]) -> BillLine | None:
    fee = _fee(row["手续费"])
    if row["交易状态"] == "SUCCESS":
        return BillLine(
            key=f"{NAME}:{row['微信订单号']}",
            kind=FactKind.PAID,
            trade_number=row["商户订单号"],
            amount_fen=_fen(row["订单金额"]),
            fee_fen=fee,
        )
    if row["交易状态"] == "REFUND" and row["退款状态"] == "SUCCESS":
        return BillLine(
            key=refund_key(row["商户退款单号"]),
            kind=FactKind.REFUNDED,
            trade_number=row["商户订单号"],
            amount_fen=_fen(row["申请退款金额"]),
            fee_fen=-fee,  # the bill counts what it gives back of its fee below nothing
        )
    return None


def _fen(yuan: str) -> int:
    """Return a sum of the bill in fen."""
    fen = _read_money(yuan)
    if fen != fen.to_integral_value():
        raise ValueError(yuan)
    return int(fen)


def _fee(yuan: str) -> int:
    """Return a fee in fen: it is written with five decimals, of which WeChat takes two, rounded half up."""
    return int(_read_money(yuan).quantize(Decimal(1), ROUND_HALF_UP))


def _read_money(yuan: str) -> Decimal:
    if not _MONEY.fullmatch(yuan):
        raise ValueError(yuan)
    return Decimal(yuan) * 100
