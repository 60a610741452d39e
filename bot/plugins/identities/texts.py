"""What is said about binding codes and about records that are one person."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.plugin import format_duration, format_moment

NO_PRIVATE = "绑定码只能私聊发给您，但当前通道发不了私聊，请直接联系群主。"
NOT_FOR_ADMINS = "群主和管理员的身份写在 bot.yaml 里，不用绑定码。"
SENT = "绑定码已私聊发给您，请收好，不要发给别人。"
SLIP = "这个绑定码不完整或有错字，请对照原文再发一次，比如「绑定 BD-XXXX-XXXX-XXXX-XXXX」。"
REDEEM = "这是兑换码，不是绑定码。要用它请发「兑换 您的码」。"
UNKNOWN = "没有这个绑定码，请对照原文看看是不是抄错了，或者它已经换过新的。找不到了就请联系群主，请他帮您合并。"
OWN = "这就是您自己的绑定码，您已经认得出来了，不用绑定。"
HOW_TO = "请私聊我发「绑定」加上以前拿到的绑定码，比如「绑定 BD-XXXX-XXXX-XXXX-XXXX」。要拿自己的绑定码，发「绑定码」。"
SEEN_BY_OTHERS = (
    "刚才那个绑定码发在了群里，别人也看得到，我没有使用它。\n"
    "请马上在这里私聊我：绑定 加上那个码。绑定好以后它就作废，我会给您新的。\n"
    "如果您还能用原来的微信，也可以发「绑定码」换一个新的。"
)
HINT = (
    "我重新登录以后，有的成员我认不出来了。如果您以前开通过会员，请私聊我发「绑定」加上您的绑定码，"
    "会员和订单马上就回来。没有绑定码的话，请联系群主核对。"
)


def issued(code: str, *, is_first: bool) -> str:
    """Return what a member reads who gets a binding code."""
    head = "您的绑定码：" if is_first else "您的新绑定码，以前的作废了："
    return (
        f"{head}\n{code}\n"
        "换了微信号，或者哪天我认不出您了，就用新的微信私聊我发「绑定」加上它，会员、订单、报名都会回来。"
        "请收藏好，不要发给别人。"
    )


def bound(code: str) -> str:
    """Return what a member reads who was recognised by their code."""
    return (
        f"绑定好了，您以前的会员、订单和报名都在这里了，发「我的」看看。\n旧的绑定码已作废，这是新的，请收好：\n{code}"
    )


def bound_elsewhere(name: str, when: datetime, zone: ZoneInfo) -> str:
    """Return what the account reads that was a member's until now."""
    at = format_moment(when.astimezone(zone))
    who = f"「{name}」" if name else "另一个微信"
    return f"{at} 有人用您的绑定码，把您的会员绑定到了{who}。是您本人就不用管；不是的话，请马上联系群主。"


def locked(until: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return what somebody reads who tried too many wrong codes."""
    left = timedelta(minutes=max(1, -(-int((until - now).total_seconds()) // 60)))
    when = format_moment(until.astimezone(zone))
    return f"连续几次都不对，为了保护别人，先停 {format_duration(left)}，{when} 以后再试，或者请联系群主。"


def ask_merge(kept: str, ended: str) -> str:
    """Return what the owner is asked before two records become one."""
    return (
        f"要把这两份记录合并成一个人吗？\n{kept}\n{ended}\n"
        "合并后两边的会员、订单、报名都归到一起，再也分不开；请先确认是同一个人，同名的可能是别人。回复 是"
    )


def no_namesake(name: str) -> str:
    """Return what the owner reads when nobody else is called so."""
    return f"没有别的叫「{name}」的记录。两个名字不同的话，写「合并 @现在的 以前的名字」。"


def pick_namesake(name: str) -> str:
    """Return what stands above the records that could be meant."""
    return f"和「{name}」同名的记录有这些，同名不一定是同一个人。回复数字选要合并的："


def merged(name: str) -> str:
    """Return what the owner reads when it is done."""
    return f"合并好了，都归到「{name}」。"


def merged_for(name: str) -> str:
    """Return what a member reads whose records the owner merged."""
    return f"群主把您以前的记录和现在的「{name}」合并了，会员、订单、报名都在一起，发「我的」看看。"
