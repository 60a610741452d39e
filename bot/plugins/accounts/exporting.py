"""Sends the owner the books of a span as files: a table for spreadsheets, and beancount's plain text."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.plugin import (
    Act,
    Context,
    Database,
    Delivery,
    FileContent,
    Outgoing,
    Priority,
    Reply,
    UserError,
    entries_between,
    write_beancount,
    write_csv,
)
from bot.plugins.accounts import texts
from bot.plugins.accounts.periods import Period
from bot.plugins.accounts.settings import AccountsSettings

Ctx = Context[AccountsSettings]

_BOM = "\ufeff"  # without it spreadsheets take UTF-8 for something else


async def export(ctx: Ctx, period: Period) -> Reply:
    """Send the entries of a span to the owner in private, as two files.

    Raises:
        UserError: there is nothing in it, or files cannot be sent here.
    """
    capabilities = ctx.part("gateway").capabilities
    if not (capabilities.can_send_files and capabilities.can_send_private):
        raise UserError(texts.NO_FILES)
    since, until = period.bounds(ctx.zone)
    count, table, journal = await ctx.read(_write, since, until, ctx.zone)
    if not count:
        raise UserError(texts.NOTHING_TO_EXPORT.format(title=period.title))
    files = [
        FileContent(f"账本 {period.stamp}.csv", table.encode(), "text/csv"),
        FileContent(f"账本 {period.stamp}.beancount", journal.encode(), "text/plain"),
    ]
    await ctx.db(_promise, ctx, files[1])
    return Reply(text=texts.exported(period.title, count), file=files[0], private=True)


def _write(db: Database, since: datetime, until: datetime, zone: ZoneInfo) -> tuple[int, str, str]:
    entries = entries_between(db, since, until)
    if not entries:
        return 0, "", ""
    return len(entries), _BOM + "".join(write_csv(entries, zone)), "".join(write_beancount(lambda: entries, zone))


def _promise(db: Database, ctx: Ctx, file: FileContent) -> None:
    ctx.enqueue(
        db,
        Outgoing(
            member_id=ctx.talker.id,
            act=Act.FILE,
            file=file,
            dedupe_key=f"{ctx.cause}/{file.name}",
            priority=Priority.PRIVATE_NOTICE,  # after the answer and the first file
            delivery=Delivery.AT_LEAST_ONCE,
            cause=ctx.cause,
            reason="导出账本",
        ),
    )
