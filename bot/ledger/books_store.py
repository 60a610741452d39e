"""The books: entries whose lines balance, and what stands in each account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.ledger import log_store
from bot.ledger.canonical import body_of, entry_of, lines_of
from bot.ledger.log_store import migrations
from bot.ledger.model import Booked, Entry, LedgerConflict, Posting
from bot.storage import Database, Row

__all__ = [
    "Booked", "Entry", "LedgerConflict", "Posting", "balance", "balances_of_order", "entries_between", "entries_from",
    "entries_of_order", "find_entry", "migrations", "post", "seq_of_payment", "trial_balance", "turnover",
]  # fmt: skip


def post(db: Database, entry: Entry) -> int:
    """Write an entry in the transaction at hand and return its `seq`, its place in the log counted from 0.

    The same entry again is not written twice: its first `seq` is returned. The order of its lines and lines of 0 fen
    make no difference.

    Args:
        db: the transaction, the same as that of the fact the entry is about.
        entry: what happened.

    Raises:
        LedgerConflict: something else was written under this key.
        TypeError: an amount is a float or a bool, or a value in `data` is not JSON made of integers and texts.
        ValueError: the lines do not add up to 0, an account is none, a time has no zone, or `data` names a person.
    """
    if known := log_store.row_by_key(db, entry.key):
        if body_of(known["seq"], entry) != known["body"]:
            raise LedgerConflict(f"{entry.key} stands in the books with other content (entry {known['seq']})")
        return int(known["seq"])
    seq = log_store.size_of(db)
    body = body_of(seq, entry)
    log_store.append(db, seq, body, key=entry.key, kind=entry.kind, at=entry.at)
    for line, posting in enumerate(lines_of(entry)):
        _add_line(db, seq, line, posting)
    return seq


def _add_line(db: Database, seq: int, line: int, posting: Posting) -> None:
    values = {"account": posting.account, "amount_fen": posting.amount_fen}
    db.execute(
        "insert into ledger_postings (community, seq, line, account, amount_fen, order_number)"
        " values (:community, :seq, :line, :account, :amount_fen, :order_number)",
        values | {"seq": seq, "line": line, "order_number": posting.order_number},
    )
    db.execute(
        "insert into ledger_balances (community, account, amount_fen) values (:community, :account, :amount_fen)"
        " on conflict (community, account) do update set amount_fen = ledger_balances.amount_fen + excluded.amount_fen",
        values,
    )


def find_entry(db: Database, key: str) -> Booked | None:
    """Return what was written under a key."""
    row = log_store.row_by_key(db, key)
    return _booked(row) if row else None


def entries_between(db: Database, since: datetime, until: datetime) -> list[Booked]:
    """Return what happened in a time, by the entries' own time, `until` not included, in the order of the log."""
    return [_booked(row) for row in log_store.rows_between(db, since, until)]


def entries_from(db: Database, seq: int = 0) -> Iterator[Booked]:
    """Yield the entries from a place on, in the order of the log, without holding all of them."""
    return (Booked(one.seq, entry_of(one.body)[1]) for one in log_store.entries_after(db, seq - 1))


def entries_of_order(db: Database, number: int) -> list[Booked]:
    """Return the entries with a line about an order, in the order of the log."""
    rows = db.query(
        "select seq, body from ledger_entries where community = :community and seq in (select seq from ledger_postings"
        " where community = :community and order_number = :number) order by seq",
        {"number": number},
    )
    return [_booked(row) for row in rows]


def seq_of_payment(db: Database, number: int) -> int | None:
    """Return the entry that took an order's money in, rather than one that put it aside for review; None without."""
    rows = db.query(
        "select seq from ledger_postings where community = :community and order_number = :number and amount_fen < 0"
        " order by case when account = 'liabilities:review' then 1 else 0 end, seq limit 1",
        {"number": number},
    )
    return int(rows[0]["seq"]) if rows else None


def balance(db: Database, account_prefix: str) -> int:
    """Return the sum in fen of an account and all below it: `assets` holds `assets:owner`; debit is positive."""
    rows = db.query(
        "select coalesce(sum(amount_fen), 0) as fen from ledger_balances where community = :community"
        " and (account = :prefix or substr(account, 1, :length) = :prefix || ':')",
        {"prefix": account_prefix, "length": len(account_prefix) + 1},
    )
    return int(rows[0]["fen"])


def balances_of_order(db: Database, number: int) -> dict[str, int]:
    """Return what an order's lines add up to, in fen by account; accounts that are even again are left out."""
    rows = db.query(
        "select account, sum(amount_fen) as fen from ledger_postings where community = :community"
        " and order_number = :number group by account order by account",
        {"number": number},
    )
    return {row["account"]: int(row["fen"]) for row in rows if row["fen"]}


def trial_balance(db: Database) -> dict[str, int]:
    """Return every account's sum in fen; together they are 0."""
    return log_store.balances(db)


def turnover(db: Database, since: datetime, until: datetime) -> dict[str, int]:
    """Return what every account changed by in a time, in fen, by the entries' own time, `until` not included."""
    sums: dict[str, int] = {}
    for booked in entries_between(db, since, until):
        for posting in booked.entry.postings:
            sums[posting.account] = sums.get(posting.account, 0) + posting.amount_fen
    return dict(sorted(sums.items()))


def _booked(row: Row) -> Booked:
    return Booked(row["seq"], entry_of(row["body"])[1])
