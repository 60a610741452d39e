"""The tables of search: documents, their passages, terms and vectors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlite_utils import Database as SchemaDatabase
from sqlite_utils import Migrations

from bot.search.model import Document
from bot.search.passages import Passage, split_passages
from bot.search.priors import Standing
from bot.search.terms import make_terms
from bot.storage_text import TextIndex, create_instances, create_text_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from bot.search.model import Condition
    from bot.storage import Database, Row

TOPIC = "search"
TEXT_INDEX = TextIndex("passage_terms")
_STORED_TYPE = np.dtype("<f2")  # fp16 halves the file; the ranking of fp32 stays
_NO_VECTOR = ""  # fingerprint of a passage that waits for the encoder

migrations = Migrations("search")


@migrations()
def m001_documents(db: SchemaDatabase) -> None:
    """Posts and what they are found by. `forgotten` tells the index in memory what to drop."""
    db.execute(
        "create table documents (community text not null, id text not null, title text not null, text text not null,"
        " room text not null, access text not null, tags text not null, author text not null, date text not null,"
        " url text not null, primary key (community, id))"
    )
    db.execute(
        "create table passages (community text not null, id integer not null, document_id text not null,"
        " heading text not null, text text not null, primary key (community, id))"
    )
    db.execute("create index passages_by_document on passages (community, document_id)")
    db.execute(
        "create table vectors (community text not null, passage integer not null, scope text not null,"
        " fingerprint text not null, vector blob, primary key (community, passage))"
    )
    db.execute("create index vectors_by_fingerprint on vectors (community, fingerprint, passage)")
    db.execute("create table scopes (community text not null, scope text not null, primary key (community, scope))")
    db.execute(
        "create table forgotten (community text not null, passage integer not null, primary key (community, passage))"
    )
    create_text_index(db, TEXT_INDEX.name)


@migrations()
def m002_usefulness(db: SchemaDatabase) -> None:
    """Votes on documents, which members gave."""
    db.execute("alter table documents add column votes_up integer not null default 0")
    db.execute("alter table documents add column votes_down integer not null default 0")


@migrations()
def m003_instances(db: SchemaDatabase) -> None:
    """Where terms stand, which the ranking reads."""
    create_instances(db, TEXT_INDEX.name)


def put_document(db: Database, document: Document) -> None:
    """Store a document and its terms; its vectors follow when the transaction has committed.

    A document whose title, text, room and access are the same as before keeps its passages and vectors.
    """
    old = get_document(db, document.id)
    _write_document(db, document)
    if old and (old.title, old.text, old.scope) == (document.title, document.text, document.scope):
        return
    _forget_passages(db, document.id)
    scope = {"scope": document.scope}
    db.execute("insert into scopes (community, scope) values (:community, :scope) on conflict do nothing", scope)
    for passage in split_passages(document.text) or [Passage("", document.title)]:
        _put_passage(db, document, passage)
    db.notify(TOPIC)


def remove_document(db: Database, document_id: str) -> None:
    """Forget a document; nothing happens when there is none."""
    _forget_passages(db, document_id)
    db.execute("delete from documents where community = :community and id = :id", {"id": document_id})
    db.notify(TOPIC)


def set_usefulness(db: Database, document_id: str, votes_up: int, votes_down: int) -> None:
    """Note how many members found a document useful, and how many did not; nothing happens when there is none.

    Putting the document again keeps the votes, removing it forgets them.
    """
    db.execute(
        "update documents set votes_up = :up, votes_down = :down where community = :community and id = :id",
        {"id": document_id, "up": votes_up, "down": votes_down},
    )


def get_document(db: Database, document_id: str) -> Document | None:
    """Return a document as it was put."""
    rows = db.query(f"{_DOCUMENT} and id = :id", {"id": document_id})
    return _document_of(rows[0]) if rows else None


def list_documents(db: Database) -> list[Document]:
    """Return all documents as they were put."""
    return [_document_of(row) for row in db.query(f"{_DOCUMENT} order by id")]


def list_scopes(db: Database) -> list[str]:
    """Return every pair of room and access that documents of this community had."""
    return [row["scope"] for row in db.query("select scope from scopes where community = :community")]


def list_communities(db: Database) -> list[str]:
    """Return all communities that have documents (for the background work that serves them one by one)."""
    return [row["community"] for row in db.query("select community from scopes group by community order by community")]


_FIND_DOCUMENTS = (
    "select p.id, p.document_id, d.date, d.votes_up, d.votes_down from passages p"
    " join documents d on d.community = p.community and d.id = p.document_id"
    " where p.community = :community and p.id in (select value from json_each(:ids))"
)
_LOAD_TEXTS = (
    "select id, title, text, tags from documents where community = :community"
    " and id in (select value from json_each(:ids))"
)
_LOAD_PASSAGES = (
    "select p.id, p.document_id, p.heading, p.text, d.title, d.author, d.date, d.access, d.tags"
    " from passages p join documents d on d.community = p.community and d.id = p.document_id"
    " where p.community = :community and p.id in (select value from json_each(:ids))"
)
_LOAD_VECTORS = (
    "select passage, vector from vectors where community = :community and fingerprint = :fingerprint"
    " and passage in (select value from json_each(:ids))"
)


def find_documents(db: Database, passages: Sequence[int]) -> dict[int, Standing]:
    """Return the document of each of these passages that still exists, and how it stands."""
    rows = db.query(_FIND_DOCUMENTS, {"ids": json.dumps(passages)})
    return {row["id"]: Standing(row["document_id"], row["date"], row["votes_up"], row["votes_down"]) for row in rows}


def load_texts(db: Database, documents: Sequence[str]) -> dict[str, str]:
    """Return everything that is written in these documents: title, tags and text."""
    rows = db.query(_LOAD_TEXTS, {"ids": json.dumps(documents)})
    return {row["id"]: "\n".join((row["title"], *json.loads(row["tags"]), row["text"])) for row in rows}


def list_matching(db: Database, condition: Condition) -> list[int]:
    """Return the passages of the documents that a condition admits."""
    rows = db.query(
        "select p.id, d.tags, d.author from passages p"
        " join documents d on d.community = p.community and d.id = p.document_id"
        " where p.community = :community and d.date >= :since and (:until = '' or (d.date <> '' and d.date < :until))",
        {"since": condition.since, "until": condition.until and f"{condition.until}~"},
    )
    return [row["id"] for row in rows if condition.admits(json.loads(row["tags"]), row["author"])]


def load_vectors(db: Database, passages: Sequence[int], fingerprint: str) -> dict[int, NDArray[np.float32]]:
    """Return the vectors that this encoder made for these passages."""
    rows = db.query(_LOAD_VECTORS, {"fingerprint": fingerprint, "ids": json.dumps(passages)})
    return {row["passage"]: vector_from_row(row["vector"]) for row in rows}


def load_passages(db: Database, numbers: Sequence[int]) -> dict[int, Row]:
    """Return passages and what is told of their documents."""
    return {row["id"]: row for row in db.query(_LOAD_PASSAGES, {"ids": json.dumps(numbers)})}


def vector_from_row(data: bytes) -> NDArray[np.float32]:
    """Return a stored vector."""
    return np.frombuffer(data, _STORED_TYPE).astype(np.float32)


@dataclass(frozen=True, slots=True)
class PendingPassage:
    """A passage that has no vector of the present encoder."""

    id: int
    scope: str
    title: str
    text: str


_PENDING = (
    "with pending as (select passage, scope from vectors where community = :community and fingerprint < :fingerprint"
    " union all select passage, scope from vectors where community = :community and fingerprint > :fingerprint) "
)
_COUNT_PENDING = "PENDING select count(*) as n from pending".replace("PENDING", _PENDING)
_COUNT_OUTDATED = (
    "select count(*) as n from vectors where community = :community and fingerprint <> :fingerprint"
    " and fingerprint <> :none"
)
_LIST_PENDING = (
    "PENDING select n.passage, n.scope, d.title, p.heading, p.text from pending n"
    " join passages p on p.community = :community and p.id = n.passage"
    " join documents d on d.community = :community and d.id = p.document_id limit :limit"
).replace("PENDING", _PENDING)


def list_pending(db: Database, fingerprint: str, limit: int) -> list[PendingPassage]:
    """Return some passages that wait for a vector of the encoder with this fingerprint."""
    rows = db.query(_LIST_PENDING, {"fingerprint": fingerprint, "limit": limit})
    return [
        PendingPassage(
            row["passage"], row["scope"], Passage(row["heading"], row["text"]).full_title(row["title"]), row["text"]
        )
        for row in rows
    ]


def count_pending(db: Database, fingerprint: str) -> int:
    """Return how many passages wait for a vector."""
    return int(db.query(_COUNT_PENDING, {"fingerprint": fingerprint})[0]["n"])


def count_outdated(db: Database, fingerprint: str) -> int:
    """Return how many passages have a vector that another encoder made."""
    return int(db.query(_COUNT_OUTDATED, {"fingerprint": fingerprint, "none": _NO_VECTOR})[0]["n"])


def store_vectors(db: Database, fingerprint: str, vectors: Sequence[tuple[int, NDArray[np.float32]]]) -> set[int]:
    """Write vectors and return the ids of the passages that still exist."""
    changed = (
        (
            number,
            db.execute(
                "update vectors set vector = :vector, fingerprint = :fingerprint"
                " where community = :community and passage = :passage",
                {"passage": number, "fingerprint": fingerprint, "vector": vector.astype(_STORED_TYPE).tobytes()},
            ),
        )
        for number, vector in vectors
    )
    return {number for number, rows in changed if rows}


def list_vectors(db: Database, fingerprint: str, after: int, limit: int) -> list[Row]:
    """Return a page of (passage, scope, vector) in the order of passages."""
    return db.query(
        "select passage, scope, vector from vectors where community = :community and fingerprint = :fingerprint"
        " and passage > :after order by passage limit :limit",
        {"fingerprint": fingerprint, "after": after, "limit": limit},
    )


def list_forgotten(db: Database) -> list[int]:
    """Return passages that were removed and may still be in the index in memory."""
    return [row["passage"] for row in db.query("select passage from forgotten where community = :community")]


def clear_forgotten(db: Database, passages: Iterable[int]) -> None:
    """Note that the index in memory has dropped these passages."""
    for passage in passages:
        db.execute("delete from forgotten where community = :community and passage = :passage", {"passage": passage})


_DOCUMENT = "select id, title, text, room, access, tags, author, date, url from documents where community = :community"


def _document_of(row: Row) -> Document:
    return Document(**{**row, "tags": tuple(json.loads(row["tags"]))})


def _write_document(db: Database, document: Document) -> None:
    values: dict[str, Any] = {name: getattr(document, name) for name in Document.__slots__}
    values["tags"] = json.dumps(document.tags, ensure_ascii=False)
    db.execute(
        "insert into documents (community, id, title, text, room, access, tags, author, date, url)"
        " values (:community, :id, :title, :text, :room, :access, :tags, :author, :date, :url)"
        " on conflict (community, id) do update set title = excluded.title, text = excluded.text, room = excluded.room,"
        " access = excluded.access, tags = excluded.tags, author = excluded.author, date = excluded.date,"
        " url = excluded.url",
        values,
    )


def _put_passage(db: Database, document: Document, passage: Passage) -> None:
    number = db.next_number("passage")
    values = {"id": number, "document": document.id, "heading": passage.heading, "text": passage.text}
    db.execute(
        "insert into passages (community, id, document_id, heading, text)"
        " values (:community, :id, :document, :heading, :text)",
        values,
    )
    db.execute(
        "insert into vectors (community, passage, scope, fingerprint) values (:community, :id, :scope, :none)",
        {"id": number, "scope": document.scope, "none": _NO_VECTOR},
    )
    terms = make_terms(f"{passage.full_title(document.title)}\n{passage.text}\n{' '.join(document.tags)}")
    TEXT_INDEX.put(db, str(number), terms, document.scope)


def _forget_passages(db: Database, document_id: str) -> None:
    rows = db.query(
        "delete from passages where community = :community and document_id = :id returning id", {"id": document_id}
    )
    for row in rows:
        TEXT_INDEX.remove(db, str(row["id"]))
        db.execute("delete from vectors where community = :community and passage = :id", row)
        db.execute("insert into forgotten (community, passage) values (:community, :id)", row)
