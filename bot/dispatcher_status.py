"""How the bot is, in short lines for the owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol

from bot.dispatcher import Dispatcher
from bot.dispatcher_core import Core
from bot.loader_store import ALL_PLUGINS, EVERYWHERE, PRIVATE_CHATS
from bot.units import format_duration

_CAPABILITIES = {
    "can_send_private": "发私聊", "can_send_files": "发文件", "can_mention": "真正 @ 人", "can_remove": "移除成员",
    "can_add": "拉人", "can_quit": "退群", "can_set_notice": "改群公告", "can_set_topic": "改群名",
    "can_set_alias": "改备注", "can_recall": "撤回", "can_accept_friends": "通过好友", "lists_members": "读成员列表",
    "shows_avatars": "看头像", "returns_message_id": "返回消息编号", "echoes_own_messages": "回显自己的消息",
    "stable_ids": "保持编号不变",
}  # fmt: skip
_QUEUES = {"answer": "回答", "private_notice": "私聊通知", "announcement": "通知", "low": "其他"}
_SHOWN = 3


class Sending(Protocol):
    """The part of the sender that knows how sending goes."""

    async def snapshot(self) -> dict[str, Any]:
        """Return how sending goes; see `Sender.snapshot`."""


class Encoding(Protocol):
    """How far encoding is."""

    @property
    def done(self) -> int:
        """Passages that are ready."""

    @property
    def total(self) -> int:
        """All of them."""

    @property
    def is_replacing(self) -> bool:
        """Whether another encoder had made their vectors."""


class Searching(Protocol):
    """The part of search that knows how it is."""

    @property
    def is_ready(self) -> bool:
        """Whether questions are understood by meaning."""

    @property
    def backlog(self) -> Encoding | None:
        """What is being encoded; None when nothing is."""


class StatusReport:
    """What 状态 asks.

    Args:
        core: the parts.
        dispatcher: counts and knows the connection.
        sending: the sender.
        search: None when this bot has no encoder.
    """

    def __init__(self, core: Core, dispatcher: Dispatcher, sending: Sending, search: Searching | None = None) -> None:
        self._core = core
        self._dispatcher = dispatcher
        self._sending = sending
        self._search = search
        self._started_at = core.clock.now()

    async def lines(self) -> list[str]:
        """Return the report, the most important first."""
        sending = await self._sending.snapshot()
        return [
            *self._connection(),
            *_describe_sending(sending, self._core),
            *self._plugins(),
            *self._encoder(),
            *self._capabilities(),
            self._uptime(),
        ]

    def _connection(self) -> list[str]:
        counters, loader = self._dispatcher.counters, self._core.loader
        waiting = f"，待处理 {self._dispatcher.waiting} 条" if self._dispatcher.waiting else ""
        state = "通道正常" if counters.is_online else counters.trouble or "还没有登录"
        return [f"{state}{waiting}。", *(["已暂停，发「恢复」继续。"] if loader.is_paused(None) else [])]

    def _plugins(self) -> list[str]:
        stopped = [s for s in self._core.loader.switches() if not s.is_enabled and s.plugin != ALL_PLUGINS]
        rooms = {room.id: f"「{room.topic}」" for room in self._core.facts.rooms()}
        rooms |= {EVERYWHERE: "所有群", PRIVATE_CHATS: "私聊"}
        lines = [f"停用：{s.plugin}（{rooms.get(s.room_id, '某个群')}，{s.reason}）" for s in stopped]
        faults = list(self._core.supervisor.faults)[-_SHOWN:]
        return lines + [f"{self._clock(f.at)} 插件 {f.plugin} 出错：{f.what}" for f in faults]

    def _encoder(self) -> list[str]:
        if self._search is None:
            return []
        if not self._search.is_ready:
            return ["语义检索还在加载，先按关键词回答。"]
        backlog = self._search.backlog
        if backlog is None:
            return ["语义检索已就绪。"]
        work = "换了编码器，正在重新计算向量" if backlog.is_replacing else "语义检索正在计算向量"
        return [f"{work}：{backlog.done}/{backlog.total} 段，没算完的先按关键词找。"]

    def _capabilities(self) -> list[str]:
        missing = [_CAPABILITIES.get(name, name) for name in self._core.gateway.capabilities.missing()]
        return [f"当前通道不能：{'、'.join(missing)}。"] if missing else []

    def _uptime(self) -> str:
        up = self._core.clock.now() - self._started_at
        minutes = timedelta(minutes=max(1, up // timedelta(minutes=1)))
        return f"运行了 {format_duration(minutes)}，收到 {self._dispatcher.counters.received} 个事件。"

    def _clock(self, at: Any) -> str:  # noqa: ANN401 - a datetime
        return f"{at.astimezone(self._core.zone(None)):%H:%M}"


def _describe_sending(sending: dict[str, Any], core: Core) -> list[str]:
    queue = sending["queue"]
    total = sum(queue.values())
    lines = [f"今日已发 {sending['used']}/{sending['budget']} 条，排队 {total} 条{_expected(sending, total)}。"]
    if total:
        told = "，".join(f"{_QUEUES.get(name, name)} {count}" for name, count in queue.items() if count)
        lines.append(f"其中：{told}。")
    for name, word in (("in_doubt", "没有等到确认"), ("undelivered", "没有发出去")):
        rows = sending[name]
        if rows:
            shown = "、".join(f"「{row.text[:12]}」" for row in rows[:_SHOWN])
            lines.append(f"{word} {len(rows)} 条：{shown}")
    zone = core.zone(None)
    return lines + [f"{at.astimezone(zone):%H:%M} 发送出错：{text}" for at, text in sending["errors"][-_SHOWN:]]


def _expected(sending: dict[str, Any], total: int) -> str:
    return f"，约 {max(1, round(sending['expected_seconds']))} 秒" if total else ""
