"""Another key signs from now on: an entry of the log names both keys, and a checkpoint over it is signed with both.

So whoever trusts one of the two keys can be shown the other one: the older key vouches for what comes, and the newer
one for what was, up to the size of the log at which they changed. A stolen older key proves nothing later than that.
"""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Final

from bot.ledger import log_store
from bot.ledger.books_store import post
from bot.ledger.canonical import entry_of
from bot.ledger.checkpoints_store import StoredCheckpoint, add_checkpoint, get_checkpoint
from bot.ledger.model import Entry, LedgerError
from bot.ledger.notes import sign_checkpoint
from bot.ledger.receipts import make_receipt
from bot.ledger.signing import read_signable
from bot.ledger.verify_receipt import open_receipt
from bot.storage import Database

if TYPE_CHECKING:
    from bot.ledger.keys import SigningKey

KIND: Final = "rotated"
"""The kind of the entries that change the key; they move no money."""


def rotate(db: Database, origin: str, old: SigningKey, new: SigningKey, now: datetime) -> str:
    """Write that another key signs from now on, and return the checkpoint that both keys signed.

    Args:
        db: the transaction.
        origin: the log's name.
        old: signed until now.
        new: signs from now on.
        now: aware.

    Raises:
        LedgerError: the log is not the one that was signed before.
    """
    keys = trusted_keys(db, old.verifier(origin))
    read_signable(db, keys)
    number = len(_rotations(db)) + 1
    data = {"old": old.verifier(origin), "new": new.verifier(origin)}
    post(db, Entry(key=f"rotate:{number}", kind=KIND, at=now, data=data))
    found = read_signable(db, keys)
    note = sign_checkpoint(old, origin, found.size, found.root)
    signature = sign_checkpoint(new, origin, found.size, found.root).rpartition("\n\n")[2]
    return add_checkpoint(db, StoredCheckpoint(found.size, found.root, note + signature), now)


def trusted_keys(db: Database, current: str) -> str:
    """Return the public keys that checkpoints are verified with: `KEY,OLDER@SIZE,…`, the older ones up to a size.

    An older key counts when the log proves, under the signature of the key that followed it, that it was that key's.

    Args:
        db: a snapshot.
        current: the public key in force.
    """
    found, follower = [current], current
    for seq in reversed(_rotations(db)):
        older = _proven(db, seq, follower)
        if not older:
            break
        found.append(f"{older}@{seq}")
        follower = older
    return ",".join(found)


def last_key(db: Database) -> str:
    """Return the public key that the last change named; empty when there was none."""
    last = max(_rotations(db), default=None)
    row = None if last is None else log_store.row_of(db, last)
    return "" if row is None else str(entry_of(row["body"])[1].data.get("new", ""))


def _rotations(db: Database) -> list[int]:
    """Return the places of the entries that changed the key, the first first."""
    found: list[int] = []
    for number in count(1):
        row = log_store.row_by_key(db, f"rotate:{number}")
        if row is None:
            return found
        found.append(int(row["seq"]))
    raise AssertionError


def _proven(db: Database, seq: int, follower: str) -> str:
    """Return the older key that an entry names, if the key that followed signed for it; else an empty text."""
    checkpoint = get_checkpoint(db, seq + 1)
    if checkpoint is None:
        return ""
    try:
        entry, _ = open_receipt(make_receipt(db, seq, seq + 1, checkpoint.note), follower)
        data = entry["data"]
        return str(data["old"]) if (entry["kind"], data["new"]) == (KIND, follower) else ""
    except (ValueError, LookupError, TypeError, AttributeError, LedgerError):
        return ""
