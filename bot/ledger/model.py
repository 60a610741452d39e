"""What is written into the books."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from bot.errors import QunzhiError

KEY_FILE = "ledger.key"
"""The file beside the database with the key that signs checkpoints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One line of an entry.

    Attributes:
        account: such as `assets:wechat_pay`; its first part is one of `assets`, `liabilities`, `income`, `expenses`.
        amount_fen: positive is debit, negative is credit; the lines of an entry add up to 0.
        order_number: the order it is about; 0 when it is about none.
    """

    account: str
    amount_fen: int
    order_number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event in the books. Corrections are new entries.

    Attributes:
        key: what must not be written twice; the same key with other content is a fault.
        kind: `paid`, `refunded`, `recognised`, …
        at: when it happened, aware UTC: the provider's time, not the bot's.
        postings: its lines; none for an event that moves no money.
        data: what else belongs to the record: JSON values without floats, and nothing that names a person.
    """

    key: str
    kind: str
    at: datetime
    postings: tuple[Posting, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


class Booked(NamedTuple):
    """An entry that stands in the books.

    Attributes:
        seq: its place in the log, counted from 0.
        entry: what was written.
    """

    seq: int
    entry: Entry


class LedgerConflict(QunzhiError):
    """Something else stands in the books under the same key: two different things cannot have happened as one."""


class LedgerError(QunzhiError):
    """The books cannot do it: nothing of that number, a key that is not there, or a log that may not be signed.

    Its text is one Chinese sentence for the owner, without a full stop.
    """
