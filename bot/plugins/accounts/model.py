"""What the books and the memberships add up to, as values; money is integer fen, rates are pairs of counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

NAME = "accounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A time for which a member has a plan, as it stands now: cuts and pauses are in it.

    Attributes:
        plan: id of the plan.
        line: what it renews: stays of one line follow one another.
        start, end: from when to when, aware; None without an end. Half open.
        fen: what was paid for it and not given back; 0 for trials, rewards and what was given.
        length: of the whole that was bought; None for a lifetime.
        is_trial: whether it was a trial.
    """

    plan: str
    line: str = "member"
    start: datetime
    end: datetime | None
    fen: int
    length: timedelta | None
    is_trial: bool = False

    @property
    def is_paid(self) -> bool:
        """Whether money stands behind it."""
        return self.fen > 0

    def runs_at(self, now: datetime) -> bool:
        """Whether it runs at a moment."""
        return self.start <= now and (self.end is None or now < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share as two counts: floats are for nobody's books."""

    part: int
    whole: int

    @property
    def percent(self) -> int | None:
        """In whole percent, halves up; None without a whole."""
        return (200 * self.part + self.whole) // (2 * self.whole) if self.whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """The owner's numbers of a period. Every definition is here, and nowhere else.

    Attributes:
        paying: members who have a running stay with money behind it at the end of the period (or now, while it lasts),
            or had one that ended less than a grace period before: `in_grace` are the latter.
        new: members whose first stay with money behind it ever began in the period.
        returned: paying at the end, not at the start, and not new: they had left and are back.
        churned: members who were paying at the start or began to in the period, and are not paying at the end.
        renewed: of the stays with money behind them that ended in the period and whose grace period is over by now,
            those after which another one began before that grace period was over.
        trials: members whose first trial began in the period; `part` are those who paid since.
        monthly_fen: what the stays that run at the end bring in in 31 days, at the price that was paid for them;
            lifetimes count as nothing.
        plans: members by plan, of the stays with money behind them that run at the end.
    """

    paying: int = 0
    in_grace: int = 0
    new: int = 0
    returned: int = 0
    churned: int = 0
    renewed: Rate = Rate(part=0, whole=0)
    trials: Rate = Rate(part=0, whole=0)
    monthly_fen: int = 0
    plans: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What the books say of a period.

    Attributes:
        received: money that came, in fen, by way to pay.
        returned: money that was given back, likewise, positive.
        fees: what providers kept, likewise.
        sold: money that came, less what was given back, by what it was for: (kind, item family).
        earned: income that was recognised, likewise.
        review_fen: what came in the period and fits nothing.
        payments: how many payments came.
        refunds: how many times money was given back.
        titles: what the things in `sold` and `earned` are called.
    """

    received: dict[str, int] = field(default_factory=dict)
    returned: dict[str, int] = field(default_factory=dict)
    fees: dict[str, int] = field(default_factory=dict)
    sold: dict[tuple[str, str], int] = field(default_factory=dict)
    earned: dict[tuple[str, str], int] = field(default_factory=dict)
    review_fen: int = 0
    payments: int = 0
    refunds: int = 0
    titles: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def received_fen(self) -> int:
        """All that came."""
        return sum(self.received.values())

    @property
    def returned_fen(self) -> int:
        """All that was given back."""
        return sum(self.returned.values())

    @property
    def earned_fen(self) -> int:
        """All that was recognised as income."""
        return sum(self.earned.values())
