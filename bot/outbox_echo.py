"""Own messages that come back: each settles at most one row, so doubt ends without sending twice."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.model import Act, MessageKind
from bot.outbox_rows import hash_of
from bot.storage import Database, Row
from bot.storage_time import to_stamp

EARLY = timedelta(seconds=10)
"""How far WeChat's clock, which counts whole seconds, may be behind ours."""
LATE = timedelta(minutes=3)
"""How long after the call WeChat may show the message."""

_ACT_OF_KIND = {MessageKind.TEXT: Act.TEXT, MessageKind.IMAGE: Act.IMAGE, MessageKind.FILE: Act.FILE}
_DECIDED = "doubts > 0 and (state in ('pending', 'dead') or (state = 'uncertain' and settle_at is null))"
"""What an echo proves of a row that was not called since its doubt was decided: that call came out, no repetition.

Of a row that was called again it proves nothing about the call before, so that doubt stays listed for the owner."""
_MENTIONS = re.compile(r"^\s*(?:@[^\u2005\n]*\u2005\s*)+")
_FIRST_WORD = re.compile(r"^\s*@\S+\s+")


def settle_echo(
    db: Database,
    *,
    room_id: str = "",
    member_id: str = "",
    text: str,
    at: datetime,
    message_id: str,
    kind: MessageKind = MessageKind.TEXT,
) -> bool:
    """Mark the row that an own message is the echo of as sent.

    The row is the one the gateway named when it sent, else one with the same place and text that was called
    around that time and has no echo yet: an answered one before one in doubt before one that was decided, the oldest
    first. A message id settles once, however often the gateway delivers it.

    Args:
        db: a write transaction.
        room_id: our room id; empty in private.
        member_id: our member id of the one it was said to; empty in rooms.
        text: as received, with the mentions in front.
        at: when WeChat says it was said.
        message_id: the gateway's id of the message.
        kind: what it carries.

    Returns:
        Whether it belongs to a row; False for what the owner typed on the same account, and for a repeated echo.
    """
    act = _ACT_OF_KIND.get(kind)
    if act is None:
        return False
    row = _find_row(db, room_id or member_id, _hashes(act, text), at, message_id)
    if row is None:
        return False
    is_new = db.execute(
        "update outbox set state = 'sent', echo_id = :message_id,"  # noqa: S608 - a constant condition
        " message_id = coalesce(message_id, :message_id),"
        f" doubts = doubts - ({_DECIDED}), settle_at = null, finished_at = coalesce(finished_at, :at)"
        " where community = :community and id = :id"
        " and not exists (select 1 from outbox known where known.community = :community"
        " and known.echo_id is not null and known.echo_id = :message_id)",
        {"id": row["id"], "message_id": message_id, "at": to_stamp(at)},
    )
    if is_new and row["state"] != "sent":
        db.notify("outbox")  # its lane is free again
    return is_new > 0


def _find_row(db: Database, lane: str, hashes: set[str], at: datetime, message_id: str) -> Row | None:
    rows = db.query(
        "select id, state, message_id, text_hash, resend_hash, settle_at from outbox"
        " where community = :community and lane = :lane and echo_id is null and called_at > ''"
        " and called_at >= :earliest and first_called_at <= :latest"
        " and (state in ('sending', 'uncertain', 'sent') or (state in ('pending', 'dead') and doubts > 0))"
        " order by first_called_at, id",
        {"lane": lane, "earliest": to_stamp(at - LATE), "latest": to_stamp(at + EARLY)},
    )
    named = [row for row in rows if row["message_id"] == message_id]
    alike = [row for row in rows if row["message_id"] is None and hashes & {row["text_hash"], row["resend_hash"]}]
    return next(iter([*named, *sorted(alike, key=_certainty)]), None)


def _certainty(row: Row) -> int:
    """Sort rows by how surely an echo is still to come: answered, in doubt, decided without one."""
    if row["state"] == "sent":
        return 0
    return 1 if row["state"] == "sending" or row["settle_at"] is not None else 2


def _hashes(act: Act, text: str) -> set[str]:
    """Return the hashes the text may have had before the gateway wrote the mentioned names in front of it."""
    texts = {text, _MENTIONS.sub("", text)}
    rest = text
    while (found := _FIRST_WORD.match(rest)) is not None:  # puppets that write a plain space after the name
        rest = rest[found.end() :]
        texts.add(rest)
    return {hash_of(act, candidate) for candidate in texts}
