"""What a guard's verdict leads to: remind in the room, warn in private, report to the owner, remove."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.gateway import Capabilities
from bot.model import Act, Delivery, Member, Message, Outgoing, Priority
from bot.plugin import Verdict, VerdictAction

log = logging.getLogger(__name__)

_WORDS = {
    VerdictAction.ALLOW: "放行",
    VerdictAction.REMIND: "群内提醒",
    VerdictAction.WARN: "私聊警告",
    VerdictAction.REPORT: "报告群主",
    VerdictAction.REMOVE: "移出群聊",
}


@dataclass(slots=True)
class Measures:
    """What is done about one message.

    Attributes:
        outgoing: rows for the outbox, without dedupe keys yet.
        decision: what 为什么 tells.
        stops: whether commands and listeners do not get to see the message.
    """

    outgoing: list[Outgoing] = field(default_factory=list)
    decision: dict[str, Any] = field(default_factory=dict)
    stops: bool = False


def severest(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """Return the verdict that counts; None when no guard objected."""
    objections = [verdict for verdict in verdicts if verdict and verdict.action is not VerdictAction.ALLOW]
    return max(objections, key=lambda verdict: (verdict.action, verdict.score), default=None)


def collect_notes(verdicts: Iterable[Verdict | None]) -> dict[str, Any]:
    """Return what the guards want kept with the message, whatever they decided."""
    return {name: value for verdict in verdicts if verdict for name, value in verdict.notes.items()}


def take_measures(
    verdict: Verdict, message: Message, capabilities: Capabilities, owners: list[Member], *, dry_run: bool
) -> Measures:
    """Return what a verdict leads to.

    What the gateway cannot do becomes the next thing that it can, and the owner is told so. In a dry run the owner
    reads what would have been done, and the message goes on as if nothing had been said.

    Args:
        verdict: what counts.
        message: what it is about.
        capabilities: of the gateway.
        owners: who is told.
        dry_run: whether the room is only rehearsing.
    """
    decision = {
        "stage": "guard", "action": verdict.action.name.lower(), "rule": verdict.rule, "reason": verdict.reason,
        "score": verdict.score, "dry_run": verdict.is_rehearsed if verdict.is_done else dry_run,
    }  # fmt: skip
    if verdict.is_done:
        return Measures([], decision, stops=verdict.stops)
    if dry_run:
        report = _report(verdict, message, f"演练：本来会{_WORDS[verdict.action]}")
        return Measures(_to_owners(owners, report, verdict, capabilities), decision)
    case = _Case(verdict, message, capabilities, owners)
    return Measures(_LADDER[verdict.action](case), decision, stops=True)


@dataclass(frozen=True, slots=True)
class _Case:
    verdict: Verdict
    message: Message
    capabilities: Capabilities
    owners: list[Member]

    def report(self, note: str) -> list[Outgoing]:
        return _to_owners(self.owners, _report(self.verdict, self.message, note), self.verdict, self.capabilities)


def _remind(case: _Case) -> list[Outgoing]:
    message, verdict = case.message, case.verdict
    if message.room is None:
        return [_say_in_private(message.talker, verdict)]
    text = verdict.text or f"{message.talker.name}，这条消息不太合群规（{verdict.reason}），请留意。"
    return [Outgoing(room_id=message.room.id, text=text, mentions=(message.talker.id,), reason=f"群规 {verdict.rule}")]


def _warn(case: _Case) -> list[Outgoing]:
    if case.capabilities.can_send_private:
        return [_say_in_private(case.message.talker, case.verdict)]
    return [*_remind(case), *case.report("当前通道发不了私聊，改为群内提醒")]


def _report_only(case: _Case) -> list[Outgoing]:
    return case.report("请群主处理")


def _remove(case: _Case) -> list[Outgoing]:
    message = case.message
    if message.room is None:
        return case.report("私聊里的违规，没有可移出的群")
    if not case.capabilities.can_remove:
        return [*_warn(case), *case.report("当前通道不能移除成员，请群主处理")]
    removal = Outgoing(
        room_id=message.room.id, member_id=message.talker.id, act=Act.REMOVE, delivery=Delivery.AT_MOST_ONCE,
        reason=f"群规 {case.verdict.rule}：{case.verdict.reason}",
    )  # fmt: skip
    return [removal, *case.report("已移出群聊")]


_LADDER: dict[VerdictAction, Callable[[_Case], list[Outgoing]]] = {
    VerdictAction.REMIND: _remind,
    VerdictAction.WARN: _warn,
    VerdictAction.REPORT: _report_only,
    VerdictAction.REMOVE: _remove,
}


def _say_in_private(member: Member, verdict: Verdict) -> Outgoing:
    text = verdict.text or f"您刚才的消息不符合群规：{verdict.reason}。请留意，有异议可以发「申诉」。"
    return Outgoing(member_id=member.id, text=text, reason=f"群规 {verdict.rule}")


def _report(verdict: Verdict, message: Message, note: str) -> str:
    where = f"「{message.room.topic}」的" if message.room else "私聊的"
    return f"{where}{message.talker.name}：{verdict.reason}（规则 {verdict.rule}）。{note}。"


def _to_owners(owners: list[Member], text: str, verdict: Verdict, capabilities: Capabilities) -> list[Outgoing]:
    if not owners or not capabilities.can_send_private:
        log.warning("verdict reaches no owner rule=%s", verdict.rule)
        return []
    return [
        Outgoing(
            member_id=owner.id, text=text, priority=Priority.PRIVATE_NOTICE, delivery=Delivery.AT_LEAST_ONCE,
            reason=f"群规 {verdict.rule}",
        )
        for owner in owners
    ]  # fmt: skip
