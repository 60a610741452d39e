"""What owners read while they publish, cancel and move sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.plugin import Fault, format_duration, format_fen, parse_duration, show_time
from bot.plugins.organising.model import STEPS, Plan, Step
from bot.plugins.organising.rules import list_rooms
from bot.plugins.training.api import Heads, TrainingSession

_NAMES = {
    Step.TITLE: "标题", Step.TIME: "时间", Step.DURATION: "时长", Step.CAPACITY: "名额", Step.PRICE: "价格",
    Step.HOST: "主讲", Step.ROOMS: "群",
}  # fmt: skip
_QUESTIONS = {
    Step.TITLE: "课叫什么名字？",
    Step.TIME: "什么时候上？比如「周六 20:00」「12-05 20:00」，每周都上就写「每周五 20:00」。",
    Step.DURATION: "上多久？比如「2h」「90 分钟」，发「跳过」就是 1 小时。",
    Step.CAPACITY: "收多少人？写数字，不限就发「跳过」。",
    Step.PRICE: "收多少钱？比如「99」，免费就发「跳过」。",
    Step.HOST: "谁主讲？写名字，您自己就回「我」，不写就发「跳过」。",
}
AGAIN = "回复「是」就发布，要改哪一项就发「改 2」，不发布了发「取消」。"
WHICH = "要改第几项？发「改 1」到「改 7」，比如「改 2 周六 20:00」。"
ANOTHER = "请写一个新的时间，不改了发「取消」。"
NO_ROOM = "我还不在任何群里，请先把我拉进群，再发布场次。"


def ask(step: Step, rooms: Sequence[str]) -> str:
    """Return the question of a step."""
    if step is Step.ROOMS:
        return f"发到哪些群？回复数字，几个群写成「1,2」，都发就回「全部」：{list_rooms(rooms)}"
    return _QUESTIONS[step]


def begin() -> str:
    """Return how the dialogue begins."""
    return f"好的，一项一项来，随时发「取消」退出。{_QUESTIONS[Step.TITLE]}"


def summary(plan: Plan, day: datetime | None, zone: str = "") -> str:
    """Return all that was said, with numbers, and what to answer.

    Args:
        plan: everything is known.
        day: when it takes place, the first time if it is a series.
        zone: whose clock the time is by, when that is not the file's.
    """
    by = {Step.TIME: f"（{zone} 时间）"} if zone else {}
    lines = [
        f"{number} {_NAMES[step]}：{_value(plan, step, day)}{by.get(step, '')}" for number, step in enumerate(STEPS, 1)
    ]
    return "\n".join(["请核对：", *lines, f"报名时打的编号：{plan.id}", AGAIN])


def _value(plan: Plan, step: Step, day: datetime | None) -> str:
    values = {
        Step.TITLE: plan.title or "",
        Step.TIME: _when(plan, day),
        Step.DURATION: format_duration(parse_duration(plan.duration or "1h")),
        Step.CAPACITY: f"{plan.capacity} 人" if plan.capacity else "不限",
        Step.PRICE: f"{plan.price} 元" if plan.price not in {None, "0"} else "免费",
        Step.HOST: plan.host or "不写",
        Step.ROOMS: "、".join(plan.rooms or ()),
    }
    return values[step]


def _when(plan: Plan, day: datetime | None) -> str:
    if not plan.is_series:
        return show_time(day) if day else plan.time or ""
    return f"{plan.time}，第一次 {show_time(day)}" if day else plan.time or ""


def published(plan: Plan, advice: Sequence[Fault], *, is_soon: bool) -> str:
    """Return what is said when a session stands in the file.

    Args:
        plan: the session.
        advice: about what was written.
        is_soon: whether the time has come at which it is announced.
    """
    when = "我这就在群里通知" if is_soon else "开课前 3 天我会在群里通知"
    link = "会议链接写进 schedules.yaml 的 link，只私聊发给报名的人。"
    return f"已发布《{plan.title}》，发「报名 {plan.id}」就能报名，{when}。{link}{tips(advice)}"


def tips(advice: Sequence[Fault]) -> str:
    """Return advice about what was written."""
    return "".join(f"\n提示：{one.message}。" for one in advice)


def named(session: TrainingSession) -> str:
    """Return a session's title and time."""
    return f"《{session.title}》{show_time(session.local_start)}"


def concerned(heads: Heads) -> str:
    """Return whom a change affects."""
    people = [f"{heads.seats} 人已报名"] if heads.seats else []
    people += [f"{heads.waiting} 人在候补"] if heads.waiting else []
    return "，".join(people) or "还没有人报名"


def ask_to_cancel(what: str, heads: Heads, note: str, *, is_private: bool) -> str:
    """Return the question before a session is called off; how much was paid is nothing for a room."""
    amount = f"共 {format_fen(heads.paid_fen)}要退" if is_private else "要退款"
    money = f"，其中 {heads.paid} 人付了款，{amount}" if heads.paid else ""
    told = "，我会逐一通知" if heads.people else ""
    return f"要取消{what} 吗？{concerned(heads)}{money}{told}。{note}回复「是」就取消，「否」就不动。"


def ask_when(session: TrainingSession) -> str:
    """Return the question for a new time."""
    return f"{named(session)} 改到什么时候？比如「周日 20:00」，只改几点就写「21:00」。"


def ask_to_move(session: TrainingSession, start: datetime, heads: Heads, advice: Sequence[Fault]) -> str:
    """Return the question before a session is moved."""
    told = "，报名都保留，我会逐一通知" if heads.people else ""
    question = (
        f"把{named(session)} 改到 {show_time(start)} 吗？{concerned(heads)}{told}。回复「是」改期，「否」就不动。"
    )
    return question + tips(advice)


def cancelled(what: str, heads: Heads) -> str:
    """Return what is said when a session was called off."""
    money = "要退的款我私聊列给您。" if heads.paid else ""
    return f"已取消{what}，{_told(heads)}{money}"


def moved(session: TrainingSession, start: datetime, heads: Heads) -> str:
    """Return what is said when a session was moved."""
    return f"已改期：《{session.title}》改到 {show_time(start)}，{_told(heads)}"


def _told(heads: Heads) -> str:
    return f"{heads.people} 位会收到通知。" if heads.people else "还没有人报名，不用通知谁。"
