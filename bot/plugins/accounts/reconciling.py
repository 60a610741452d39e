"""Answers 对账: compares a day's bills with the books now."""

from __future__ import annotations

from datetime import date, timedelta

from bot.plugin import Context, ProviderError, Reconciliation, Reply, UserError
from bot.plugins.accounts import texts
from bot.plugins.accounts.settings import AccountsSettings

Ctx = Context[AccountsSettings]


async def answer(ctx: Ctx, day: date | None) -> Reply:
    """Compare the bills of a day, by default of yesterday, and say what differs.

    A day without a year is the next one for all other commands; here it is the last one.

    Raises:
        UserError: the day is not over, or there is no bill.
    """
    today = ctx.now.astimezone(ctx.zone).date()
    day = last_such(day, today) if day else today - timedelta(days=1)
    if day >= today:
        raise UserError(texts.NO_SUCH_DAY)
    desk = ctx.part("payments")
    if not any(provider.is_automatic for provider in desk.providers.values()):
        return Reply(text=texts.NO_PROVIDERS, private=True)
    try:
        found: list[Reconciliation] = await desk.reconcile(day)
    except ProviderError as error:
        raise UserError(texts.NO_BILL.format(day=day.isoformat(), why=error)) from error
    return Reply(text="\n".join(_line(one) for one in found), private=True)


def last_such(day: date, today: date) -> date:
    """Return the last day that was written so: 「11-30」 in December is this year's, not the next year's."""
    while day > today and day.year > today.year:
        try:
            day = day.replace(year=day.year - 1)
        except ValueError:  # the 29th of February
            day = day.replace(year=day.year - 4)
    return day


def _line(found: Reconciliation) -> str:
    day = found.day.isoformat()
    if found.differences:
        return texts.not_reconciled(day, found.provider, found.difference_fen, found.differences)
    return texts.reconciled(day, found.provider, found.line_count, len(found.taken))
