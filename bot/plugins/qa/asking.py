"""Finds the answer to one question: the same for members, for the command line and for other plugins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from bot.plugin import Findings, Hit
from bot.plugins.qa.folder import Run
from bot.plugins.qa.model import Post
from bot.plugins.qa.rules import Decision, Kind, decide
from bot.plugins.qa.store import posts_by_id

_LIMIT = 8  # hits looked at: some of them may be locked


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for a question.

    Attributes:
        decision: what it gets.
        cited: hits with their posts, best first.
        ms: how long the search took.
    """

    decision: Decision
    cited: tuple[tuple[Hit, Post], ...]
    ms: float

    @property
    def kind(self) -> Kind:
        """What the question gets; a post that was withdrawn while we searched is no answer any more."""
        return self.decision.kind if self.cited else Kind.UNKNOWN

    @property
    def posts(self) -> tuple[Post, ...]:
        """The cited posts."""
        return tuple(post for _, post in self.cited)


async def find_answer(
    search: Any,  # noqa: ANN401 - the core's `Search`, which a plugin gets as a part
    community: str,
    question: str,
    read: Run,
    *,
    rooms: Collection[str] | None,
    access: Collection[str],
    readable: Collection[str],
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
    """
    findings: Findings = await search.find(community, question, rooms=rooms, access=access, limit=_LIMIT)
    decision = decide(findings, readable)
    posts: dict[str, Post] = await read(posts_by_id, [hit.document_id for hit in decision.hits])
    cited = tuple((hit, posts[hit.document_id]) for hit in decision.hits if hit.document_id in posts)
    return Answer(decision, cited, findings.ms)
