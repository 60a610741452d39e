"""Curves through a room's own sessions, by nonlinear least squares; intervals, R², and what they foretell."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING, Any, Final

from bot.plugins.revenue.model import Demand, Fit, Fits, Outlook, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]

_LOW, _HIGH = -4.0, 12.0  # where `a` is looked for
_COARSE, _FINE, _ROUNDS = 320, 40, 5  # steps of the grids: 0.05 at first, in the end 2e-8
_Z: Final = NormalDist().inv_cdf(0.975)
_SAME = 1e-12

Curve = Callable[["Floats", "Floats"], tuple[float, float]]
"""Returns (k, a) that fit P and Q best."""


def student_quantile(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t, to three decimals from 8 degrees of freedom on.

    Args:
        freedom: degrees of freedom; the expansion is Abramowitz and Stegun 26.7.5.
    """
    z, v = _Z, freedom
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / float(v) ** power for power, term in enumerate(terms, 1))


def fit_all(points: Sequence[Point]) -> Fits:
    """Fit Q = P^a, Q = k·P^a and the mean of Q, and choose the one that foretells sessions it has not seen best.

    Args:
        points: at least three sessions; `rules.LEAST_SESSIONS` before anybody is told of it.
    """
    import numpy as np

    shares = np.array([point.participation for point in points])
    worths = np.array([point.success for point in points])
    power = _fit(shares, worths, _best_power, is_scaled=False)
    scaled = _fit(shares, worths, _best_scaled, is_scaled=True)
    mean = Fit(
        k=float(worths.mean()), a=0.0, a_interval=None, k_interval=None, r2=0.0, r2_unseen=0.0, sessions=len(points)
    )
    used = max((mean, power, scaled), key=lambda fit: -math.inf if fit.r2_unseen is None else fit.r2_unseen)
    return Fits(power=power, scaled=scaled, mean=mean, used=used)


def fit_demand(points: Sequence[Point]) -> Demand:
    """Fit ln P = level + slope·C by least squares.

    Args:
        points: at least three sessions with two prices.
    """
    prices, logs = [point.price for point in points], [math.log(point.participation) for point in points]
    middle, height = fmean(prices), fmean(logs)
    spread = sum((price - middle) ** 2 for price in prices)
    slope = sum((c - middle) * (p - height) for c, p in zip(prices, logs, strict=True)) / spread
    residual = sum((p - height - slope * (c - middle)) ** 2 for c, p in zip(prices, logs, strict=True))
    total = sum((p - height) ** 2 for p in logs)
    freedom = len(points) - 2
    deviation, quantile = math.sqrt(residual / freedom), student_quantile(freedom)
    reach = quantile * deviation / math.sqrt(spread)
    return Demand(
        level=height - slope * middle,
        slope=slope,
        slope_interval=(slope - reach, slope + reach),
        r2=1 - residual / total if total > _SAME else 0.0,
        deviation=deviation,
        mean_price=middle,
        spread=spread,
        quantile=quantile,
        sessions=len(points),
    )


def foretell(demand: Demand, fit: Fit, price: float, members: int) -> Outlook:
    """Return what a session is likely to bring in at a price.

    Args:
        demand: how P follows the price.
        fit: how Q follows P.
        price: in yuan.
        members: people in the rooms.
    """
    center = demand.level + demand.slope * price
    unsure = math.sqrt(1 + 1 / demand.sessions + (price - demand.mean_price) ** 2 / demand.spread)
    reach = demand.quantile * demand.deviation * unsure
    low, share, high = (min(1.0, math.exp(center + way * reach)) for way in (-1, 0, 1))
    ends = sorted(_earn(fit, price, members, one) for one in (low, high))
    return Outlook(
        price=price,
        participation=share,
        participation_range=(low, high),
        revenue=_earn(fit, price, members, share),
        revenue_range=(ends[0], ends[1]),
    )


def best_price(demand: Demand, fit: Fit, prices: Sequence[float], members: int) -> Outlook:
    """Return the outlook at whichever of the prices brings in most."""
    return max((foretell(demand, fit, price, members) for price in prices), key=lambda outlook: outlook.revenue)


def _earn(fit: Fit, price: float, members: int, share: float) -> float:
    return members * price * share * fit.k * float(share**fit.a)


def _fit(shares: Floats, worths: Floats, curve: Curve, *, is_scaled: bool) -> Fit:
    k, a = curve(shares, worths)
    a_interval, k_interval = _intervals(shares, worths, (k, a), is_scaled=is_scaled)
    return Fit(
        k=k,
        a=a,
        a_interval=a_interval,
        k_interval=k_interval,
        r2=_r2(worths, k * shares**a, worths.mean()),
        r2_unseen=_r2_unseen(shares, worths, curve),
        sessions=len(worths),
    )


def _best_power(shares: Floats, worths: Floats) -> tuple[float, float]:
    return 1.0, _search(shares, lambda curves: ((worths - curves) ** 2).sum(axis=-1))


def _best_scaled(shares: Floats, worths: Floats) -> tuple[float, float]:
    """Return the best (k, a); for each `a` the best k is a quotient, so only `a` has to be searched."""

    def scale(curves: Floats) -> Floats:
        best: Floats = (worths * curves).sum(axis=-1) / (curves * curves).sum(axis=-1)
        return best

    a = _search(shares, lambda curves: ((worths - scale(curves)[..., None] * curves) ** 2).sum(axis=-1))
    return float(scale(shares**a)), a


def _search(shares: Floats, loss: Callable[[Floats], Floats]) -> float:
    """Return the `a` whose curve P^a has the least loss: the best of a grid, then of ever finer ones around it.

    Args:
        shares: P of each session.
        loss: of curves, one in each row.
    """
    import numpy as np

    middle, reach = (_LOW + _HIGH) / 2, (_HIGH - _LOW) / 2
    for steps in (_COARSE, *[_FINE] * _ROUNDS):
        grid = np.linspace(middle - reach, middle + reach, steps + 1)
        middle = float(grid[int(loss(shares[None, :] ** grid[:, None]).argmin())])
        reach *= 2 / steps
    return middle


def _intervals(
    shares: Floats, worths: Floats, found: tuple[float, float], *, is_scaled: bool
) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """Return the 95 % intervals of a and k, from the curve's slopes at the optimum."""
    import numpy as np

    k, a = found
    curve = shares**a
    slopes = np.column_stack([k * curve * np.log(shares), curve] if is_scaled else [curve * np.log(shares)])
    freedom = len(worths) - slopes.shape[1]
    squares = slopes.T @ slopes
    if freedom < 1 or np.linalg.matrix_rank(squares) < slopes.shape[1]:
        return None, None
    variance = float(((worths - k * curve) ** 2).sum()) / freedom
    reaches = student_quantile(freedom) * np.sqrt(variance * np.diag(np.linalg.inv(squares)))
    of_a = (a - float(reaches[0]), a + float(reaches[0]))
    return of_a, (k - float(reaches[1]), k + float(reaches[1])) if is_scaled else None


def _r2(worths: Floats, foretold: Floats, baseline: Any) -> float | None:  # noqa: ANN401 - a mean, or one for each
    total = float(((worths - baseline) ** 2).sum())
    return 1 - float(((worths - foretold) ** 2).sum()) / total if total > _SAME else None


def _r2_unseen(shares: Floats, worths: Floats, curve: Curve) -> float | None:
    import numpy as np

    foretold, baseline = [], []
    for left_out in range(len(worths)):
        others = np.arange(len(worths)) != left_out
        k, a = curve(shares[others], worths[others])
        foretold.append(k * shares[left_out] ** a)
        baseline.append(worths[others].mean())
    return _r2(worths, np.array(foretold), np.array(baseline))
