"""What a simulation prints: a transcript for people, or one JSON line an act for machines."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.gateway.simulated_facts import NoticeChanged, SentAct
from bot.gateway.simulated_text import MENTION_END
from bot.model import Act, Event, FriendRequested, MessageKind, MessageReceived, RoomJoined, RoomLeft, RoomTopicChanged
from bot.simulation_steps import Say, Step

Write = Callable[[str], None]
_WEEKDAYS = "一二三四五六日"
_KINDS = {MessageKind.IMAGE: "图片", MessageKind.FILE: "文件"}


class Reporter(Protocol):
    """Told everything that happens, in order."""

    def happened(self, event: Event) -> None:
        """Take what people and the room did; the bot's own messages too."""

    def acted(self, act: SentAct) -> None:
        """Take what the bot did."""

    def noted(self, at: datetime, text: str) -> None:
        """Take what happened to the bot or the script."""


class JsonReporter:
    """One line an act of the bot, as DESIGN §6 says.

    Args:
        write: takes one line.
        zone: whose offset times are written with.
        warn: takes what has no place in the lines.
    """

    def __init__(self, write: Write, zone: ZoneInfo, warn: Write = lambda _: None) -> None:
        self._write = write
        self._zone = zone
        self._warn = warn

    def happened(self, event: Event) -> None:
        """Leave people's acts out."""

    def acted(self, act: SentAct) -> None:
        """Write the line."""
        self._write(json.dumps(act.as_json(self._zone), ensure_ascii=False))

    def noted(self, at: datetime, text: str) -> None:  # noqa: ARG002 - the same shape for both reporters
        """Warn beside the lines."""
        self._warn(text)


class TextReporter:
    """A transcript in columns: time, who, what; continued lines are indented.

    Args:
        write: takes one line.
        zone: whose wall clock is shown.
        bot_name: who is marked as the bot.
        column: cells for the names.
    """

    def __init__(self, write: Write, zone: ZoneInfo, bot_name: str = "小知", column: int = 8) -> None:
        self._write = write
        self._zone = zone
        self._bot_name = bot_name
        self._column = column
        self._day: date | None = None
        self._room = ""

    def happened(self, event: Event) -> None:
        """Write what people say and do."""
        match event:
            case MessageReceived() if event.talker.name != self._bot_name:
                self._say(event)
            case RoomJoined():
                names = "、".join(one.shown_name for one in event.joined)
                by = f"（{event.inviter.shown_name} 邀请）" if event.inviter else ""
                self._mark(event.at, f"{names} 进群{by}")
            case RoomLeft(remover=None):
                self._mark(event.at, f"{event.left[0].shown_name} 退群")
            case RoomLeft() if event.remover and event.remover.name != self._bot_name:
                self._mark(event.at, f"{event.left[0].shown_name} 被 {event.remover.shown_name} 移出群")
            case RoomTopicChanged():
                self._mark(event.at, f"群名改为「{event.new_topic}」")
            case FriendRequested():
                self._mark(event.at, f"{event.contact.name} 请求加好友：{event.hello}")
            case NoticeChanged() if event.setter.name != self._bot_name:
                self._mark(event.at, f"{event.setter.shown_name} 发布群公告：{event.text}")
            case _:
                pass

    def acted(self, act: SentAct) -> None:
        """Write what the bot does."""
        names = "".join(f"@{name} " for name in act.mentions)
        what = {
            Act.TEXT: f"{names}{act.text}",
            Act.IMAGE: f"[图片] {act.text}",
            Act.FILE: f"[文件] {act.text}",
            Act.NOTICE: f"[群公告] {act.text}",
            Act.REMOVE: f"[移出群] {act.to}",
            Act.INVITE: f"[拉进群] {act.to}",
        }[act.act]
        who = self._bot_name if act.room else f"{self._bot_name} → {act.to}"
        self._line(act.at, who, what, act.room or "")

    def noted(self, at: datetime, text: str) -> None:
        """Write a note."""
        self._mark(at, text)

    def _say(self, event: MessageReceived) -> None:
        who = event.talker.shown_name
        if event.room is None:
            who = f"{who} → {self._bot_name}"
        text = event.text.replace(MENTION_END, " ")
        if event.kind is MessageKind.RECALL:
            self._mark(event.at, f"{who} 撤回了一条消息")
            return
        if label := _KINDS.get(event.kind):
            text = f"[{label}] {text}"
        if event.quote:
            text = f"「{event.quote.name}：{_shorten(event.quote.text)}」{text}"
        self._line(event.at, who, text, event.room.topic if event.room else "")

    def _mark(self, at: datetime, text: str) -> None:
        self._line(at, "·", text)

    def _line(self, at: datetime, who: str, what: str, room: str = "") -> None:
        local = at.astimezone(self._zone)
        if local.date() != self._day:
            self._day = local.date()
            self._write(f"── {self._day} 星期{_WEEKDAYS[self._day.weekday()]} ──")
        if room and room != self._room:
            if self._room:
                self._write(f"── {room} ──")
            self._room = room
        first, *rest = what.split("\n")
        self._write(f"{local:%H:%M} {pad(who, self._column)} {first}".rstrip())
        for line in rest:
            self._write(f"{'':6}{'':{self._column}} {line}".rstrip())


def find_column(steps: Sequence[Step], bot_name: str) -> int:
    """Return how many cells the names of a script need."""
    labels = [bot_name]
    for step in steps:
        talker = getattr(step, "talker", "")
        labels.append(f"{talker} → {step.to}" if isinstance(step, Say) and step.to else talker)
        if isinstance(step, Say) and step.to:
            labels.append(f"{bot_name} → {talker}")
    return max(map(width_of, labels))


def width_of(text: str) -> int:
    """Return how many cells of a terminal a text takes; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def pad(text: str, cells: int) -> str:
    """Fill a text up to that many cells."""
    return text + " " * max(0, cells - width_of(text))


def _shorten(text: str) -> str:
    line = text.replace(MENTION_END, " ").partition("\n")[0]
    return line if len(line) <= 20 else f"{line[:20]}…"  # noqa: PLR2004 - enough to know which one is meant
