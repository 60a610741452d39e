"""The one written form of an entry: what is hashed, compared and shown to a payer."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from bot.ledger.model import Entry, Posting
from bot.storage_time import to_stamp

VERSION = 1
_MOST = (1 << 53) - 1  # the largest integer that every reader of JSON keeps exact (RFC 8259 §6)
_ACCOUNT = re.compile(r"(assets|liabilities|income|expenses)(:[^\s:\x00-\x1f]+)+")
_PERSONAL = {"member", "member_id", "name", "member_name", "contact", "contact_id", "openid", "phone"}


def body_of(seq: int, entry: Entry) -> bytes:
    """Return an entry as canonical JSON: keys sorted, no spaces, UTF-8, integers only, lines sorted, none of 0 fen.

    Args:
        seq: its place in the log, counted from 0.
        entry: what is written.

    Raises:
        TypeError: an amount or an order number is not an integer, a value is a float or no JSON at all.
        ValueError: the lines do not add up to 0, an account is none, a time has no zone, or the record names a person.
    """
    if entry.at.tzinfo is None:
        raise ValueError("an entry's time has a zone")
    if not entry.key or not entry.kind:
        raise ValueError("an entry has a key and a kind")
    lines = [[line.account, line.amount_fen, line.order_number] for line in lines_of(entry)]
    body = {
        "at": to_stamp(entry.at), "data": entry.data, "key": entry.key, "kind": entry.kind,
        "postings": lines, "seq": seq, "v": VERSION,
    }  # fmt: skip
    _refuse_foreign(entry.data)
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def lines_of(entry: Entry) -> list[Posting]:
    """Return an entry's lines as they are written: sorted, none of 0 fen.

    Raises:
        TypeError, ValueError: as in `body_of`.
    """
    for posting in entry.postings:
        _refuse_line(posting)
    if sum(posting.amount_fen for posting in entry.postings):
        raise ValueError(f"{entry.key}: the lines do not add up to 0")
    lines = [posting for posting in entry.postings if posting.amount_fen]
    return sorted(lines, key=lambda line: (line.account, line.amount_fen, line.order_number))


def entry_of(body: bytes) -> tuple[int, Entry]:
    """Return place and entry of a canonical body.

    Raises:
        ValueError: it is not in that form, or a newer program wrote it.
    """
    try:
        read = json.loads(body.decode(), parse_float=no_float, parse_constant=no_float)
        if read["v"] != VERSION:
            raise ValueError(f"version {read['v']}")
        lines = tuple(Posting(account=a, amount_fen=fen, order_number=n) for a, fen, n in read["postings"])
        at = datetime.fromisoformat(read["at"])
        entry = Entry(key=read["key"], kind=read["kind"], at=at, postings=lines, data=read["data"])
        if not isinstance(read["seq"], int) or body_of(read["seq"], entry) != body:
            raise ValueError("not in the canonical form")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no entry: {error!r}") from error
    return read["seq"], entry


def _refuse_line(posting: Posting) -> None:
    for number in (posting.amount_fen, posting.order_number):
        if type(number) is not int:  # neither float nor bool
            raise TypeError(f"{number!r} of {posting.account} is no integer")
        if abs(number) > _MOST:
            raise ValueError(f"{number} is too large")
    if not _ACCOUNT.fullmatch(posting.account):
        raise ValueError(f"{posting.account!r} is no account")


def _refuse_foreign(value: object) -> None:
    """Refuse what JSON would write in more than one way, or not at all."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if type(key) is not str:
                raise TypeError(f"the key {key!r} is no text")
            if key in _PERSONAL:
                raise ValueError(f"{key!r} would name a person, who could not be forgotten any more")
            _refuse_foreign(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_foreign(inner)
    elif isinstance(value, int) and abs(value) > _MOST:
        raise ValueError(f"{value} is too large")
    elif value is not None and not isinstance(value, int | str):
        raise TypeError(f"{value!r} is neither integer nor text")


def no_float(text: str) -> Any:  # noqa: ANN401 - never returns
    """Refuse a number that is no integer, in a JSON decoder."""
    raise ValueError(f"{text} is no integer")
