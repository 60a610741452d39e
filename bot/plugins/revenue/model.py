"""What a training session brought in, and what a curve through several of them says."""

from __future__ import annotations

from dataclasses import dataclass

from bot.plugins.training.api import TrainingSession

NAME = "revenue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A session with its numbers.

    Attributes:
        session: which.
        registered: members with a place.
        came: members who signed in; 0 when no attendance was taken.
        members: people in its rooms when it ended, the bot left out; 0 while it is not over.
        paid_fen: what was paid and not given back.
        refund_due_fen: what was paid and has to be given back.
        payers: orders behind `paid_fen`.
    """

    session: TrainingSession
    registered: int
    came: int
    members: int
    paid_fen: int
    refund_due_fen: int
    payers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One session as the model sees it.

    Attributes:
        price: C, in yuan.
        participation: P = who came ÷ people in the rooms, above 0 and at most 1, no unit.
        success: Q = what was paid ÷ (C × who came), no unit: which part of the price each who came paid on average.
        members: people in the rooms.
    """

    price: float
    participation: float
    success: float
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A curve Q = k·P^a.

    Attributes:
        k: 1 when only `a` was fitted; with a = 0 it is the mean of Q.
        a: no unit.
        a_interval: 95 %; None when the sessions do not determine `a`.
        k_interval: 95 %; None when `k` was not fitted.
        r2: 1 − residual ÷ total sum of squares; None when all Q are equal. Negative: worse than the mean.
        r2_unseen: the same where each session is foretold from the others.
        sessions: how many.
    """

    k: float
    a: float
    a_interval: tuple[float, float] | None
    k_interval: tuple[float, float] | None
    r2: float | None
    r2_unseen: float | None
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """What the room's own sessions say about Q.

    Attributes:
        power: Q = P^a.
        scaled: Q = k·P^a.
        mean: Q is the same for every P.
        used: the one of the three that foretells best.
    """

    power: Fit
    scaled: Fit
    mean: Fit
    used: Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A line ln P = level + slope·C through the room's own sessions.

    Attributes:
        level, slope: `slope` is per yuan.
        slope_interval: 95 %.
        r2: see `Fit`.
        deviation: standard deviation of ln P around the line.
        mean_price: in yuan.
        spread: Σ (C − mean)², in yuan².
        quantile: of Student's t for 95 % and these many sessions.
        sessions: how many.
    """

    level: float
    slope: float
    slope_interval: tuple[float, float]
    r2: float
    deviation: float
    mean_price: float
    spread: float
    quantile: float
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a session is likely to bring in at a price.

    Attributes:
        price: in yuan.
        participation: the expected P.
        participation_range: 95 % of single sessions are in it.
        revenue: in yuan, for one session.
        revenue_range: with P at the ends of its range.
    """

    price: float
    participation: float
    participation_range: tuple[float, float]
    revenue: float
    revenue_range: tuple[float, float]
