"""Writes a community of any size into the tables of orders and facts: row by row through the plugins takes minutes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from bot.payments.model import Fact, Order
from bot.storage import Database
from bot.storage_time import to_stamp

_INSERT_ORDER = (
    "insert into orders (community, number, trade_number, kind, item, title, member_id, name, room_id, amount_fen,"
    " state, made_at, data, paid_at) values (:community, :number, :trade_number, :kind, :item, :title, :member_id, '',"
    " '', :amount_fen, 'paid', :at, :data, :at)"
)
_INSERT_FACT = (
    "insert into payment_facts (community, key, kind, at, provider, order_number, member_id, amount_fen, fee_fen, data)"
    " values (:community, :key, :kind, :at, :provider, :order_number, :member_id, :amount_fen, 0, :data)"
)


def put_orders(db: Database, orders: Iterable[Order]) -> None:
    """Store paid orders as they are; only their states are true, their books are not written."""
    for one in orders:
        db.execute(
            _INSERT_ORDER,
            {
                "number": one.number, "trade_number": f"QZ{one.number:024d}", "kind": one.kind, "item": one.item,
                "title": one.title, "member_id": one.member_id, "amount_fen": one.amount_fen, "at": _at(one.made_at),
                "data": json.dumps(one.data, ensure_ascii=False, sort_keys=True),
            },
        )  # fmt: skip


def put_facts(db: Database, facts: Iterable[Fact]) -> None:
    """Store facts as they are."""
    for one in facts:
        db.execute(
            _INSERT_FACT,
            {
                "key": one.key, "kind": str(one.kind), "at": _at(one.at), "provider": one.provider,
                "order_number": one.order_number, "member_id": one.member_id, "amount_fen": one.amount_fen,
                "data": json.dumps(one.data, ensure_ascii=False, sort_keys=True),
            },
        )  # fmt: skip


def _at(moment: datetime) -> str:
    return to_stamp(moment)
