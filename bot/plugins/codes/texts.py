"""What is said about redeem codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.plugin import format_duration, format_moment
from bot.plugins.codes.model import Batch, Outcome

SLIP = "这个码不完整或有错字，请对照原文再发一次，比如「兑换 QZ-XXXX-XXXX-XXXX-XXXX」；大小写和横线都不要紧。"
HOW_TO = "请私聊我发「兑换」加上您的码，比如「兑换 QZ-XXXX-XXXX-XXXX-XXXX」。还没有码，发「套餐」看看怎么买。"
BINDING = "这是绑定码，不是兑换码。要找回会员请发「绑定 您的绑定码」。"
NO_BATCHES = "还没有发过码。发「发码 套餐 数量」做一批，比如「发码 month 20」。"
NO_PRIVATE = "兑换码只能私聊发给您，但当前通道发不了私聊。"
SEEN_BY_OTHERS = (
    "刚才那个码发在了群里，别人也看得到，我没有使用它。\n"
    "请马上在这里私聊我：兑换 加上您的码。晚了可能被别人用掉；已经被用掉的话请找给您码的人。"
)
_SHOWN_LINES = 5
_REFUSED = {
    Outcome.UNKNOWN: "没有这个码，请对照原文看看是不是抄错了；还是不行就问给您码的人。",
    Outcome.VOID: "这个码已经作废了，请找给您码的人换一个。",
    Outcome.EXPIRED: "这个码已经过期了，请找给您码的人换一个。",
    Outcome.USED_UP: "这个码已经被别人用过了，请找给您码的人换一个。",
    Outcome.REVOKED: "这个码您用过，后来被群主收回了，有疑问请联系群主。",
}


def refused(outcome: Outcome) -> str:
    """Return why a code gives nothing, and what to do."""
    return _REFUSED[outcome]


def given(batch: Batch) -> str:
    """Return what begins the line that a member reads who used a code; the new end follows."""
    return f"兑换成功：「{batch.plan.title}」，"


def again(batch: Batch, at: datetime, zone: ZoneInfo) -> str:
    """Return what a member reads who uses a code a second time."""
    when = format_moment(at.astimezone(zone))
    return f"这个码您在 {when} 兑换成功了：「{batch.plan.title}」，不用再兑换。发「我的」看会员到哪天。"


def locked(until: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return what a member reads who tried too many wrong codes."""
    left = timedelta(minutes=max(1, -(-(until - now).seconds // 60)), days=(until - now).days)
    when = format_moment(until.astimezone(zone))
    return (
        f"连续几次都不对，为了保护别人的码，先停 {format_duration(left)}，{when} 以后再试。可以先找给您码的人核对一下。"
    )


def last_day(expires_at: datetime | None, zone: ZoneInfo) -> str:
    """Return the last day on which codes count; empty when they always do."""
    return f"{(expires_at - timedelta(seconds=1)).astimezone(zone):%Y-%m-%d}" if expires_at else ""


def first_codes(batch: Batch, codes: Sequence[str], *, is_all: bool) -> str:
    """Return the codes themselves, all of them or the first few."""
    shown = codes if is_all else codes[:_SHOWN_LINES]
    head = f"批次 {batch.shown}「{batch.plan.title}」" + ("的码：" if len(shown) == len(codes) else "的前几个码：")
    return "\n".join([head, *shown])


def made(batch: Batch, zone: ZoneInfo, *, has_file: bool) -> str:
    """Return what the owner reads about a new batch."""
    day = last_day(batch.expires_at, zone)
    uses = "每个用一次" if batch.uses == 1 else f"每个可以给 {batch.uses} 个人用"
    where = "全部在文件里。" if has_file else ""
    return (
        f"批次 {batch.shown} 做好了：{batch.count} 个「{batch.plan.title}」码，{uses}，有效期到 {day}。{where}\n"
        f"码只显示这一次，请存好；买家私聊我发「兑换 码」就能用。发错了发「作废 {batch.shown}」。"
    )


def batch_line(batch: Batch, now: datetime, zone: ZoneInfo) -> str:
    """Return one line of the list of batches."""
    day = last_day(batch.expires_at, zone)
    state = f"，有效期到 {day}" if day else ""
    if batch.voided_at:
        state = "，已作废"
    elif batch.expires_at and now >= batch.expires_at:
        state = f"，{day} 过期了"
    times = f"{batch.uses} 次 × " if batch.uses > 1 else ""
    return f"{batch.shown} 「{batch.plan.title}」{times}{batch.count} 个，已兑换 {batch.redeemed} 次{state}"


def ask_void(batch: Batch) -> str:
    """Return what is asked before a batch is taken back."""
    line = f"批次 {batch.shown}「{batch.plan.title}」有 {batch.count} 个码，已兑换 {batch.redeemed} 次。"
    kept = f"已兑换的不受影响（也要收回就发「作废 {batch.shown} 收回」）。" if batch.redeemed else ""
    return f"{line}作废以后，没兑换的就不能用了；{kept}确定吗？回复 是"


def ask_revoke(title: str, people: int) -> str:
    """Return what is asked before what codes gave is taken back, too."""
    return f"会作废这些码，并收回 {people} 次兑换得到的「{title}」，对方会收到通知。确定吗？回复 是"


def voided(shown: str, revoked: int) -> str:
    """Return what the owner reads when it is done."""
    return f"{shown}已作废" + (f"，收回了 {revoked} 次兑换，已通知对方。" if revoked else "。")


def taken_back(batch: Batch) -> str:
    """Return what a member reads whose membership by a code was taken back."""
    return f"您用兑换码得到的「{batch.plan.title}」被群主收回了，有疑问请联系群主。"


def gift(title: str, code: str, day: str) -> str:
    """Return what somebody reads who gets a code to pass on."""
    return f"这是「{title}」的兑换码：\n{code}\n转给对方，让对方私聊我发「兑换 码」，{day} 前有效，只能用一次。"
