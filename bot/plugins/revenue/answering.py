"""Answers 收入: sums of a month, one session with its formula, and what another price would do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.plugin import CHAT, Choice, Context, Reply, fold
from bot.plugins.attendance.api import find_meant
from bot.plugins.revenue import texts
from bot.plugins.revenue.fitting import best_price, fit_all, fit_demand, foretell
from bot.plugins.revenue.model import Fits, Point, Result
from bot.plugins.revenue.reading import read_results
from bot.plugins.revenue.rules import LEAST_SESSIONS, lacks_for_prices, price_bounds, to_points

Ctx = Context[Any]

_MONTH, _LAST_MONTH, _ALL = "本月", "上月", "全部"
_SCOPES = {
    "": _MONTH, "本月": _MONTH, "这个月": _MONTH, "当月": _MONTH, "上月": _LAST_MONTH, "上个月": _LAST_MONTH,
    "全部": _ALL, "所有": _ALL, "总共": _ALL,
}  # fmt: skip
_WHAT_IF = re.compile(r"(?:若|如果|假如|要是)\s*(?:票价|定价|改成|卖)*\s*(?:(\d{1,6}(?:\.\d{1,2})?)\s*(?:元|块钱?)?)?")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the owner wants to know.

    Attributes:
        scope: a span of time; empty when it is a session or a price.
        price: of a what-if, in yuan.
        is_what_if: whether it is about another price.
    """

    scope: str = ""
    price: float | None = None
    is_what_if: bool = False


def read_asked(typed: str) -> Asked:
    """Return what was typed behind 收入, as far as it is no session."""
    plain = fold(typed).strip()
    if found := _WHAT_IF.fullmatch(plain):
        return Asked(price=float(found[1]) if found[1] else None, is_what_if=True)
    return Asked(scope=_SCOPES.get(plain, ""))


async def answer(ctx: Ctx, typed: str) -> Reply | str:
    """Answer 收入 in private."""
    asked, results = read_asked(typed), await ctx.read(read_results)
    points = to_points(results)
    fits = await asyncio.to_thread(fit_all, points) if len(points) >= LEAST_SESSIONS else None
    if asked.is_what_if:
        return _private(await asyncio.to_thread(_ask_price, points, fits, asked.price))
    if asked.scope:
        return _sum_up(ctx, asked.scope, results, fits)
    return _show_session(ctx, typed, results, fits)


def _sum_up(ctx: Ctx, scope: str, results: Sequence[Result], fits: Fits | None) -> Reply:
    now = ctx.now.astimezone(ctx.zone)
    chosen = [one for one in results if _is_in(scope, one, now) and _counts(one, now)]
    if not chosen:
        return _private(texts.nothing_in(scope) if results else texts.NOTHING)
    return _list(scope, chosen, fits, len(to_points(results)))


def _list(scope: str, chosen: Sequence[Result], fits: Fits | None, usable: int) -> Reply:
    lines = [texts.head(scope, chosen), *texts.model_of(chosen, fits, usable), *texts.more(chosen), "回复编号看一场："]
    choices = [Choice(*texts.choice(one)) for one in texts.listed(chosen)]
    return Reply(text="\n".join(lines), choices=tuple(choices), private=True)


def _counts(result: Result, now: datetime) -> bool:
    """Whether a session is worth a line in a sum: it has begun, or there is money behind it."""
    return result.session.starts_at <= now or result.paid_fen > 0 or result.refund_due_fen > 0


def _is_in(scope: str, result: Result, now: datetime) -> bool:
    if scope == _ALL:
        return True
    month = now if scope == _MONTH else now.replace(day=1) - timedelta(days=1)
    start = result.session.local_start
    return (start.year, start.month) == (month.year, month.month)


def _show_session(ctx: Ctx, typed: str, results: Sequence[Result], fits: Fits | None) -> Reply | str:
    usable = len(to_points(results))
    of_entry = [one for one in results if one.session.is_series and fold(one.session.entry) == fold(typed).strip()]
    if len(of_entry) > 1:
        return _list(texts.series(of_entry[-1].session.title), of_entry, fits, usable)
    found = find_meant([one.session for one in results], typed, ctx.now)
    if not found:
        is_chat = (
            ctx.room is not None and not ctx.text.startswith("/") and not (ctx.message and ctx.message.mentions_bot)
        )
        return CHAT if is_chat else _private(texts.not_found(typed))
    (result,) = (one for one in results if one.session.id == found[0].id)
    return _private(texts.details(result, fits, usable))


def _ask_price(points: Sequence[Point], fits: Fits | None, price: float | None) -> str:
    """Return what another price is likely to do, or why nothing is said about it."""
    lacks = lacks_for_prices(points)
    if lacks or fits is None:
        return texts.too_little(lacks)
    demand, latest = fit_demand(points), points[-1]
    now = foretell(demand, fits.used, latest.price, latest.members)
    low, high = price_bounds(points)
    if price is not None and not low <= price <= high:
        return texts.beyond(price, low, high)
    tried = sorted({point.price for point in points})
    every = [float(yuan) for yuan in range(round(tried[0]), round(tried[-1]) + 1)]
    advice = texts.advice(now, best_price(demand, fits.used, every, latest.members), demand)
    if price is None:
        return f"{advice}\n{texts.WHAT_IF}"
    then = foretell(demand, fits.used, price, latest.members)
    return f"{texts.what_if(now, then, demand, latest.members)}\n{advice}\n{texts.which_used(fits)}"


def _private(text: str) -> Reply:
    return Reply(text=text, private=True)
