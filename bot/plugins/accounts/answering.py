"""Answers 账本: what the books say of a span, what is owed now, and where to look next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

from bot.plugin import (
    CHAT,
    Choice,
    Context,
    Database,
    Order,
    OrderState,
    Reply,
    balance,
    fold,
    orders_in,
    trial_balance,
)
from bot.plugins.accounts import exporting, texts
from bot.plugins.accounts.model import Statement
from bot.plugins.accounts.periods import Period, all_until, day_of, month_before, month_of, read_period
from bot.plugins.accounts.recognition import not_booked_yet
from bot.plugins.accounts.settings import AccountsSettings
from bot.plugins.accounts.statements import DEFERRED, REVIEW, read_statement

Ctx = Context[AccountsSettings]

_CHECK = frozenset({"校验", "核对", "检查", "验证"})
_EXPORT = "导出"
_PATIENCE = 25.0  # real seconds; a handler has thirty


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the owner sees first.

    Attributes:
        today, month: what the books say of them.
        deferred_fen: what was paid for services that are not delivered in full.
        review_fen: money that fits nothing.
        due: orders whose money has to be given back.
        coming_fen: what was earned and is booked at the end of the month.
        is_empty: nothing was ever booked.
    """

    today: Statement
    month: Statement
    deferred_fen: int
    review_fen: int
    due: list[Order]
    coming_fen: int
    is_empty: bool


async def answer(ctx: Ctx, typed: str) -> Reply:
    """Answer 账本 and what may stand behind it, in private."""
    plain = fold(typed).strip()
    today = ctx.now.astimezone(ctx.zone).date()
    if not plain:
        return await _overview(ctx, today)
    if plain in _CHECK:
        return await _check(ctx)
    if plain.startswith(_EXPORT):
        behind = plain.removeprefix(_EXPORT).strip()
        period = read_period(behind, today) if behind else all_until(today)
        return await exporting.export(ctx, period) if period else _not_understood(ctx, typed)
    period = read_period(plain, today)
    return await _period(ctx, period) if period else _not_understood(ctx, typed)


async def _check(ctx: Ctx) -> Reply:
    """Check the books, unless they are too long for a chat: a million entries take a quarter of a minute or more."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return _private((await ctx.part("ledger").check()).chinese)
    except TimeoutError:
        return _private(texts.TOO_LONG)


async def _overview(ctx: Ctx, today: date) -> Reply:
    found: Overview = await ctx.read(_read_overview, ctx, today)
    if found.is_empty:
        return _private(texts.EMPTY)
    month = month_of(today)
    lines = [
        *texts.statement_lines(f"今天 {today:%m-%d}", found.today),
        *texts.statement_lines(f"本月 {month.title}", found.month),
        *texts.details(found.month),
        *texts.standing(found.deferred_fen, found.review_fen, found.due, found.coming_fen),
    ]
    return Reply(text="\n".join(lines), choices=_follow_ups(today), private=True)


def _follow_ups(today: date) -> tuple[Choice, ...]:
    last = month_before(today)
    return (
        Choice(f"上月 {last.title}", f"账本 {last.title}"),
        Choice("会员经营数字", "经营"),
        Choice("导出本月", f"账本 {_EXPORT} {month_of(today).title}"),
        Choice("校验账本", "账本 校验"),
    )


async def _period(ctx: Ctx, period: Period) -> Reply:
    since, until = period.bounds(ctx.zone)
    found: Statement = await ctx.read(read_statement, since, until)
    lines = [*texts.statement_lines(period.title, found), *texts.details(found), *texts.earned(found)]
    choices = (
        Choice("这段时间的会员经营数字", f"经营 {period.title}"),
        Choice("导出这段时间", f"账本 {_EXPORT} {period.title}"),
        Choice("看现在", "账本"),
    )
    return Reply(text="\n".join(lines), choices=choices, private=True)


def _read_overview(db: Database, ctx: Ctx, today: date) -> Overview:
    return Overview(
        today=_read(db, ctx, day_of(today)),
        month=_read(db, ctx, month_of(today)),
        deferred_fen=-balance(db, DEFERRED),
        review_fen=-balance(db, REVIEW),
        due=orders_in(db, {OrderState.REFUND_DUE}),
        coming_fen=not_booked_yet(db, ctx.now, ctx.config.lifetime),
        is_empty=not trial_balance(db),
    )


def _read(db: Database, ctx: Ctx, period: Period) -> Statement:
    since, until = period.bounds(ctx.zone)
    return read_statement(db, since, until)


def _not_understood(ctx: Ctx, typed: str) -> Reply:
    message = ctx.message
    is_meant = ctx.room is None or (message is not None and (message.mentions_bot or message.text.startswith("/")))
    return _private(texts.NOT_UNDERSTOOD.format(typed=typed.strip())) if is_meant else CHAT


def _private(text: str) -> Reply:
    return Reply(text=text, private=True)
