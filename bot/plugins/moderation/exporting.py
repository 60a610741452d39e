"""导出案卷: the audit log of a time as a table, for the owner, in private."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.plugin import (
    Context,
    Database,
    FileContent,
    Reply,
    UserError,
    find_member,
    find_room,
    format_duration,
    write_table,
)
from bot.plugins.moderation import audit_store, cases_store, texts
from bot.plugins.moderation.model import BOT, FORGOTTEN, AuditEntry, Case
from bot.plugins.moderation.settings import ModerationSettings

Ctx = Context[ModerationSettings]

USUAL: Final = timedelta(days=30)
_BOM: Final = "\ufeff"  # without it spreadsheets take UTF-8 for something else
_HEADER: Final = ("时间", "案卷", "警告", "处理", "群", "成员", "群规", "谁处理", "原因", "状态", "原话")


async def export(ctx: Ctx, span: timedelta) -> Reply:
    """Send everything that was done in the last while, a line an act.

    Raises:
        UserError: there is nothing in it, or files cannot be sent here.
    """
    capabilities = ctx.part("gateway").capabilities
    if not (capabilities.can_send_files and capabilities.can_send_private):
        raise UserError("当前通道发不了文件，发「案卷」可以一条一条看。")
    count, table = await ctx.read(_write, ctx, ctx.now - span)
    if not count:
        raise UserError(f"最近 {format_duration(span)}没有处理过什么，没有可以导出的。")
    name = f"案卷 {ctx.now.astimezone(ctx.zone):%Y-%m-%d}.csv"
    text = f"最近 {format_duration(span)}的处理记录，共 {count} 条，表格请查收。里面有成员的原话，请不要转发到群里。"
    return Reply(text=text, file=FileContent(name, table.encode(), "text/csv"), private=True)


def _write(db: Database, ctx: Ctx, since: datetime) -> tuple[int, str]:
    entries = audit_store.entries_between(db, since, ctx.now + timedelta(seconds=1))
    if ctx.room is not None:
        entries = [one for one in entries if one.room_id in {"", ctx.room.id}]
    names = _Names(db)
    rows = [_row(one, names, ctx.zone) for one in entries]
    return len(rows), _BOM + "".join(write_table(_HEADER, rows))


class _Names:
    """Names of rooms and members, each looked up once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[str, str] = {"": "", FORGOTTEN: "已删除"}
        self._cases: dict[int, Case | None] = {0: None}

    def room(self, room_id: str) -> str:
        """Return the name of a room."""
        if room_id not in self._known:
            room = find_room(self._db, room_id)
            self._known[room_id] = room.topic if room else ""
        return self._known[room_id]

    def member(self, member_id: str) -> str:
        """Return the name of who decided."""
        if member_id not in self._known:
            member = find_member(self._db, member_id)
            self._known[member_id] = member.name if member else ""
        return self._known[member_id]

    def case(self, number: int) -> Case | None:
        """Return a case."""
        if number not in self._cases:
            self._cases[number] = cases_store.get_case(self._db, number)
        return self._cases[number]


def _row(entry: AuditEntry, names: _Names, zone: ZoneInfo) -> list[str]:
    case = names.case(entry.case)
    return [
        f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        f"V{entry.case}" if entry.case else "",
        f"S{entry.strike}" if entry.strike else "",
        texts.DONE[entry.done],
        names.room(entry.room_id),
        entry.name,
        case.words if case else entry.rule,
        "机器人" if entry.decided_by == BOT else names.member(entry.decided_by),
        entry.reason,
        texts.STATES[case.state] if case else "",
        case.text if case else "",
    ]
