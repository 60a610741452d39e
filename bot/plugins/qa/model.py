"""The values of questions and answers: posts, and who asks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.plugin import Row, fold, from_stamp

FREE, MEMBER = "free", "member"
COURSE = "course"  # `access: course:go`: for who has that course
TOPIC_SCOPE = "topic:"  # front matter names a room by its topic: the room may not be known yet


class Source(StrEnum):
    """How a post came in."""

    KNOWLEDGE = "knowledge"
    IMPORT = "import"
    SHARE = "share"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post before it has a number.

    Attributes:
        id: unique in the community; empty lets it be made from the content.
        title, body: Markdown or plain.
        author: shown name.
        room: where it may be shown: our room id, `topic:<群名>`, or empty for everywhere.
        member_id: who shared it; empty for files.
        author_id: who wrote it, when that is another member and known.
        tags: free words.
        date: ISO date it was written; empty when unknown.
        access: `free`, `member`, a plan's id, or `course:ID`.
        source: how it came in.
        path: the file, as the owner typed it.
        number: the number it had where it was exported; 0 lets the next one be taken.
    """

    title: str
    body: str
    id: str = ""
    author: str = ""
    room: str = ""
    member_id: str = ""
    author_id: str = ""
    tags: tuple[str, ...] = ()
    date: str = ""
    access: str = FREE
    source: Source = Source.IMPORT
    path: str = ""
    number: int = 0

    @property
    def content_hash(self) -> str:
        """The same for texts that differ only in width, case and blanks."""
        return hash_content(self.title, self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post on record.

    Attributes:
        number: the short number members type, as in #57.
        created_at: when it came in, aware UTC.
        others: see `Draft`.
    """

    id: str
    number: int
    title: str
    body: str
    author: str
    room: str
    member_id: str
    tags: tuple[str, ...]
    date: str
    access: str
    source: Source
    created_at: datetime
    author_id: str = ""

    def is_of(self, member_id: str) -> bool:
        """Whether a member shared or wrote it."""
        return bool(member_id) and member_id in {self.member_id, self.author_id}

    @property
    def is_locked_for_guests(self) -> bool:
        """Whether only some members may read it."""
        return self.access != FREE


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, and where.

    Attributes:
        member_id: our member id.
        name: as the others see it.
        room_id: our room id; empty in private chats.
    """

    member_id: str
    name: str
    room_id: str


def hash_content(title: str, body: str) -> str:
    """Return SHA-256 over title and body without blanks, folded (繁简, width, case)."""
    squeezed = "".join(fold(f"{title}\n{body}").split())
    return hashlib.sha256(squeezed.encode()).hexdigest()


def post_from_row(row: Row) -> Post:
    """Return a row of `posts` as a value."""
    created_at = from_stamp(row["created_at"])
    assert created_at is not None
    return Post(
        id=row["id"],
        number=row["number"],
        title=row["title"],
        body=row["body"],
        author=row["author"],
        room=row["room"],
        member_id=row["member_id"],
        tags=tuple(json.loads(row["tags"])),
        date=row["date"],
        access=row["access"],
        source=Source(row["source"]),
        created_at=created_at,
        author_id=row["author_id"],
    )
