"""广告, 误判, 撤销标记: admins say what an advertisement is and what is none; the filter goes on from there."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from bot.plugin import (
    CHAT,
    Choice,
    Context,
    Database,
    Message,
    Quote,
    Reply,
    StoredMessage,
    UserError,
    find_message,
    find_quoted,
)
from bot.plugins.moderation import audit_store, cases_store, fair_texts, marks_store, texts
from bot.plugins.moderation.acting import find_topic
from bot.plugins.moderation.appealing import tell_member
from bot.plugins.moderation.learning import LEARNING
from bot.plugins.moderation.marks_store import StoredMark
from bot.plugins.moderation.model import AuditEntry, Case, CaseState, Done
from bot.plugins.moderation.rulebook import RULEBOOK
from bot.plugins.moderation.settings import ModerationSettings
from bot.plugins.moderation.trusting import trust_less, trust_more
from bot.plugins.moderation.undoing import undo_case

Ctx = Context[ModerationSettings]

_SHORTEST: Final = 6
"""Characters that a marked text must have: a shorter one says nothing that others would not say, too."""
_LEARNT_FAMILIES: Final = frozenset({"advert", "repost"})
_SOON: Final = timedelta(seconds=1)  # WeChat counts whole seconds
_LISTED = 9
_NUMBER = re.compile(r"(?<![A-Za-z0-9])[Vv](\d{1,9})(?!\d)")
_MARK_NUMBER = re.compile(r"[#＃]?m?\s?(\d{1,9})", re.IGNORECASE)


class MarkNumber(int):
    """The number of a mark, as an argument: M3."""


def read_mark_number(text: str) -> MarkNumber | None:
    """Read `M3`, or `3`; None when it is no such number."""
    found = _MARK_NUMBER.fullmatch(text.strip())
    return MarkNumber(found[1]) if found else None


async def mark_advert(ctx: Ctx, number: int | None) -> Reply | str:
    """Note that a message is an advertisement: the quoted one, or that of a case.

    Raises:
        UserError: it is not on record, or too short to learn from.
    """
    if number is None and not _quotes(ctx):
        return CHAT if not _is_addressed(ctx) else fair_texts.HOW_TO_MARK
    done: dict[str, Any] = await ctx.db(_mark_advert, ctx, number)
    await LEARNING.of(ctx).renew(ctx)
    RULEBOOK.of(ctx).expire()
    return str(done["text"])


async def mark_fine(ctx: Ctx, number: int | None) -> Reply | str:
    """Note that a message is none, and undo what was done about it.

    Raises:
        UserError: it is not on record.
    """
    if number is None and not _quotes(ctx):
        return CHAT if not _is_addressed(ctx) else fair_texts.HOW_TO_CLEAR
    done: dict[str, Any] = await ctx.db(_mark_fine, ctx, number)
    if done["is_learnt"]:
        await LEARNING.of(ctx).renew(ctx)
    RULEBOOK.of(ctx).expire()
    return str(done["text"])


async def unmark(ctx: Ctx, number: int | None) -> Reply | str:
    """Take a mark back, or offer the latest.

    Raises:
        UserError: there is no such mark, or it was taken back before.
    """
    if number is None:
        marks = await ctx.read(marks_store.latest_marks, _LISTED)
        if not marks:
            return Reply(text=fair_texts.NO_MARKS, private=True)
        choices = tuple(Choice(fair_texts.mark_line(one), f"撤销标记 M{one.number}") for one in marks)
        return Reply(text="要撤销哪一个？回复数字：", choices=choices, private=True)
    text: str = await ctx.db(_unmark, ctx, number)
    await LEARNING.of(ctx).renew(ctx)
    return text


def _quotes(ctx: Ctx) -> bool:
    return ctx.message is not None and ctx.message.quote is not None


def _is_addressed(ctx: Ctx) -> bool:
    return ctx.room is None or ctx.text.startswith("/") or bool(ctx.message and ctx.message.mentions_bot)


# Each of these is one step.


def _mark_advert(db: Database, ctx: Ctx, number: int | None) -> dict[str, Any]:
    case, message = _find(db, ctx, number)
    text = _text_of(case, message)
    if len(text.strip()) < _SHORTEST:
        raise UserError(fair_texts.TOO_SHORT_TO_MARK)
    mark = _add(db, ctx, case, message, text, is_advert=True)
    if case is not None and case.family in _LEARNT_FAMILIES:
        trust_more(db, ctx, case)
    return {"text": fair_texts.marked_advert(mark)}


def _mark_fine(db: Database, ctx: Ctx, number: int | None) -> dict[str, Any]:
    case, message = _find(db, ctx, number)
    text = _text_of(case, message)
    is_learnt = len(text.strip()) >= _SHORTEST and (case is None or case.family in _LEARNT_FAMILIES)
    mark = _add(db, ctx, case, message, text, is_advert=False) if is_learnt else None
    is_undone = case is not None and case.state not in {CaseState.UNDONE, CaseState.REHEARSED}
    is_told = False
    if case is not None and is_undone:
        undone = undo_case(db, ctx, case, by=ctx.talker.id, reason="误判")
        if is_told := undone.was_told or undone.was_removed:
            tell_member(db, ctx, case, texts.undone(case, find_topic(db, case.room_id)), "undone")
        trust_less(db, ctx, case)
    if mark is None and not is_undone:
        raise UserError(fair_texts.NOTHING_TO_CLEAR)
    text = fair_texts.marked_fine(mark, case if is_undone else None, is_told=is_told)
    return {"text": text, "is_learnt": mark is not None}


def _unmark(db: Database, ctx: Ctx, number: int) -> str:
    mark = marks_store.get_mark(db, number)
    if mark is None:
        raise UserError(fair_texts.NO_SUCH_MARK.format(shown=f"M{number}"))
    if not marks_store.withdraw_mark(db, number, ctx.now):
        raise UserError(fair_texts.UNMARKED_ALREADY.format(shown=f"M{number}"))
    entry = AuditEntry(
        done=Done.UNMARK, at=ctx.now, reason=f"撤销标记 M{number}", room_id=mark.room_id, member_id=mark.author_id,
        decided_by=ctx.talker.id, data={"mark": number},
    )  # fmt: skip
    audit_store.add(db, entry)
    return fair_texts.unmarked(mark)


def _find(db: Database, ctx: Ctx, number: int | None) -> tuple[Case | None, StoredMessage | None]:
    """Return the case and the message that are meant; at least one of them."""
    message = ctx.message
    assert message is not None
    if number is None and message.quote is not None and (told := _find_told(message, message.quote)):
        number = told
    if number is not None:
        case = cases_store.get_case(db, number)
        if case is None:
            raise UserError(fair_texts.NO_SUCH_CASE_HERE.format(shown=f"V{number}"))
        return case, find_message(db, case.message_id) if case.message_id else None
    assert message.quote is not None
    found = find_quoted(db, ctx.room.id if ctx.room else "", ctx.talker.id, message.quote, message.at + _SOON)
    if found is None:
        raise UserError(fair_texts.QUOTE_NOT_FOUND)
    return cases_store.case_of_message(db, found.id), found


def _find_told(message: Message, quote: Quote) -> int | None:
    """Return the case's number in what the bot said, when that is quoted; other people's words are no report."""
    found = _NUMBER.search(quote.text)
    return int(found[1]) if found and message.room is None else None


def _text_of(case: Case | None, message: StoredMessage | None) -> str:
    return message.text if message is not None else case.text if case is not None else ""


def _add(
    db: Database, ctx: Ctx, case: Case | None, message: StoredMessage | None, text: str, *, is_advert: bool
) -> StoredMark:
    room_id = message.room_id if message else case.room_id if case else ""
    author_id = message.member_id if message else case.member_id if case else ""
    mark = marks_store.add_mark(
        db, message_id=message.id if message else case.message_id if case else "", room_id=room_id,
        author_id=author_id, text=text, is_advert=is_advert, by=ctx.talker.id, now=ctx.now,
    )  # fmt: skip
    entry = AuditEntry(
        done=Done.MARK, at=ctx.now, reason="广告" if is_advert else "误判", case=case.number if case else 0,
        room_id=room_id, member_id=author_id, name=message.name if message else case.name if case else "",
        decided_by=ctx.talker.id, rule=case.rule if case else "", data={"mark": mark.number},
    )  # fmt: skip
    audit_store.add(db, entry)
    return mark
