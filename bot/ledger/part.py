"""The books as plugins and the command line ask them: checkpoints, receipts and the check, all off the event loop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import Clock
from bot.ledger import books_store, log_store, receipts
from bot.ledger.checking import check_books
from bot.ledger.checkpoints_store import StoredCheckpoint, add_checkpoint, last_checkpoint
from bot.ledger.findings import Report
from bot.ledger.model import KEY_FILE, LedgerError
from bot.ledger.notes import origin_of, read_checkpoint, sign_checkpoint
from bot.ledger.rotation import last_key, rotate, trusted_keys
from bot.ledger.signing import Signable, read_signable
from bot.ledger.verify_receipt import open_checkpoint
from bot.storage import Database, Storage

if TYPE_CHECKING:
    from bot.ledger.keys import SigningKey


class LedgerPart:
    """The log of one community and the key that signs it; `ctx.part("ledger")`.

    Args:
        storage: where the books are.
        community: whose.
        clock: says when a checkpoint was signed.
        folder: of the key; it is made when the first checkpoint is signed.
    """

    def __init__(self, storage: Storage, community: str, clock: Clock, folder: Path) -> None:
        self._storage = storage
        self._community = community
        self._clock = clock
        self.key_path = folder / KEY_FILE
        self.origin = origin_of(community)

    async def verifier(self) -> str:
        """Return the public key, one word that everybody may have: what receipts are verified with.

        After a change of the key the older ones stand behind it, each with the size of the log up to which it counts.

        Raises:
            LedgerError: the key's file is damaged or cannot be written.
        """
        return await self._storage.read(self._community, self._verifier)

    async def checkpoint(self, now: datetime | None = None) -> str:
        """Sign the log as it is now and return the note, ready to be posted; the same log is signed once.

        Args:
            now: aware; the clock's time when it is left out.

        Raises:
            LedgerError: the log is not the one that was signed before; nothing was signed.
        """

        def sign(db: Database) -> Signable:
            found = read_signable(db, self._verifier(db))
            note = found.note or sign_checkpoint(self._key(db), self.origin, found.size, found.root)
            return found._replace(note=note)

        found = await self._storage.read(self._community, sign)
        signed = StoredCheckpoint(found.size, found.root, found.note)
        return await self._storage.run(self._community, add_checkpoint, signed, now or self._clock.now())

    async def rotate_key(self) -> str:
        """Have a new key sign from now on, and return the checkpoint that the old one signed with it.

        The old key is gone then; what it signed stays verifiable. A crash in between leaves one key or the other in
        force, never none.

        Raises:
            LedgerError: the log is not the one that was signed before, or no key can be written.
        """

        def turn(db: Database) -> str:
            from bot.ledger.keys import prepare_key

            return rotate(db, self.origin, self._key(db), prepare_key(self.key_path), self._clock.now())

        note = await self._storage.run(self._community, turn)
        await self.verifier()  # which takes the new key
        return note

    async def receipt(self, order_number: int = 0, *, seq: int | None = None) -> str:
        """Return what proves a payment to its payer, made of the newest checkpoint or a new one.

        Args:
            order_number: of the order that was paid.
            seq: an entry, instead of an order's payment.

        Raises:
            LedgerError: the books have nothing about that order, or no such entry, or may not be signed.
        """
        proof = await self._storage.read(self._community, _find_receipt, order_number, seq)
        if proof is None:
            await self.checkpoint()
            proof = await self._storage.read(self._community, _find_receipt, order_number, seq)
        assert proof is not None
        return proof

    async def growth(self, old_note: str) -> str:
        """Return what proves, to somebody who kept an old checkpoint, that nothing before it was changed since.

        Raises:
            LedgerError: it is no checkpoint of this log, or the log is not the one that was signed then.
        """
        try:
            old_size, _ = open_checkpoint(old_note.replace("\r", "").strip(), await self.verifier())
        except (ValueError, LookupError) as error:
            raise LedgerError(f"这不是 {self.origin} 的检查点（{error}）") from error
        note = await self.checkpoint()
        _, size, _ = read_checkpoint(note)
        return await self._storage.read(self._community, receipts.make_growth_proof, old_size, size, note)

    async def check(self, outside: Sequence[str] = ()) -> Report:
        """Compute all of the books anew; a million entries take about a quarter of a minute.

        Args:
            outside: checkpoints and receipts that were kept outside the database, or lines with fingerprints as they
                are posted in rooms.

        Raises:
            LedgerError: one of these is none of that.
        """

        def check(db: Database) -> Report:
            from bot.ledger.keys import read_key

            has_key = read_key(self.key_path) is not None
            return check_books(db, self.origin, self._verifier(db) if has_key else None, outside)

        try:
            return await self._storage.read(self._community, check)
        except ValueError as error:
            raise LedgerError(str(error)) from error

    def _key(self, db: Database) -> SigningKey:
        """Return the key in force; one that the log names already and that a crash left beside the old one is taken."""
        from bot.ledger.keys import prepared_key, read_or_make_key, take_prepared

        prepared = prepared_key(self.key_path)
        if prepared and prepared.verifier(self.origin) == last_key(db):
            take_prepared(self.key_path)
        return read_or_make_key(self.key_path)

    def _verifier(self, db: Database) -> str:
        return trusted_keys(db, self._key(db).verifier(self.origin))


def _find_receipt(db: Database, order_number: int, seq: int | None) -> str | None:
    """Return a receipt; None when the entry was written after the last checkpoint."""
    wanted = books_store.seq_of_payment(db, order_number) if seq is None else seq
    if wanted is None:
        raise LedgerError(f"账本里没有订单 D{order_number} 的款项")
    if not 0 <= wanted < log_store.size_of(db):
        raise LedgerError(f"账本里没有流水 #{wanted}")
    last = last_checkpoint(db)
    return receipts.make_receipt(db, wanted, last.size, last.note) if last and last.size > wanted else None
