"""Answers 经营: members who pay, come, stay and go, and what months brought in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bot.plugin import CHAT, Choice, Context, Database, Reply, fold, format_duration
from bot.plugins.accounts import texts
from bot.plugins.accounts.members import read_business
from bot.plugins.accounts.model import Business
from bot.plugins.accounts.periods import Period, month_before, month_of, read_period
from bot.plugins.accounts.settings import AccountsSettings
from bot.plugins.accounts.statements import read_statement
from bot.plugins.membership.api import settings_of

Ctx = Context[AccountsSettings]

_MONTHS = 3


async def answer(ctx: Ctx, typed: str) -> Reply:
    """Tell the owner the numbers of a period, by default of this month."""
    today = ctx.now.astimezone(ctx.zone).date()
    period = read_period(typed, today) if fold(typed).strip() else month_of(today, "本月")
    if period is None:
        message = ctx.message
        is_meant = ctx.room is None or (message is not None and (message.mentions_bot or message.text.startswith("/")))
        return Reply(text=texts.BUSINESS_USAGE, private=True) if is_meant else CHAT
    return await _answer(ctx, period, today)


async def _answer(ctx: Ctx, period: Period, today: date) -> Reply:
    since, until = period.bounds(ctx.zone)
    grace = settings_of(ctx).grace
    found: tuple[Business, dict[str, str]] = await ctx.read(
        lambda db: read_business(db, since, until, now=ctx.now, grace=grace)
    )
    months = [month_of(today)]
    while len(months) < _MONTHS:
        months.append(month_before(months[-1].first))
    rows = await ctx.read(_read_months, [(month.title, *month.bounds(ctx.zone)) for month in months])
    text = texts.business(period.title, *found, grace=format_duration(grace))
    last = month_before(period.first)
    return Reply(
        text="\n".join(part for part in (text, texts.months(rows)) if part),
        choices=(Choice(f"经营 {last.title}", f"经营 {last.title}"), Choice("账本", "账本")),
        private=True,
    )


def _read_months(db: Database, months: Sequence[tuple[str, datetime, datetime]]) -> list[tuple[str, int, int]]:
    """Return what came in and what was earned of each month; those in which nothing happened are left out."""
    rows = []
    for title, since, until in months:
        found = read_statement(db, since, until)
        net = found.received_fen - found.returned_fen - sum(found.fees.values())
        if net or found.earned_fen:
            rows.append((title, net, found.earned_fen))
    return rows
