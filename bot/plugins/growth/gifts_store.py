"""Gifts as rows."""

from __future__ import annotations

from typing import Any

from bot.plugin import Database, Row
from bot.plugins.growth.model import Gift, GiftState

_COLUMNS = (
    "order_number, giver_member_id as giver_id, receiver_member_id as receiver_id, receiver_name, state, code_batch"
)


def add_gift(db: Database, gift: Gift) -> None:
    """Store for whom an order is."""
    db.execute(
        "insert into gifts (community, order_number, giver_member_id, receiver_member_id, receiver_name, state)"
        " values (:community, :order_number, :giver_id, :receiver_id, :receiver_name, :state)",
        {
            "order_number": gift.order_number, "giver_id": gift.giver_id, "receiver_id": gift.receiver_id,
            "receiver_name": gift.receiver_name, "state": str(gift.state),
        },
    )  # fmt: skip


def get_gift(db: Database, order_number: int) -> Gift | None:
    """Return the gift behind an order; None when the order is none."""
    return next(iter(_select(db, "order_number = :order_number", {"order_number": order_number})), None)


def gifts_by(db: Database, giver_id: str) -> list[Gift]:
    """Return what a member gives, the first first."""
    return _select(db, "giver_member_id = :giver_id", {"giver_id": giver_id})


def set_gift_state(db: Database, order_number: int, state: GiftState, *, code_batch: int | None = None) -> None:
    """Note where a gift stands now, and of which batch its code is; None leaves that as it is."""
    db.execute(
        "update gifts set state = :state, code_batch = coalesce(:code_batch, code_batch)"
        " where community = :community and order_number = :order_number",
        {"order_number": order_number, "state": str(state), "code_batch": code_batch},
    )


def export_gifts(db: Database, member_id: str) -> list[Row]:
    """Return what a member gave and was given; the other person is not named."""
    return db.query(
        "select order_number, state, case when giver_member_id = :member_id then 'given' else 'received' end as side"
        " from gifts where community = :community and (giver_member_id = :member_id or receiver_member_id = :member_id)"
        " order by order_number",
        {"member_id": member_id},
    )


def erase_gifts(db: Database, member_id: str) -> int:
    """Take a member out of the gifts they gave and were given; the order stays in the books."""
    given = db.execute(
        "update gifts set giver_member_id = '' where community = :community and giver_member_id = :member_id",
        {"member_id": member_id},
    )
    return given + db.execute(
        "update gifts set receiver_member_id = '', receiver_name = ''"
        " where community = :community and receiver_member_id = :member_id",
        {"member_id": member_id},
    )


def _select(db: Database, condition: str, params: dict[str, Any]) -> list[Gift]:
    rows = db.query(
        f"select {_COLUMNS} from gifts where community = :community and {condition}"  # noqa: S608 - our own
        " order by order_number",
        params,
    )
    return [Gift(**row | {"state": GiftState(row["state"])}) for row in rows]
