"""黑名单: whom the owner wants in none of the rooms; who is on it and comes or speaks is shown to the owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.plugin import (
    Context,
    Database,
    Member,
    Reply,
    Room,
    UserError,
    format_moment,
    identities_of,
    moderation,
    rooms_of,
)
from bot.plugins.moderation import audit_store, lists_store
from bot.plugins.moderation.arrivals_store import Arrival
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.lists_store import Listed
from bot.plugins.moderation.model import AuditEntry, Done
from bot.plugins.moderation.reviewers import find_reviewers
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]

_MOST_SHOWN: Final = 30
_NO_REASON = "群主没有写原因"


@dataclass(slots=True)
class _Known:
    listed: dict[str, Listed] = field(default_factory=dict)


_known: PerBot[_Known] = PerBot(_Known)


async def load(ctx: Ctx) -> None:
    """Read who is on the list: at the start, and when it has changed."""
    _known.of(ctx).listed = {one.member_id: one for one in await ctx.read(lists_store.all_listed)}


def find_listed(ctx: Ctx, said: moderation.Said) -> list[moderation.Finding]:
    """Return the finding that somebody is on the list, for what they did besides: to speak is no breach of a rule."""
    listed = _known.of(ctx).listed.get(said.member_id)
    rules = [(name, rule) for name, rule in ctx.config.rules.items() if rule.kind == "list" and rule.enabled]
    if listed is None or not rules:
        return []
    name, rule = rules[0]
    return [
        moderation.Finding(
            rule=name, words=rule.shown, family=rule.family, action=rule.verdict, weight=rule.weight,
            reason=f"在黑名单里：{listed.reason or _NO_REASON}",
        )
    ]  # fmt: skip


async def put(ctx: Ctx, member: Member, reason: str) -> Reply:
    """Put somebody on the list.

    Raises:
        UserError: it is the talker, the owner, an admin, or somebody whom no id points to surely.
    """
    leaders = await find_reviewers(ctx, ctx.room.id if ctx.room else "")
    if member.id == ctx.talker.id or member.id in {leader.id for leader in leaders}:
        raise UserError("群主和管理员不能进黑名单。")
    identities = await ctx.read(identities_of, member.id)
    if not any(identity.is_strong for identity in identities):
        raise UserError(f"认不准 {member.name} 是谁（这个账号下次登录会变），没有加进黑名单。可以先移出这个群。")
    rooms = await ctx.db(_put, ctx, member, reason)
    await load(ctx)
    where = f"这位现在在：{'、'.join(rooms)}。" if rooms else ""
    return Reply(text=f"好的，{member.name} 进了黑名单，在任何一个群里出现我都会告诉您。{where}", private=True)


def _put(db: Database, ctx: Ctx, member: Member, reason: str) -> list[str]:
    lists_store.put_listed(
        db,
        Listed(member_id=member.id, name=member.name, reason=reason, noted_by=ctx.talker.id, noted_at=ctx.now),
    )  # fmt: skip
    _note(db, ctx, Done.LIST, member, reason or _NO_REASON)
    return [room.topic for room in rooms_of(db, member.id)]


async def drop(ctx: Ctx, member: Member) -> Reply:
    """Take somebody off the list.

    Raises:
        UserError: they are not on it.
    """
    if not await ctx.db(_drop, ctx, member):
        raise UserError(f"{member.name} 不在黑名单里。")
    await load(ctx)
    return Reply(text=f"好的，{member.name} 不在黑名单里了。", private=True)


def _drop(db: Database, ctx: Ctx, member: Member) -> bool:
    is_gone = lists_store.drop_listed(db, member.id)
    if is_gone:
        _note(db, ctx, Done.UNLIST, member, "")
    return is_gone


async def show(ctx: Ctx) -> Reply:
    """Return who is on the list, the latest first."""
    listed = list(reversed(await ctx.read(lists_store.all_listed)))
    if not listed:
        return Reply(text="黑名单是空的。发「黑名单 @成员 原因」加人。", private=True)
    lines = [
        f"{one.name or '（已注销）'}：{one.reason or _NO_REASON}（{format_moment(one.noted_at.astimezone(ctx.zone))}）"
        for one in listed[:_MOST_SHOWN]
    ]
    more = [f"…还有 {len(listed) - _MOST_SHOWN} 位"] if len(listed) > _MOST_SHOWN else []
    return Reply(text="\n".join([f"黑名单 {len(listed)} 位：", *lines, *more]), private=True)


async def tell_of_arrivals(ctx: Ctx, arrived: Sequence[Arrival]) -> None:
    """Tell the owner of people on the list who came into a room."""
    known = _known.of(ctx).listed
    found = [known[one.member_id] for one in arrived if one.member_id in known]
    if found and ctx.room is not None:
        await ctx.db(_tell, ctx, ctx.room, found)


def _tell(db: Database, ctx: Ctx, room: Room, found: Sequence[Listed]) -> None:
    for one in found:
        who, why = one.name or "一位成员", one.reason or _NO_REASON
        text = f"黑名单里的 {who} 进了「{room.topic}」（{why}），请您看一下要不要移出。"
        ctx.part("notices").write(db, text, f"moderation/listed/{one.member_id}/{room.id}/{ctx.cause}", room)
        entry = AuditEntry(
            done=Done.ALARM, at=ctx.now, room_id=room.id, member_id=one.member_id, name=one.name, reason=text
        )
        audit_store.add(db, entry)


def _note(db: Database, ctx: Ctx, done: Done, member: Member, reason: str) -> None:
    audit_store.add(
        db,
        AuditEntry(
            done=done, at=ctx.now, member_id=member.id, name=member.name, decided_by=ctx.talker.id, reason=reason
        ),
    )  # fmt: skip
