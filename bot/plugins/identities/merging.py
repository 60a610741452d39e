"""The owner says that two records are one person; a name alone never does."""

from __future__ import annotations

from typing import Any

from bot.plugin import (
    Choice,
    Context,
    Database,
    Delivery,
    Member,
    Outgoing,
    Priority,
    Reply,
    Settings,
    UserError,
    find_by_name,
    find_member,
    format_moment,
    rooms_of,
)
from bot.plugins.identities import texts
from bot.plugins.identities.binding import join
from bot.plugins.membership.api import memberships_of

Ctx = Context[Settings]
SURE = "确定"
_LISTED = 9


async def ask(ctx: Ctx, one: Member, other: Member | None) -> Reply:
    """Ask the owner which records are one person, and whether that is sure.

    Raises:
        UserError: there is only one record.
    """
    if other is not None:
        return await confirm(ctx, one.id, other.id, "")
    found = [person for person in await ctx.read(find_by_name, one.name) if person.id != one.id]
    if not found:
        raise UserError(texts.no_namesake(one.name))
    lines = await ctx.read(_describe, ctx, found[:_LISTED])
    choices = tuple(Choice(line, f"确认合并 {person.id} {one.id}") for line, person in zip(lines, found, strict=False))
    return Reply(text=texts.pick_namesake(one.name), choices=choices, private=True)


async def confirm(ctx: Ctx, one_id: str, other_id: str, sure: str) -> Reply:
    """Ask once more with both records before the eyes, then merge them.

    Args:
        ctx: the call.
        one_id: a record.
        other_id: another one; the older of the two goes on.
        sure: empty asks.

    Raises:
        UserError: it is one record, or there is no such.
    """
    to_id, from_id = sorted((one_id, other_id))  # ids sort by the time they were made
    people = await ctx.read(_both, to_id, from_id)
    if people is None:
        raise UserError("这两份记录已经是同一个人了。")
    if sure != SURE:
        kept, ended = await ctx.read(_describe, ctx, people)
        return Reply(text=texts.ask_merge(kept, ended), confirm=f"确认合并 {to_id} {from_id} {SURE}", private=True)
    name: str | None = await ctx.db(_merge, ctx, from_id, to_id)
    ctx.part("merging").forget()
    if name is None:
        raise UserError("这两份记录已经是同一个人了。")
    return Reply(text=texts.merged(name), private=True)


def _both(db: Database, to_id: str, from_id: str) -> list[Member] | None:
    people = [find_member(db, one) for one in (to_id, from_id)]
    found = [one for one in people if one is not None]
    return found if len({one.id for one in found} & {to_id, from_id}) == 2 else None  # noqa: PLR2004 - both


def _merge(db: Database, ctx: Ctx, from_id: str, to_id: str) -> str | None:
    people = _both(db, to_id, from_id)
    if people is None:
        return None
    kept, ended = people
    join(db, ctx, from_id, to_id, ended.contact_id or kept.contact_id)
    name = ended.name if ended.contact_id else kept.name
    if ctx.part("gateway").capabilities.can_send_private and (ended.contact_id or kept.contact_id):
        ctx.enqueue(
            db,
            Outgoing(
                member_id=to_id, text=texts.merged_for(name), dedupe_key=f"identities/{ctx.cause}/merged",
                cause=ctx.cause, reason="合并", priority=Priority.PRIVATE_NOTICE, delivery=Delivery.AT_LEAST_ONCE,
            ),
        )  # fmt: skip
    return name


def _describe(db: Database, ctx: Context[Any], people: list[Member]) -> list[str]:
    """Return a line about each record by which the owner can tell them apart."""
    return [_line(db, ctx, person) for person in people]


def _line(db: Database, ctx: Context[Any], person: Member) -> str:
    held = [one for one in memberships_of(db, person.id, ctx.now) if one.plan is not None]
    parts = [
        f"「{one.plan.title}」" + (f"到 {format_moment(one.until.astimezone(ctx.zone))}" if one.until else "")
        for one in held
        if one.plan is not None
    ]
    rooms = "、".join(room.topic for room in rooms_of(db, person.id))
    where = f"在「{rooms}」" if rooms else "不在群里"
    seen = "现在联系得上" if person.contact_id else "登录后没再见过"
    return f"{person.name}（{'，'.join([*(parts or ['没有会员']), where, seen])}）"
