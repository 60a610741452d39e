"""Consultation hours: listed, booked, paid for, moved and reminded of."""

from __future__ import annotations

from typing import Any, Literal

from bot.plugin import Context, Database, Deadline, OrderPaid, OrderRefunded, Plugin, Reply, Row
from bot.plugins.consulting import booking, changing, following, rules
from bot.plugins.consulting.bookings_store import erase_bookings, export_bookings
from bot.plugins.consulting.model import NAME, BookingNumber, HostName, SlotTime
from bot.plugins.consulting.settings import ConsultingSettings
from bot.plugins.consulting.store import migrations
from bot.plugins.consulting.telling import zone_of

plugin = Plugin(NAME, config=ConsultingSettings, migrations=migrations, title="咨询")

Ctx = Context[ConsultingSettings]


@plugin.argument(SlotTime, words=4)
async def read_time(ctx: Ctx, text: str) -> SlotTime | None:
    """Read `2` or `周三 20:30`."""
    return rules.read_slot_time(text, ctx.now.astimezone(zone_of(ctx)))


@plugin.argument(HostName, words=2)
async def read_host(ctx: Ctx, text: str) -> HostName | None:
    """Read the name of somebody who answers."""
    name = rules.read_host(text, ctx.config)
    return HostName(name) if name else None


@plugin.argument(BookingNumber)
async def read_number(ctx: Context[Any], text: str) -> BookingNumber | None:  # noqa: ARG001 - every reader gets the context
    """Read `Z3`."""
    return rules.read_booking_number(text)


@plugin.command(
    "咨询",
    aliases=("预约咨询", "约咨询"),
    examples=(
        ("咨询", "现在没有开放咨询时间…"),
        ("咨询 周三 20:00", "约好了：一对一咨询（老王）周三 12-02 20:00–20:30（Z3）。"),
    ),
    utterances=("什么时候可以咨询", "怎么预约一对一咨询", "我想约老师单独聊聊"),
)
async def consult(ctx: Ctx, when: SlotTime | None = None, host: HostName | None = None) -> Reply | None:
    """咨询 [时间] [主讲]：看看哪些时间可以约，回复数字就约。"""
    return await (booking.list_slots(ctx, host or "") if when is None else booking.book(ctx, when, host or ""))


@plugin.command("我的咨询", aliases=("咨询安排",), examples=(("我的咨询", "您现在没有约好的咨询…"),))
async def list_mine(ctx: Ctx) -> Reply:
    """我的咨询：看自己约好的咨询；主讲和群主看要接待的。"""
    return await booking.list_mine(ctx)


@plugin.command(
    "取消咨询", acts=True, examples=(("取消咨询", "要取消 一对一咨询（老王）周三 12-02 20:00–20:30 吗？回复 是"),)
)
async def cancel(ctx: Ctx, which: BookingNumber | None = None, sure: Literal["确定"] | None = None) -> Reply:
    """取消咨询 [编号]：来不了了，把时间让出来；主讲来不了也发这个。"""
    return await booking.cancel(ctx, which.value if which else None, is_sure=sure is not None)


@plugin.command(
    "改约",
    acts=True,
    examples=(("改约 12-09 20:00", "已改约：周三 12-02 20:00–20:30 改到…"),),
)
async def move(
    ctx: Ctx, which: BookingNumber | None = None, when: SlotTime | None = None, host: HostName | None = None
) -> Reply:
    """改约 [编号] [时间]：换一个时间。"""
    return await booking.move(ctx, which.value if which else None, when, host or "")


@plugin.on(OrderPaid)
async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Make the time theirs who paid for it."""
    await following.follow_payment(ctx, event)


@plugin.on(OrderRefunded)
async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Give up a time whose money was given back."""
    await following.follow_refund(ctx, event)


@plugin.deadline(changing.HOLD_OVER)
async def end_hold(ctx: Ctx, due: Deadline) -> None:
    """Give a time that nobody paid for to others."""
    await following.end_hold(ctx, due)


@plugin.deadline(changing.REMIND)
async def remind(ctx: Ctx, due: Deadline) -> None:
    """Remind both of a consultation."""
    await following.remind(ctx, due)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return a member's consultations; orders are exported by the core."""
    return {"consultations": export_bookings(db, member_id)}


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete them."""
    return {"consultations": erase_bookings(db, member_id)}
