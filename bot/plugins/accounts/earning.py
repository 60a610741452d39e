"""How much of what was paid has been earned by a moment: pure, exact, monotone in time.

What is paid in advance is owed until it is delivered (IFRS 15 §35, 企业会计准则第 14 号 §11): time is delivered by
the second, a class when it is over. Shares are exact fractions and sums are floored to fen, so that nothing is earned
early and everything is earned at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

_MOST_UPGRADES = 1_000  # steps; each begins after the one before


@dataclass(frozen=True, slots=True)
class Span:
    """Time that was paid for, as it was or will be delivered.

    Attributes:
        pieces: from when to when it runs, aware, in order and apart; what lies between them was a pause.
        whole: how long it would run if nothing cut it; what has no length is delivered at its end, or at once without
            pieces.
        follow: when an upgrade cut it: the span that the rest of its money went into.
    """

    pieces: tuple[tuple[datetime, datetime], ...]
    whole: timedelta
    follow: Span | None = None


def share_of(span: Span, now: datetime) -> Fraction:
    """Return which share of the money behind a span has been earned by `now`, 0 to 1.

    What a cut left over is earned along the span it went into; where there is none (given up without a refund),
    nothing is owed any more and the rest is earned at the cut.
    """
    if span.follow is None:  # nearly all: what it comes to below, without the fractions
        return Fraction(1) if _is_over(span, now) else _used(span, now)
    share, rest = Fraction(0), Fraction(1)
    at: Span | None = span
    for _ in range(_MOST_UPGRADES):
        if at is None:
            break
        used, planned = _used(at, now), _planned(at)
        share += rest * used
        if not _is_over(at, now):
            return share
        rest *= 1 - planned
        at = at.follow
    return share + rest


def earned_fen(base_fen: int, share: Fraction) -> int:
    """Return how much of a sum has been earned, rounded down to a fen.

    Args:
        base_fen: what was paid and not given back, not negative.
        share: of it, 0 to 1.
    """
    return base_fen * share.numerator // share.denominator


def _used(span: Span, now: datetime) -> Fraction:
    if span.whole <= timedelta():
        return Fraction(_is_over(span, now))
    run = sum((min(max(now, start), end) - start for start, end in span.pieces), timedelta())
    return min(Fraction(1), Fraction(_micro(run), _micro(span.whole)))


def _planned(span: Span) -> Fraction:
    if span.whole <= timedelta():
        return Fraction(1)
    run = sum((end - start for start, end in span.pieces), timedelta())
    return min(Fraction(1), Fraction(_micro(run), _micro(span.whole)))


def _is_over(span: Span, now: datetime) -> bool:
    return not span.pieces or now >= span.pieces[-1][1]


def _micro(value: timedelta) -> int:
    return value // timedelta(microseconds=1)
