"""What is sold now: plans as bot.yaml has them, their prices today, and which one a member means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.plugin import Context, fold
from bot.plugins.membership.model import NAME, PlanVersion
from bot.plugins.membership.settings import MembershipSettings, Plan

_LIKELY = 0.6  # of `difflib`: one slip in a short word
_EDGES = "「」《》“”\"'。.,，!！~ "


@dataclass(frozen=True, slots=True)
class Offered:
    """What a plan costs somebody today.

    Attributes:
        amount_fen: what is to be paid.
        reason: why it is less than usual; empty when it is not.
        last_day: until when it is so; None without an end.
    """

    amount_fen: int
    reason: str = ""
    last_day: date | None = None


def settings_of(ctx: Context[Any]) -> MembershipSettings:
    """Return the common settings of membership, in whichever plugin's call."""
    if isinstance(ctx.config, MembershipSettings):
        return ctx.config
    loader = ctx.part("loader")
    settings = loader.settings(loader.plugins[NAME], None)
    assert isinstance(settings, MembershipSettings)
    return settings


def plans_of(ctx: Context[Any]) -> tuple[PlanVersion, ...]:
    """Return every plan as it would be sold or given now, in the order of bot.yaml, their versions not known yet."""
    settings = settings_of(ctx)
    return tuple(as_sold(plan, settings.grace, ctx.zone) for plan in settings.plans)


def as_sold(plan: Plan, grace: timedelta, zone: ZoneInfo) -> PlanVersion:
    """Return what a plan promises who gets it now.

    Args:
        plan: as bot.yaml has it.
        grace: how long it counts after its end; a trial has none.
        zone: by whose clock a last day ends.
    """
    until = plan.period.until
    ends_at = datetime.combine(until + timedelta(days=1), time(), zone) if until else None
    return PlanVersion(
        plan_id=plan.id, version=0, title=plan.title, price_fen=plan.price, seconds=plan.period.seconds,
        ends_at=ends_at.astimezone(UTC) if ends_at else None, line=plan.line, tier=plan.tier, opens=plan.opens,
        grace_seconds=0 if plan.trial else round(grace.total_seconds()), is_trial=plan.trial,
    )  # fmt: skip


def price_today(plan: Plan, today: date, *, is_newcomer: bool) -> Offered:
    """Return what a plan costs: the lowest of its price and the promo prices that hold.

    Args:
        plan: which.
        today: by the room's clock.
        is_newcomer: whether the member has never paid for anything.
    """
    promos = [
        one
        for one in plan.promo
        if (one.first_day is None or one.first_day <= today)
        and (one.last_day is None or today <= one.last_day)
        and (is_newcomer or not one.newcomers)
    ]
    best = min(promos, key=lambda one: one.price, default=None)
    return Offered(best.price, best.reason, best.last_day) if best else Offered(plan.price)


def match_plan(text: str, plans: Sequence[Plan]) -> Plan | list[Plan] | None:
    """Return which plan a text means: one, the several it could mean, or None.

    Args:
        text: as typed: the id, the title or a part of it.
        plans: those that can be meant.
    """
    key = _squeeze(text)
    exact = [plan for plan in plans if key in {_squeeze(plan.id), _squeeze(plan.title)}]
    if exact:
        return exact[0]
    part = [plan for plan in plans if len(key) > 1 and key in _squeeze(plan.title)] or [
        plan for plan in plans if key and _squeeze(plan.title).startswith(key)
    ]
    return part[0] if len(part) == 1 else part or None


def suggest(text: str, plans: Sequence[Plan]) -> Plan | None:
    """Return the plan that was probably meant by a misspelt name; None when none is near."""
    names = {_squeeze(name): plan for plan in plans for name in (plan.id, plan.title)}
    near = difflib.get_close_matches(_squeeze(text), names, 1, _LIKELY)
    return names[near[0]] if near else None


def _squeeze(text: str) -> str:
    return re.sub(r"[\s_-]+", "", fold(text)).strip(_EDGES)
