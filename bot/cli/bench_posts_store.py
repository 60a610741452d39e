"""Writes made posts into the tables of posts and search, many in one statement.

One post at a time takes a millisecond of the processor, a million twenty minutes. A test compares the rows with what
the plugin and the search write themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.cli.bench_posts import MadePost
from bot.plugins.qa.api import hash_content
from bot.search.model import Document
from bot.search.store import TEXT_INDEX
from bot.storage import Database, Row

_AT_ONCE = 60  # rows in a statement; SQLite looks up each named value among all
_SCOPE = "free/"
_MADE_AT = "2026-03-01T00:00:00.000000Z"
_INSERT_POSTS = (
    "insert into posts (community, id, number, title, body, author, room, member_id, author_id, tags, date, access,"
    " source, path, content_hash, created_at) values {rows}"
)
_INSERT_DOCUMENTS = (
    "insert into documents (community, id, title, text, room, access, tags, author, date, url)"
    " select community, id, title, body, room, access, tags, author, date, '' from posts"
    " where community = :community and number > :after order by number"
)
_INSERT_PASSAGES = "insert into passages (community, id, document_id, heading, text) values {rows}"
_INSERT_VECTORS = "insert into vectors (community, passage, scope, fingerprint, vector) values {rows}"
_INSERT_ROWS = f"insert into {TEXT_INDEX.name}_rows (community, key, scope, terms, number) values {{rows}}"  # noqa: S608 - our own name
_INSERT_TERMS = (
    f"insert into {TEXT_INDEX.name} (rowid, terms) select number, terms from {TEXT_INDEX.name}_rows"  # noqa: S608 - our own name
    " where community = :community and number > :after order by number"
)
_ADD_TO_TOTALS = (
    f"update {TEXT_INDEX.name}_totals set rows = rows + :rows, terms = terms + :terms where community = :community"  # noqa: S608 - our own name
)
_SET_COUNTER = "update counters set value = :value where community = :community and name = :name"
_GET_COUNTER = "select value from counters where community = :community and name = :name"
_LAST_ROW = f"select max(number) as n from {TEXT_INDEX.name}_rows"  # noqa: S608 - our own name
_PLAIN = f"select rowid, rank from {TEXT_INDEX.name} where {TEXT_INDEX.name} match :match order by rank limit :limit"  # noqa: S608 - our own name
_KNOWN = "select vector from vectors where community = :community and fingerprint = :fingerprint order by passage"


def count_passages(db: Database) -> int:
    """Return how many passages there are."""
    return int(db.query("select count(*) as n from passages where community = :community")[0]["n"])


def count_rows(db: Database) -> int:
    """Return how many messages were promised so far."""
    return int(db.query("select count(*) as n from outbox where community = :community")[0]["n"])


def real_documents(db: Database) -> list[Document]:
    """Return the posts that were put one by one."""
    rows = db.query("select id, title, text from documents where community = :community order by id")
    return [Document(**row) for row in rows if not row["id"].startswith("made-")]


def plain_words(db: Database, terms: Sequence[str], limit: int) -> list[Row]:
    """Ask FTS5 and nothing else."""
    match = " OR ".join(f'"{term}"' for term in terms)
    return db.query(_PLAIN, {"match": match, "limit": limit})


def known_vectors(db: Database, fingerprint: str) -> NDArray[np.float32]:
    """Return the vectors that an encoder made, [n, dimension]."""
    rows = db.query(_KNOWN, {"fingerprint": fingerprint})
    return np.array([np.frombuffer(row["vector"], "<f2") for row in rows], np.float32)


def put_made(db: Database, posts: Sequence[MadePost], fingerprint: str, vectors: NDArray[np.float32]) -> None:
    """Store posts with a vector for each passage; some real ones must be there already."""
    post, passage = (int(db.query(_GET_COUNTER, {"name": name})[0]["value"]) for name in ("post", "passage"))
    row = int(db.query(_LAST_ROW)[0]["n"])
    _put(db, _INSERT_POSTS, (_post_row(made, number) for number, made in enumerate(posts, post + 1)))
    db.execute(_INSERT_DOCUMENTS, {"after": post})
    passages = [(f"made-{number}", made) for number, one in enumerate(posts, post + 1) for made in one.passages]
    numbered = list(enumerate(passages, passage + 1))
    _put(
        db,
        _INSERT_PASSAGES,
        (
            {"id": n, "document": document, "heading": made.passage.heading, "text": made.passage.text}
            for n, (document, made) in numbered
        ),
    )
    stored = vectors.astype("<f2")
    _put(
        db,
        _INSERT_VECTORS,
        (
            {"id": n, "scope": _SCOPE, "fingerprint": fingerprint, "vector": vector.tobytes()}
            for (n, _), vector in zip(numbered, stored, strict=True)
        ),
    )
    _put(
        db,
        _INSERT_ROWS,
        (
            {"key": str(n), "scope": _SCOPE, "terms": f" {'  '.join(made.terms)} ", "number": row + n - passage}
            for n, (_, made) in numbered
        ),
    )
    db.execute(_INSERT_TERMS, {"after": row})
    db.execute(_ADD_TO_TOTALS, {"rows": len(numbered), "terms": sum(len(made.terms) for _, (_, made) in numbered)})
    for name, value in (("post", post + len(posts)), ("passage", passage + len(numbered))):
        db.execute(_SET_COUNTER, {"name": name, "value": value})


def _post_row(made: MadePost, number: int) -> dict[str, Any]:
    return {
        "id": f"made-{number}", "number": number, "title": made.title, "body": made.body, "author": "",
        "room": "", "member_id": "", "author_id": "", "tags": "[]", "date": "", "access": "free",
        "source": "import", "path": "", "hash": hash_content(made.title, made.body), "at": _MADE_AT,
    }  # fmt: skip


def _put(db: Database, statement: str, rows: Iterable[dict[str, Any]]) -> None:
    for part in _parts(rows):
        db.query_rows(statement, part)


def _parts(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part
