"""What members read about referrals and gifts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.plugin import format_duration, format_fen
from bot.plugins.growth.codes import show_code
from bot.plugins.growth.model import Tally
from bot.plugins.growth.rules import Refusal

NO_REWARDS = "现在没有推荐奖励。"
NO_SUCH_CODE = "没有这个推荐码。推荐码是 8 位字母和数字，请和推荐人核对后再发一次。"
MENTION_THEM = "请在群里用 @ 选中推荐您的人，或者发推荐人的推荐码，例如：推荐码 AC3D-EF4G"
NOT_FOR_YOURSELF = "不用送给自己，发「开通」就能买。"


def my_code(code: str, days: int, window: timedelta) -> str:
    """Return a member's code and what it is good for."""
    return (
        f"您的推荐码：{show_code(code)}\n"
        f"还没付过款的朋友先发「推荐码 {show_code(code)}」给我，第一次开通会员后 {format_duration(window)}没有退款，"
        f"您得 {days} 天会员。发「我的推荐」看进展。"
    )


def noted(referrer_name: str) -> str:
    """Return what a newcomer is told who named a referrer."""
    return f"记下了，您是 {referrer_name or '一位群友'} 推荐来的。想开通会员，发「套餐」看看。"


def refused(why: Refusal, name: str) -> str:
    """Return why somebody cannot be named as the one who brought a member."""
    who = name or "一位群友"
    return {
        Refusal.SELF: "这是您自己的推荐码，发给朋友用，自己不能填。",
        Refusal.NAMED: f"您填过推荐码了，推荐人是 {who}，不用再填，也不能再换。",
        Refusal.PAID: "推荐码要在第一次付款以前填，您已经付过款了，这次填不了。",
        Refusal.LOOP: f"{who} 是您推荐来的，不能反过来再推荐您。",
    }[why]


def my_referrals(tally: Tally, code: str, days: int, window: timedelta) -> str:
    """Return what a member's referrals came to."""
    if not tally.named:
        return f"还没有朋友填您的推荐码。\n{my_code(code, days, window)}"
    parts = [f"{tally.rewarded} 位已算数" if tally.rewarded else ""]
    parts += [f"{tally.paid} 位付款后还没满 {format_duration(window)}" if tally.paid else ""]
    parts += [f"{tally.waiting} 位还没付款" if tally.waiting else ""]
    got = f"一共得了 {tally.days} 天会员。" if tally.days else ""
    counted = "，".join(part for part in parts if part)
    return f"{tally.named} 位朋友填了您的推荐码：{counted}。{got}\n您的推荐码：{show_code(code)}"


def rewarded(days: int) -> str:
    """Return what a referrer reads before the new end of their membership."""
    return f"您推荐的一位朋友开通了会员，谢谢！送您 {days} 天会员，"


def thanked() -> str:
    """Return what a referrer is told whose membership never ends."""
    return "您推荐的一位朋友开通了会员，谢谢！您是永久会员，不用再加天数。发「我的推荐」看全部。"


def gift_begun(number: int, title: str, fen: int, receiver: str) -> str:
    """Return what a giver is told before how to pay; without a receiver it becomes a code."""
    to = f"付款后直接送到 {receiver} 那里" if receiver else "付款后给您一个兑换码，您转给对方用"
    return f"订单 D{number}：赠送「{title}」{format_fen(fen)}，{to}。"


def terms(text: str) -> str:
    """Return the terms as who pays for the first time reads them before paying."""
    return f"这是条款，付款就是同意：\n{text}"


def gift_given(title: str, receiver: str) -> str:
    """Return what a giver is told when the receiver has it."""
    return f"收到您的付款了，「{title}」已经送到 {receiver} 那里，我私聊告诉了对方。谢谢！"


def gift_received(title: str, giver: str) -> str:
    """Return what a receiver reads before the new end."""
    return f"{giver or '一位群友'} 送您「{title}」，"


def gift_is_code(receiver: str) -> str:
    """Return what a giver reads in front of the code that they hand on."""
    to = f"请私聊转给 {receiver}" if receiver else "请私聊转给对方"
    return f"收到您的付款了，谢谢！{to}，不要发到群里。"


def gift_taken_back(title: str, giver: str) -> str:
    """Return what a receiver is told whose gift was refunded."""
    return f"{giver or '一位群友'} 送您的「{title}」退款了，这份会员时间收回了。发「我的」看现在的状态。"


def which_plan(titles: Sequence[str], receiver: str) -> str:
    """Return what is said to who named nobody's plan, or two."""
    if not titles:
        return "现在没有可以送的套餐。"
    return f"要送哪个套餐？可以送的有：{'、'.join(titles)}。例如：赠送 {titles[0]} @{receiver or '小红'}"


def who_is_that(name: str, title: str) -> str:
    """Return what is said to a name that is mentioned nowhere."""
    return f"认不准「{name}」是哪一位，请在群里用 @ 选中对方，或者只发「赠送 {title}」，付款后拿兑换码转给对方。"


def not_to_be_given(title: str, titles: Sequence[str]) -> str:
    """Return what is said to a plan that cannot be given, with those that can."""
    if not titles:
        return "现在没有可以送的套餐。"
    return f"没有可以送的「{title}」。可以送的有：{'、'.join(titles)}。例如：赠送 {titles[0]} @小红"
