"""How far the books were brought up to date, and sums of their lines."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlite_utils

from bot.plugin import Database, Migrations, to_stamp

migrations = Migrations("accounts")


@migrations()
def m001_account_marks(db: sqlite_utils.Database) -> None:
    """One row for each thing that is done up to a day or an entry."""
    db.execute(
        "create table account_marks (community text not null, name text not null, value text not null,"
        " primary key (community, name))"
    )


def deferred_by_order(db: Database) -> dict[int, int]:
    """Return what is still owed of each order, in fen; orders that are even are left out.

    One pass over the lines of the books: asking order by order takes a minute with a hundred thousand of them.
    """
    rows = db.query(
        "select order_number, -sum(amount_fen) as fen from ledger_postings where community = :community"
        " and account = 'liabilities:deferred' and order_number > 0 group by order_number having sum(amount_fen) <> 0"
        " order by order_number"
    )
    return {row["order_number"]: int(row["fen"]) for row in rows}


class Owed(NamedTuple):
    """A paid order of which something is still owed, as far as it takes to say what was earned of it.

    Attributes:
        number, kind, member_id: as of the order.
        paid_fen: what was paid and not given back.
        owed_fen: what of that is not booked as income.
    """

    number: int
    kind: str
    member_id: str
    paid_fen: int
    owed_fen: int


def owed_of_paid(db: Database) -> list[Owed]:
    """Return what is owed of each paid order, those left out that are even or to be given back."""
    rows = db.query_tuples(
        "select o.number, o.kind, o.member_id, o.amount_fen - o.refunded_fen, p.fen from"
        " (select community, order_number, -sum(amount_fen) as fen from ledger_postings where community = :community"
        " and account = 'liabilities:deferred' and order_number > 0 group by community, order_number"
        " having sum(amount_fen) <> 0) as p"
        " join orders o on o.community = p.community and o.number = p.order_number"
        " where o.community = :community and o.state = 'paid' order by o.number"
    )
    return [Owed(number, kind, member_id, paid, int(owed)) for number, kind, member_id, paid, owed in rows]


class Cash(NamedTuple):
    """What one provider took or gave in a span.

    Attributes:
        provider: which.
        received_fen, payments: what came, and how often.
        returned_fen, refunds: what went, positive, and how often.
        fees_fen: what it kept.
    """

    provider: str
    received_fen: int
    payments: int
    returned_fen: int
    refunds: int
    fees_fen: int


def cash_between(db: Database, since: datetime, until: datetime) -> list[Cash]:
    """Return what moved in a span, by provider; `claimed` and `fee` move money from one drawer into another.

    A payment counts whole, with the fee that was kept of it.
    """
    rows = db.query_tuples(
        "select provider, sum(case when moved = 0 and fen > 0 then fen else 0 end),"
        " sum(case when moved = 0 and fen > 0 then 1 else 0 end),"
        " sum(case when moved = 0 and fen < 0 then -fen else 0 end),"
        " sum(case when moved = 0 and fen < 0 then 1 else 0 end), sum(fee)"
        " from (select e.seq, case when e.kind in ('claimed', 'fee') then 1 else 0 end as moved,"
        " case when substr(p.account, 1, 7) = 'assets:' then substr(p.account, 8) else substr(p.account, 15) end"
        " as provider, sum(p.amount_fen) as fen,"
        " sum(case when substr(p.account, 1, 7) = 'assets:' then 0 else p.amount_fen end) as fee"
        " from ledger_entries e join ledger_postings p on p.community = e.community and p.seq = e.seq"
        " where e.community = :community and e.at >= :since and e.at < :until"
        " and (substr(p.account, 1, 7) = 'assets:' or substr(p.account, 1, 14) = 'expenses:fees:')"
        " group by e.seq, e.kind, provider) as cash group by provider order by provider",
        {"since": to_stamp(since), "until": to_stamp(until)},
    )
    return [Cash(provider, *map(int, sums)) for provider, *sums in rows]


class Moved(NamedTuple):
    """What an account gained in a span for what was sold under one name.

    Attributes:
        account: `income:…`, or what is owed or in review.
        kind, item, title: of the orders; None for money without an order.
        fen: how much.
        last: the greatest number among them.
    """

    account: str
    kind: str | None
    item: str | None
    title: str | None
    fen: int
    last: int


def moved_between(db: Database, since: datetime, until: datetime) -> list[Moved]:
    """Return what liabilities and income gained in a span, by what was ordered."""
    rows = db.query_tuples(
        "select p.account, o.kind, o.item, o.title, -sum(p.amount_fen), max(p.order_number)"
        " from ledger_entries e join ledger_postings p on p.community = e.community and p.seq = e.seq"
        " left join orders o on o.community = p.community and o.number = p.order_number"
        " where e.community = :community and e.at >= :since and e.at < :until"
        " and (substr(p.account, 1, 7) = 'income:' or p.account in ('liabilities:deferred', 'liabilities:review'))"
        " group by p.account, o.kind, o.item, o.title order by max(p.order_number), p.account",
        {"since": to_stamp(since), "until": to_stamp(until)},
    )
    return [Moved(account, kind, item, title, int(fen), last) for account, kind, item, title, fen, last in rows]


def get_mark(db: Database, name: str) -> str:
    """Return how far something was done; empty when it never was."""
    rows = db.query("select value from account_marks where community = :community and name = :name", {"name": name})
    return str(rows[0]["value"]) if rows else ""


def set_mark(db: Database, name: str, value: str) -> None:
    """Note how far something was done."""
    db.execute(
        "insert into account_marks (community, name, value) values (:community, :name, :value)"
        " on conflict (community, name) do update set value = excluded.value",
        {"name": name, "value": value},
    )
