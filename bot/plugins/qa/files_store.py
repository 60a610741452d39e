"""What is on record of the files in the knowledge folder, and one file's posts in and out in one transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from bot.plugin import Database, Fault, publish
from bot.plugins.qa.model import Draft, Source
from bot.plugins.qa.store import Outcome, PostsAdded, posts_by_id, put_post, remove_post


@dataclass(slots=True)
class Change:
    """What reading files changed.

    Attributes:
        added, updated, unchanged, removed, duplicates: posts.
        faults: what was skipped: `FILE:LINE:COL: why`; each is listed when it is new.
        left: files that changed and were not read yet.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    duplicates: int = 0
    faults: list[str] = field(default_factory=list)
    left: int = 0

    def join(self, other: Change) -> Change:
        """Return both together."""
        mine, theirs = asdict(self), asdict(other)
        return Change(**{name: value + theirs[name] for name, value in mine.items()})

    def count(self, outcome: Outcome) -> None:
        """Note what became of one draft."""
        match outcome:
            case Outcome.ADDED:
                self.added += 1
            case Outcome.UPDATED:
                self.updated += 1
            case Outcome.UNCHANGED:
                self.unchanged += 1
            case Outcome.DUPLICATE:
                self.duplicates += 1


@dataclass(frozen=True, slots=True)
class FileContent:
    """One file as it was read.

    Attributes:
        path: as the owner typed it.
        stamp: changes whenever the file does.
        drafts: its posts.
        faults: what was skipped.
    """

    path: str
    stamp: str
    drafts: Sequence[Draft]
    faults: Sequence[Fault]


def known_files(db: Database) -> dict[str, str]:
    """Return path → stamp of every file on record."""
    rows = db.query("select path, stamp from knowledge_files where community = :community")
    return {row["path"]: row["stamp"] for row in rows}


def store_files(
    db: Database, contents: Sequence[FileContent], paths: Collection[str], now: datetime
) -> dict[str, object]:
    """Bring the posts of files up to date.

    A file with a fault keeps the posts it had: half an edit must not take an answer away.

    Args:
        db: the transaction.
        contents: the files that changed.
        paths: all files that are there now.
        now: aware UTC.

    Returns:
        A `Change` as JSON values.
    """
    change, new = Change(), list[str]()
    for content in contents:
        change = change.join(_store_file(db, content, paths, now, new))
    if new:
        publish(db, PostsAdded(tuple(new)))
    return asdict(change)


def forget_files(db: Database, paths: Sequence[str], now: datetime) -> dict[str, object]:
    """Withdraw the posts of files that are gone; return a `Change` as JSON values."""
    change = Change()
    for path in paths:
        change.removed += _withdraw(db, path, _posts_of(db, path), now)
        db.execute("delete from knowledge_files where community = :community and path = :path", {"path": path})
    return asdict(change)


def _store_file(db: Database, content: FileContent, paths: Collection[str], now: datetime, new: list[str]) -> Change:
    """Bring one file up to date; ids of new and changed posts are added to `new`."""
    change = Change()
    before, old_faults = _posts_of(db, content.path), _faults_of(db, content.path)
    faults = [str(fault) for fault in content.faults]
    ids: list[str] = []
    for draft in content.drafts:
        if clash := _clash(db, draft, content.path, paths):
            faults.append(str(Fault(content.path, 1, 1, clash)))
            continue
        stored = put_post(db, replace(draft, source=Source.KNOWLEDGE, path=content.path), now)
        change.count(stored.outcome)
        ids.append(stored.post.id)
        new += [stored.post.id] if stored.outcome in {Outcome.ADDED, Outcome.UPDATED} else []
    kept = [post_id for post_id in before if post_id not in ids] if faults else []
    change.removed += _withdraw(db, content.path, [i for i in before if i not in {*ids, *kept}], now)
    _record(db, content, [*ids, *kept], faults)
    change.faults = [fault for fault in faults if fault not in old_faults]
    return change


def _clash(db: Database, draft: Draft, path: str, paths: Collection[str]) -> str:
    """Say what already has a draft's id; empty when nothing else does."""
    post = posts_by_id(db, [draft.id]).get(draft.id)
    if post is None:
        return ""
    if post.source == Source.SHARE:
        return f"id「{draft.id}」已是群里分享的 #{post.number}，请换一个"
    rows = db.query("select path from posts where community = :community and id = :id", {"id": draft.id})
    other = rows[0]["path"]
    is_other_file = post.source == Source.KNOWLEDGE and other != path and other in paths
    return f"id「{draft.id}」和 {other} 重复，请换一个" if is_other_file else ""


def _withdraw(db: Database, path: str, ids: Sequence[str], now: datetime) -> int:
    """Remove posts that still belong to a file (one may have moved to another file)."""
    removed = 0
    for post_id in ids:
        rows = db.query(
            "select 1 as here from posts where community = :community and id = :id and path = :path",
            {"id": post_id, "path": path},
        )
        removed += bool(rows) and remove_post(db, post_id, now)
    return removed


def _posts_of(db: Database, path: str) -> list[str]:
    rows = db.query("select posts from knowledge_files where community = :community and path = :path", {"path": path})
    return list(json.loads(rows[0]["posts"])) if rows else []


def _faults_of(db: Database, path: str) -> list[str]:
    rows = db.query("select faults from knowledge_files where community = :community and path = :path", {"path": path})
    return list(json.loads(rows[0]["faults"])) if rows else []


def _record(db: Database, content: FileContent, ids: Sequence[str], faults: Sequence[str]) -> None:
    db.execute(
        "insert into knowledge_files (community, path, stamp, posts, faults)"
        " values (:community, :path, :stamp, :posts, :faults) on conflict (community, path) do update"
        " set stamp = excluded.stamp, posts = excluded.posts, faults = excluded.faults",
        {
            "path": content.path,
            "stamp": content.stamp,
            "posts": json.dumps(list(ids), ensure_ascii=False),
            "faults": json.dumps(list(faults), ensure_ascii=False),
        },
    )
