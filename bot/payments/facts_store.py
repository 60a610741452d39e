"""Facts as rows, which never change; which order a payment was claimed for, and what the provider kept, came later."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlite_utils

from bot.payments.model import Fact, FactKind
from bot.payments.orders_store import check_fen
from bot.storage import Database, Migrations, Row
from bot.storage_time import to_stamp

migrations = Migrations("payment_facts")

_KINDS = ", ".join(f"'{kind}'" for kind in FactKind)
_COLUMNS = (
    "f.key, f.kind, f.at, f.provider, coalesce(c.order_number, f.order_number) as order_number, f.member_id,"
    " f.amount_fen, coalesce(e.fee_fen, f.fee_fen) as fee_fen, f.data"
)
_LATER = (
    " left join payment_claims c on c.community = f.community and c.fact_key = f.key"
    " left join payment_fees e on e.community = f.community and e.fact_key = f.key"
)
_OF_ORDER = (
    "f.key in (select key from payment_facts where community = :community and order_number = :number"
    " union select fact_key from payment_claims where community = :community and order_number = :number)"
    " and coalesce(c.order_number, f.order_number) = :number"
)
_ORDERS_OF = "select number from orders where community = :community and member_id = :member_id"
_OF_MEMBER = (
    "f.key in (select key from payment_facts where community = :community and member_id = :member_id"  # noqa: S608
    f" union select key from payment_facts where community = :community and order_number in ({_ORDERS_OF})"
    f" union select fact_key from payment_claims where community = :community and order_number in ({_ORDERS_OF}))"
    f" and (f.member_id = :member_id or coalesce(c.order_number, f.order_number) in ({_ORDERS_OF}))"
)
_OF_MEMBERS = (
    f"select f.member_id as owner, {_COLUMNS} from payment_facts f{_LATER}"  # noqa: S608 - our own
    " where f.community = :community and f.member_id > :after and f.member_id <= :last"
    f" union all select o.member_id as owner, {_COLUMNS} from orders o"
    f" join payment_facts f on f.community = o.community and f.order_number = o.number{_LATER}"
    " where o.community = :community and o.member_id > :after and o.member_id <= :last"
    " and o.member_id <> f.member_id and coalesce(c.order_number, o.number) = o.number"
    f" union all select o.member_id as owner, {_COLUMNS} from orders o"
    " join payment_claims own on own.community = o.community and own.order_number = o.number"
    f" join payment_facts f on f.community = o.community and f.key = own.fact_key{_LATER}"
    " where o.community = :community and o.member_id > :after and o.member_id <= :last"
    " and o.member_id <> f.member_id and f.order_number <> o.number"
)
_MEMBERS_A_PAGE = 2000


@migrations()
def m001_payment_facts(db: sqlite_utils.Database) -> None:
    """What happened, what the owner said it was for, and the fees that the bill told of later."""
    db.execute(
        "create table payment_facts (community text not null, key text not null,"
        f" kind text not null check (kind in ({_KINDS})), at text not null, provider text not null,"
        " order_number integer not null check (order_number >= 0), member_id text not null,"
        " amount_fen integer not null check (amount_fen >= 0), fee_fen integer not null check (fee_fen >= 0),"
        " data text not null, primary key (community, key))"
    )
    db.execute("create index payment_facts_by_order on payment_facts (community, order_number, at)")
    db.execute("create index payment_facts_by_member on payment_facts (community, member_id, at)")
    db.execute("create index payment_facts_by_time on payment_facts (community, provider, at)")
    db.execute(
        "create table payment_claims (community text not null, fact_key text not null,"
        " order_number integer not null check (order_number >= 0), primary key (community, fact_key))"
    )
    db.execute("create index payment_claims_by_order on payment_claims (community, order_number)")
    db.execute(
        "create table payment_fees (community text not null, fact_key text not null,"
        " fee_fen integer not null check (fee_fen >= 0), primary key (community, fact_key))"
    )


def add_fact(db: Database, fact: Fact) -> bool:
    """Store a fact; False when it was known.

    Money goes through `PaymentDesk.take`, which writes the books in the same transaction; this alone does not.

    Raises:
        TypeError: an amount is no int.
        ValueError: an amount is negative, or the fee is more than the amount.
    """
    if check_fen(fact.fee_fen) > check_fen(fact.amount_fen):
        raise ValueError("a fee is never more than what was paid")
    _refuse_floats(fact.data)
    changed = db.execute(
        "insert into payment_facts (community, key, kind, at, provider, order_number, member_id, amount_fen, fee_fen,"
        " data) values (:community, :key, :kind, :at, :provider, :order_number, :member_id, :amount_fen, :fee_fen,"
        " :data) on conflict (community, key) do nothing",
        {
            "key": fact.key, "kind": str(fact.kind), "at": to_stamp(fact.at), "provider": fact.provider,
            "order_number": fact.order_number, "member_id": fact.member_id, "amount_fen": fact.amount_fen,
            "fee_fen": fact.fee_fen, "data": json.dumps(fact.data, ensure_ascii=False, sort_keys=True),
        },
    )  # fmt: skip
    return changed == 1


def get_fact(db: Database, key: str) -> Fact | None:
    """Return one fact; None when it is not known."""
    return next(iter(_select(db, "f.key = :key", {"key": key})), None)


def facts_of_order(db: Database, number: int) -> list[Fact]:
    """Return the facts about an order, those claimed for it included, by the provider's time."""
    return _select(db, _OF_ORDER, {"number": number})


def facts_of_member(db: Database, member_id: str) -> list[Fact]:
    """Return the facts about a member and about their orders, by the provider's time."""
    return _select(db, _OF_MEMBER, {"member_id": member_id})


def facts_by_member(db: Database) -> Iterator[tuple[str, list[Fact]]]:
    """Yield each member with the facts about them and their orders, members sorted, facts by the provider's time.

    For counts over the whole community: it reads the facts of some thousand members at a time.
    """
    after = ""
    while members := _members_after(db, after):
        held: dict[str, list[Fact]] = {}
        rows = db.query(f"{_OF_MEMBERS} order by owner, at, key", {"after": after, "last": members[-1]})
        for row in rows:
            held.setdefault(row.pop("owner"), []).append(_from_row(row))
        yield from sorted(held.items())
        after = members[-1]


def facts_between(db: Database, provider: str, since: datetime, until: datetime) -> list[Fact]:
    """Return what a provider reported of a span of its own time, half open."""
    return _select(
        db,
        "f.provider = :provider and f.at >= :since and f.at < :until",
        {"provider": provider, "since": to_stamp(since), "until": to_stamp(until)},
    )


def last_fact_at(db: Database, provider: str) -> datetime | None:
    """Return when the latest fact of a provider happened, by its own time; None when it reported nothing yet."""
    rows = db.query(
        "select max(at) as at from payment_facts where community = :community and provider = :provider",
        {"provider": provider},
    )
    return datetime.fromisoformat(rows[0]["at"]) if rows[0]["at"] else None


def put_claim(db: Database, fact_key: str, order_number: int) -> None:
    """Note for which order a payment is, whatever its report said; 0 takes it from every order."""
    db.execute(
        "insert into payment_claims (community, fact_key, order_number) values (:community, :key, :number)"
        " on conflict (community, fact_key) do update set order_number = excluded.order_number",
        {"key": fact_key, "number": order_number},
    )


def put_fee(db: Database, fact_key: str, fee_fen: int) -> None:
    """Note what the provider kept of a payment, known from its bill only."""
    db.execute(
        "insert into payment_fees (community, fact_key, fee_fen) values (:community, :key, :fee)"
        " on conflict (community, fact_key) do update set fee_fen = excluded.fee_fen",
        {"key": fact_key, "fee": check_fen(fee_fen)},
    )


def export_facts(db: Database, member_id: str) -> list[Row]:
    """Return what is known about a member and their orders."""
    return [
        {
            "kind": str(one.kind), "at": to_stamp(one.at), "provider": one.provider, "order_number": one.order_number,
            "amount_fen": one.amount_fen,
        }
        for one in facts_of_member(db, member_id)
    ]  # fmt: skip


def erase_facts(db: Database, member_id: str) -> int:
    """Forget a member in facts: what moved money stays without them, the rest goes; return how many changed."""
    deleted = db.execute(
        "delete from payment_facts where community = :community and member_id = :member_id"
        " and kind not in ('paid', 'refunded')",
        {"member_id": member_id},
    )
    return deleted + db.execute(
        "update payment_facts set member_id = '', data = '{}' where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def _members_after(db: Database, after: str) -> list[str]:
    rows = db.query(
        "select member_id from payment_facts where community = :community and member_id > :after"
        " union select member_id from orders where community = :community and member_id > :after"
        " order by member_id limit :limit",
        {"after": after, "limit": _MEMBERS_A_PAGE},
    )
    return [row["member_id"] for row in rows]


def _select(db: Database, condition: str, params: Mapping[str, Any]) -> list[Fact]:
    rows = db.query(
        f"select {_COLUMNS} from payment_facts f{_LATER}"  # noqa: S608 - our own
        f" where f.community = :community and {condition} order by f.at, f.key",
        params,
    )
    return [_from_row(row) for row in rows]


def _from_row(row: Row) -> Fact:
    return Fact(
        key=row["key"],
        kind=FactKind(row["kind"]),
        at=datetime.fromisoformat(row["at"]),
        provider=row["provider"],
        order_number=row["order_number"],
        member_id=row["member_id"],
        amount_fen=row["amount_fen"],
        fee_fen=row["fee_fen"],
        data=json.loads(row["data"]) if row["data"] != "{}" else {},
    )


def _refuse_floats(value: object) -> None:
    """See to it that nothing that is remembered is a float.

    Raises:
        TypeError: something is.
    """
    if isinstance(value, float):
        raise TypeError("facts hold no floats")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        _refuse_floats(part)
