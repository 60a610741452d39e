"""The values of search: what is put in and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """A post as search knows it.

    Attributes:
        id: unique in the community; putting it again replaces it.
        title: counts half of the vector, so it should read like the question that the text answers.
        text: Markdown or plain.
        room: the only room it may be shown in; empty for everywhere.
        access: what a member needs to see it; `free` for everybody. No slash.
        tags: free words.
        author: shown name of who wrote it.
        date: ISO date it was written.
        url: where it came from, if anywhere.
    """

    id: str
    title: str
    text: str
    room: str = ""
    access: str = "free"
    tags: tuple[str, ...] = ()
    author: str = ""
    date: str = ""
    url: str = ""

    @property
    def scope(self) -> str:
        """Room and access in one key: vectors and terms are kept apart by it."""
        return f"{self.access}/{self.room}"


@dataclass(frozen=True, slots=True)
class Audience:
    """Who asks, as far as it decides what may be shown.

    Attributes:
        rooms: what is shared in these rooms and everywhere; None for all rooms.
        access: kinds of access this person has.
    """

    rooms: Collection[str] | None
    access: Collection[str]

    def choose(self, scopes: Iterable[str]) -> list[str]:
        """Return those scopes, as `Document.scope` made them, that may be shown."""
        return [scope for scope in scopes if self._sees(*scope.split("/", 1))]

    def _sees(self, access: str, room: str) -> bool:
        return access in self.access and (self.rooms is None or not room or room in self.rooms)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which documents a search is limited to, beside who asks.

    Attributes:
        tags: each of these, however it is written.
        author: shown name, with or without @; empty for anybody.
        since, until: ISO dates, both included; a document without a date is in no span of time.
    """

    tags: tuple[str, ...] = ()
    author: str = ""
    since: str = ""
    until: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether every document is admitted."""
        return self == Condition()

    def admits(self, tags: Iterable[str], author: str) -> bool:
        """Return whether a document with these tags by this author may be found."""
        if self.author and fold(self.author).lstrip("@").strip() != fold(author).strip():
            return False
        return {fold(tag) for tag in self.tags} <= {fold(tag) for tag in tags}


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found, with its best passage.

    Attributes:
        document_id, title, author, date, access, tags: of the document.
        heading: headings above the passage.
        passage: its text.
        score: fused, what thresholds are compared with; keyword part alone in a keyword-only search.
        dense: inner product of question and passage vector; None when the passage has none yet.
        keyword: BM25/self, 0…1.
        weights: the question's words, folded, and their idf.
        prior: by how much of a score votes and age put it forward, or back; not in `score`.
    """

    document_id: str
    title: str
    heading: str
    passage: str
    score: float
    dense: float | None
    keyword: float
    author: str = ""
    date: str = ""
    access: str = "free"
    tags: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict, compare=False)
    prior: float = 0.0


@dataclass(frozen=True, slots=True)
class Apart:
    """What the words alone and the meaning alone found, each best first with its own score."""

    by_words: tuple[Hit, ...]
    by_meaning: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """The result of one search.

    Attributes:
        hits: best first, one for each document.
        semantic: whether meaning was compared; otherwise only words were.
        ms: how long it took.
        answer_threshold: score from which a hit answers the question.
        related_threshold: score from which a hit is worth offering.
    """

    hits: tuple[Hit, ...]
    semantic: bool
    ms: float
    answer_threshold: float
    related_threshold: float

    @property
    def answers(self) -> tuple[Hit, ...]:
        """The hits that answer the question."""
        return tuple(hit for hit in self.hits if hit.score >= self.answer_threshold)

    @property
    def related(self) -> tuple[Hit, ...]:
        """The hits that only touch it."""
        return tuple(hit for hit in self.hits if self.related_threshold <= hit.score < self.answer_threshold)
