"""Finds the answer to one question: the same for members, for the command line and for other plugins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.plugin import Findings, Hit, make_query_terms, spell
from bot.plugins.qa.folder import Run
from bot.plugins.qa.model import Post
from bot.plugins.qa.rules import Confidence, Decision, Kind, decide, is_comparable, speaks_of
from bot.plugins.qa.store import posts_by_id

_LIMIT = 10  # hits looked at: some of them may be locked


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for a question.

    Attributes:
        decision: what it gets.
        cited: hits with their posts, best first.
        findings: all that was found.
        others: posts that come after the cited ones, best first.
        known: all posts that were found, by id.
    """

    decision: Decision
    cited: tuple[tuple[Hit, Post], ...]
    findings: Findings
    others: tuple[Post, ...]
    known: Mapping[str, Post]

    @property
    def kind(self) -> Kind:
        """What the question gets; a post that was withdrawn while we searched is no answer any more."""
        return self.decision.kind if self.cited else Kind.UNKNOWN

    @property
    def posts(self) -> tuple[Post, ...]:
        """The cited posts."""
        return tuple(post for _, post in self.cited)

    @property
    def is_sure(self) -> bool:
        """Whether it answers, and there is hardly a doubt."""
        return self.kind is Kind.ANSWER and self.decision.confidence is Confidence.HIGH

    @property
    def ms(self) -> float:
        """How long the search took."""
        return self.findings.ms

    @property
    def score(self) -> float:
        """Of the best hit."""
        return self.decision.score


async def find_answer(
    search: Any,  # noqa: ANN401 - the core's `Search`, which a plugin gets as a part
    community: str,
    question: str,
    read: Run,
    *,
    rooms: Collection[str] | None,
    access: Collection[str],
    readable: Collection[str],
    must: str = "",
) -> Answer:
    """Search and decide.

    Args:
        search: the core's search.
        community: whose knowledge.
        question: as it was asked.
        read: runs a function in a reading transaction.
        rooms: what is shared in these may be shown, besides what is shared everywhere; None for all.
        access: kinds of access whose posts may be named.
        readable: those kinds that the asker has.
        must: posts that do not speak of this are passed over: what a follow-up adds to a question that they answer.
    """
    findings: Findings = await search.find(community, question, rooms=rooms, access=access, limit=_LIMIT)
    posts: dict[str, Post] = await read(posts_by_id, [hit.document_id for hit in findings.hits])
    hits = [hit for hit in findings.hits if hit.document_id in posts]
    if must:
        hits = [hit for hit in hits if _covers(posts[hit.document_id], hit.weights, must)]
    findings = replace(findings, hits=tuple(hits))
    return assemble(decide(findings, readable), findings, posts)


def assemble(decision: Decision, findings: Findings, posts: Mapping[str, Post]) -> Answer:
    """Put a decision and its posts together."""
    cited = tuple((hit, posts[hit.document_id]) for hit in decision.hits)
    named = {hit.document_id for hit in decision.hits}
    best = decision.hits[0].score if decision.hits else 0.0
    worth_naming = [
        hit for hit in findings.hits if hit.score >= findings.related_threshold and is_comparable(hit, best, findings)
    ]
    others = tuple(posts[hit.document_id] for hit in worth_naming if hit.document_id not in named)
    return Answer(decision, cited, findings, others, posts)


def _covers(post: Post, weights: Mapping[str, float], text: str) -> bool:
    words = {word: weights.get(word, 1.0) for word in map(spell, make_query_terms(text))}
    return speaks_of(f"{post.title}\n{post.body}\n{' '.join(post.tags)}", words)
