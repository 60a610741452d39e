"""审核: what an owner has to look at, what others still decide, and the owner's word on it."""

from __future__ import annotations

from typing import Any

from bot.plugin import Choice, Context, Database, Reply, Role, UserError, find_member, find_room
from bot.plugins.qa.api import post_by_number
from bot.plugins.sharing import texts
from bot.plugins.sharing.settling import merge_waiting, publish_waiting
from bot.plugins.sharing.telling import Addressee, tell
from bot.plugins.sharing.waiting_store import (
    End,
    Kind,
    Waiting,
    end_waiting,
    waiting_by_number,
    waiting_in,
)

_SHOWN = 10
_ENDED = {
    End.PUBLISHED: "已收录", End.MERGED: "已合并", End.REFUSED: "没有通过", End.DROPPED: "不发了",
    End.RECALLED: "本人撤回了",
}  # fmt: skip


async def list_queue(ctx: Context[Any]) -> Reply:
    """Return what waits here: in a room of that room (and, for the owner, what came in private), in private of all."""
    lines, others = await ctx.read(_read_queue, ctx)
    choices = tuple(Choice(line, f"审核 {number}", number) for number, line in lines[:_SHOWN])
    return Reply(text=texts.queue_text(len(lines), others[:_SHOWN]), choices=choices)


async def show(ctx: Context[Any], number: int) -> Reply:
    """Return one draft whole, with what can be done about it.

    Raises:
        UserError: it does not wait here.
    """
    waiting = await ctx.read(_find, ctx, number)
    choices = (Choice("通过", f"审核 通过 {number}"), Choice("拒绝", f"审核 拒绝 {number}"))
    return Reply(text=texts.review_text(waiting), choices=choices)


async def decide(ctx: Context[Any], number: int, *, is_passed: bool, reason: str) -> str:
    """Publish or refuse a draft and tell who shared it.

    Args:
        ctx: the call.
        number: of the draft.
        is_passed: publish it.
        reason: why it is refused; may be empty.

    Raises:
        UserError: it does not wait here.
    """
    said: str = await (ctx.db(_pass, ctx, number) if is_passed else ctx.db(_refuse, ctx, number, reason))
    return said


def _pass(db: Database, ctx: Context[Any], number: int) -> str:
    waiting = _find(db, ctx, number)
    post = post_by_number(db, waiting.target) if waiting.target else None
    text = publish_waiting(db, ctx, waiting) if post is None else merge_waiting(db, ctx, waiting, post)
    title = waiting.incoming.draft.title
    told = f"您分享的《{texts.cut(title)}》通过了审核。{text}"
    tell(ctx, db, Addressee(waiting.sharer_id, waiting.room_id), told, f"ended/{waiting.number}")
    return text


def _refuse(db: Database, ctx: Context[Any], number: int, reason: str) -> str:
    waiting = _find(db, ctx, number)
    end_waiting(db, waiting.number, End.REFUSED, ctx.now, ctx.talker.id)
    title = texts.cut(waiting.incoming.draft.title)
    why = f"理由：{reason.rstrip('。')}。" if reason else "改好之后可以再发一次。"
    told = f"您分享的《{title}》没有通过审核，{why}"
    tell(ctx, db, Addressee(waiting.sharer_id, waiting.room_id), told, f"ended/{waiting.number}")
    return f"好的，{waiting.number}.《{title}》没有收录，已告诉{waiting.sharer_name}。"


def _read_queue(db: Database, ctx: Context[Any]) -> tuple[list[tuple[int, str]], list[str]]:
    """Return the drafts for the owner as (number, line), and those that others decide as lines."""
    own, others = [], []
    for waiting in waiting_in(db, _rooms(ctx), ctx.now):
        if _is_owners(waiting, ctx):
            room = find_room(db, waiting.room_id) if ctx.room is None and waiting.room_id else None
            own.append((waiting.number, texts.queue_line(waiting, room.topic if room else "")))
        else:
            decider = find_member(db, waiting.decider_id, waiting.room_id)
            others.append(texts.others_line(waiting, decider.name if decider else "对方", ctx.now))
    return own, others


def _find(db: Database, ctx: Context[Any], number: int) -> Waiting:
    waiting, rooms = waiting_by_number(db, number), _rooms(ctx)
    if waiting is None or (rooms is not None and waiting.room_id not in rooms):
        raise UserError(f"没有编号 {number} 的待审核分享，发送「审核」看看有哪些。")
    if waiting.end:
        raise UserError(f"{number} 已经处理过了（{_ENDED[End(waiting.end)]}）。")
    if not _is_owners(waiting, ctx):
        raise UserError(f"{number} 还在等本人答复，到时间没有答复就不收录。")
    return waiting


def _is_owners(waiting: Waiting, ctx: Context[Any]) -> bool:
    """Whether the owner decides: what was held, and a merge its author did not decide on in time."""
    is_late = waiting.until is not None and waiting.until <= ctx.now
    return waiting.kind is Kind.REVIEW or (waiting.kind is Kind.MERGE and is_late)


def _rooms(ctx: Context[Any]) -> set[str] | None:
    if ctx.room is None:
        return None
    return {ctx.room.id, ""} if ctx.role >= Role.OWNER else {ctx.room.id}
