"""The earlier texts of posts: what was changed, when, by whom and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.plugin import Database, Row, from_stamp, to_stamp
from bot.plugins.qa.model import Post, Source

_AND = "、"  # between the names of several authors
_KEPT = 100  # versions of one post: a file that is saved every minute would fill the disk


class Why(StrEnum):
    """Why a post has the text of a version."""

    FIRST = "first"
    FILE = "file"
    MERGED = "merged"
    EDITED = "edited"
    TAKEN_OUT = "taken_out"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What makes a new version.

    Attributes:
        why: the reason.
        at: when, aware UTC.
        member_id: who made it; empty for files.
        name: their name, as others saw it then.
        part: the text this member added to somebody else's post, as it stands in the new text.
    """

    why: Why
    at: datetime
    member_id: str = ""
    name: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One text of a post.

    Attributes:
        version: 1 for the first; the last one is what is shown.
        others: see `Post` and `Change`.
    """

    version: int
    title: str
    body: str
    author: str
    member_id: str
    name: str
    part: str
    at: datetime
    why: Why


def keep_version(db: Database, old: Post, new: Post, change: Change) -> int:
    """Put the new text of a post on record, and the one it had at first; return the number of the version."""
    rows = db.query(
        "select max(version) as last from post_versions where community = :community and number = :number",
        {"number": old.number},
    )
    last = rows[0]["last"]
    if last is None:
        why = Why.FIRST if old.source is Source.SHARE else Why.FILE
        first = Change(why=why, at=old.created_at, member_id=old.member_id, name=old.author)
        last = _insert(db, old, 1, first)
    db.execute(
        "delete from post_versions where community = :community and number = :number and version <= :before",
        {"number": old.number, "before": last + 1 - _KEPT},
    )
    return _insert(db, new, last + 1, change)


def versions_of(db: Database, number: int) -> list[Version]:
    """Return the versions of a post, the first one first; none when it was never changed."""
    rows = db.query(
        "select * from post_versions where community = :community and number = :number order by version",
        {"number": number},
    )
    return [_version_of(row) for row in rows]


def export_versions(db: Database, member_id: str) -> list[Row]:
    """Return what a member changed."""
    return db.query(
        "select number, version, title, body, part, at, why from post_versions"
        " where community = :community and member_id = :member_id order by number, version",
        {"member_id": member_id},
    )


def forget_versions(db: Database, number: int) -> int:
    """Delete all versions of a post that is erased; return how many."""
    return db.execute("delete from post_versions where community = :community and number = :number", {"number": number})


def changes_by(db: Database, member_id: str) -> list[tuple[int, Version]]:
    """Return the versions that a member made, of any post, with the post's number."""
    rows = db.query(
        "select * from post_versions where community = :community and member_id = :member_id order by number, version",
        {"member_id": member_id},
    )
    return [(row["number"], _version_of(row)) for row in rows]


def take_out(db: Database, number: int, part: str, name: str) -> None:
    """Take what a member added out of every version of a post, and their name out of its authors."""
    for version in versions_of(db, number):
        db.execute(
            "update post_versions set body = :body, author = :author"
            " where community = :community and number = :number and version = :version",
            {
                "body": version.body.replace(part, ""), "author": without_author(version.author, name),
                "number": number, "version": version.version,
            },
        )  # fmt: skip


def forget_changer(db: Database, member_id: str) -> int:
    """Keep the versions that a member made of others' posts, but not who made them; return how many."""
    return db.execute(
        "update post_versions set member_id = '', name = '', part = ''"
        " where community = :community and member_id = :member_id",
        {"member_id": member_id},
    )


def with_author(authors: str, name: str) -> str:
    """Return 「小明、小红」 for a post that has one more author."""
    names = authors.split(_AND) if authors else []
    return _AND.join(dict.fromkeys([*names, name]))


def without_author(authors: str, name: str) -> str:
    """Return the authors of a post without one of several."""
    return _AND.join(one for one in authors.split(_AND) if one != name)


def _insert(db: Database, post: Post, version: int, change: Change) -> int:
    db.execute(
        "insert into post_versions (community, number, version, title, body, author, member_id, name, part, at, why)"
        " values (:community, :number, :version, :title, :body, :author, :member_id, :name, :part, :at, :why)",
        {
            "number": post.number, "version": version, "title": post.title, "body": post.body, "author": post.author,
            "member_id": change.member_id, "name": change.name, "part": change.part, "at": to_stamp(change.at),
            "why": str(change.why),
        },
    )  # fmt: skip
    return version


def _version_of(row: Row) -> Version:
    at = from_stamp(row["at"])
    assert at is not None
    names = ("version", "title", "body", "author", "member_id", "name", "part")
    return Version(**{name: row[name] for name in names}, at=at, why=Why(row["why"]))
