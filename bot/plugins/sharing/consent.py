"""收录: an answer somebody gave in the room becomes a post of theirs under its question, when they agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.plugin import (
    Context,
    Database,
    MessageKind,
    Quote,
    Role,
    StoredMessage,
    UserError,
    find_quoted,
    find_said,
    is_question,
    said_before,
)
from bot.plugins.qa.api import Draft, Source
from bot.plugins.sharing import texts
from bot.plugins.sharing.gate import Limits, Ruling, examine
from bot.plugins.sharing.incoming import Incoming
from bot.plugins.sharing.publishing import publish, twin_text
from bot.plugins.sharing.quoting import SAME_MOMENT
from bot.plugins.sharing.rules import make_title, plain_question
from bot.plugins.sharing.settings import SharingSettings
from bot.plugins.sharing.store import made_of, set_standing_answer, standing_answer
from bot.plugins.sharing.telling import Addressee, ask
from bot.plugins.sharing.waiting_store import Kind, Wish, add_waiting, open_waiting

_LOOK_BACK = timedelta(minutes=30)
_ASK = "问"  # the command that is a question itself
_LONGEST_TITLE = 60
_MOST_BEFORE = 200  # messages among which the question is looked for
_USAGE = "请引用群里那条回答，再发「收录」；问题找不到时写上：收录 问题。"
_NO_QUESTION = "没有找到这条回答对应的问题，请写上：引用回答，发「收录 问题」。"
_ROLES = {Role.OWNER: "群主", Role.ADMIN: "管理员", Role.EXPERT: "专家"}
_STANDING = {"同意": "always", "拒绝": "never", "每次问我": ""}
_TOLD = {
    "always": "您的回答被收录时不再问您，会直接署您的名收录。",
    "never": "您的回答不会被收录，也不再问您。",
    "": "您的回答被收录前，每次都会先问您。",
}


async def take_answer(ctx: Context[SharingSettings], question: str) -> str | None:
    """Ask for the answerer's consent, or publish at once when they gave it.

    Raises:
        UserError: nothing was quoted, it is not on record, it is the bot's own, or there is no question.
    """
    answer = await _find_answer(ctx)
    asked = plain_question(question) or await _find_question(ctx, answer)
    if not asked:
        raise UserError(_NO_QUESTION)
    taken: dict[str, Any] = await ctx.db(ask_author, ctx, answer, asked)
    if taken["is_refused"]:
        raise UserError(taken["text"])
    return taken["text"] or None


def ask_author(db: Database, ctx: Context[SharingSettings], answer: StoredMessage, question: str) -> dict[str, Any]:
    """Ask who gave an answer whether it may become a post under its question, or publish it when they agreed before.

    Args:
        db: the transaction.
        ctx: of whoever wants it.
        answer: what was said in a room.
        question: what it answers.

    Returns:
        `is_refused`; `text`: what whoever wants it reads, empty while the author is asked.
    """
    verdict = examine(_draft_of(ctx, answer, question), Limits(ctx.config.least_body))
    if verdict.ruling is Ruling.REFUSE:
        return {"is_refused": True, "text": f"这条回答不能收录：{verdict.reasons[0]}"}
    taken = _ask_or_publish(db, ctx, Incoming(verdict.draft, (answer.id,)))
    if taken["text"] and not taken["is_refused"] and verdict.note:
        taken["text"] += f"\n{verdict.note}"
    return taken


async def set_consent(ctx: Context[Any], answer: str | None) -> str:
    """Remember whether a member agrees always, never, or wants to be asked; without an answer say what holds."""
    if answer is not None:
        await ctx.db(set_standing_answer, ctx.talker.id, _STANDING[answer], ctx.now)
        return f"好的，{_TOLD[_STANDING[answer]]}"
    held = _TOLD[await ctx.read(standing_answer, ctx.talker.id)]
    return f"{held}\n要改就发：收录授权 同意、收录授权 拒绝、收录授权 每次问我。"


async def _find_answer(ctx: Context[Any]) -> StoredMessage:
    message = ctx.message
    if message is None or message.quote is None or ctx.room is None:
        raise UserError(_USAGE)
    quote, room_id = message.quote, ctx.room.id
    stored = await ctx.read(find_quoted, room_id, ctx.talker.id, quote, message.at + SAME_MOMENT)
    if stored is not None and stored.name == quote.name and stored.kind is MessageKind.TEXT:
        return stored
    own = await ctx.read(find_said, room_id, quote.text, message.at + SAME_MOMENT)
    if quote.name == ctx.services.bot_name or own is not None:
        raise UserError("我自己的回答不收录，只收录群友的。")
    raise UserError("没有找到这条消息的原文，可能太久了，请本人发「分享 标题 正文」。")


async def _find_question(ctx: Context[Any], answer: StoredMessage) -> str:
    """Return what the answer quoted, else the last question somebody else asked before it."""
    if answer.quote is not None:
        found = await ctx.read(_said_in_quote, answer, answer.quote)
        return plain_question(found)
    before: list[StoredMessage] = await ctx.read(said_before, answer, answer.accepted_at - _LOOK_BACK, _MOST_BEFORE)
    return next((plain_question(one.text) for one in before if _asks(one, answer.member_id)), "")


def _said_in_quote(db: Database, answer: StoredMessage, quote: Quote) -> str:
    stored = find_quoted(db, answer.room_id, answer.member_id, quote, answer.at + SAME_MOMENT)
    return stored.text if stored is not None and len(stored.text) > len(quote.text) else quote.text


def _asks(message: StoredMessage, answerer_id: str) -> bool:
    if message.member_id == answerer_id or message.kind is not MessageKind.TEXT:
        return False
    is_order = message.decision.get("stage") == "command" and message.decision.get("command") != _ASK
    return not is_order and is_question(plain_question(message.text))


def _draft_of(ctx: Context[Any], answer: StoredMessage, question: str) -> Draft:
    return Draft(
        title=make_title(question) if len(question) > _LONGEST_TITLE else question,
        body=answer.text.strip(),
        author=answer.name,
        author_id=answer.member_id,
        member_id=answer.member_id,
        room=answer.room_id,
        date=answer.at.astimezone(ctx.zone).date().isoformat(),
        source=Source.SHARE,
    )


def _ask_or_publish(db: Database, ctx: Context[SharingSettings], incoming: Incoming) -> dict[str, Any]:
    draft = incoming.draft
    if text := _why_not(db, incoming) or twin_text(db, draft):
        return {"is_refused": True, "text": text}
    standing = "always" if draft.author_id == ctx.talker.id else standing_answer(db, draft.author_id)
    if standing == "never":
        return {"is_refused": True, "text": f"{draft.author}说过不收录自己的回答，这条没有收录。"}
    if standing == "always":
        post = publish(db, ctx, incoming)
        return {"is_refused": False, "text": texts.thanks_text(post.number, post.title, draft.author)}
    hours = ctx.config.consent_hours
    wish = Wish(
        kind=Kind.CONSENT, incoming=incoming, sharer_id=ctx.talker.id, sharer_name=ctx.talker_name,
        room_id=draft.room, decider_id=draft.author_id, until=ctx.now + timedelta(hours=hours),
    )  # fmt: skip
    number = add_waiting(db, wish, ctx.now)
    question = texts.consent_text(ctx.talker_name, _ROLES[ctx.role], draft.title, draft.body, hours)
    ask(ctx, db, Addressee(draft.author_id, draft.room), question, f"consent/{number}")
    return {"is_refused": False, "text": ""}


def _why_not(db: Database, incoming: Incoming) -> str:
    """Return why this message is not taken once more; empty when it is new."""
    message_id = incoming.messages[0]
    if posts := made_of(db, message_id):
        return f"这条已经收录过了：#{posts[0][0]}。"
    is_asked = any(message_id in one.incoming.messages for one in open_waiting(db) if one.kind is Kind.CONSENT)
    return f"已经在等{incoming.draft.author}答复了。" if is_asked else ""
