"""What members and reviewers read about appeals, marks and rules that only observe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.plugin import format_duration, format_moment
from bot.plugins.moderation.appeal_rules import Outcome, Vote
from bot.plugins.moderation.appeals_store import Appeal
from bot.plugins.moderation.marks_store import StoredMark
from bot.plugins.moderation.model import Case

_QUOTED = 40  # characters of a message that a list shows

PICK: Final = "回复数字：1 同意，撤销处理  2 驳回，维持处理"
"""Stands in every message whose numbers a reviewer may answer."""
VOTE_OPENLY: Final = "当前通道发不了私聊，请群主在群里发「同意申诉 {shown}」或「驳回申诉 {shown} 理由」。"
NOTHING_TO_APPEAL: Final = "您没有可以申诉的处理，放心。"
NO_SUCH_CASE: Final = "没有找到您的案卷 {shown}，发「我的违规」看看编号。"
UNDONE_ALREADY: Final = "{shown} 已经撤销了，不用申诉。"
ONLY_REHEARSED: Final = "{shown} 只是演练，没有真的处理，不用申诉。"
TOO_LATE: Final = "{shown} 已经过了 {within}的申诉期，有疑问可以直接和群主聊。"
NOT_A_REVIEWER: Final = "申诉由群主和这个群的管理员处理，谢谢您的热心。"
OWN_APPEAL: Final = "这是您自己的申诉，请等其他管理员处理。"
NO_SUCH_APPEAL: Final = "没有 {shown} 的申诉，发「申诉」看看有哪些等处理。"
NOT_AN_ADMIN: Final = "「群规 {word}」要群主和管理员才能用，发「群规」看现在的规则。"
NO_OPEN_APPEALS: Final = "没有等处理的申诉。"


def quoted(text: str, longest: int = _QUOTED) -> str:
    """Return a text in 「」, on one line, cut when long."""
    line = " ".join(text.split())
    return f"「{line if len(line) <= longest else f'{line[:longest]}…'}」"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return format_moment(at.astimezone(zone))


def ask_reason(case: Case) -> str:
    """Return what a member is asked who wants to appeal."""
    return f"请用一句话说说 {case.shown} 哪里不对（{case.reason.rstrip('。')}）。不申诉了就发「算了」。"


def ask_dismissal(case: Case) -> str:
    """Return what a reviewer is asked who dismisses an appeal without a reason."""
    return f"请写一句驳回 {case.shown} 的理由，对方会看到。先不驳回就发「算了」。"


def appeal_line(case: Case) -> str:
    """Return a case in a list of those that may be appealed."""
    said = quoted(case.text) if case.text else case.words
    return f"{case.shown} {said}"


def appeal_taken(appeal: Appeal, reviewers: int, zone: ZoneInfo) -> str:
    """Return what a member reads whose appeal was taken in."""
    who = {0: "群主", 1: "群主（这里只有一位能处理申诉的人）"}.get(reviewers, "群主和管理员（两位意见一致为准）")
    due = _moment(appeal.due_at, zone)
    return f"收到 V{appeal.case_number} 的申诉，会由{who}来看，最迟 {due} 给您结果；到时没人处理，就按您说的办。"


def appeal_state(appeal: Appeal, zone: ZoneInfo) -> str:
    """Return how an appeal stands, for who made it."""
    shown = f"V{appeal.case_number}"
    if appeal.state is Outcome.OPEN:
        return f"{shown} 的申诉已经在处理，最迟 {_moment(appeal.due_at, zone)} 有结果。"
    if appeal.state is Outcome.UPHELD:
        return f"{shown} 的申诉已经通过，处理撤销了。"
    why = f"，原因：{appeal.why.rstrip('。')}" if appeal.why else ""
    return f"{shown} 的申诉已经看过，处理维持不变{why}。"


def review_text(case: Case, appeal: Appeal, topic: str, zone: ZoneInfo) -> str:
    """Return what a reviewer reads about an appeal."""
    where = f"「{topic}」的 " if topic else ""
    said = f"\n原话：{quoted(case.text, 200)}" if case.text else ""
    return (
        f"申诉 {case.shown}：{where}{case.name} 不同意这次处理。{said}\n处理原因：{case.reason.rstrip('。')}"
        f"\n申诉理由：{quoted(appeal.reason, 200)}\n最迟 {_moment(appeal.due_at, zone)} 定下来。"
    )


def review_notice(text: str, case: Case, needed: int) -> str:
    """Return the notice to a reviewer that an appeal came in."""
    alone = "这里只有您能处理，您一个人就可以决定。" if needed == 1 else "两位意见一致就算数。"
    return f"{text}\n{alone}{_how_to_vote(case)}"


def _how_to_vote(case: Case) -> str:
    return f"{PICK}，也可以发「同意申诉 {case.shown}」或「驳回申诉 {case.shown} 理由」。"


def reminder(case: Case, left: timedelta) -> str:
    """Return what a reviewer who has not voted is reminded of."""
    return (
        f"申诉 {case.shown}（{case.name}）还等您看一眼，{format_duration(left)}后到期，到期没人处理就会撤销这次处理。"
        f"{_how_to_vote(case)}"
    )


def vote_noted(case: Case, vote: Vote, needed: int) -> str:
    """Return what a reviewer reads whose vote did not decide yet."""
    word = "同意" if vote is Vote.UPHOLD else "驳回"
    return f"记下了：您{word}申诉 {case.shown}。还要一位管理员的意见（共 {needed} 位），到期前可以改。"


def vote_told(case: Case, vote: Vote, name: str) -> str:
    """Return what the other reviewers read of a vote."""
    word = "同意" if vote is Vote.UPHOLD else "驳回"
    return f"申诉 {case.shown}：{name or '一位管理员'} {word}，还等您的意见。{_how_to_vote(case)}"


def decided(case: Case, state: Outcome, *, is_by_time: bool) -> str:
    """Return what reviewers read about how an appeal ended."""
    word = "通过，处理已撤销" if state is Outcome.UPHELD else "驳回，处理维持"
    return f"申诉 {case.shown}（{case.name}）{'到期' if is_by_time else ''}{word}，已经告诉对方。"


def told_upheld(case: Case, strikes: Sequence[str], *, is_by_time: bool, is_invited: bool) -> str:
    """Return what a member reads whose appeal was upheld."""
    gone = f"，警告 {'、'.join(strikes)} 不再算数" if strikes else ""
    way = "到期没有人提出不同意见，" if is_by_time else ""
    back = "，已经邀请您回群" if is_invited else ""
    return f"{case.shown} 的申诉通过了：{way}这次处理已经撤销{gone}{back}。打扰您了，抱歉。"


def told_dismissed(case: Case, why: str, expires_at: datetime | None, zone: ZoneInfo) -> str:
    """Return what a member reads whose appeal was dismissed."""
    reason = f"原因：{why.rstrip('。')}。" if why else ""
    until = f"这次警告 {_moment(expires_at, zone)} 自动作废。" if expires_at else ""
    return f"{case.shown} 的申诉看过了，这次处理维持不变。{reason}{until}还有疑问可以直接和群主聊，谢谢理解。"


HOW_TO_MARK: Final = "请引用那条广告发「广告」，或者写上案卷编号，比如「广告 V12」。"
HOW_TO_CLEAR: Final = "请引用那条消息发「误判」，或者写上案卷编号，比如「误判 V12」。"
QUOTE_NOT_FOUND: Final = "没有找到引用的那条消息，可能太早了，或者不是在这里说的。"
NO_SUCH_CASE_HERE: Final = "没有案卷 {shown}，发「案卷」看看最近的编号。"
TOO_SHORT_TO_MARK: Final = "这条太短了，记下来会误伤别人，没有标记。"
NOTHING_TO_CLEAR: Final = "这条没有被处理过，不用撤销。"
NO_MARKS: Final = "还没有标记过广告或误判。"
NO_SUCH_MARK: Final = "没有标记 {shown}，发「撤销标记」看看最近的。"
UNMARKED_ALREADY: Final = "标记 {shown} 已经撤销过了。"


def mark_line(mark: StoredMark) -> str:
    """Return a mark in a list."""
    return f"M{mark.number} {'广告' if mark.is_advert else '不是广告'} {quoted(mark.text)}"


def marked_advert(mark: StoredMark) -> str:
    """Return what an admin reads who marked an advertisement."""
    return f"记下了（M{mark.number}），以后相似的会认出来。标错了发「撤销标记 M{mark.number}」。"


def marked_fine(mark: StoredMark | None, undone: Case | None, *, is_told: bool) -> str:
    """Return what an admin reads who said that something is none."""
    parts = [f"记下了（M{mark.number}），这样的不算广告"] if mark else []
    parts += [f"{undone.shown} 已经撤销{'，也告诉了对方' if is_told else ''}"] if undone else []
    return "，".join(parts) + "。"


def unmarked(mark: StoredMark) -> str:
    """Return what an admin reads who took a mark back."""
    return f"标记 M{mark.number} 已撤销，不再按它判断。"
