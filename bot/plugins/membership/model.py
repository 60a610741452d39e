"""The words of membership: what is sold, what a member was given, and how they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from bot.plugin import DomainEvent

NAME: Final = "membership"
"""The plugin's name, and the kind of its orders."""

LINE: Final = "member"
"""The line of plans that follow each other, when a plan names no other."""


class Phase(StrEnum):
    """How a member stands in a line at a moment."""

    NONE = "none"
    TRIAL = "trial"
    ACTIVE = "active"
    GRACE = "grace"
    EXPIRED = "expired"
    PAUSED = "paused"
    LIFETIME = "lifetime"


IN_FORCE: Final = frozenset({Phase.TRIAL, Phase.ACTIVE, Phase.GRACE, Phase.LIFETIME})
"""Phases in which a member may use what their plan opens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """What was promised when a plan was sold or given; it never changes afterwards.

    Attributes:
        plan_id: the plan's id in bot.yaml.
        version: 1 for the first content that was sold under this id.
        title: what members read.
        price_fen: the regular price.
        seconds: how long it lasts once it begins; None when it ends at `ends_at` or never.
        ends_at: the fixed end, aware UTC; None without one.
        line: plans of one line follow each other.
        tier: a higher tier runs before a lower one of the same line.
        opens: what a member may use: `member`, `room:群名`, `course:go`, …
        grace_seconds: how long it still counts after the end.
        is_trial: to try things out; once per person, without grace.
    """

    plan_id: str
    version: int
    title: str
    price_fen: int
    seconds: int | None
    ends_at: datetime | None = None
    line: str = LINE
    tier: int = 1
    opens: tuple[str, ...] = (LINE,)
    grace_seconds: int = 0
    is_trial: bool = False

    @property
    def ref(self) -> str:
        """How orders and facts name it: `month@2`."""
        return f"{self.plan_id}@{self.version}"

    @property
    def is_lifetime(self) -> bool:
        """Whether it never ends."""
        return self.seconds is None and self.ends_at is None

    def to_data(self) -> dict[str, Any]:
        """Return it as JSON values, as orders and facts carry it."""
        return {
            "plan": self.plan_id, "version": self.version, "title": self.title, "price_fen": self.price_fen,
            "seconds": self.seconds, "ends_at": self.ends_at.isoformat() if self.ends_at else None, "line": self.line,
            "tier": self.tier, "opens": list(self.opens), "grace_seconds": self.grace_seconds,
            "is_trial": self.is_trial,
        }  # fmt: skip

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> PlanVersion:
        """Return what `to_data` made these values of.

        Raises:
            KeyError: they are no plan.
        """
        ends_at = data["ends_at"]
        return cls(
            plan_id=data["plan"], version=data["version"], title=data["title"], price_fen=data["price_fen"],
            seconds=data["seconds"], ends_at=datetime.fromisoformat(ends_at) if ends_at else None, line=data["line"],
            tier=data["tier"], opens=tuple(data["opens"]), grace_seconds=data["grace_seconds"],
            is_trial=data["is_trial"],
        )  # fmt: skip


class Segment(NamedTuple):
    """A stretch of time in which a grant runs.

    Attributes:
        start: aware UTC.
        end: half open; None when it never ends.
    """

    start: datetime
    end: datetime | None


class Grant(NamedTuple):
    """One paid or given period.

    Attributes:
        id: `D12` for an order's, else the key of the fact that gave it.
        order_number: of the order that was paid; 0 for a given one.
        plan: what was promised.
        at: when it was paid or given, by the provider's clock.
        provider: who says so.
        paid_fen: what was paid for it and not given back.
        credit_fen: what the grants it replaced were still worth; part of its value, no new money.
        segments: when it runs: several stretches when a higher tier or a pause stands between.
        cut_at: when a refund, an upgrade or the owner ended it; None when nothing did.
        cut_by: `refund`, `revoked`, or the id of the grant that replaced it; empty when nothing did.
        seconds: how long it would run in all without a cut; None for ever.
    """

    id: str
    order_number: int
    plan: PlanVersion
    at: datetime
    provider: str
    paid_fen: int = 0
    credit_fen: int = 0
    segments: tuple[Segment, ...] = ()
    cut_at: datetime | None = None
    cut_by: str = ""
    seconds: int | None = None

    @property
    def value_fen(self) -> int:
        """What the whole of it is worth in money that was paid, in fen."""
        return self.paid_fen + self.credit_fen

    @property
    def start(self) -> datetime | None:
        """When it begins to run; None when it never does."""
        return self.segments[0].start if self.segments else None

    @property
    def end(self) -> datetime | None:
        """When it ends; None when it never runs or never ends."""
        return self.segments[-1].end if self.segments else None

    def left(self, now: datetime) -> int:
        """Return how many seconds of it are not used yet, a lifetime's are 0."""
        if self.seconds is None:
            return 0
        stretches = ((max(one.start, now), one.end) for one in self.segments if one.end is not None and one.end > now)
        return sum(whole_seconds(end - start) for start, end in stretches)

    def unused_fen(self, now: datetime) -> int:
        """Return what of its value is not used yet, rounded down; a lifetime is worth nothing in money."""
        return self.value_fen * self.left(now) // self.seconds if self.seconds else 0


class Membership(NamedTuple):
    """How a member stands in one line, computed from facts.

    Attributes:
        line: which.
        phase: see there.
        until: the end of what is paid or given without a gap; past when it has ended, None when there is none.
        plan: what runs now; when nothing runs, what ran last or is to run next; None when there never was anything.
        grace_until: until when it still counts after that end; None without grace.
        paused_until: when the pause ends by itself; None outside pauses.
        opens: what may be used now.
        grants: all of them, also what ended, by time.
    """

    line: str
    phase: Phase
    until: datetime | None = None
    plan: PlanVersion | None = None
    grace_until: datetime | None = None
    paused_until: datetime | None = None
    opens: frozenset[str] = frozenset()
    grants: Sequence[Grant] = ()

    @property
    def is_in_force(self) -> bool:
        """Whether the member may use what the plan opens."""
        return self.phase in IN_FORCE

    @property
    def is_paying(self) -> bool:
        """Whether somebody paid for what runs now; who pays in another line is counted there."""
        return self.phase in {Phase.ACTIVE, Phase.LIFETIME} and any(one.value_fen for one in self.grants)


@dataclass(frozen=True, slots=True)
class MembershipChanged(DomainEvent):
    """What a member may use may be different now; who follows looks at the state."""

    member_id: str


def whole_seconds(span: timedelta) -> int:
    """Return a span in seconds, rounded down."""
    return span.days * 86_400 + span.seconds
