"""What others use of questions and answers: the command line, and plugins that require `qa`."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.plugins.qa import texts
from bot.plugins.qa.answers_store import BotAnswer, Votes, count_votes, note_answer
from bot.plugins.qa.asking import Answer, find_answer
from bot.plugins.qa.citations_store import note_citations
from bot.plugins.qa.conversation import quoted_answer
from bot.plugins.qa.desk import Asked, Note, close_desk, open_desk
from bot.plugins.qa.exporting import export_posts
from bot.plugins.qa.facts_store import authors_of, list_posts
from bot.plugins.qa.files import convert
from bot.plugins.qa.files_store import Change
from bot.plugins.qa.folder import KnowledgeFolder, Progress, Run
from bot.plugins.qa.importing import import_paths
from bot.plugins.qa.model import FREE, MEMBER, TOPIC_SCOPE, Asker, Draft, Post, Source, hash_content
from bot.plugins.qa.rules import Kind, SourceNumber, read_source_number
from bot.plugins.qa.sources import readable_access, visible_rooms
from bot.plugins.qa.store import (
    Outcome,
    PostsAdded,
    Stored,
    access_kinds,
    count_posts,
    count_shared,
    find_twin,
    last_shared,
    post_by_number,
    post_on_record,
    posts_by_id,
    publish_post,
    put_post,
    remove_post,
    revise_post,
    shared_by,
    withdraw_post,
)
from bot.plugins.qa.texts import short_date
from bot.plugins.qa.versions_store import Change as TextChange
from bot.plugins.qa.versions_store import Version, Why, versions_of, with_author, without_author
from bot.plugins.qa.watching import refresh

__all__ = [
    "FREE",
    "MEMBER",
    "TOPIC_SCOPE",
    "Answer",
    "Asked",
    "Asker",
    "BotAnswer",
    "Change",
    "Draft",
    "Kind",
    "KnowledgeFolder",
    "Note",
    "Outcome",
    "Post",
    "PostsAdded",
    "Progress",
    "Run",
    "Source",
    "SourceNumber",
    "Stored",
    "TextChange",
    "Version",
    "Votes",
    "Why",
    "access_kinds",
    "answer_owner",
    "authors_of",
    "close_desk",
    "convert",
    "count_posts",
    "count_shared",
    "count_votes",
    "export_posts",
    "find_twin",
    "hash_content",
    "import_paths",
    "last_shared",
    "list_posts",
    "note_answer",
    "note_citations",
    "open_desk",
    "post_by_number",
    "post_on_record",
    "posts_by_id",
    "publish_post",
    "put_post",
    "quoted_answer",
    "read_source_number",
    "readable_access",
    "refresh",
    "remove_post",
    "revise_post",
    "shared_by",
    "short_date",
    "versions_of",
    "visible_rooms",
    "with_author",
    "withdraw_post",
    "without_author",
]


async def answer_owner(
    search: Any,  # noqa: ANN401 - the core's `Search`
    community: str,
    question: str,
    read: Run,
    today: date,
) -> dict[str, Any]:
    """Answer somebody who may read everything.

    Args:
        search: the core's search.
        community: whose knowledge.
        question: as it was asked.
        read: runs a function in a reading transaction.
        today: of the reader.

    Returns:
        `found`, `answer`, `confidence`, `sources` (`id`, `title`, `score`), `ms`, as `ask --json` prints them.
    """
    access: set[str] = await read(access_kinds)
    found = await find_answer(search, community, question, read, rooms=None, access=access, readable=access)
    is_answer = found.kind is Kind.ANSWER
    return {
        "found": is_answer,
        "answer": _text_of(found, question, today),
        "confidence": str(found.decision.confidence),
        "sources": [_source_of(hit.score, post.id, post.title) for hit, post in found.cited] if is_answer else [],
        "ms": round(found.ms, 1),
    }


def _text_of(found: Answer, question: str, today: date) -> str:
    if found.kind is Kind.ANSWER:
        hit, post = found.cited[0]
        return texts.answer_text(hit, post, found.decision.confidence, today, question=question)
    if found.kind is Kind.RELATED:
        titles = (f"{number}. 《{post.title}》#{post.number}" for number, post in enumerate(found.posts, 1))
        return "\n".join([texts.related_text(can_choose=False), *titles])
    return texts.NO_ANSWER


def _source_of(score: float, post_id: str, title: str) -> dict[str, Any]:
    return {"id": post_id, "title": title, "score": round(score, 4)}
