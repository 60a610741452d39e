"""Names in what the bot said: whoever has all their data deleted is not named in it any more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection

from bot.model import Act
from bot.outbox_rows import hash_of
from bot.storage import Database, Row

SOMEBODY = "一位群友"
"""Stands where the name stood."""


def mask_names(db: Database, member_id: str, names: Collection[str], others: Collection[str]) -> int:
    """Take a person out of what was said in rooms and to others, and ring them no more; return in how many rows.

    Args:
        db: a write transaction.
        member_id: the person.
        names: how they were called.
        others: names of other people that contain one of these; they stay.
    """
    rows = [row for row in _rows_about(db, member_id, names) if row["member_id"] != member_id]
    changed = [masked for row in rows if (masked := _mask(row, member_id, names, others)) != row]
    for row in changed:
        db.execute(
            "update outbox set text = :text, reason = :reason, mentions = :mentions, text_hash = :text_hash"
            " where community = :community and id = :id",
            {key: row[key] for key in ("text", "reason", "mentions", "text_hash", "id")},
        )
    return len(changed)


def name_mask(names: Collection[str], others: Collection[str]) -> Callable[[str], str]:
    """Return what takes a person out of a text that rings nobody; the arguments are those of `mask_names`."""
    pattern = _pattern(names, others, is_rung=False)
    return lambda text: pattern.sub(_masked, text)


def _rows_about(db: Database, member_id: str, names: Collection[str]) -> list[Row]:
    found: dict[str, Row] = {}
    for part in (json.dumps(member_id), *names):
        rows = db.query(
            "select id, member_id, act, state, text, reason, mentions, text_hash from outbox"
            " where community = :community and (text like :part escape '!' or reason like :part escape '!'"
            " or mentions like :part escape '!')",
            {"part": f"%{_escape(part)}%"},
        )
        found |= {row["id"]: row for row in rows}
    return list(found.values())


def _escape(part: str) -> str:
    return re.sub(r"([!%_])", r"!\1", part)


def _mask(row: Row, member_id: str, names: Collection[str], others: Collection[str]) -> Row:
    mentions: list[str] = json.loads(row["mentions"])
    is_rung = member_id in mentions
    pattern = _pattern(names, others, is_rung=is_rung)
    text = pattern.sub(_masked, row["text"])
    is_unsent = row["state"] == "pending"  # what was sent is still known by what was said
    return {
        **row,
        "text": text,
        "reason": pattern.sub(_masked, row["reason"]),
        "mentions": json.dumps([one for one in mentions if one != member_id]) if is_rung else row["mentions"],
        "text_hash": hash_of(Act(row["act"]), text) if is_unsent and text != row["text"] else row["text_hash"],
    }


def _masked(found: re.Match[str]) -> str:
    return SOMEBODY if found["name"] else found[0]


def _pattern(names: Collection[str], others: Collection[str], *, is_rung: bool) -> re.Pattern[str]:
    """Return what finds the names: Latin ones as whole words, a single character only where it is surely meant."""
    kept = "|".join(map(re.escape, sorted(others, key=len, reverse=True)))
    masked = "|".join(_name_pattern(name, is_rung=is_rung) for name in sorted(names, key=len, reverse=True))
    return re.compile(f"(?:{kept})|(?P<name>{masked})" if kept else f"(?P<name>{masked})")


def _name_pattern(name: str, *, is_rung: bool) -> str:
    word = re.escape(name)
    before = r"(?<![A-Za-z0-9_])" if name[0].isascii() and name[0].isalnum() else ""
    after = r"(?![A-Za-z0-9_])" if name[-1].isascii() and name[-1].isalnum() else ""
    return f"{before}{word}{after}" if len(name) > 1 or is_rung else f"(?<=@){word}"
