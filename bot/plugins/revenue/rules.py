"""The documents' revenue model, what it is fed with, and when the data is too little to say anything.

Source: 《程序员如何利用微信群进行知识变现》 §4: R = Σ C·P·Q with Q = P^a, so R = Σ C·P^(a+1). There C is the fee of a
training (yuan), P the participation, a the coefficient of success (0.8 in its example). The document declares the
group's size G and the duration T and never uses them; R is then in yuan per member of the group. Multiplied by G it is
what a session brings in, which is what stands beside the real revenue here. The document's worked example swaps values
midway; computed as its formula says it gives 202.27.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.plugins.revenue.model import Fit, Point, Result

ASSUMED_A: Final = 0.8
"""The documents' example; an assumption until the room has sessions of its own."""

LEAST_SESSIONS: Final = 10
"""With fewer, `a` is guesswork: its standard deviation is about .09 at ten sessions and .14 at five."""

LEAST_PRICES: Final = 3
LEAST_RANGE: Final = 0.15
"""How far P must vary before anything is said about prices."""

_BEYOND: Final = 0.2  # a price may lie so far outside those that were tried
_FEN = 100


def model_revenue(prices: Iterable[float], participations: Iterable[float], a: float = ASSUMED_A) -> float:
    """Return R = Σ C·P^(a+1), in yuan per member of the group.

    Args:
        prices: C of each session, in yuan.
        participations: P of each session, 0 to 1.
        a: coefficient of success, no unit.
    """
    return float(sum(price * share ** (a + 1) for price, share in zip(prices, participations, strict=True)))


def participation(came: int, members: int) -> float | None:
    """Return P = who came ÷ people in the rooms; None when one of them is not known. Who left since counts as there."""
    return min(1.0, came / members) if came and members else None


def success(paid_fen: int, price_fen: int, came: int) -> float | None:
    """Return Q = what was paid ÷ (C × who came), no unit; None when nothing was to be paid or nobody came.

    It is what makes C·P·Q·G the revenue that there was: above 1 when more paid than came.
    """
    return paid_fen / (price_fen * came) if price_fen and came else None


def to_point(result: Result) -> Point | None:
    """Return a session as the model sees it; None when it was free, is not over, or no attendance was taken."""
    share = participation(result.came, result.members)
    worth = success(result.paid_fen, result.session.price_fen, result.came)
    if share is None or worth is None or result.session.is_cancelled:
        return None
    price = result.session.price_fen / _FEN
    return Point(price=price, participation=share, success=worth, members=result.members)


def to_points(results: Iterable[Result]) -> list[Point]:
    """Return the sessions the model can use."""
    return [point for result in results if (point := to_point(result)) is not None]


def expect(point: Point, fit: Fit) -> float:
    """Return what the model says a session brings in: G·C·P·Q with Q = k·P^a, in yuan."""
    return point.members * point.price * point.participation * fit.k * float(point.participation**fit.a)


def assumed() -> Fit:
    """Return the documents' curve, Q = P^0.8."""
    return Fit(k=1, a=ASSUMED_A, a_interval=None, k_interval=None, r2=None, r2_unseen=None, sessions=0)


def lacks_for_prices(points: Sequence[Point]) -> list[str]:
    """Return what is missing before anything can be said about prices, in Chinese; nothing when there is enough."""
    shares = [point.participation for point in points]
    spread = max(shares) - min(shares) if shares else 0.0
    prices = len({point.price for point in points})
    found = [
        (len(points) >= LEAST_SESSIONS, f"收费且有签到的场次 {len(points)} 场（要 {LEAST_SESSIONS} 场）"),
        (prices >= LEAST_PRICES, f"试过的票价 {prices} 种（要 {LEAST_PRICES} 种）"),
        (spread >= LEAST_RANGE, f"参与度最高和最低相差 {spread:.2f}（要 {LEAST_RANGE}）"),
    ]
    return [text for is_enough, text in found if not is_enough]


def price_bounds(points: Sequence[Point]) -> tuple[float, float]:
    """Return between which prices, in yuan, something can be said: those that were tried and a fifth beyond."""
    prices = [point.price for point in points]
    return min(prices) * (1 - _BEYOND), max(prices) * (1 + _BEYOND)
