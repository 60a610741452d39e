"""Collections that members have open: several messages that will be one post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.plugin import Database, Row, from_stamp, to_stamp


@dataclass(frozen=True, slots=True)
class Collection:
    """An open collection.

    Attributes:
        title: as given at the start; may be empty.
        is_full: a limit was reached and the member was told.
        until: the end of its term, aware UTC.
        parts: (message id, text) in the order they were said.
        reading: how the files are called that are still being read, and since when.
        ending: what the member said behind 结束分享 when it shall be published once these are read; None before.
    """

    title: str
    is_full: bool
    until: datetime
    parts: tuple[tuple[str, str], ...]
    reading: tuple[tuple[str, datetime], ...] = ()
    ending: str | None = None

    @property
    def size(self) -> int:
        """How many characters it has."""
        return sum(len(text) for _, text in self.parts)


def begin_collection(db: Database, room_id: str, member_id: str, title: str, until: datetime) -> bool:
    """Open a collection; False when the member has one open here."""
    added = db.execute(
        "insert into collections (community, room_id, member_id, title, until)"
        " values (:community, :room_id, :member_id, :title, :until)"
        " on conflict (community, room_id, member_id) do nothing",
        {"room_id": room_id, "member_id": member_id, "title": title, "until": to_stamp(until)},
    )
    return added > 0


def find_collection(db: Database, room_id: str, member_id: str) -> Collection | None:
    """Return what a member collects in a place."""
    place = {"room_id": room_id, "member_id": member_id}
    rows = db.query(
        "select title, is_full, until, ending from collections"
        " where community = :community and room_id = :room_id and member_id = :member_id",
        place,
    )
    if not rows:
        return None
    parts = db.query(
        "select message_id, text, reading_since from collected_parts"
        " where community = :community and room_id = :room_id and member_id = :member_id order by id",
        place,
    )
    until = from_stamp(rows[0]["until"])
    assert until is not None
    told = tuple((part["message_id"], part["text"]) for part in parts if part["reading_since"] is None)
    reading = tuple((part["text"], since) for part in parts if (since := from_stamp(part["reading_since"])))
    return Collection(rows[0]["title"], bool(rows[0]["is_full"]), until, told, reading, rows[0]["ending"])


def add_part(
    db: Database, room_id: str, member_id: str, message_id: str, text: str, *, reading_since: datetime | None = None
) -> None:
    """Add what was said to an open collection, behind what is there.

    Args:
        db: the transaction.
        room_id: where; empty in private.
        member_id: who collects.
        message_id: of what was said.
        text: what was said; how it is called while it is being read.
        reading_since: when that began; None for what is read.
    """
    place = {"room_id": room_id, "member_id": member_id}
    rows = db.query(
        "select coalesce(max(id), '0') as last from collected_parts"
        " where community = :community and room_id = :room_id and member_id = :member_id",
        place,
    )
    db.execute(
        "insert into collected_parts (community, room_id, member_id, id, message_id, text, reading_since)"
        " values (:community, :room_id, :member_id, :id, :message_id, :text, :since)",
        {
            **place, "id": f"{int(rows[0]['last']) + 1:06}", "message_id": message_id, "text": text,
            "since": to_stamp(reading_since) if reading_since else None,
        },
    )  # fmt: skip


def fill_part(db: Database, room_id: str, member_id: str, message_id: str, text: str) -> bool:
    """Put what was read in the place that was kept for it; False when that is gone, as after a recall."""
    filled = db.execute(
        "update collected_parts set text = :text, reading_since = null where community = :community"
        " and room_id = :room_id and member_id = :member_id and message_id = :message_id"
        " and reading_since is not null",
        {"room_id": room_id, "member_id": member_id, "message_id": message_id, "text": text},
    )
    return filled > 0


def set_ending(db: Database, room_id: str, member_id: str, words: str | None) -> None:
    """Note that a collection shall be published when everything is read, or (None) that it goes on."""
    db.execute(
        "update collections set ending = :words"
        " where community = :community and room_id = :room_id and member_id = :member_id",
        {"room_id": room_id, "member_id": member_id, "words": words},
    )


def mark_full(db: Database, room_id: str, member_id: str) -> None:
    """Note that the member was told that nothing more is collected."""
    db.execute(
        "update collections set is_full = 1"
        " where community = :community and room_id = :room_id and member_id = :member_id",
        {"room_id": room_id, "member_id": member_id},
    )


def remove_part(db: Database, message_id: str) -> int:
    """Take a recalled message out of what is being collected; return how many parts went."""
    return db.execute(
        "delete from collected_parts where community = :community and message_id = :message_id",
        {"message_id": message_id},
    )


def end_collection(db: Database, room_id: str, member_id: str) -> bool:
    """Close a collection with all its parts; False when there was none."""
    place = {"room_id": room_id, "member_id": member_id}
    db.execute(
        "delete from collected_parts where community = :community and room_id = :room_id and member_id = :member_id",
        place,
    )
    gone = db.execute(
        "delete from collections where community = :community and room_id = :room_id and member_id = :member_id", place
    )
    return gone > 0


def open_collections(db: Database) -> list[tuple[str, str]]:
    """Return (room id, member id) of every collection that goes on."""
    rows = db.query("select room_id, member_id from collections where community = :community and ending is null")
    return [(row["room_id"], row["member_id"]) for row in rows]


def export_collections(db: Database, member_id: str) -> list[Row]:
    """Return what a member is collecting."""
    return db.query(
        "select room_id, message_id, text from collected_parts"
        " where community = :community and member_id = :member_id order by id",
        {"member_id": member_id},
    )


def erase_collections(db: Database, member_id: str) -> int:
    """Delete what a member is collecting; return how many parts."""
    db.execute(
        "delete from collections where community = :community and member_id = :member_id", {"member_id": member_id}
    )
    return db.execute(
        "delete from collected_parts where community = :community and member_id = :member_id", {"member_id": member_id}
    )
