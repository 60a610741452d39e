"""What admins and members read when they ask about cases, strikes and exemptions, or decide about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.plugin import format_duration, format_moment
from bot.plugins.moderation.model import BOT, FORGOTTEN, AuditEntry, Case, CaseState, Exemption, Strike
from bot.plugins.moderation.texts import DONE, STATES, points, quote
from bot.plugins.moderation.undoing import Undone

NO_STRIKES: Final = "您没有违规记录，谢谢您一直照顾大家。"
NO_CASES: Final = "还没有案卷，一切正常。"
NO_WAITING: Final = "没有等您处理的，一切正常。"
NO_EXEMPTIONS: Final = "还没有豁免的人。发「豁免 @成员 7天」，群规就先不管 TA。"
NOT_BRAKED: Final = "群规没有暂停，不用恢复。"
LIFTED: Final = "群规恢复了，从现在起照常提醒和处理。"
LEADERS_ARE_FREE: Final = "群主和管理员不归群规管，不用处理。"
BOT_IS_FREE: Final = "这是我自己，就不用了吧。"
IN_ROOM_PLEASE: Final = "请在群里发，我才知道是哪个群。"
ONLY_ROOM: Final = "请在要演练的群里发。"
BY_LEADER: Final = "由管理者决定"


def no_case(number: int) -> str:
    """Return what somebody reads who names a case that is not there."""
    return f"没有 V{number} 这个案卷，发「案卷」看看有哪些。"


def no_strike(number: int) -> str:
    """Return the same of a strike."""
    return f"没有 S{number} 这条警告，发「案卷 @成员」看看有哪些。"


def has_no_strike(name: str) -> str:
    """Return the same of a person."""
    return f"{name} 现在没有警告，不用撤销。"


def nobody(name: str) -> str:
    """Return what somebody reads who names a person nobody knows."""
    who = f"「{name.split(maxsplit=1)[0].removeprefix('@')}」" if name.strip() else "这位成员"
    return f"没有找到{who}，请在群里用 @ 选中。"


def proposed(case: Case, topic: str) -> str:
    """Return what an admin is asked who wants to remove somebody by name."""
    return f"要把 {case.name} 移出「{topic}」吗（{case.shown}）？回复 是"


# ---- 我的违规


def my_strikes(
    strikes: Sequence[Strike], topics: Mapping[str, str], limits: tuple[float, float, float | None], zone: ZoneInfo
) -> str:
    """Return what a member reads of their own strikes.

    Args:
        strikes: in force, the oldest first.
        topics: room id → name.
        limits: at how many points they are warned in private, reported, removed.
        zone: of the reader.
    """
    if not strikes:
        return NO_STRIKES
    total = sum(strike.points for strike in strikes)
    lines = [f"您现在有 {len(strikes)} 条警告，共 {points(total)}："]
    for strike in strikes:
        where = f"「{topics[strike.room_id]}」" if topics.get(strike.room_id) else ""
        given, end = strike.given_at.astimezone(zone), strike.expires_at.astimezone(zone)
        lines.append(
            f"{strike.shown} {given:%m-%d}{where}{strike.words.rstrip('。')}，{points(strike.points)}，"
            f"{end:%Y-%m-%d} 到期（V{strike.case}）"
        )
    warn_at, report_at, remove_at = limits
    rungs = [f"满 {points(warn_at)}私聊警告", f"满 {points(report_at)}请群主看"]
    rungs += [f"满 {points(remove_at)}可能移出"] if remove_at is not None else []
    lines += [f"{'，'.join(rungs)}。到期自动作废。", f"觉得哪条不对，发「申诉 V{strikes[-1].case} 您的理由」。"]
    return "\n".join(lines)


# ---- 案卷


def case_line(case: Case, topic: str, zone: ZoneInfo) -> str:
    """Return one line of a list of cases."""
    said = case.said_at.astimezone(zone)
    times = f"（{case.hits} 次）" if case.hits > 1 else ""
    return (
        f"{case.shown} {said:%m-%d %H:%M}「{topic}」{case.name or '（已删除）'}：{case.words.rstrip('。')}{times}，"
        f"{DONE[case.act]}，{STATES[case.state]}"
    )


def case_file(case: Case, topic: str, entries: Sequence[AuditEntry], names: Mapping[str, str], zone: ZoneInfo) -> str:
    """Return the whole of a case.

    Args:
        case: which.
        topic: name of its room.
        entries: what was done, the first first.
        names: member id → name, of who decided.
        zone: of the reader.
    """
    said = format_moment(case.said_at.astimezone(zone))
    lines = [
        f"{case.shown}「{topic}」{case.name or '（已删除）'}，{said}",
        f"群规：{case.words.rstrip('。')}（{case.rule or '人工'}）",
    ]
    lines += [f"理由：{case.reason.rstrip('。')}"] if case.reason else []
    lines += [f"原话：{quote(case.text, 200)}"] if case.text else []
    lines += [f"共 {case.hits} 次"] if case.hits > 1 else []
    lines += [f"状态：{STATES[case.state]}", "经过："]
    lines += [audit_line(entry, names, zone, has_case=False) for entry in entries]
    if case.state not in {CaseState.UNDONE, CaseState.REHEARSED}:
        lines.append(f"要撤销发「撤销 {case.shown}」。")
    return "\n".join(lines)


def audit_line(entry: AuditEntry, names: Mapping[str, str], zone: ZoneInfo, *, has_case: bool = True) -> str:
    """Return one line of the log."""
    at = entry.at.astimezone(zone)
    who = {BOT: "机器人", FORGOTTEN: "（已删除）"}.get(entry.decided_by) or names.get(entry.decided_by, "管理者")
    whom = f" {entry.name}" if entry.name and has_case else ""
    number = f"（V{entry.case}）" if entry.case and has_case else ""
    strike = f" S{entry.strike}" if entry.strike else ""
    reason = f"：{entry.reason.rstrip('。')}" if entry.reason else ""
    return f"{at:%m-%d %H:%M} {who} {DONE[entry.done]}{strike}{whom}{reason}{number}"


# ---- 警告, 撤销警告, 撤销


def warned(name: str, strike: Strike, total: float, *, was_told: bool) -> str:
    """Return what an admin reads who warned somebody."""
    told = "已私聊告诉本人" if was_told else "这里发不了私聊，已在群里提醒"
    return (
        f"已警告 {name}（{strike.shown}，案卷 V{strike.case}），现在共 {points(total)}。{told}。"
        f"要撤销发「撤销警告 {strike.shown}」。"
    )


def withdrawn(name: str, strike: Strike, left: float) -> str:
    """Return what an admin reads who took a strike back."""
    return f"已撤销 {name} 的警告 {strike.shown}，还剩 {points(left)}，也告诉了本人。"


def already_withdrawn(strike: Strike) -> str:
    """Return what an admin reads when it was taken back before."""
    return f"{strike.shown} 之前已经撤销了，不用再撤。"


def undone(case: Case, done: Undone) -> str:
    """Return what an admin reads who took a case back."""
    parts = [f"已撤销 {case.shown}（{case.name}）"]
    parts += [f"警告 {'、'.join(one.shown for one in done.strikes)} 作废"] if done.strikes else []
    parts += ["豁免也取消了"] if done.is_exemption_over else []
    if done.was_removed:
        parts.append("已邀请回群" if done.is_invited else "这个账号不能拉人，请您手动邀请回群")
    return "，".join(parts) + "。"


def already_undone(case: Case) -> str:
    """Return what an admin reads when it was taken back before."""
    return f"{case.shown} 之前已经撤销了，不用再撤。"


# ---- 豁免


def exempted(name: str, until: datetime | None, topic: str, zone: ZoneInfo) -> str:
    """Return what an admin reads who freed somebody from the rules."""
    where = f"在「{topic}」" if topic else "在所有群"
    end = f"到 {format_moment(until.astimezone(zone))}" if until else "一直有效"
    return f"好的，{name} {where}先不归群规管，{end}。要取消发「取消豁免 @{name}」。"


def unexempted(name: str) -> str:
    """Return what an admin reads who ended an exemption."""
    return f"好的，{name} 和大家一样归群规管了。"


def not_exempt(name: str) -> str:
    """Return the same when there was none."""
    return f"{name} 没有豁免，发「豁免」看看都有谁。"


def exemptions(found: Sequence[Exemption], topics: Mapping[str, str], zone: ZoneInfo) -> str:
    """Return who is freed from the rules."""
    if not found:
        return NO_EXEMPTIONS
    lines = []
    for one in found:
        where = f"「{topics[one.room_id]}」" if topics.get(one.room_id) else "所有群"
        end = f"到 {format_moment(one.until.astimezone(zone))}" if one.until else "一直"
        lines.append(f"{one.name}：{where}，{end}" + (f"，{one.reason}" if one.reason else ""))
    return "\n".join([f"现在豁免 {len(found)} 人：", *lines])


# ---- 移除


def removed(case: Case, topic: str) -> str:
    """Return what an admin reads who removed somebody."""
    return f"好的，正在把 {case.name} 移出「{topic}」（{case.shown}）。要撤销发「撤销 {case.shown}」。"


def needs_second(case: Case, topic: str, others: Sequence[str], within: timedelta) -> str:
    """Return what the first of two reads who want somebody removed who has paid."""
    return (
        f"{case.name} 付过费，移出「{topic}」要两位管理者确认。我已请 {'、'.join(others)} 在 "
        f"{format_duration(within)}内发「确认移除 {case.shown}」，没人确认就不移出。"
    )


def asks_second(case: Case, topic: str, asker: str, within: timedelta) -> str:
    """Return what the others read."""
    return (
        f"{asker} 想把 {case.name} 移出「{topic}」（{case.shown}）：{case.reason.rstrip('。')}。\n"
        + (f"原话：{quote(case.text)}\n" if case.text else "")
        + f"TA 付过费，要两位管理者都同意。同意请在 {format_duration(within)}内发「确认移除 {case.shown}」；"
        "不同意不用理会。"
    )


def nobody_second(case: Case, topic: str) -> str:
    """Return what a lone owner reads: nobody else could agree."""
    return (
        f"{case.name} 付过费，移出要两位管理者确认，但「{topic}」只有您一位。确实要移出，请您在微信里手动操作，"
        f"或在 bot.yaml 的 admins 里加一位管理员。"
    )


def not_confirmed(case: Case, topic: str) -> str:
    """Return what the owner reads when no second person agreed in time."""
    return f"{case.shown}：24 小时内没有第二位管理者确认，{case.name} 留在「{topic}」。"


def second_please(case: Case) -> str:
    """Return what somebody reads who confirms their own wish."""
    return f"{case.shown} 是您提出的，要另一位管理者发「确认移除 {case.shown}」。"


def nothing_to_confirm(case: Case) -> str:
    """Return what somebody reads who confirms what nobody asked for."""
    return f"{case.shown} 没有在等确认，现在是「{STATES[case.state]}」。"


def is_gone(case: Case, topic: str) -> str:
    """Return what an admin reads when the person is not in the room."""
    return f"{case.name or '这位成员'} 已经不在「{topic}」里了，不用移出。"


# ---- 演练


def dry_run(topic: str, *, is_on: bool) -> str:
    """Return what the owner reads of the dry run."""
    if is_on:
        return f"「{topic}」开始演练：群规只看不动，本来会做什么只告诉您。发「演练 关」结束。"
    return f"「{topic}」的演练结束了，群规照常提醒和处理。"


def dry_run_is(topic: str, *, is_on: bool) -> str:
    """Return how the dry run stands."""
    return f"「{topic}」{'正在演练，发「演练 关」结束' if is_on else '没有演练，发「演练 开」就只看不动'}。"
