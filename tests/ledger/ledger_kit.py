"""Books on a file, and an attacker who has the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import VirtualClock
from bot.ledger import books_store
from bot.ledger.findings import Report
from bot.ledger.model import Entry, Posting
from bot.ledger.part import LedgerPart
from bot.storage import Storage

AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
COMMUNITY = "c"


def payment(number: int, fen: int = 9900, **changes: Any) -> Entry:
    """An order that was paid."""
    lines = (
        Posting(account="assets:owner", amount_fen=fen, order_number=number),
        Posting(account="liabilities:deferred", amount_fen=-fen, order_number=number),
    )
    values = {"key": f"owner:{number}", "kind": "paid", "at": AT + timedelta(minutes=number), "postings": lines}
    return Entry(**(values | changes))


class Books:
    """A ledger on a file."""

    def __init__(self, folder: Path, community: str = COMMUNITY) -> None:
        self.folder, self.path, self.community = folder, folder / "books.db", community
        self.open()

    def open(self) -> None:
        self.clock = VirtualClock(AT)
        self.storage = Storage.open(self.path, self.clock, [books_store.migrations])
        self.part = LedgerPart(self.storage, self.community, self.clock, self.folder)

    async def post(self, *entries: Entry) -> list[int]:
        return await self.storage.run(self.community, lambda db: [books_store.post(db, entry) for entry in entries])

    async def pay(self, orders: Sequence[int]) -> None:
        await self.post(*map(payment, orders))

    async def read(self, fn: Any, *args: Any) -> Any:
        return await self.storage.read(self.community, fn, *args)

    async def tamper(self, *statements: str | tuple[str, Sequence[Any]]) -> None:
        """Change the file as somebody does who has it: without the bot, its triggers and its checks."""
        await self.storage.close()
        with closing(sqlite3.connect(self.path)) as db:
            for (trigger,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
                db.execute(f"drop trigger {trigger}")
            db.execute("pragma ignore_check_constraints = on")
            for one in statements:
                db.execute(*([one] if isinstance(one, str) else one))
            db.commit()
        self.open()

    async def check(self, *outside: str) -> Report:
        return await self.part.check(outside)
