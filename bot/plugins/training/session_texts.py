"""What the group and its members read about training sessions: announced, close at hand, changed, called off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.plugin import OrderState, format_fen
from bot.plugins.training.model import RegistrationState, SessionOrder, TrainingSession
from bot.plugins.training.times_texts import days_away, lead, length, moment, places, price

_TIMES = {"starts_at", "ends_at", "timezone"}
MOST_NAMED = 12
"""Sessions in one message."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A session with what is known of its places.

    Attributes:
        session: which.
        left: how many places are free; None when there is no limit.
        taken: how many places are taken.
        waiting: how many wait.
    """

    session: TrainingSession
    left: int | None
    taken: int = 0
    waiting: int = 0


def named_message(session: TrainingSession, is_reminder: bool) -> str:  # noqa: FBT001 - its only fact
    """Return what the owner calls a message that was missed."""
    return f"《{session.title}》{moment(session)} 的{'提醒' if is_reminder else '通知'}"


def announcement(one: Standing, now: datetime) -> str:
    """Return what a room reads of a session: when, who, how much, and how to register."""
    session = one.session
    lines = [
        f"【课程】{session.title}",
        f"时间：{moment(session)}（{days_away(session, now)}），{length(session)}",
        *([f"主讲：{session.host}"] if session.host else []),
        *(
            [f"地点：{session.place}"]
            if session.place
            else ["地点：线上，链接私聊发给报名的人"]
            if session.link
            else []
        ),
        f"费用：{_cost(one)}",
        how_to_register(one),
    ]
    return "\n".join(lines)


def _where(session: TrainingSession) -> list[str]:
    if session.place:
        return [f"地点：{session.place}"]
    return ["地点：线上，链接私聊发给报名的人"] if session.link else []


def _cost(one: Standing) -> str:
    access = {"free": "", "member": "，会员专享"}.get(one.session.access, "，限对应套餐的会员")
    left = "" if one.left is None else f"，还有 {one.left} 个名额" if one.left else "，名额已满"
    return f"{price(one.session)}{access}{left}"


def how_to_register(one: Standing) -> str:
    """Return how a member gets a place, or a place in the queue."""
    if one.left == 0:
        return f"想来可以排候补：发「候补 {one.session.key}」，有空位按顺序通知。"
    return f"报名请发「报名 {one.session.key}」，或引用本条回复 +1。"


def several(standings: Sequence[Standing]) -> str:
    """Return what a room reads when several sessions become known at once."""
    shown = [f"{brief(one)}，发「报名 {one.session.key}」" for one in standings[:MOST_NAMED]]
    more = [f"……还有 {len(standings) - MOST_NAMED} 场"] if len(standings) > MOST_NAMED else []
    return "\n".join([f"【课程】新开 {len(standings)} 场：", *shown, *more, "发「课表」看全部，想来就报名。"])


def brief(one: Standing) -> str:
    """Return a session as one line: title, time, places, price."""
    parts = (f"《{one.session.title}》{moment(one.session)}", places(one.left), price(one.session))
    return "，".join(part for part in parts if part)


def list_line(one: Standing) -> str:
    """Return a session as one line of a list, with what members type for it."""
    parts = (one.session.title, moment(one.session), places(one.left), price(one.session))
    return " ".join([one.session.key, *(part for part in parts if part)])


def reminder(one: Standing, now: datetime) -> str:
    """Return what a room reads shortly before a session; empty when that is too late for anybody."""
    session = one.session
    if now >= session.starts_at:
        return f"《{session.title}》已经开始了，报名的朋友请看私聊里的提醒。" if one.taken else ""
    parts = ["报名的朋友请看私聊里的提醒"] if one.taken else []
    parts += [f"还没报名的发「报名 {session.key}」"] if one.left != 0 else []
    return f"《{session.title}》{lead(session, now)}开始（{moment(session)}）{''.join('，' + part for part in parts)}。"


def reminder_alone(session: TrainingSession, now: datetime) -> str:
    """Return what a registered member reads shortly before a session; the link is in it."""
    if now >= session.starts_at:
        head = f"《{session.title}》已经开始了（{moment(session)}）。"
    else:
        head = f"提醒您：《{session.title}》{lead(session, now)}开始（{moment(session)}）。"
    why = "，名额会让给别人" if session.capacity else ""
    lines = [
        head,
        *([f"地点：{session.place}"] if session.place else []),
        *([f"链接：{session.link}（只发给报名的人，请不要转发）"] if session.link else []),
        *([f"来不了请发「取消 {session.key}」{why}。"] if now < session.starts_at else []),
    ]
    return "\n".join(lines)


def what_changed(before: TrainingSession, after: TrainingSession, fields: Collection[str]) -> str:
    """Return what is different, without the link, which is not for everybody."""
    return "；".join(_differences(before, after, fields)) or "细节有变动"


def _differences(before: TrainingSession, after: TrainingSession, fields: Collection[str]) -> list[str]:
    lines: list[str] = []
    if "starts_at" in fields or "timezone" in fields:
        lines.append(f"时间从 {moment(before)} 改到 {moment(after)}")
    if length(before) != length(after):
        lines.append(f"时长从 {length(before)} 改成 {length(after)}")
    lines += [f"标题改为《{after.title}》"] if "title" in fields else []
    lines += [f"主讲改为 {after.host or '待定'}"] if "host" in fields else []
    lines += [f"地点改为 {after.place or '待定'}"] if "place" in fields else []
    if "price_fen" in fields:
        lines.append(f"价格从 {price(before)} 改成 {price(after)}，已经付款的不受影响")
    return lines


def told_of_change(
    before: TrainingSession, after: TrainingSession, fields: Collection[str], state: RegistrationState
) -> str:
    """Return what somebody with a place, or waiting for one, reads of a change; empty when it is nothing to them."""
    lines = _differences(before, after, fields)
    if "link" in fields and state is RegistrationState.REGISTERED:
        lines.append(f"链接改为 {after.link}（只发给报名的人，请不要转发）" if after.link else "链接取消了")
    if not lines:
        return ""
    head = "改期了" if _TIMES & {*fields} else "有变动"
    stays = "您还在候补" if state is RegistrationState.WAITING else "您的名额还在"
    return f"《{before.title}》{head}：{'；'.join(lines)}。\n{stays}，来不了请发「取消 {after.key}」。"


def room_of_change(before: TrainingSession, after: TrainingSession, fields: Collection[str]) -> str:
    """Return what the room reads of a change."""
    head = "【改期】" if _TIMES & {*fields} else "【变动】"
    return (
        f"{head}《{before.title}》{what_changed(before, after, fields)}。"
        f"已报名的不用重新报；还没报名的发「报名 {after.key}」。"
    )


def told_of_end(session: TrainingSession, order: SessionOrder | None, reason: str = "") -> str:
    """Return what somebody with a place reads when a session is called off."""
    is_paid = order is not None and order.state in {OrderState.PAID, OrderState.REFUND_DUE}
    money = f"您付的 {format_fen(order.paid_fen)}会退还给您，退好后我会通知您。" if order and is_paid else ""
    return (
        f"很抱歉，《{session.title}》{moment(session)} 这一场取消了{_because(reason)}。{money}发「课表」看看别的场次。"
    )


def room_of_end(session: TrainingSession, reason: str = "", *, is_told: bool) -> str:
    """Return what the room reads when a session is called off."""
    told = "，已报名的朋友我会私聊通知" if is_told else ""
    return (
        f"【取消】《{session.title}》{moment(session)} 这一场取消了{_because(reason)}{told}。发「课表」看看别的场次。"
    )


def _because(reason: str) -> str:
    return f"（{reason}）" if reason else ""


def filled(session: TrainingSession, fields: Collection[str]) -> str:
    """Return what those who came read when there are materials or a recording; empty when they were taken away."""
    lines = [f"资料：{session.materials}"] if "materials" in fields and session.materials else []
    lines += [f"回放：{session.recording}"] if "recording" in fields and session.recording else []
    return "\n".join([f"《{session.title}》课后的内容来了：", *lines]) if lines else ""


def details(one: Standing, now: datetime, rooms: Sequence[str] = (), *, may_say_yes: bool = False) -> str:
    """Return all that everybody may know of a session.

    Args:
        one: which.
        now: aware.
        rooms: topics of the rooms it is for, when that is worth saying.
        may_say_yes: the member is not registered, and a 是 registers.
    """
    session = one.session
    lines = [f"{session.key}《{session.title}》", f"时间：{_when(session, now)}，{length(session)}"]
    lines += [f"主讲：{session.host}"] if session.host else []
    lines += _where(session)
    lines += [f"群：{'、'.join(rooms)}"] if rooms else []
    if session.is_cancelled:
        return "\n".join([*lines, "这一场取消了，发「课表」看看别的场次。"])
    if now >= session.ends_at:
        return "\n".join([*lines, *_afterwards(session)])
    waiting = f"，{one.waiting} 人在候补" if one.waiting else ""
    lines += [f"费用：{_cost(one)}{waiting}"]
    if now >= session.starts_at:
        return "\n".join([*lines, "已经开始，报名截止了。"])
    how = (
        f"报名请回复「是」，或发「报名 {session.key}」。"
        if may_say_yes
        else how_to_register(one)
        if one.left == 0
        else ""
    )
    return "\n".join([*lines, *([how] if how else [])])


def _when(session: TrainingSession, now: datetime) -> str:
    if now >= session.ends_at:
        return f"{moment(session)}（已结束）"
    if now >= session.starts_at:
        return f"{moment(session)}（正在进行）"
    return f"{moment(session)}（{days_away(session, now)}）"


def _afterwards(session: TrainingSession) -> list[str]:
    lines = [f"资料：{session.materials}"] if session.materials else []
    lines += [f"回放：{session.recording}"] if session.recording else []
    return lines or ["已经结束，还没有资料和回放。"]
