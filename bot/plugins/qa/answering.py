"""Answers a member's question and shows sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.plugin import Choice, Context, Database, Findings, Reply, fold, is_bare_topic
from bot.plugins.qa import texts
from bot.plugins.qa.answers_store import BotAnswer, note_answer
from bot.plugins.qa.asking import Answer, assemble, find_answer
from bot.plugins.qa.citations_store import note_citations
from bot.plugins.qa.composing import put_into_words
from bot.plugins.qa.conversation import answer_within, asker_of, context_term, source_term
from bot.plugins.qa.desk import Asked, Note, Noted, hand_over, read_noted
from bot.plugins.qa.follow_up import FollowUp, read_follow_up, write_out
from bot.plugins.qa.model import Post
from bot.plugins.qa.rules import Decision, Kind, SourceNumber, decide, find_senses, names_topic
from bot.plugins.qa.settings import QaSettings
from bot.plugins.qa.sources import readable_access, show_source, visible_rooms
from bot.plugins.qa.store import access_kinds, posts_by_id

_SEARCHED, _SUGGESTED = 8, 4  # posts looked at and shown when something was only named
MEANT = "答这篇"
"""The hidden command behind the lines of 「您问的是哪一个？」."""


async def answer(
    ctx: Context[QaSettings], question: str, found: Answer | None = None, *, only_sure: bool = False
) -> Reply | None:
    """Return what a member gets for a question, which may go on with the one before.

    Args:
        ctx: the call.
        question: as it was asked.
        found: what `find` found for it, if that was called before.
        only_sure: nobody asked the bot: say nothing but an answer.
    """
    before = await answer_within(ctx, context_term(ctx))
    found, understood = found or await find(ctx, question), ""
    follow_up = read_follow_up(question) if before and not only_sure else None
    if before is None and not only_sure and _leads_nowhere(question, found):
        return Reply(text=texts.WHOLE_QUESTION, why="像是追问，但没有能接上的提问")
    if before and follow_up:
        written = write_out(follow_up, before.subject)
        other = await find(ctx, written, must=follow_up.text)
        if _is_better(other, found):
            found, understood = other, written
    is_asked_back = before is not None and before.kind is Kind.AMBIGUOUS
    if not only_sure and not understood and not is_asked_back and ctx.config.ask_back:
        found = await _ask_back(ctx, question, found)
    return await give(ctx, found, question, understood, before=before, only_sure=only_sure)


async def go_on(ctx: Context[QaSettings], follow_up: FollowUp, before: BotAnswer, *, only_sure: bool) -> Reply | None:
    """Return what a member gets for what can only be a follow-up.

    Args:
        ctx: the call.
        follow_up: the message.
        before: the answer it goes on with.
        only_sure: nobody asked the bot: say nothing but an answer.
    """
    written = write_out(follow_up, before.subject)
    found, understood = await find(ctx, written, must=follow_up.text), written
    literal = await find(ctx, ctx.text) if follow_up.can_stand and not only_sure else None
    if literal and literal.is_sure and (found.kind is not Kind.ANSWER or literal.score > found.score):
        found, understood = literal, ""
    return await give(ctx, found, ctx.text, understood, before=before, only_sure=only_sure)


async def find(ctx: Context[QaSettings], question: str, must: str = "") -> Answer:
    """Search for what this member may be told here; see `find_answer`."""
    access: set[str] = await ctx.read(access_kinds)
    return await find_answer(
        ctx.part("search"),
        ctx.services.community,
        question,
        ctx.read,
        rooms=await visible_rooms(ctx),
        access=access,
        readable=await readable_access(ctx, access),
        must=must,
    )


async def give(
    ctx: Context[QaSettings],
    found: Answer,
    question: str,
    understood: str = "",
    *,
    before: BotAnswer | None = None,
    only_sure: bool = False,
) -> Reply | None:
    """Put an answer on record and return it.

    Args:
        ctx: the call.
        found: the answer.
        question: as it was asked.
        understood: the same written out, when it goes on with an earlier one.
        before: the answer to that one.
        only_sure: nobody asked the bot: say nothing but an answer.
    """
    if only_sure and found.kind is not Kind.ANSWER:
        return None
    post_ids = tuple(post.id for post in found.posts)
    shown = texts.gone_on_text(before.subject, question) if understood and before else ""
    note = await hand_over(ctx, Asked(understood or question, found.kind, post_ids, found.findings, shown))
    given = BotAnswer(
        id="",
        member_id=ctx.talker.id,
        question=question,
        understood=understood,
        kind=found.kind,
        posts=post_ids + tuple(post.id for post in found.others),
        listed=1 if found.kind is Kind.ANSWER else len(post_ids),
        focus=post_ids[0] if found.kind is Kind.ANSWER else "",
        answered_at=ctx.now,
    )
    noted = read_noted(await ctx.db(_note, ctx, given, post_ids, note))
    reply = _reply(ctx, found, noted, question=understood or question)
    if found.kind is Kind.ANSWER and not only_sure:
        reply = await put_into_words(ctx, reply, understood or question, found.cited, found.decision.confidence)
    return replace(reply, why=f"按「{understood}」理解，{reply.why}") if understood else reply


async def answer_from(ctx: Context[QaSettings], which: SourceNumber, question: str) -> Reply | None:
    """Answer a question from the post that the member meant."""
    found = await find(ctx, question)
    meant = {post.id for post in found.known.values() if post.number == which.value}
    hits = tuple(hit for hit in found.findings.hits if hit.document_id in meant)
    if not hits:
        return await show_source(ctx, which)
    findings = replace(found.findings, hits=hits)
    access = await readable_access(ctx, {hit.access for hit in hits})
    return await give(ctx, assemble(decide(findings, access), findings, found.known), question)


async def suggest(ctx: Context[QaSettings], topic: str) -> Reply | None:
    """Return a list of posts about what was only named, as 「redis」; None when more was said or there are none."""
    if not is_bare_topic(topic):
        return None
    access: set[str] = await ctx.read(access_kinds)
    findings: Findings = await ctx.part("search").find(
        ctx.services.community, topic, rooms=await visible_rooms(ctx), access=access, limit=_SEARCHED
    )
    named = [hit for hit in findings.hits if names_topic(hit, topic)]
    named.sort(key=lambda hit: fold(topic) not in fold(hit.title))  # what the title says first, else best first
    posts: dict[str, Post] = await ctx.read(posts_by_id, [hit.document_id for hit in named[:_SUGGESTED]])
    choices = _choices([posts[hit.document_id] for hit in named if hit.document_id in posts])
    return Reply(text=texts.topic_text(topic), choices=choices, why="只说了一个词，列出讲它的帖子") if choices else None


async def _ask_back(ctx: Context[QaSettings], question: str, found: Answer) -> Answer:
    """Return the posts a short question may mean, or what was found when it is clear."""
    readable = await readable_access(ctx, {hit.access for hit in found.findings.hits})
    senses = find_senses(question, found.findings, readable)
    if not senses:
        return found
    decision = Decision(Kind.AMBIGUOUS, senses, score=found.score, threshold=found.findings.answer_threshold)
    return assemble(decision, found.findings, found.known)


def _leads_nowhere(question: str, found: Answer) -> bool:
    """Whether a message goes on with something that nobody knows any more, and says too little by itself."""
    follow_up = read_follow_up(question)
    return follow_up is not None and follow_up.is_clear and not (follow_up.can_stand and found.is_sure)


def _is_better(one: Answer, other: Answer) -> bool:
    """Whether an answer is to be given rather than another."""
    if one.kind is Kind.ANSWER and other.kind is Kind.ANSWER:
        return one.score > other.score
    return one.kind is Kind.ANSWER


def _note(db: Database, ctx: Context[QaSettings], given: BotAnswer, cited: Sequence[str], note: Note) -> dict[str, Any]:
    """Remember what was answered and cited, and have the question noted in the same transaction."""
    asker = asker_of(ctx)
    note_answer(db, asker, ctx.cause, given, source_term(ctx))
    if cited:
        note_citations(db, asker, cited, ctx.now, source_term(ctx))
    return note(db)


def _reply(ctx: Context[QaSettings], found: Answer, noted: Noted, *, question: str) -> Reply:
    decision = found.decision
    why = f"最高相似度 {decision.score:.3f}，回答要 {decision.threshold:.3f}"
    match found.kind:
        case Kind.ANSWER:
            text, why = _answer_text(ctx, found, question), f"{why}，出处 #{found.posts[0].number}"
            return Reply(text=text, score=decision.score, why=why)
        case Kind.LOCKED:
            return Reply(text=texts.teaser_text(found.posts), score=decision.score, why=f"{why}，帖子只给会员看")
        case Kind.AMBIGUOUS:
            choices = tuple(
                Choice(text=post.title, command=f"{MEANT} #{post.number} {question}") for post in found.posts
            )
            return Reply(text=texts.WHICH_ONE, choices=choices, score=decision.score, why=f"{why}，几篇一样像")
        case Kind.RELATED:
            text, choices = texts.related_text(noted.number), _choices(found.posts)
            return Reply(text=text, choices=choices, score=decision.score, why=why)
        case _:
            text = texts.unknown_text(noted.number, noted.lines)
            return Reply(text=text, mentions=noted.mentions, score=decision.score, why=why)


def _answer_text(ctx: Context[QaSettings], found: Answer, question: str) -> str:
    hit, post = found.cited[0]
    today = ctx.now.astimezone(ctx.zone).date()
    has_more = len(found.cited) + len(found.others) > 1
    return texts.answer_text(hit, post, found.decision.confidence, today, question=question, has_more=has_more)


def _choices(posts: Sequence[Post]) -> tuple[Choice, ...]:
    return tuple(Choice(text=f"《{post.title}》", command=f"来源 #{post.number}") for post in posts)
