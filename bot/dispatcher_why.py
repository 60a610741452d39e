"""Why the bot did or did not act: reads what was decided about a message, and where its answer stands."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol

from bot import inbox, outbox
from bot.commands_reasons import explain
from bot.dispatcher_core import Core
from bot.inbox import StoredMessage
from bot.model import Message, Quote
from bot.outbox_rows import OutboxRow, OutboxState
from bot.storage import Database

NOT_FOUND = "没有找到这条消息的记录，可能太早了，或者不是在这里说的。"
_LOOKED_AT = 200  # latest messages of a place among which a member's own last one is looked for
_SILENCE = {"off": "bot.yaml 里关掉了这个群，我在这里只听不说。", "paused": "群主让我暂停了，恢复之前不回答。"}
_ACTIONS = {"remind": "在群里提醒", "warn": "私聊警告", "report": "报告群主", "remove": "移出群聊"}


class Queue(Protocol):
    """The part of the sender that knows where a row stands."""

    async def explain(self, row_id: str) -> Any:  # noqa: ANN401 - `sender.Waiting`, which names row, ahead and seconds
        """Say where a row stands and about how long it will take."""


class Explainer:
    """What 为什么 asks.

    Args:
        core: the parts.
        queue: knows where a row stands.
    """

    def __init__(self, core: Core, queue: Queue) -> None:
        self._core = core
        self._queue = queue

    async def explain(self, message: Message) -> str:
        """Return why the bot did what it did with the quoted message, or else the talker's last one.

        Args:
            message: the question; its own decision is not looked at.
        """
        found, said = await self._core.storage.run(self._core.community, find_subject, message)
        if found is not None:
            return await self._explain_message(found)
        if said is not None:
            return await self._explain_own(said)
        return NOT_FOUND

    async def _explain_message(self, found: StoredMessage) -> str:
        told = describe_decision(found.state, found.decision)
        rows = await self._core.storage.run(self._core.community, outbox.of_cause, found.id)
        return told + "".join([await self._describe_row(row) for row in rows[:1]])

    async def _explain_own(self, row: OutboxRow) -> str:
        cause = await self._core.storage.run(self._core.community, inbox.get, row.cause)
        if cause is not None:
            return f"这是在回答 {cause.name} 的「{_cut(cause.text)}」。{describe_decision(cause.state, cause.decision)}"
        reason = f"（{row.reason}）" if row.reason else ""
        return f"这是我主动发的{reason}，不是回答谁。{await self._describe_row(row)}"

    async def _describe_row(self, row: OutboxRow) -> str:
        if row.state is OutboxState.PENDING:
            waiting = await self._queue.explain(row.id)
            if waiting is not None:
                return f"回复排在第 {waiting.ahead + 1} 位待发，约 {max(1, round(waiting.seconds))} 秒。"
        return _ROW_STATES.get(row.state, "")


_ROW_STATES = {
    OutboxState.SENDING: "回复正在发送。",
    OutboxState.UNCERTAIN: "回复发出去了，但没有等到确认。",
    OutboxState.FAILED: "回复被微信拒绝了，没有发出去。",
    OutboxState.DEAD: "回复没有发出去，已经放弃。",
    OutboxState.MERGED: "当时排队太长，回复合并到了另一条里。",
}


def find_subject(db: Database, message: Message) -> tuple[StoredMessage | None, OutboxRow | None]:
    """Return the message that is asked about, or else the own message of the bot.

    Run it in a write transaction: it must see what was decided a moment ago.
    """
    room_id = message.room.id if message.room else ""
    if message.quote is not None:
        return _find_quoted(db, message, message.quote, room_id)
    latest = inbox.recent(db, room_id, _LOOKED_AT)
    return next((m for m in latest if m.member_id == message.talker.id and m.id != message.id), None), None


def _find_quoted(
    db: Database, message: Message, quote: Quote, room_id: str
) -> tuple[StoredMessage | None, OutboxRow | None]:
    soon = message.at + timedelta(seconds=1)  # WeChat counts whole seconds
    said = outbox.find_said(db, room_id or message.talker.id, quote.text, soon)
    found = inbox.find_quoted(db, room_id, message.talker.id, quote, soon)
    if said is not None and (found is None or found.name != quote.name):
        return None, said
    return found, None


def describe_decision(state: str, decision: dict[str, Any]) -> str:
    """Return one or two plain sentences about what was decided.

    Args:
        state: of the message: `open`, `done` or `expired`.
        decision: as `inbox.finish` stored it.
    """
    if state == "expired":
        return "这条消息来的时候我不在，回来时已经太久，所以没有回答。"
    if state == "open":
        return "这条消息还在处理。"
    if decision.get("stage") == "silence":
        return _SILENCE[decision["silence"]]
    if decision.get("stage") == "guard":
        return _describe_verdict(decision)
    rehearsed = _describe_verdict(decision["rehearsed"]) if "rehearsed" in decision else ""
    return explain(decision) + rehearsed


def _describe_verdict(verdict: dict[str, Any]) -> str:
    action = _ACTIONS.get(verdict.get("action", ""), "处理")
    way = f"演练中，本来会{action}" if verdict.get("dry_run") else f"已{action}"
    sure = f"，把握 {verdict['score']:.2f}" if verdict.get("score", 1.0) < 1 else ""
    return f"触发了群规「{verdict['rule']}」：{verdict['reason']}{sure}。{way}。"


def _cut(text: str, longest: int = 20) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"
