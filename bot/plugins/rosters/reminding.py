"""Reminds members that a membership ends, each of this end's reminders once, and never at night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.plugin import (
    Database,
    Deadline,
    Delivery,
    Outgoing,
    Priority,
    drop_deadline,
    find_deadlines,
    find_member,
    to_stamp,
)
from bot.plugins.membership.api import Membership, Phase, memberships_by_member, memberships_of, settings_of
from bot.plugins.rosters import texts
from bot.plugins.rosters.endings_store import all_endings, endings_of, put_ending, remove_ending
from bot.plugins.rosters.looking import Ctx
from bot.plugins.rosters.model import NAME, Ending
from bot.plugins.rosters.reminding_rules import next_reminder

REMIND, SWEEP = "remind", "sweep"
_ALL = "all"
_ENDING = {Phase.TRIAL, Phase.ACTIVE, Phase.GRACE, Phase.EXPIRED}
_SWEEP_EVERY = timedelta(hours=6)


def follow_endings(db: Database, ctx: Ctx, member_id: str) -> int:
    """Set the reminders of a member by the facts of this moment; return how many wait."""
    known = endings_of(db, member_id)
    count = 0
    for membership in memberships_of(db, member_id, ctx.now):
        ending = ending_of(member_id, membership, known.pop(membership.line, None), ctx.now)
        if ending is None:
            _forget(db, ctx, member_id, membership.line)
        else:
            count += _keep(db, ctx, ending)
    for line in known:
        _forget(db, ctx, member_id, line)
    return count


def ending_of(member_id: str, membership: Membership, known: Ending | None, now: datetime) -> Ending | None:
    """Return the end that matters of a line: that of the last period, and none while the time stands still.

    Args:
        member_id: whose.
        membership: the line.
        known: what is on record; what was told of the same end stays told.
        now: aware.
    """
    until = membership.until
    if until is None or membership.phase not in _ENDING:
        return None
    if known is not None and known.ends_at == until:
        return known
    if until <= now:
        return None  # cut, or over before it was heard of: nothing to be told
    return Ending(member_id=member_id, line=membership.line, ends_at=until, noted_at=now)


def _keep(db: Database, ctx: Ctx, ending: Ending) -> bool:
    put_ending(db, ending)
    following = next_reminder(ending, ctx.now, ctx.zone) if ctx.config.remind else None
    if following is None:
        ctx.drop_deadline(db, REMIND, _key(ending.member_id, ending.line))
        return False
    data = {"member_id": ending.member_id, "line": ending.line}
    ctx.set_deadline(db, REMIND, key=_key(ending.member_id, ending.line), at=following[1], data=data)
    return True


def _forget(db: Database, ctx: Ctx, member_id: str, line: str) -> None:
    remove_ending(db, member_id, line)
    ctx.drop_deadline(db, REMIND, _key(member_id, line))


def drop_reminders(db: Database, member_id: str) -> None:
    """Forget the reminders of a member who is to be forgotten."""
    for line in endings_of(db, member_id):
        drop_deadline(db, NAME, REMIND, _key(member_id, line))


def _key(member_id: str, line: str) -> str:
    return f"{member_id}/{line}"


async def remind(ctx: Ctx, due: Deadline) -> None:
    """Remind a member, if the end is still the same one."""
    await ctx.db(_remind, ctx, due.data["member_id"], due.data["line"])


def _remind(db: Database, ctx: Ctx, member_id: str, line: str) -> bool:
    known = endings_of(db, member_id).get(line)
    membership = next((one for one in memberships_of(db, member_id, ctx.now) if one.line == line), None)
    ending = ending_of(member_id, membership, known, ctx.now) if membership and known else None
    if membership is None or ending is None or not ctx.config.remind:
        _forget(db, ctx, member_id, line)
        return False
    following = next_reminder(ending, ctx.now, ctx.zone)
    is_due = following is not None and following[1] <= ctx.now
    if following is not None and is_due:
        _tell(db, ctx, ending, membership)
        ending = replace(ending, told=following[0])
    _keep(db, ctx, ending)
    return is_due


def _tell(db: Database, ctx: Ctx, ending: Ending, membership: Membership) -> None:
    member = find_member(db, ending.member_id)
    if member is None or not member.contact_id or not ctx.part("gateway").capabilities.can_send_private:
        return  # nobody is there to be told; 我的 says it, too
    title = membership.plan.title if membership.plan else ""
    is_trial = membership.plan is not None and membership.plan.is_trial
    if ending.ends_at > ctx.now:
        text = texts.reminder(title, ending.ends_at, ctx.now, ctx.zone, is_trial=is_trial)
    else:
        text = texts.over(title, ending.ends_at, membership.grace_until, ctx.now, ctx.zone, is_trial=is_trial)
    key = f"rosters/remind/{_key(ending.member_id, ending.line)}/{to_stamp(ending.ends_at)}/{to_stamp(ctx.now)}"
    ctx.enqueue(
        db,
        Outgoing(
            member_id=member.id, text=text, dedupe_key=key, priority=Priority.PRIVATE_NOTICE,
            delivery=Delivery.AT_MOST_ONCE, cause=ctx.cause, reason="到期提醒",
        ),
    )  # fmt: skip


# ---- the sweep


def set_sweep(db: Database, ctx: Ctx, at: datetime) -> None:
    """Have everybody looked at: facts may have come while this plugin was off."""
    ctx.set_deadline(db, SWEEP, key=_ALL, at=at)


def is_sweep_wanted(db: Database, ctx: Ctx) -> bool:
    """Whether there is anything to look for: plans, members who ever had time, or ends on record."""
    return (
        bool(settings_of(ctx).plans)
        or next(iter(memberships_by_member(db, ctx.now)), None) is not None
        or bool(all_endings(db))
    )


def keep_sweeping(db: Database, ctx: Ctx) -> None:
    """Have everybody looked at from now on, if that is not so yet: the first fact may come long after the start."""
    if is_sweep_wanted(db, ctx) and not find_deadlines(db, NAME, SWEEP):
        set_sweep(db, ctx, ctx.now + _SWEEP_EVERY)


async def sweep(ctx: Ctx) -> None:
    """Follow the ends that nobody told of, and look again in some hours."""
    changed = await ctx.read(find_changed, ctx.now)
    await ctx.db(_follow_all, ctx, changed)


def find_changed(db: Database, now: datetime) -> list[str]:
    """Return the ids of the members whose ends are not those on record."""
    known = all_endings(db)
    found = []
    for member_id, memberships in memberships_by_member(db, now):
        before = known.pop(member_id, {})
        if _ends(member_id, memberships, before, now) != before:
            found.append(member_id)
    return [*found, *known]


def _ends(
    member_id: str, memberships: Sequence[Membership], known: dict[str, Ending], now: datetime
) -> dict[str, Ending]:
    pairs = ((one.line, ending_of(member_id, one, known.get(one.line), now)) for one in memberships)
    return {line: ending for line, ending in pairs if ending is not None}


def _follow_all(db: Database, ctx: Ctx, member_ids: Sequence[str]) -> int:
    for member_id in member_ids:
        follow_endings(db, ctx, member_id)
    keep_sweeping(db, ctx)
    return len(member_ids)
