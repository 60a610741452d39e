"""What the last answer to each member cited."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.plugin import Database, to_stamp
from bot.plugins.qa.model import Asker


def note_citations(db: Database, asker: Asker, posts: Sequence[str], now: datetime, term: timedelta) -> None:
    """Remember what 来源 1, 2, … mean for a member in a room; the older ones are forgotten."""
    db.execute("delete from citations where community = :community and until < :now", {"now": to_stamp(now)})
    db.execute(
        "insert into citations (community, member_id, room_id, posts, until)"
        " values (:community, :member_id, :room_id, :posts, :until)"
        " on conflict (community, member_id, room_id) do update set posts = excluded.posts, until = excluded.until",
        {
            "member_id": asker.member_id, "room_id": asker.room_id, "posts": json.dumps(list(posts)),
            "until": to_stamp(now + term),
        },
    )  # fmt: skip


def cited_posts(db: Database, asker: Asker, now: datetime) -> list[str]:
    """Return the ids of the posts that the last answer to a member in a room cited."""
    rows = db.query(
        "select posts from citations where community = :community and member_id = :member_id and room_id = :room_id"
        " and until >= :now",
        {"member_id": asker.member_id, "room_id": asker.room_id, "now": to_stamp(now)},
    )
    return list(json.loads(rows[0]["posts"])) if rows else []


def erase_citations(db: Database, member_id: str) -> int:
    """Forget what was cited to a member; return rows deleted."""
    return db.execute(
        "delete from citations where community = :community and member_id = :member_id", {"member_id": member_id}
    )
