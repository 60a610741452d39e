"""What proves an entry to its payer, and growth to whoever kept an old checkpoint: texts for `verify_receipt.py`."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from pathlib import Path

from bot.ledger import log_store
from bot.ledger.merkle import consistency_path, inclusion_path, leaf_hash
from bot.ledger.model import LedgerError
from bot.ledger.verify_receipt import GROWTH, RECEIPT
from bot.storage import Database

VERIFIER = Path(__file__).with_name("verify_receipt.py")
"""The file that checks receipts without the bot."""


def make_receipt(db: Database, seq: int, size: int, note: str) -> str:
    """Return the proof that an entry is in the log (C2SP tlog-proof; the entry is its extra data).

    Args:
        db: the log.
        seq: which entry.
        size: of the signed log, more than `seq`.
        note: that log's signed checkpoint.

    Raises:
        LedgerError: there is no such entry.
        LookupError: the log has been damaged.
    """
    row = log_store.row_of(db, seq)
    if row is None:
        raise LedgerError(f"账本里没有流水 #{seq}")
    path = inclusion_path(seq, size, log_store.node_reader(db))
    return _text([RECEIPT, f"extra {_encode(row['body'])}", f"index {seq}"], path, note)


def make_growth_proof(db: Database, old_size: int, size: int, note: str) -> str:
    """Return the proof that the signed log begins with the entries of an older checkpoint.

    Raises:
        LedgerError: the log is shorter than the older checkpoint says.
        LookupError: the log has been damaged.
    """
    if old_size > size:
        raise LedgerError(f"账本只有 {size} 笔，旧检查点有 {old_size} 笔：有流水被删掉了")
    return _text([GROWTH], consistency_path(old_size, size, log_store.node_reader(db)), note)


def read_proof(receipt: str) -> tuple[int, bytes, list[bytes]]:
    """Return index, leaf hash and path of a receipt, proven or not.

    Raises:
        ValueError: it is no receipt.
    """
    lines = receipt.partition("\n\n")[0].split("\n")
    if len(lines) < 3:  # noqa: PLR2004 - format, entry and index
        raise ValueError("这不是收据")
    body = b64decode(lines[1].removeprefix("extra "), validate=True)
    path = [b64decode(line, validate=True) for line in lines[3:]]
    return int(lines[2].removeprefix("index ")), leaf_hash(body), path


def _text(head: Sequence[str], path: Sequence[bytes], note: str) -> str:
    return "\n".join([*head, *map(_encode, path), "", note])


def _encode(value: bytes) -> str:
    return b64encode(value).decode()
