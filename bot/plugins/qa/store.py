"""The tables of posts, and posts in and out of search in one transaction."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.plugin import (
    Database,
    Document,
    DomainEvent,
    Migrations,
    Row,
    publish,
    put_document,
    remove_document,
    to_stamp,
)
from bot.plugins.qa.model import Draft, Post, Source, hash_content, post_from_row
from bot.plugins.qa.versions_store import (
    Change,
    Why,
    changes_by,
    forget_changer,
    forget_versions,
    keep_version,
    take_out,
    without_author,
)

migrations = Migrations("qa")


@migrations()
def m001_posts(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Posts, and the files of the knowledge folder they came from."""
    db.execute(
        "create table posts (community text not null, id text not null, number integer not null, title text not null,"
        " body text not null, author text not null, room text not null, member_id text not null,"
        " author_id text not null, tags text not null,"
        " date text not null, access text not null, source text not null"
        " check (source in ('knowledge', 'import', 'share')), path text not null, content_hash text not null,"
        " created_at text not null, removed_at text, primary key (community, id))"
    )
    db.execute("create unique index posts_by_number on posts (community, number)")
    db.execute("create index posts_by_content on posts (community, content_hash) where removed_at is null")
    db.execute("create index posts_by_member on posts (community, member_id, number)")
    db.execute("create index posts_by_author on posts (community, author_id)")
    db.execute(
        "create table knowledge_files (community text not null, path text not null, stamp text not null,"
        " posts text not null, faults text not null, primary key (community, path))"
    )


@migrations()
def m002_questions(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Questions without an answer, and what the last answer to a member cited."""
    db.execute(
        "create table questions (community text not null, number integer not null, member_id text not null,"
        " name text not null, room_id text not null, text text not null, text_key text not null,"
        " state text not null default 'open' check (state in ('open', 'answered')), asked_at text not null,"
        " primary key (community, number))"
    )
    db.execute("create unique index questions_by_text on questions (community, member_id, text_key)")
    db.execute("create index questions_open on questions (community, number) where state = 'open'")
    db.execute(
        "create table citations (community text not null, member_id text not null, room_id text not null,"
        " posts text not null, until text not null, primary key (community, member_id, room_id))"
    )


@migrations()
def m003_post_versions(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """The texts a post had before it was changed, and the one it has."""
    db.execute(
        "create table post_versions (community text not null, number integer not null, version integer not null,"
        " title text not null, body text not null, author text not null, member_id text not null, name text not null,"
        " part text not null, at text not null, why text not null, primary key (community, number, version))"
    )
    db.execute("create index post_versions_by_member on post_versions (community, member_id)")


@migrations()
def m007_posts_by_access(db: Any) -> None:  # noqa: ANN401 - the schema's own database class
    """Which kinds of access there are is asked with every question, and posts are long."""
    db.execute("create index posts_by_access on posts (community, access) where removed_at is null")


_NEXT_KIND = (
    "select access from posts where community = :community and removed_at is null and access > :after"
    " order by access limit 1"
)


class Outcome(StrEnum):
    """What became of a draft."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    CLASH = "clash"


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a draft, and the post that now holds it (or the one that has its content or id already)."""

    outcome: Outcome
    post: Post


@dataclass(frozen=True, slots=True)
class PostsAdded(DomainEvent):
    """Posts are new, or have another text: published with them, by files once for all that are stored together.

    Attributes:
        post_ids: which.
    """

    post_ids: tuple[str, ...]


def put_post(db: Database, draft: Draft, now: datetime) -> Stored:
    """Store a draft and put it into search, once.

    With an id it replaces the post of that id, and a removed one comes back under its number. What members shared is
    never replaced, what the knowledge folder holds only by the folder. The same content under another id is a
    duplicate and is not stored again, but the folder may hold whatever it wants, and so may what was exported. That
    keeps its number where it is free.
    """
    content_hash = draft.content_hash
    draft = draft if draft.id else replace(draft, id=f"import-{content_hash[:12]}")
    old = _row_by_id(db, draft.id)
    if old and _is_same(old, draft, content_hash):
        return Stored(Outcome.UNCHANGED, post_from_row(old))
    if old and old["removed_at"] is None and not _may_replace(old, draft):
        is_equal = old["content_hash"] == content_hash
        return Stored(Outcome.UNCHANGED if is_equal else Outcome.CLASH, post_from_row(old))
    twin = find_twin(db, content_hash)
    if twin and twin.id != draft.id and draft.source != Source.KNOWLEDGE and not draft.number:
        return Stored(Outcome.DUPLICATE, twin)
    number = old["number"] if old else _number_for(db, draft)
    row = _write(db, draft, number, content_hash, now)
    post = post_from_row(row)
    put_document(db, _document_of(post))
    if old and old["content_hash"] != content_hash:
        keep_version(db, post_from_row(old), post, Change(why=Why.FILE, at=now))
    return Stored(Outcome.UPDATED if old and old["removed_at"] is None else Outcome.ADDED, post)


def publish_post(db: Database, draft: Draft, now: datetime) -> Post:
    """Store what a member shares under a new number, whatever is like it."""
    number = db.next_number("post")
    post = post_from_row(_write(db, replace(draft, id=f"share-{number}"), number, draft.content_hash, now))
    put_document(db, _document_of(post))
    publish(db, PostsAdded((post.id,)))
    return post


def revise_post(db: Database, new: Post, change: Change) -> int:
    """Give a post another text, author or tags and keep the old text; return the number of the version.

    Args:
        db: a write transaction.
        new: the post as it shall be; its number says which.
        change: who did it and why.
    """
    old = _first(db, "number = :number", {"number": new.number})
    assert old is not None, "only what is on record can be revised"
    _rewrite(db, new)
    publish(db, PostsAdded((old.id,)))
    return keep_version(db, old, new, change)


def withdraw_post(db: Database, post: Post, change: Change) -> None:
    """Take a post out of search; who did it stands in its history."""
    if remove_post(db, post.id, change.at):
        keep_version(db, post, post, change)


def remove_post(db: Database, post_id: str, now: datetime) -> bool:
    """Take a post out of search and keep its row; False when it was gone already."""
    removed = db.execute(
        "update posts set removed_at = :now where community = :community and id = :id and removed_at is null",
        {"id": post_id, "now": to_stamp(now)},
    )
    if removed:
        remove_document(db, post_id)
    return removed > 0


def find_twin(db: Database, content_hash: str) -> Post | None:
    """Return the post with exactly this content."""
    return _first(db, "content_hash = :hash and removed_at is null order by number limit 1", {"hash": content_hash})


def post_by_number(db: Database, number: int) -> Post | None:
    """Return the post members call #number."""
    return _first(db, "number = :number and removed_at is null", {"number": number})


def post_on_record(db: Database, number: int) -> Post | None:
    """Return the post of a number, a removed one too."""
    return _first(db, "number = :number", {"number": number})


def posts_by_id(db: Database, ids: Collection[str]) -> dict[str, Post]:
    """Return the posts with these ids that are not removed."""
    found = (_first(db, "id = :id and removed_at is null", {"id": post_id}) for post_id in ids)
    return {post.id: post for post in found if post}


def last_shared(db: Database, member_id: str) -> Post | None:
    """Return what a member shared last."""
    condition = "member_id = :member_id and source = 'share' and removed_at is null order by number desc limit 1"
    return _first(db, condition, {"member_id": member_id})


def shared_by(db: Database, member_id: str, limit: int) -> list[Post]:
    """Return what a member shared or wrote, the latest first."""
    rows = db.query(
        f"select {_COLUMNS} from posts where community = :community and {_SHARED_BY}"  # noqa: S608 - our own
        " order by number desc limit :limit",
        {"member_id": member_id, "limit": limit},
    )
    return [post_from_row(row) for row in rows]


def count_shared(db: Database, member_id: str) -> int:
    """Return how many posts there are that a member shared or wrote."""
    rows = db.query(
        f"select count(*) as n from posts where community = :community and {_SHARED_BY}",  # noqa: S608 - our own
        {"member_id": member_id},
    )
    return int(rows[0]["n"])


def access_kinds(db: Database) -> set[str]:
    """Return every kind of access that posts ask for."""
    kinds = [""]
    while rows := db.query(_NEXT_KIND, {"after": kinds[-1]}):  # from kind to kind: every question asks for them
        kinds.append(rows[0]["access"])
    return set(kinds[1:])


def posts_after(db: Database, number: int, limit: int) -> list[Post]:
    """Return the posts behind a number in their order."""
    rows = db.query(
        f"select {_COLUMNS} from posts where community = :community and number > :number and removed_at is null"  # noqa: S608 - our own
        " order by number limit :limit",
        {"number": number, "limit": limit},
    )
    return [post_from_row(row) for row in rows]


def count_posts(db: Database) -> int:
    """Return how many posts there are."""
    rows = db.query("select count(*) as n from posts where community = :community and removed_at is null")
    return int(rows[0]["n"])


def export_posts(db: Database, member_id: str) -> list[Row]:
    """Return what a member shared, and what of theirs was shared by others."""
    return db.query(
        "select number, title, body, tags, date, created_at, removed_at from posts"
        " where community = :community and (member_id = :member_id or author_id = :member_id) order by number",
        {"member_id": member_id},
    )


def erase_posts(db: Database, member_id: str) -> int:
    """Delete what a member shared or wrote, out of search too; return how many posts.

    What they added to others' posts is taken out of these.
    """
    rows = db.query(
        "delete from posts where community = :community and (member_id = :member_id or author_id = :member_id)"
        " returning id, number",
        {"member_id": member_id},
    )
    for row in rows:
        remove_document(db, row["id"])
        forget_versions(db, row["number"])
    for number, version in changes_by(db, member_id):
        if version.part:
            _take_out(db, number, version.part, version.name)
    forget_changer(db, member_id)
    return len(rows)


def _take_out(db: Database, number: int, part: str, name: str) -> None:
    take_out(db, number, part, name)
    post = _first(db, "number = :number", {"number": number})
    if post is not None:
        _rewrite(db, replace(post, body=post.body.replace(part, ""), author=without_author(post.author, name)))


_COLUMNS = (
    "id, number, title, body, author, room, member_id, author_id, tags, date, access, source, path, content_hash,"
    " created_at, removed_at"
)
_SHARED_BY = "(member_id = :member_id or author_id = :member_id) and source = 'share' and removed_at is null"


def _first(db: Database, condition: str, params: dict[str, Any]) -> Post | None:
    rows = db.query(f"select {_COLUMNS} from posts where community = :community and {condition}", params)  # noqa: S608
    return post_from_row(rows[0]) if rows else None


def _row_by_id(db: Database, post_id: str) -> Row | None:
    rows = db.query(
        f"select {_COLUMNS} from posts where community = :community and id = :id",  # noqa: S608 - our own columns
        {"id": post_id},
    )
    return rows[0] if rows else None


def _number_for(db: Database, draft: Draft) -> int:
    """Return the number of a new post: the one it had where it was exported, when that is free here."""
    taken = "select 1 as here from posts where community = :community and number = :number"
    if not draft.number or db.query(taken, {"number": draft.number}):
        return db.next_number("post")
    db.take_number("post", draft.number)
    return draft.number


_KEPT = ("title", "body", "author", "room", "date", "access", "path")


def _is_same(old: Row, draft: Draft, content_hash: str) -> bool:
    return (
        old["removed_at"] is None
        and old["content_hash"] == content_hash
        and json.loads(old["tags"]) == list(draft.tags)
        and all(old[name] == getattr(draft, name) for name in _KEPT)
    )


def _may_replace(old: Row, draft: Draft) -> bool:
    return old["source"] == draft.source or (draft.source == Source.KNOWLEDGE and old["source"] == Source.IMPORT)


def _write(db: Database, draft: Draft, number: int, content_hash: str, now: datetime) -> Row:
    names = ("id", *_KEPT, "member_id", "author_id", "source")
    values: dict[str, Any] = {name: getattr(draft, name) for name in names}
    values |= {"tags": json.dumps(draft.tags, ensure_ascii=False), "number": number, "now": to_stamp(now)}
    return db.query(
        "insert into posts (community, id, number, title, body, author, room, member_id, author_id, tags, date, access,"
        " source, path, content_hash, created_at) values (:community, :id, :number, :title, :body, :author, :room,"
        " :member_id, :author_id, :tags, :date, :access, :source, :path, :hash, :now)"
        " on conflict (community, id) do update set title = excluded.title, body = excluded.body,"
        " author = excluded.author, room = excluded.room, tags = excluded.tags, date = excluded.date,"
        " access = excluded.access, source = excluded.source, path = excluded.path,"
        " content_hash = excluded.content_hash, removed_at = null returning id, number, title, body, author, room,"
        " member_id, author_id, tags, date, access, source, created_at",
        values | {"hash": content_hash, "source": str(draft.source)},
    )[0]


def _rewrite(db: Database, post: Post) -> None:
    """Store another text, authors or tags of a post, in search too unless it is removed."""
    changed = db.query(
        "update posts set title = :title, body = :body, author = :author, tags = :tags, content_hash = :hash"
        " where community = :community and number = :number returning removed_at",
        {
            "title": post.title, "body": post.body, "author": post.author, "number": post.number,
            "tags": json.dumps(post.tags, ensure_ascii=False), "hash": hash_content(post.title, post.body),
        },
    )  # fmt: skip
    if changed and changed[0]["removed_at"] is None:
        put_document(db, _document_of(post))


def _document_of(post: Post) -> Document:
    return Document(
        id=post.id,
        title=post.title,
        text=post.body,
        room=post.room,
        access=post.access,
        tags=post.tags,
        author=post.author,
        date=post.date,
    )
