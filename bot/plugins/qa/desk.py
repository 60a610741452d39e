"""Where questions are handed over to: another plugin may count them and keep those that have no answer.

Questions and answers work without it: nothing is noted then, and a question without an answer gets no number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from bot.plugin import Context, Database, Findings, Member
from bot.plugins.qa.rules import Kind


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that somebody asked the bot, and what it gets.

    Attributes:
        text: what is asked, written out when it goes on with an earlier question.
        kind: what it gets.
        post_ids: what is cited, best first.
        findings: of the search for it; None when it was not searched for just now.
        shown: both questions as they were said, when it goes on with one; empty otherwise.
    """

    text: str
    kind: Kind
    post_ids: tuple[str, ...]
    findings: Findings | None = None
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of a question, for its answer.

    Attributes:
        number: as in Q17; 0 when it was not kept.
        lines: what the asker reads below the honest no.
        mentions: whom these lines ring.
    """

    number: int = 0
    lines: tuple[str, ...] = ()
    mentions: tuple[Member, ...] = ()


Note = Callable[[Database], dict[str, Any]]
"""Notes a question in the transaction at hand; returns the fields of `Noted` as JSON values, members as [id, name]."""


class Desk(Protocol):
    """Takes questions."""

    async def prepare(self, ctx: Context[Any], asked: Asked) -> Note | None:
        """Look up what is needed, and return what notes the question; None when nothing is noted here."""


# One desk for each running bot: a process may run several (simulations), and handlers are functions without a self.
_desks: WeakKeyDictionary[Any, Desk] = WeakKeyDictionary()


def open_desk(ctx: Context[Any], desk: Desk) -> None:
    """Have questions handed over to a desk from now on."""
    _desks[ctx.services] = desk


def close_desk(ctx: Context[Any]) -> None:
    """Hand over no more questions."""
    _desks.pop(ctx.services, None)


def is_open(ctx: Context[Any]) -> bool:
    """Return whether questions are handed over to anybody."""
    return ctx.services in _desks


async def hand_over(ctx: Context[Any], asked: Asked) -> Note:
    """Return what notes a question in the transaction that notes its answer."""
    desk = _desks.get(ctx.services)
    return (desk and await desk.prepare(ctx, asked)) or (lambda _db: {})


def read_noted(values: dict[str, Any]) -> Noted:
    """Return what a `Note` returned as a value."""
    mentions = tuple(Member(member_id, name) for member_id, name in values.get("mentions", ()))
    return Noted(values.get("number", 0), tuple(values.get("lines", ())), mentions)
