"""Checkpoints of the log, short enough to be posted in a room."""

from __future__ import annotations

from base64 import b64decode

_SHOWN_BYTES = 8  # nobody finds another log of that length with the same 64 bits; the whole note is in 收据 指纹


def fingerprint_of(note: str) -> tuple[int, str]:
    """Return how many entries a checkpoint covers, and the beginning of its root in hexadecimal.

    Args:
        note: C2SP tlog-checkpoint: the log's name, its size and its root in base64, a line each.
    """
    _, size, root = note.split("\n", 3)[:3]
    shown = b64decode(root)[:_SHOWN_BYTES].hex()
    return int(size), f"{shown[:8]} {shown[8:]}"
