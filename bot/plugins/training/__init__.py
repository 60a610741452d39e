"""Training sessions: announced from schedules.yaml, registered for in the chat."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from bot.plugin import (
    Context,
    Database,
    Deadline,
    Message,
    OrderPaid,
    OrderRefunded,
    Plugin,
    Reply,
    Role,
    Row,
    SchedulesChanged,
)
from bot.plugins.tickets.api import TicketTakenBack
from bot.plugins.training import announcing, listing, paying, registering, syncing, terms
from bot.plugins.training.calendar_store import erase_files, export_files
from bot.plugins.training.finding import KEY_WORDS, read_session_key
from bot.plugins.training.model import NAME, PlaceFreed, SessionCancelled, SessionChanged, SessionKey
from bot.plugins.training.preview import Span, preview
from bot.plugins.training.registrations_store import erase_registrations, export_registrations, merge_registrations
from bot.plugins.training.settings import TrainingSettings
from bot.plugins.training.store import migrations

plugin = Plugin(NAME, config=TrainingSettings, migrations=migrations, requires=("tickets",), title="场次")

plugin.argument(SessionKey, words=KEY_WORDS)(read_session_key)

Ctx = Context[TrainingSettings]
Which = Annotated[SessionKey | None, "场次"]


# Sessions: what is in force, what is said of them, and the owner's word on edits.


@plugin.on(SchedulesChanged)
async def follow_schedules(ctx: Ctx, _event: SchedulesChanged) -> None:
    """Put in force what schedules.yaml says, or ask the owner first."""
    await syncing.sync(ctx, is_edit=True)


@plugin.deadline("extend")
async def open_another_day(ctx: Ctx, _due: Deadline) -> None:
    """Open series for registration one day further."""
    await syncing.sync(ctx, is_edit=False)


@plugin.deadline("tell_owner")
async def tell_owner_again(ctx: Ctx, due: Deadline) -> None:
    """Tell the owner what could not be told before."""
    await syncing.tell_owner_again(ctx, due)


@plugin.deadline("announce")
async def announce(ctx: Ctx, due: Deadline) -> None:
    """Announce a session."""
    await announcing.announce(ctx, due)


@plugin.deadline("remind")
async def remind(ctx: Ctx, due: Deadline) -> None:
    """Remind of a session."""
    await announcing.remind(ctx, due)


@plugin.deadline("spread")
async def spread(ctx: Ctx, due: Deadline) -> None:
    """Say in rooms what became due just now."""
    await announcing.spread(ctx, due)


@plugin.command(
    "场次",
    aliases=("课表", "课程表", "课程"),
    examples=(
        ("场次", "现在没有安排课。想听什么发「想听 题目」，想的人多了就会开。"),
        ("场次 fastapi-101", "fastapi-101…"),
    ),
    utterances=("最近有什么课", "有哪些课可以报名", "接下来有什么课程", "明天有课吗", "这周有什么课"),
)
async def show_sessions(
    ctx: Ctx, which: Annotated[Literal["全部", "我的"] | SessionKey | None, "全部|我的|场次"] = None
) -> Reply:
    """课表 [全部|我的|场次]：接下来有哪些课，带编号看详情。"""
    if which == "我的":
        return await registering.list_mine(ctx)
    if which is None or which == "全部":
        return await listing.list_coming(ctx, is_all=which is not None)
    return await listing.show(ctx, which)


@plugin.command("预览", role=Role.ADMIN, examples=(("预览", "接下来 7 天没有要发的消息。"), ("预览 下周", "下周会发…")))
async def show_plan(ctx: Ctx, when: Annotated[Span | timedelta | date | None, "下周|3天|日期"] = None) -> Reply:
    """预览 [下周|3天|日期]：接下来会自动发哪些通知和提醒，私聊发给您。"""
    return await preview(ctx, when)


@plugin.command("改动", role=Role.ADMIN, examples=(("改动", "没有等您决定的改动…"),))
async def show_edit(ctx: Ctx) -> Reply:
    """改动：再看一遍 schedules.yaml 里等您决定的改动。"""
    return await syncing.show_waiting(ctx)


@plugin.command("应用", role=Role.ADMIN, examples=(("/应用", "没有等您决定的改动…"),))
async def apply_edit(ctx: Ctx) -> Reply:
    """应用：让 schedules.yaml 里等您决定的改动生效，并通知报名的人。"""
    return await syncing.apply_waiting(ctx)


@plugin.command("放弃", role=Role.ADMIN, examples=(("/放弃", "没有等您决定的改动…"),))
async def decline_edit(ctx: Ctx) -> Reply:
    """放弃：schedules.yaml 里等您决定的改动先不生效，报名的人不受影响。"""
    return await syncing.decline_waiting(ctx)


# Registration and the waitlist.


@plugin.command(
    "报名",
    aliases=("我要报名",),
    acts=True,
    examples=(
        ("报名 fastapi-101", "小明 报名成功：《FastAPI 入门实战》周六 12-05 20:00，还剩 29 个名额，详情已私聊发给您。"),
    ),
    utterances=("我要报名{}", "帮我报名{}", "我想参加{}"),
)
async def sign_up(ctx: Ctx, which: Which = None) -> Reply | None:
    """报名 <场次>：占一个名额，满了就排候补；引用通知发「报名」或「+1」也行。"""
    return await (registering.register_for_quoted(ctx) if which is None else registering.register(ctx, which))


@plugin.command(
    "取消",
    aliases=("取消报名", "退课"),
    acts=True,
    examples=(("取消 fastapi-101", "已取消《FastAPI 入门实战》的报名。"),),
    utterances=("我不参加{}了", "帮我取消{}的报名"),
)
async def give_back(ctx: Ctx, which: Which = None) -> Reply | None:
    """取消 <场次>：不来了，把名额让给候补的朋友。"""
    return await registering.cancel(ctx, which)


@plugin.command("确认取消", hidden=True)
async def give_back_surely(ctx: Ctx, which: Annotated[SessionKey, "场次"]) -> Reply | None:
    """确认取消 <场次>：不再问一遍。"""
    return await registering.cancel_surely(ctx, which)


@plugin.command("候补", examples=(("候补 fastapi-101", "《FastAPI 入门实战》名额满了，小明 在候补第 1 位…"),))
async def wait(ctx: Ctx, which: Which = None) -> Reply | None:
    """候补 <场次>：名额满了先排队，有空位按顺序通知。"""
    return await (registering.register_for_quoted(ctx, "候补") if which is None else registering.wait(ctx, which))


@plugin.command(
    "确认", examples=(("确认", "小明 报名成功：《FastAPI 入门实战》周六 12-05 20:00，名额满了，详情已私聊发给您。"),)
)
async def take_offer(ctx: Ctx, which: Which = None) -> Reply | None:
    """确认 [场次]：接受为您留的空位。"""
    return await registering.confirm(ctx, which)


@plugin.command(
    "我的课",
    aliases=("我的报名", "我的场次"),
    examples=(("我的课", "您报名的场次，回复数字看详情：…"),),
    utterances=("我报名了哪些课", "我报了什么课"),
)
async def list_mine(ctx: Ctx) -> Reply:
    """我的课：看看自己报了哪些场次；私聊里有链接。"""
    return await registering.list_mine(ctx)


@plugin.on(Message)
async def hear_plus_one(ctx: Ctx) -> Reply | None:
    """Take `+1` as a registration where it is one."""
    return await registering.hear_plus_one(ctx)


@plugin.deadline("offer_over")
async def end_offer(ctx: Ctx, due: Deadline) -> None:
    """Give a place that nobody took to the next in line."""
    await terms.end_offer(ctx, due)


@plugin.deadline("hold_over")
async def end_hold(ctx: Ctx, due: Deadline) -> None:
    """Give a place that nobody paid for to the next in line."""
    await terms.end_hold(ctx, due)


@plugin.deadline("line_over")
async def end_line(ctx: Ctx, due: Deadline) -> None:
    """Tell those who still wait that it begins without them."""
    await terms.end_line(ctx, due)


@plugin.on(SessionChanged)
async def follow_change(ctx: Ctx, event: SessionChanged) -> None:
    """Send new calendar files, and offer places that were added."""
    await terms.follow_change(ctx, event.session_id)


@plugin.on(SessionCancelled)
async def close_registrations(ctx: Ctx, event: SessionCancelled) -> None:
    """End registrations, take the calendar entries back, and list the refunds for the owner."""
    await terms.close(ctx, event.session_id)


@plugin.on(OrderPaid)
async def follow_payment(ctx: Ctx, event: OrderPaid) -> None:
    """Give the place that was paid for."""
    await paying.follow_payment(ctx, event)


@plugin.on(OrderRefunded)
async def follow_refund(ctx: Ctx, event: OrderRefunded) -> None:
    """Tell of money that went back, and free the place it was for."""
    await paying.follow_refund(ctx, event)


@plugin.on(PlaceFreed)
async def fill_place(ctx: Ctx, event: PlaceFreed) -> None:
    """Offer a place that was freed by other ways than 取消."""
    await terms.fill(ctx, event.session_id)


@plugin.on(TicketTakenBack)
async def lose_ticket(ctx: Ctx, event: TicketTakenBack) -> None:
    """Give up a place whose ticket was paid back."""
    await terms.lose_ticket(ctx, event)


@plugin.merges
def merge_members(db: Database, from_id: str, to_id: str) -> None:
    """Keep a place that one of two records has which turn out to be one person."""
    merge_registrations(db, from_id, to_id)


@plugin.exports
def export_member(db: Database, member_id: str) -> Row:
    """Return what a member registered for and was sent."""
    return {
        "registrations": export_registrations(db, member_id),
        "calendar_files": export_files(db, member_id),
    }


@plugin.erases
def erase_member(db: Database, member_id: str) -> Row:
    """Delete that; a place becomes free."""
    return {
        "registrations": erase_registrations(db, member_id),
        "calendar_files": erase_files(db, member_id),
    }
