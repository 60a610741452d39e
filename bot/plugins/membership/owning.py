"""What owners do to memberships: give, take back, halt and let go on."""

from __future__ import annotations

from datetime import timedelta

from bot.plugin import Context, Database, Deadline, Fact, FactKind, Member, Reply, UserError, add_fact
from bot.plugins.membership import rules, texts
from bot.plugins.membership.catalogue import plans_of
from bot.plugins.membership.granting import grant, grant_days, revoke, tell
from bot.plugins.membership.model import LINE, Membership, MembershipChanged, Phase, PlanVersion
from bot.plugins.membership.reading import memberships_of
from bot.plugins.membership.settings import DAY, MembershipSettings
from bot.plugins.membership.versions_store import keep_version

Ctx = Context[MembershipSettings]

PAUSE_OVER = "pause_over"
_OWNER = "owner"
_MOST_DAYS = 366


async def give(ctx: Ctx, member: Member, what: timedelta | PlanVersion) -> Reply:
    """Give a member a plan, or days of what they have.

    Raises:
        UserError: they cannot be given.
    """
    text: str = await (
        ctx.db(_give_days, ctx, member, what) if isinstance(what, timedelta) else ctx.db(_give_plan, ctx, member, what)
    )
    return Reply(text=text, private=True)


async def take_back(ctx: Ctx, member: Member, *, is_sure: bool) -> Reply:
    """Take back what a member was given for nothing; what was paid is refunded instead.

    Raises:
        UserError: there is nothing to take back.
    """
    memberships = await ctx.read(memberships_of, member.id, ctx.now)
    given = _given(memberships, ctx)
    if not given:
        has_paid = any(one.is_in_force for one in memberships)
        advice = "会员是买的，要收回请先退款：「退款 订单号」。" if has_paid else "现在没有会员。"
        raise UserError(f"{member.name} {advice}")
    if not is_sure:
        titles = "、".join(dict.fromkeys(f"「{title}」" for _, title in given))
        text = f"要收回送给 {member.name} 的{titles}吗？马上失效。回复 是"
        return Reply(text=text, confirm=f"收回会员 @{member.name} 确定", private=True)
    await ctx.db(_take_back, ctx, member)
    return Reply(text=f"已收回送给 {member.name} 的会员，已通知对方。", private=True)


async def pause(ctx: Ctx, member: Member, days: int | None) -> Reply:
    """Halt a member's time for some days; it goes on by itself.

    Raises:
        UserError: there is nothing to halt, or not for so long.
    """
    longest = ctx.config.longest_pause
    if days is not None and not 1 <= days <= longest:
        raise UserError(f"一次可以暂停 1 到 {longest} 天，比如「暂停会员 @{member.name} {min(7, longest)}」。")
    until: str = await ctx.db(_pause, ctx, member, days or longest)
    return Reply(text=f"{member.name} 的会员暂停到 {until}，剩下的时间不会少，已通知对方。", private=True)


async def resume(ctx: Ctx, member: Member) -> Reply:
    """Let a member's time go on.

    Raises:
        UserError: it was not halted.
    """
    text: str = await ctx.db(_resume, ctx, member)
    return Reply(text=f"{member.name} 的会员恢复了，{text}", private=True)


async def end_pause(ctx: Ctx, due: Deadline) -> None:
    """Tell a member that their time goes on."""
    await ctx.db(_end_pause, ctx, due.key)


def _give_plan(db: Database, ctx: Ctx, member: Member, plan: PlanVersion) -> str:
    plan = keep_version(db, plan, ctx.now)
    key = f"owner:{ctx.cause}:{member.id}"
    text = f"群主送您「{plan.title}」，"
    grant(db, ctx, member.id, plan, key=key, provider=_OWNER, at=ctx.now, text=text)
    return f"已送「{plan.title}」给 {member.name}，{_state(db, ctx, member.id, plan.line)}"


def _give_days(db: Database, ctx: Ctx, member: Member, span: timedelta) -> str:
    days = span.days
    if timedelta(days=days) != span or not 1 <= days <= _MOST_DAYS:
        raise UserError(f"请写 1 到 {_MOST_DAYS} 天，比如「送会员 @{member.name} 7天」。")
    base = next((plan for plan in plans_of(ctx) if plan.line == LINE and not plan.is_trial), None)
    more = grant_days(
        db, ctx, member.id, days, key=f"owner:{ctx.cause}:{member.id}", provider=_OWNER, at=ctx.now,
        plan=keep_version(db, base, ctx.now) if base else None, text=f"群主送您 {days} 天会员，",
    )  # fmt: skip
    if more is None:
        is_forever = any(one.phase is Phase.LIFETIME for one in memberships_of(db, member.id, ctx.now))
        raise UserError(
            f"{member.name} 是永久会员，不用加天数。" if is_forever else "还没有套餐，请先在 bot.yaml 里写。"
        )
    return f"已送 {days} 天给 {member.name}，{_state(db, ctx, member.id, more.line)}"


def _given(memberships: list[Membership], ctx: Ctx) -> list[tuple[str, str]]:
    """Return (grant's id, title) of what was given for nothing and has not ended."""
    return [
        (one.id, one.plan.title)
        for held in memberships
        for one in held.grants
        if not one.order_number and one.segments and (one.end is None or one.end > ctx.now)
    ]


def _take_back(db: Database, ctx: Ctx, member: Member) -> int:
    found = _given(memberships_of(db, member.id, ctx.now), ctx)
    for number, (which, _) in enumerate(found):
        revoke(db, ctx, member.id, which, key=f"revoked:{ctx.cause}:{number}", provider=_OWNER, at=ctx.now)
    tell(db, ctx, member.id, "群主收回了送您的会员，有疑问请联系群主。", f"revoked/{ctx.cause}")
    return len(found)


def _pause(db: Database, ctx: Ctx, member: Member, days: int) -> str:
    memberships = memberships_of(db, member.id, ctx.now)
    paused = next((one for one in memberships if one.phase is Phase.PAUSED), None)
    if paused is not None:
        raise UserError(f"{member.name} 的会员已经在暂停，恢复发「恢复会员 @{member.name}」。")
    if not any(rules.can_pause(one) for one in memberships):
        raise UserError(f"{member.name} 没有可以暂停的会员：没有开通、已经到期，或者本来就不按天算。")
    until = ctx.now + timedelta(days=days)
    data = {"seconds": days * DAY}
    key = f"paused:{ctx.cause}:{member.id}"
    add_fact(db, Fact(key=key, kind=FactKind.PAUSED, at=ctx.now, provider=_OWNER, member_id=member.id, data=data))
    ctx.set_deadline(db, PAUSE_OVER, key=member.id, at=until)
    ctx.publish(db, MembershipChanged(member.id))
    day = texts.show_moment(until, ctx.zone)
    text = f"您的会员暂停了，{day} 自动恢复，剩下的时间不会少。想提前恢复请联系群主。"
    tell(db, ctx, member.id, text, f"paused/{ctx.cause}")
    return day


def _resume(db: Database, ctx: Ctx, member: Member) -> str:
    if not any(one.phase is Phase.PAUSED for one in memberships_of(db, member.id, ctx.now)):
        raise UserError(f"{member.name} 的会员没有暂停。")
    key = f"resumed:{ctx.cause}:{member.id}"
    add_fact(db, Fact(key=key, kind=FactKind.RESUMED, at=ctx.now, provider=_OWNER, member_id=member.id))
    ctx.drop_deadline(db, PAUSE_OVER, member.id)
    return _tell_resumed(db, ctx, member.id)


def _end_pause(db: Database, ctx: Ctx, member_id: str) -> str:
    if any(one.phase is Phase.PAUSED for one in memberships_of(db, member_id, ctx.now)):
        return ""  # it was let go on and halted again meanwhile
    return _tell_resumed(db, ctx, member_id)


def _tell_resumed(db: Database, ctx: Ctx, member_id: str) -> str:
    ctx.publish(db, MembershipChanged(member_id))
    held = next((one for one in memberships_of(db, member_id, ctx.now) if one.is_in_force), None)
    if held is None:
        return "现在没有剩下的时间。"
    text = texts.until_line(held, ctx.now, ctx.zone)
    tell(db, ctx, member_id, f"您的会员恢复了，{text}", f"resumed/{ctx.cause}")
    return text


def _state(db: Database, ctx: Ctx, member_id: str, line: str) -> str:
    held = next(one for one in memberships_of(db, member_id, ctx.now) if one.line == line)
    return texts.until_line(held, ctx.now, ctx.zone)
