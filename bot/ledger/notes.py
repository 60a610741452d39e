"""Checkpoints as text: size and root of the log, signed (C2SP tlog-checkpoint in a C2SP signed note)."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from bot.ledger.keys import SigningKey

_NO_NAME = re.compile(r"[\s+%\x00-\x1f]")


def origin_of(community: str) -> str:
    """Return the name of a community's log; a note's name holds neither space nor plus."""
    return "qunzhi/" + _NO_NAME.sub(lambda found: quote(found[0], safe=""), community)


def sign_checkpoint(key: SigningKey, origin: str, size: int, root: bytes) -> str:
    """Return the signed checkpoint of a log.

    Args:
        key: signs it.
        origin: the log's name, and the signer's.
        size: how many entries.
        root: the Merkle root of these.
    """
    text = f"{origin}\n{size}\n{b64encode(root).decode()}\n"
    signed = key.identifier(origin) + key.sign(text.encode())
    return f"{text}\n— {origin} {b64encode(signed).decode()}\n"


def read_checkpoint(note: str) -> tuple[str, int, bytes]:
    """Return origin, size and root that a checkpoint states, whoever signed it.

    Raises:
        ValueError: it is no checkpoint.
    """
    lines = note.split("\n")
    if len(lines) < 3 or not lines[1].isdecimal():  # noqa: PLR2004 - origin, size and root
        raise ValueError("这不是检查点")
    return lines[0], int(lines[1]), b64decode(lines[2], validate=True)
