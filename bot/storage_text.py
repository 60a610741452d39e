"""Full text inside the database: an index of ready-made terms with BM25 (SQLite's FTS5; another engine has its own).

Terms come from Python and must be single tokens (`bot.search.terms`). Every index is three tables: `NAME_rows` with
the terms, `NAME` with FTS5's index over them, `NAME_totals` with the sums that BM25 needs. FTS5 stores and finds; the
ranking is our own, since its `order by rank` takes seven times as long for the same rows.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import sqlite_utils
    from numpy.typing import NDArray

    from bot.storage import Database, Row

# A gentler damping than the usual one: beside e5's cosines, (.6, .3) against (1.2, .75) is recall@1 .675 for .650 on
# programmers' notes, .933 for .918 on DRCD and .940 for .940 on LCQMC (development sets of RESEARCH.md).
_K1, _B = 0.6, 0.3
# Going through so many rows takes about 2 ms; the commonest terms of a question only count for the score. Two thousand
# find what ten thousand find on all development sets.
_MOST_ROWS = 3_000
_GAP = "  "  # two spaces, so that counting " term " also finds a term that stands twice in a row
_TABLES = (
    (
        "create table INDEX_rows (community text not null, key text not null, scope text not null, terms text not null,"
        " number integer not null unique, primary key (community, key))"
    ),
    (
        "create table INDEX_totals (community text not null, rows integer not null, terms integer not null,"
        " primary key (community))"
    ),
    (
        "create virtual table INDEX using fts5(terms, content='INDEX_rows', content_rowid='number',"
        " tokenize='unicode61 remove_diacritics 0')"
    ),
    "create virtual table INDEX_vocabulary using fts5vocab('INDEX', 'row')",
)
_INSERT_ROW = (
    "insert into INDEX_rows (community, key, scope, terms, number) values (:community, :key, :scope, :terms,"
    " (select coalesce(max(number), 0) + 1 from INDEX_rows)) returning number"
)
_INSERT_TERMS = "insert into INDEX (rowid, terms) values (:number, :terms)"
_DELETE_ROW = "delete from INDEX_rows where community = :community and key = :key returning number, terms"
_DELETE_TERMS = "insert into INDEX (INDEX, rowid, terms) values ('delete', :number, :terms)"
_ADD_TO_TOTALS = (
    "insert into INDEX_totals (community, rows, terms) values (:community, :rows, :terms) on conflict (community)"
    " do update set rows = INDEX_totals.rows + excluded.rows, terms = INDEX_totals.terms + excluded.terms"
)
_TOTALS = "select coalesce(sum(rows), 0) as rows, coalesce(sum(terms), 0) as terms from INDEX_totals"
_FREQUENCIES = "select term, doc from INDEX_vocabulary where term in (select value from json_each(:terms))"
_TERMS = (
    "select key, terms from INDEX_rows where community = :community and key in (select value from json_each(:keys))"
)
# Grouping by term would sort all rows once more.
_INSTANCES = (
    "select value as term, (select json_group_array(doc) from INDEX_instances where term = value) as numbers"
    " from json_each(:terms)"
)
# The plus keeps SQLite from reading all rows of the community instead of those with the numbers.
_ROWS = (
    "select key, terms from INDEX_rows where number in (select value from json_each(:numbers))"
    " and +community = :community"
)
_IN_SCOPES = " and scope in (select value from json_each(:scopes))"
_AMONG_KEYS = " and +key in (select value from json_each(:keys))"


@dataclass(frozen=True, slots=True)
class TextHit:
    """A found row.

    Attributes:
        key: as it was put.
        score: BM25/self: divided by (k1 + 1) · Σ idf, what a row could at most have; 0…1.
    """

    key: str
    score: float


def create_text_index(db: sqlite_utils.Database, name: str) -> None:
    """Make the tables of an index; for migrations, since nothing else may change the schema."""
    for statement in _TABLES:
        db.execute(statement.replace("INDEX", name))


def create_instances(db: sqlite_utils.Database, name: str) -> None:
    """Make the view of an index that tells in which rows a term stands, as often as it does; for migrations too."""
    db.execute(f"create virtual table {name}_instances using fts5vocab('{name}', 'instance')")


class TextIndex:
    """Writes one index.

    Args:
        name: as it was given to `create_text_index` and `create_instances`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def put(self, db: Database, key: str, terms: Sequence[str], scope: str = "") -> None:
        """Index a row, in place of an older one with this key.

        Args:
            db: the caller's transaction.
            key: what a hit is known by, unique in the community.
            terms: in the order of the text, with repetitions.
            scope: what a search can be limited to.
        """
        self.remove(db, key)
        row = {"key": key, "scope": scope, "terms": f" {_GAP.join(terms)} "}
        number = db.query(self._sql(_INSERT_ROW), row)[0]["number"]
        db.execute(self._sql(_INSERT_TERMS), {"number": number, "terms": row["terms"]})
        db.execute(self._sql(_ADD_TO_TOTALS), {"rows": 1, "terms": len(terms)})

    def remove(self, db: Database, key: str) -> None:
        """Forget a row; nothing happens when there is none."""
        for row in db.query(self._sql(_DELETE_ROW), {"key": key}):
            db.execute(self._sql(_DELETE_TERMS), row)
            db.execute(self._sql(_ADD_TO_TOTALS), {"rows": -1, "terms": -_count_terms(row["terms"])})

    def query(self, db: Database, terms: Sequence[str]) -> TextQuery:
        """Prepare a search in a reading transaction for rows that have at least one of these different terms."""
        totals = db.query(self._sql(_TOTALS))[0]
        found = db.query(self._sql(_FREQUENCIES), {"terms": json.dumps(terms)})
        return TextQuery(self.name, terms, totals, {row["term"]: row["doc"] for row in found})

    def _sql(self, statement: str) -> str:
        return statement.replace("INDEX", self.name)


class TextQuery:
    """One search; made by `TextIndex.query`. It can be asked in later transactions too.

    Attributes:
        weights: how rare each term is: BM25's idf.
    """

    def __init__(self, name: str, terms: Sequence[str], totals: Row, frequencies: dict[str, int]) -> None:
        self._name = name
        self._rows = max(totals["rows"], 1)
        self._mean_length = max(totals["terms"] / self._rows, 1.0)
        self._frequencies = {term: frequencies[term] for term in terms if term in frequencies}
        self.weights = {term: self._idf(frequencies.get(term, 0)) for term in terms}
        self._present = [(term, f" {term} ", weight) for term, weight in self.weights.items() if term in frequencies]
        self._most = (_K1 + 1) * sum(self.weights.values()) or 1.0

    def search(
        self, db: Database, limit: int, scopes: Sequence[str] | None = None, keys: Iterable[str] | None = None
    ) -> list[TextHit]:
        """Return the best rows of this community, best first.

        Args:
            db: a reading transaction.
            limit: how many at most.
            scopes: only rows put with one of these; None for all.
            keys: only these rows; None for all.
        """
        conditions, values = "", {}
        for condition, name, allowed in ((_IN_SCOPES, "scopes", scopes), (_AMONG_KEYS, "keys", keys)):
            if allowed is not None:
                conditions += condition
                values[name] = json.dumps(list(allowed))
        hits: list[TextHit] = []
        for numbers in self._rank_roughly(db, limit):
            found = db.query(self._sql(_ROWS + conditions), {"numbers": json.dumps(numbers), **values})
            hits += [TextHit(row["key"], self._score(row["terms"])) for row in found]
            if len(hits) >= limit:
                break
        return sorted(hits, key=lambda hit: -hit.score)[:limit]

    def score(self, db: Database, keys: Iterable[str]) -> dict[str, float]:
        """Return BM25/self of these rows, 0 for those that have none of the terms."""
        rows = db.query(self._sql(_TERMS), {"keys": json.dumps(list(keys))})
        return {row["key"]: self._score(row["terms"]) for row in rows}

    def _sql(self, statement: str) -> str:
        return statement.replace("INDEX", self._name)

    def _rank_roughly(self, db: Database, first: int) -> Iterator[list[int]]:
        """Yield the rows' numbers in parts, best first by BM25 as if all were of mean length.

        Each part is twice the last, so that a search in a small scope comes to its end too.
        """
        found = db.query(self._sql(_INSTANCES), {"terms": json.dumps(self._choose_rare())})
        if not found:
            return
        numbers, scores = zip(*map(self._score_instances, found), strict=True)
        rows, places = np.unique(np.concatenate(numbers), return_inverse=True)
        ranked = rows[np.argsort(-np.bincount(places, np.concatenate(scores)), kind="stable")]
        start = 0
        while start < len(ranked):
            yield ranked[start : start + first].tolist()
            start, first = start + first, first * 2

    def _score_instances(self, row: Row) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the numbers of the rows that have a term and what it gives each of them."""
        numbers, counts = np.unique(np.array(json.loads(row["numbers"]), np.int64), return_counts=True)
        return numbers, self.weights[row["term"]] * counts / (counts + _K1)

    def _choose_rare(self) -> list[str]:
        """Return the rarest terms, at least one, as long as not too many rows have them."""
        rarest = sorted(self._frequencies, key=self._frequencies.__getitem__)
        totals = accumulate(self._frequencies[term] for term in rarest)
        return rarest[: max(1, sum(total <= _MOST_ROWS for total in totals))]

    def _score(self, terms: str) -> float:
        damping = _K1 * (1 - _B + _B * _count_terms(terms) / self._mean_length)
        total = 0.0
        for term, token, weight in self._present:  # a generator takes twice as long, and this runs for a hundred rows
            if term in terms and (count := terms.count(token)):  # the blanks of a token make looking for it slow
                total += weight * count / (count + damping)
        return total * (_K1 + 1) / self._most

    def _idf(self, rows: int) -> float:
        return math.log((self._rows - rows + 0.5) / (rows + 0.5) + 1)


def _count_terms(terms: str) -> int:
    return terms.count(_GAP) + 1 if terms.strip() else 0
