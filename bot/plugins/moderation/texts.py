"""What members and owners read when a rule was broken: short, kind, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.plugin import VerdictAction, format_moment
from bot.plugins.moderation.ladder import Restraint
from bot.plugins.moderation.model import Case, CaseState, Done, Strike

PICK: Final = "回复数字：1 移除  2 警告  3 误判  4 豁免"
"""Stands in every message about one case whose numbers an owner may answer."""
PICK_CASE: Final = "要请您看，回复数字看详情："
"""Stands in every list of cases whose numbers an owner may answer."""
_LONGEST_QUOTE = 60
_MOST_LINES = 8

ACTIONS: Final = {
    VerdictAction.ALLOW: "放行",
    VerdictAction.REMIND: "群内提醒",
    VerdictAction.WARN: "私聊警告",
    VerdictAction.REPORT: "报告群主",
    VerdictAction.REMOVE: "移出群聊",
}
DONE: Final = {
    Done.REMIND: "群内提醒", Done.WARN: "私聊警告", Done.REPORT: "报告群主", Done.REMOVE: "移出群聊",
    Done.BY_HAND: "请群主手动移出", Done.REHEARSE: "演练", Done.STRIKE: "警告", Done.WITHDRAW: "撤销警告",
    Done.RECALL: "本人撤回", Done.EXEMPT: "豁免", Done.UNEXEMPT: "取消豁免", Done.ASK_REMOVAL: "提请移出",
    Done.CONFIRM_REMOVAL: "确认移出", Done.DROP_REMOVAL: "不移出", Done.LEFT: "已离开群", Done.SETTLE: "结案",
    Done.UNDO: "撤销", Done.BRAKE: "自动暂停", Done.LIFT_BRAKE: "恢复群规", Done.DRY_RUN: "演练开关",
    Done.MARK: "标记", Done.UNMARK: "撤销标记", Done.APPEAL: "申诉", Done.UPHOLD: "申诉成立", Done.DISMISS: "申诉驳回",
    Done.RULE: "群规改动", Done.TOPIC: "话题提醒", Done.FLAG: "举报", Done.LIST: "加入名单", Done.UNLIST: "移出名单",
    Done.ALARM: "提醒群主",
}  # fmt: skip
STATES: Final = {
    CaseState.OPEN: "等群主处理",
    CaseState.CONFIRMING: "等第二位管理者确认",
    CaseState.BY_HAND: "等群主手动移出",
    CaseState.SETTLED: "已结",
    CaseState.UNDONE: "已撤销",
    CaseState.REHEARSED: "演练",
}
_RESTRAINTS = {
    Restraint.ONE_REASON: "只有一种理由，没有自动移出。",
    Restraint.PAYING: "这位是付过费的成员，移出要两位管理者都确认。",
    Restraint.EXPERT: "这位是专家，没有自动移出。",
    Restraint.LATE: "是之前的消息，没有自动移出。",
}


def quote(text: str, longest: int = _LONGEST_QUOTE) -> str:
    """Return a text in marks, on one line, cut when long; empty for none."""
    line = " ".join(text.split())
    if not line:
        return ""
    return f"「{line[:longest]}…」" if len(line) > longest else f"「{line}」"


def points(value: float) -> str:
    """Return points without needless zeros: 1 分, 0.8 分."""
    return f"{value:.2f}".rstrip("0").rstrip(".") + " 分"


# ---- to the member


def remind(words: Sequence[str]) -> str:
    """Return what the room reads, behind the names of those whom it is about.

    Args:
        words: the rules in people's words, each once.
    """
    return f"提醒一下，本群群规：{'；'.join(word.rstrip('。') for word in words)}。谢谢理解。"


def warn(case: Case, topic: str, strike: Strike | None, zone: ZoneInfo, *, is_late: bool) -> str:
    """Return what the person reads in private."""
    when = f"{format_moment(case.said_at.astimezone(zone))} " if is_late else "刚才"
    said = f"发的{quote(case.text)}" if case.text else "的行为"
    lines = [f"您{when}在「{topic}」{said}不太合群规：{case.words.rstrip('。')}。"]
    if strike is not None:
        lines.append(
            f"记 {points(strike.points)}（{strike.shown}），{_day(strike.expires_at, zone)} 自动作废，下次留意就好。"
        )
    return "\n".join([*lines, appeal_line(case)])


def warn_in_room(case: Case) -> str:
    """Return what the room reads where the person cannot be written to."""
    return f"提醒一下，本群群规：{case.words.rstrip('。')}。想私下说明可以加我好友，或发「申诉 {case.shown} 理由」。"


def warned_by_person(case: Case, topic: str, strike: Strike, zone: ZoneInfo) -> str:
    """Return what the person reads whom an admin warned."""
    reason = f"：{case.reason.rstrip('。')}" if case.reason else ""
    return (
        f"「{topic}」的管理者提醒您一次{reason}。\n记 {points(strike.points)}（{strike.shown}），"
        f"{_day(strike.expires_at, zone)} 自动作废。\n{appeal_line(case)}"
    )


def removed(case: Case, topic: str) -> str:
    """Return what the person reads who was removed."""
    words, reason = case.words.rstrip("。"), case.reason.rstrip("。")
    why = f"{words}（{reason}）" if reason and reason != words else words
    return f"您已被移出「{topic}」：{why}。\n{appeal_line(case)}"


def appeal_line(case: Case) -> str:
    """Return how to disagree."""
    return f"觉得不对，私聊回复「申诉 {case.shown} 您的理由」，会有人重新看。"


def undone(case: Case, topic: str) -> str:
    """Return what the person reads whose case was taken back."""
    return f"「{topic}」的 {case.shown} 已经撤销，记的分也清掉了。打扰您了，抱歉。"


def strike_withdrawn(strike: Strike, topic: str) -> str:
    """Return what the person reads whose strike was taken back."""
    return f"您在「{topic}」的警告 {strike.shown} 已撤销，不再计分。"


def past_reason(words: str, total: float) -> str:
    """Return what else speaks for a removal: an earlier strike."""
    return f"之前还因「{words.rstrip('。')}」记过分，共 {points(total)}"


# ---- to the owner


def report(case: Case, topic: str, restraint: Restraint, *, can_remove: bool, score: float) -> str:
    """Return what the owner reads of a case that waits for a word."""
    sure = f"（把握 {score:.0%}）" if score < 1 else ""
    what = " 的消息" if case.text else " "
    lines = [f"「{topic}」{case.name}{what}请您看一下（{case.shown}）：", f"{case.reason.rstrip('。')}{sure}。"]
    if case.text and quote(case.text) not in case.reason:
        lines.append(f"原话：{quote(case.text)}")
    note = _RESTRAINTS.get(restraint, "")
    if restraint is not Restraint.PAYING and case.is_paying:
        note += _RESTRAINTS[Restraint.PAYING]
    if not can_remove:
        note += "这个账号不能移除成员，选 1 会给您一份手动移出的名单。"
    return "\n".join([*lines, *([note] if note else []), PICK])


def one_more_reason(case: Case, topic: str, reason: str) -> str:
    """Return what the owner reads when another reason is found for a case that waits already."""
    return f"「{topic}」{case.name}（{case.shown}）又多了一个理由：{reason}。"


def restraint_note(restraint: Restraint) -> str:
    """Return why something milder was done than was asked for; empty when nothing was."""
    return _RESTRAINTS.get(restraint, "").rstrip("。")


def more_reports(topic: str, cases: Sequence[Case]) -> str:
    """Return what the owner reads of several cases at once."""
    lines = [
        f"{number}. {case.shown} {case.name}：{case.reason.rstrip('。')}"
        for number, case in enumerate(cases[:_MOST_LINES], 1)
    ]
    more = [f"还有 {len(cases) - _MOST_LINES} 条，发「待处理」看。"] if len(cases) > _MOST_LINES else []
    return "\n".join([f"「{topic}」又有 {len(cases)} 条{PICK_CASE}", *lines, *more])


def more_rehearsed(topic: str, cases: Sequence[Case]) -> str:
    """Return what the owner reads of several cases in a dry run."""
    lines = [f"{case.shown} {case.name}：{case.reason.rstrip('。')}" for case in cases[:_MOST_LINES]]
    more = [f"还有 {len(cases) - _MOST_LINES} 条"] if len(cases) > _MOST_LINES else []
    return "\n".join([f"演练：「{topic}」又有 {len(cases)} 条本来会处理：", *lines, *more])


def rehearsed(case: Case, topic: str, action: VerdictAction) -> str:
    """Return what the owner reads in a dry run."""
    said = f"\n原话：{quote(case.text)}" if case.text else ""
    reason = case.reason.rstrip("。")
    return f"演练：「{topic}」{case.name} 的消息本来会{ACTIONS[action]}（{case.shown}）：{reason}。{said}"


def removed_by_rule(case: Case, topic: str) -> str:
    """Return what the owner reads of somebody whom the rules removed."""
    return (
        f"已把 {case.name} 移出「{topic}」（{case.shown}）：{case.reason.rstrip('。')}。\n原话：{quote(case.text)}\n"
        f"判错了就发「撤销 {case.shown}」，警告作废，也会邀请回来。"
    )


def by_hand(topic: str, cases: Sequence[Case]) -> str:
    """Return the ready list for a gateway that cannot remove."""
    names = "\n".join(f"{case.name}（{case.shown}，{case.words.rstrip('。')}）" for case in cases)
    return (
        f"这个账号不能移除成员，请在微信里手动移出「{topic}」的：\n{names}\n"
        f"移出以后我会自动结案；不想移出就发「撤销 {cases[0].shown}」。"
    )


def braked(topic: str, why: str, case: Case) -> str:
    """Return what the owner reads when too many were removed."""
    return (
        f"{why}，怕是群规写错了：所有群规已改为只观察，不提醒也不移出。{case.name}（{case.shown}）没有移出「{topic}」。\n"
        "请看「案卷」，没问题就发「恢复群规」。"
    )


def _day(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%m-%d}"


def too_many_soon(count: int) -> str:
    """Return why the brake was pulled: many in a short time."""
    return f"10 分钟内已自动移出 {count} 人"


def too_many_of_room(count: int, people: int) -> str:
    """Return why the brake was pulled: many of one room."""
    return f"一天内已自动移出 {count} 人（群里 {people} 人）"
