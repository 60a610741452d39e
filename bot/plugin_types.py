"""What handlers take and return, and what a plugin collects: plain values without behaviour."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NewType

from bot.events import DomainEvent
from bot.model import Delivery, FileContent, Member, Priority, Role
from bot.moderation.model import VerdictAction

Fen = NewType("Fen", int)
"""An amount of money as an argument: typed as yuan (`99`, `99.50`), handed over in fen."""

Rest = NewType("Rest", str)
"""The rest of the line as one argument, line breaks included; never empty."""


class Place(StrEnum):
    """Where a command works."""

    ANYWHERE = "anywhere"
    ROOM = "room"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a numbered list.

    Attributes:
        text: what the member reads behind the number.
        command: the command line that is run for the member when the number is answered.
        number: what is answered, when it is not the place in the list: something that has a number already.
    """

    text: str
    command: str
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a handler returns when a plain string is not enough.

    Attributes:
        text: what is said; choices are appended as numbered lines.
        private: say it in private; the room gets a short note when the question came from a room.
        choices: numbered lines that a bare number answers for two minutes.
        confirm: a command line that is run when the member answers 是 within two minutes.
        asks: (dialogue name, data) of this plugin: the member's next message goes to that dialogue.
        mentions: people to ring besides the asker.
        file: sent after the text.
        priority: who goes first when sending is paced.
        delivery: the rule for doubt.
        score: how sure a fallback is, 0…1, shown by 为什么.
        why: what decided, for 为什么.
    """

    text: str = ""
    private: bool = False
    choices: tuple[Choice, ...] = ()
    confirm: str = ""
    asks: tuple[str, dict[str, Any]] | None = None
    mentions: tuple[Member, ...] = ()
    file: FileContent | None = None
    priority: Priority = Priority.ANSWER
    delivery: Delivery = Delivery.AT_LEAST_ONCE
    score: float | None = None
    why: str = ""


TAKEN: Final = Reply()
"""What a listener returns when it took a message and nothing is to be said: nobody else answers it then."""


CHAT: Final = Reply()
"""What a command's handler returns when its word was not meant for the bot: the message goes on as chat."""


def numbered(choices: Sequence[Choice]) -> list[tuple[int, Choice]]:
    """Return the lines of a list with the numbers that are answered."""
    return [(choice.number or place, choice) for place, choice in enumerate(choices, 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A guard's decision about one message.

    Attributes:
        action: what to do.
        rule: id of the rule that decided.
        reason: why, in Chinese, with the evidence quoted.
        text: what the member is told.
        score: how sure, 0…1.
        is_done: the guard has promised what is said and done in a step of its own, dry run included: the core only
            keeps the decision.
        stops: whether commands and listeners do not get to see the message; only asked when `is_done`.
        is_rehearsed: whether it was only told what would have been done; only asked when `is_done`.
        notes: JSON values kept with the message's decision under `moderation`, also of a verdict that allows.
    """

    action: VerdictAction
    rule: str = ""
    reason: str = ""
    text: str = ""
    score: float = 1.0
    is_done: bool = False
    stops: bool = True
    is_rehearsed: bool = False
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SchedulesChanged(DomainEvent):
    """Another `schedules.yaml` is in force (`ctx.part("schedules").value`); told at every start, too.

    Attributes:
        at: since when.
    """

    at: datetime


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment that a plugin asked for with `Context.set_deadline` and that has come.

    Attributes:
        name: which handler.
        key: what it is about.
        at: when it was due, aware UTC.
        data: as it was set.
        late: how long ago that was; more than a minute means that it was missed while the process was down.
    """

    name: str
    key: str
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    late: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Example:
    """A command as typed and the answer it gets, shown by 帮助 and run as a test."""

    typed: str
    answered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command as its plugin declared it; see `Plugin.command` for the attributes."""

    word: str
    handler: Callable[..., Awaitable[Any]]
    plugin: str
    aliases: tuple[str, ...]
    role: Role
    place: Place
    cooldown: float
    daily: int
    entitlement: str
    bare: bool
    acts: bool
    hidden: bool
    examples: tuple[Example, ...]
    utterances: tuple[str, ...]

    @property
    def summary(self) -> str:
        """The help line: the first line of the handler's docstring."""
        return (self.handler.__doc__ or "").strip().partition("\n")[0]


@dataclass(frozen=True, slots=True)
class Job:
    """One plugin timer; see `Plugin.job` for the attributes."""

    name: str
    handler: Callable[..., Awaitable[Any]]
    plugin: str
    cron: str
    missed: str
    within_minutes: int
    setting: str = ""
