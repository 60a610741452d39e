"""What is done once a day: months are closed, yesterday's bills compared, the log signed, and the owner told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.plugin import (
    Context,
    Database,
    Deadline,
    Delivery,
    LedgerError,
    Outgoing,
    Priority,
    ProviderError,
    Reconciliation,
    find_deadlines,
    list_rooms,
    trial_balance,
)
from bot.plugins.accounts import texts
from bot.plugins.accounts.checkpoints import fingerprint_of
from bot.plugins.accounts.model import NAME, Statement
from bot.plugins.accounts.periods import day_of
from bot.plugins.accounts.recognition import begin_closing
from bot.plugins.accounts.settings import AccountsSettings
from bot.plugins.accounts.statements import read_statement

DAILY, RECONCILE = "daily", "reconcile"

_AT = time(10, 30)  # WeChat Pay's bill of a day is there after 10:00 of the next (its documentation of trade bills)
_AGAIN = timedelta(hours=1)
_MOST_TRIES = 6

Ctx = Context[AccountsSettings]
log = logging.getLogger(__name__)


async def begin(ctx: Ctx) -> None:
    """See to it that a day's work is done once there is anything in the books: what waits stays as it is."""
    await ctx.db(_watch, ctx)


async def do_day(ctx: Ctx) -> None:
    """Do the work of a day, and see to it that the next one's is done."""
    await ctx.db(_begin_day, ctx)
    await _sign(ctx)
    await ctx.db(_ask_for_bills, ctx, _yesterday(ctx))


async def reconcile_day(ctx: Ctx, due: Deadline) -> None:
    """Compare a day's bills with the books; the owner hears of it when something differs or cannot be had."""
    day, tries = date.fromisoformat(due.key), int(due.data.get("tries", 0)) + 1
    try:
        found: list[Reconciliation] = await ctx.part("payments").reconcile(day)
    except ProviderError as error:
        log.warning("no bill day=%s tries=%d why=%s", day, tries, error)
        await ctx.db(_no_bill, ctx, day, tries, str(error))
        return
    await ctx.db(_tell_differences, ctx, found)


def _watch(db: Database, ctx: Ctx) -> None:
    if not find_deadlines(db, NAME, DAILY) and trial_balance(db):
        _set_next(db, ctx)


def _begin_day(db: Database, ctx: Ctx) -> None:
    _set_next(db, ctx)
    begin_closing(db, ctx)


def _set_next(db: Database, ctx: Ctx) -> None:
    ctx.set_deadline(db, DAILY, key=DAILY, at=next_time(ctx.now, ctx.zone))


def next_time(now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the next day's work is due, aware."""
    local = now.astimezone(zone)
    at = datetime.combine(local.date(), _AT, zone)
    return at if local < at else datetime.combine(local.date() + timedelta(days=1), _AT, zone)


async def _sign(ctx: Ctx) -> None:
    """Sign the log as it is, post it where rooms want it, and tell the owner of yesterday."""
    try:
        note: str = await ctx.part("ledger").checkpoint(ctx.now)
    except LedgerError as error:
        await ctx.db(_refuse_to_sign, ctx, str(error))
        return
    size, fingerprint = fingerprint_of(note)
    since, until = day_of(_yesterday(ctx)).bounds(ctx.zone)
    found = await ctx.read(read_statement, since, until)
    await ctx.db(_report, ctx, found, size, fingerprint)


def _report(db: Database, ctx: Ctx, found: Statement, size: int, fingerprint: str) -> None:
    today = ctx.now.astimezone(ctx.zone).date().isoformat()
    if ctx.config.daily_report and (found.payments or found.refunds):
        text = texts.day_report(f"{_yesterday(ctx):%m-%d}", found, size, fingerprint)
        ctx.part("notices").write(db, text, f"{NAME}/day/{today}")
    loader = ctx.part("loader")
    own = loader.plugins[NAME]
    for room in list_rooms(db):
        is_on = own in loader.enabled_in(room) and not loader.is_paused(room)
        if is_on and loader.settings(own, room).post_checkpoint:
            _post(db, ctx, room.id, texts.checkpoint_line(size, fingerprint), today)


def _post(db: Database, ctx: Context[Any], room_id: str, text: str, today: str) -> None:
    ctx.enqueue(
        db,
        Outgoing(
            room_id=room_id,
            text=text,
            dedupe_key=f"{NAME}/checkpoint/{today}/{room_id}",
            priority=Priority.LOW,
            delivery=Delivery.AT_MOST_ONCE,
            cause=ctx.cause,
            reason="账本指纹",
        ),
    )


def _refuse_to_sign(db: Database, ctx: Ctx, why: str) -> None:
    text = texts.UNSIGNED.format(why=why)
    ctx.part("notices").write(db, text, f"{NAME}/unsigned/{ctx.now.astimezone(ctx.zone).date().isoformat()}")


def _ask_for_bills(db: Database, ctx: Ctx, day: date) -> None:
    if any(provider.is_automatic for provider in ctx.part("payments").providers.values()):
        ctx.set_deadline(db, RECONCILE, key=day.isoformat(), at=ctx.now)


def _no_bill(db: Database, ctx: Ctx, day: date, tries: int, why: str) -> None:
    if tries < _MOST_TRIES:
        ctx.set_deadline(db, RECONCILE, key=day.isoformat(), at=ctx.now + _AGAIN, data={"tries": tries})
        return
    text = texts.NO_BILL.format(day=day.isoformat(), why=why)
    ctx.part("notices").write(db, text, f"{NAME}/no-bill/{day.isoformat()}")


def _tell_differences(db: Database, ctx: Ctx, found: Sequence[Reconciliation]) -> None:
    for one in found:
        if one.differences:
            text = texts.not_reconciled(one.day.isoformat(), one.provider, one.difference_fen, one.differences)
            ctx.part("notices").write(db, text, f"{NAME}/bill/{one.provider}/{one.day.isoformat()}")


def _yesterday(ctx: Ctx) -> date:
    return ctx.now.astimezone(ctx.zone).date() - timedelta(days=1)
