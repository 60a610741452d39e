"""Makes an answer a post, past the gate that everything shared goes through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.plugin import Context, Database, UserError
from bot.plugins.qa.api import Draft, Source, find_twin
from bot.plugins.questions import texts
from bot.plugins.questions.model import OpenQuestion
from bot.plugins.questions.settings import QuestionsSettings
from bot.plugins.sharing.api import (
    Incoming,
    Kind,
    Limits,
    Ruling,
    Verdict,
    Wish,
    as_sharing,
    count_substance,
    examine,
    hold,
    publish,
    why_held,
)

_PRIVATE = "这是私聊里问的，没有收进知识库。"
_TOO_SHORT = "回答比较短，没有收进知识库。"
_LATER = "通过审核后收进知识库。"
_LONGEST_TITLE = 60
_LONGEST_ANSWER = 50_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an answer.

    Attributes:
        text: as others may read it: secrets and personal data are masked.
        number: of the post it became; 0 when it became none.
        post_id: the same.
        note: what is said of it.
        is_held: an owner has to look at it before anybody is told.
    """

    text: str
    number: int = 0
    post_id: str = ""
    note: str = ""
    is_held: bool = False


def take_in(db: Database, ctx: Context[QuestionsSettings], question: OpenQuestion, text: str) -> Taken:
    """Make an answer a post where it was asked, or say why it becomes none.

    Raises:
        UserError: it cannot be passed on either.
    """
    draft = _draft_of(ctx, question, text)
    verdict = examine(draft, Limits(least_body=1, longest_body=_LONGEST_ANSWER))
    if verdict.ruling is Ruling.REFUSE:
        raise UserError(verdict.reasons[0])
    if not question.room_id:
        return Taken(verdict.draft.body, note=_PRIVATE + verdict.note)
    sharing = as_sharing(ctx)
    reasons = why_held(db, sharing, verdict.reasons)
    if any(reason in verdict.reasons for reason in reasons):
        _hold(db, sharing, verdict, reasons)
        return Taken("", note=f"这个回答要先请群主看看（{'、'.join(reasons)}），通过之后再转告，谢谢您。", is_held=True)
    least = ctx.config.least_answer
    if count_substance(verdict.draft.body, least) < least:
        return Taken(verdict.draft.body, note=_TOO_SHORT + verdict.note)
    if reasons:
        _hold(db, sharing, verdict, reasons)
        return Taken(verdict.draft.body, note=_LATER + verdict.note)
    return _publish(db, ctx, verdict)


def _publish(db: Database, ctx: Context[Any], verdict: Verdict) -> Taken:
    draft = verdict.draft
    post = find_twin(db, draft.content_hash) or publish(db, ctx, _incoming(ctx, draft))
    return Taken(draft.body, post.number, post.id, verdict.note)


def _hold(db: Database, sharing: Context[Any], verdict: Verdict, reasons: tuple[str, ...]) -> None:
    wish = Wish(
        kind=Kind.REVIEW,
        incoming=_incoming(sharing, verdict.draft),
        sharer_id=sharing.talker.id,
        sharer_name=sharing.talker_name,
        room_id=verdict.draft.room,
        reasons=reasons,
    )
    hold(db, sharing, wish)


def _incoming(ctx: Context[Any], draft: Draft) -> Incoming:
    return Incoming(draft, (ctx.message.id,) if ctx.message else ())


def _draft_of(ctx: Context[Any], question: OpenQuestion, text: str) -> Draft:
    return Draft(
        title=texts.shorten(question.text, _LONGEST_TITLE),
        body=text,
        author=ctx.talker_name,
        author_id=ctx.talker.id,
        member_id=ctx.talker.id,
        room=question.room_id,
        date=ctx.now.astimezone(ctx.zone).date().isoformat(),
        source=Source.SHARE,
    )
