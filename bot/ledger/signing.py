"""What may be signed: a log that holds all that was signed before, as it was, and that was read anew since."""

from __future__ import annotations

from typing import NamedTuple

from bot.ledger import log_store
from bot.ledger.checkpoints_store import StoredCheckpoint, last_checkpoint
from bot.ledger.merkle import Frontier, leaf_hash
from bot.ledger.model import KEY_FILE, LedgerError
from bot.ledger.verify_receipt import open_checkpoint
from bot.storage import Database


class Signable(NamedTuple):
    """A log that may be signed.

    Attributes:
        size: how many entries.
        root: the Merkle root of these.
        note: what was signed over just these already; empty when nothing was.
    """

    size: int
    root: bytes
    note: str = ""


def read_signable(db: Database, verifier: str) -> Signable:
    """Return size and root of the log, computed from the entries since the last checkpoint.

    Args:
        db: a snapshot.
        verifier: the public key.

    Raises:
        LedgerError: the log is shorter than the last checkpoint or does not continue it, an entry since is not what was
            written, or another key signed the last checkpoint. Nothing may be signed then.
    """
    last = last_checkpoint(db)
    if last:
        _refuse_foreign(last, verifier)
    signed = last.size if last else 0
    if (size := log_store.size_of(db)) < signed:
        raise LedgerError(f"账本只有 {size} 笔，上个检查点签过 {signed} 笔")
    if (count := log_store.count_of(db)) != size:
        raise LedgerError(f"账本的 {size} 笔里少了 {size - count} 笔")
    try:
        tree = Frontier(signed, log_store.node_reader(db))
    except LookupError as error:
        raise LedgerError("账本的校验树缺了一块") from error
    if last and tree.root() != last.root:
        raise LedgerError(f"账本和上个检查点（{signed} 笔）对不上")
    if last and size == signed:
        return Signable(size, last.root, last.note)
    _read_on(db, tree)
    return Signable(tree.size, tree.root())


def _read_on(db: Database, tree: Frontier) -> None:
    for entry in log_store.entries_after(db, tree.size - 1):
        place = tree.size
        hashes = tree.append(leaf_hash(entry.body if type(entry.body) is bytes else b""))
        if entry.seq != place or entry.hashes != b"".join(hashes):
            raise LedgerError(f"流水 #{place} 和写入时不一样")


def _refuse_foreign(last: StoredCheckpoint, verifier: str) -> None:
    try:
        if open_checkpoint(last.note, verifier) == (last.size, last.root):
            return
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise LedgerError(f"上个检查点不是用这把 {KEY_FILE} 签的，请放回您另存的那一份") from error
    raise LedgerError("上个检查点被改过")
