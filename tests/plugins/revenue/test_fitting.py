from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plugins.revenue.fitting import best_price, fit_all, fit_demand, foretell, student_quantile
from bot.plugins.revenue.model import Point
from bot.plugins.revenue.rules import assumed
from tests.examples import examples

pytestmark = pytest.mark.slow  # fits by the hundred

SCIPY_A, SCIPY_A_ERROR = 0.852275, 0.058958
SCIPY_K_A, SCIPY_K_ERROR = (0.894470, 0.705479), 0.068030


def point(share: float, worth: float, price: float = 99) -> Point:
    return Point(price=price, participation=share, success=worth, members=100)


def noisy(seed: int, sessions: int, a: float = 0.8, k: float = 1.0, noise: float = 0.05) -> list[Point]:
    source = random.Random(seed)
    shares = [source.uniform(0.1, 0.9) for _ in range(sessions)]
    return [point(share, k * share**a + source.gauss(0, noise)) for share in shares]


@pytest.mark.parametrize(("freedom", "quantile"), [(8, 2.306), (9, 2.2622), (18, 2.1009), (28, 2.0484), (120, 1.9799)])
def test_quantiles_are_those_of_the_tables(freedom: int, quantile: float) -> None:
    assert student_quantile(freedom) == pytest.approx(quantile, abs=1e-4)


@settings(max_examples=examples(20))
@given(st.floats(-1, 4), st.lists(st.floats(0.05, 0.95), min_size=10, max_size=20, unique_by=lambda x: round(x, 2)))
def test_without_noise_a_is_found_exactly(a: float, shares: list[float]) -> None:
    fits = fit_all([point(share, share**a) for share in shares])
    assert fits.power.a == pytest.approx(a, abs=1e-5)
    assert fits.scaled.a == pytest.approx(a, abs=1e-4)
    assert fits.scaled.k == pytest.approx(1, abs=1e-4)


def test_the_curve_is_the_one_other_programs_find() -> None:
    """The numbers are scipy's: `curve_fit` of p**a and of k*p**a to the same ten sessions."""
    shares = [0.31, 0.62, 0.18, 0.45, 0.77, 0.53, 0.25, 0.7, 0.38, 0.58]
    worths = [0.42, 0.6, 0.33, 0.5, 0.71, 0.66, 0.28, 0.78, 0.39, 0.55]
    fits = fit_all([point(share, worth) for share, worth in zip(shares, worths, strict=True)])
    assert fits.power.a == pytest.approx(SCIPY_A, abs=1e-4)
    assert fits.power.a_interval == pytest.approx(
        (SCIPY_A - 2.262157 * SCIPY_A_ERROR, SCIPY_A + 2.262157 * SCIPY_A_ERROR), abs=1e-3
    )
    assert (fits.scaled.k, fits.scaled.a) == pytest.approx(SCIPY_K_A, abs=1e-4)
    assert fits.scaled.k_interval is not None
    reach = (fits.scaled.k_interval[1] - fits.scaled.k_interval[0]) / 2
    assert reach == pytest.approx(2.306004 * SCIPY_K_ERROR, abs=1e-3)


@pytest.mark.slow
def test_the_interval_holds_the_truth_about_nineteen_times_in_twenty() -> None:
    held = 0
    for seed in range(100):
        interval = fit_all(noisy(seed, 10)).power.a_interval
        assert interval is not None
        held += interval[0] <= 0.8 <= interval[1]
    assert 90 <= held <= 99


def test_where_p_says_nothing_of_q_the_mean_is_used() -> None:
    source = random.Random(7)
    points = [point(source.uniform(0.1, 0.9), source.uniform(0.7, 1.0)) for _ in range(12)]
    fits = fit_all(points)
    assert fits.power.r2 is not None
    assert fits.power.r2 < 0
    assert fits.used is fits.mean
    assert fits.used.k == pytest.approx(sum(one.success for one in points) / 12)


def test_a_scale_is_used_where_it_foretells_better() -> None:
    fits = fit_all(noisy(3, 20, a=0.5, k=0.4, noise=0.02))
    assert fits.used is fits.scaled
    assert fits.used.a == pytest.approx(0.5, abs=0.15)


def test_the_documents_curve_is_used_where_the_room_follows_it() -> None:
    fits = fit_all(noisy(5, 14, noise=0.03))
    assert fits.used.a == pytest.approx(0.8, abs=0.1)
    assert fits.used.r2_unseen is not None
    assert fits.used.r2_unseen > 0.8


@pytest.mark.parametrize("worth", [0.0, 1.0, 1.3])
def test_where_all_sessions_are_alike_there_is_no_r2(worth: float) -> None:
    fits = fit_all([point(share / 20, worth) for share in range(1, 13)])
    assert fits.power.r2 is None
    assert fits.used is fits.mean
    assert fits.used.k == pytest.approx(worth)


def test_where_everybody_comes_a_cannot_be_told() -> None:
    fits = fit_all([point(1.0, worth) for worth in (0.8, 0.9, 1.0) * 4])
    assert fits.power.a_interval is None
    assert fits.scaled.a_interval is None


def test_participation_falls_with_the_price() -> None:
    points = [point(0.9 * math.exp(-0.01 * price), 1, price) for price in (49, 69, 99, 129, 159) * 2]
    demand = fit_demand(points)
    assert demand.slope == pytest.approx(-0.01)
    assert math.exp(demand.level) == pytest.approx(0.9)
    assert demand.r2 == pytest.approx(1)
    outlook = foretell(demand, assumed(), 99, 100)
    share = 0.9 * math.exp(-0.99)
    assert outlook.participation == pytest.approx(share)
    assert outlook.revenue == pytest.approx(100 * 99 * share**1.8)
    best = best_price(demand, assumed(), [float(price) for price in range(49, 160)], 100)
    assert best.price == pytest.approx(1 / 0.018, abs=1)  # where C·exp(-0.01·1.8·C) is greatest


@settings(max_examples=examples(40))
@given(st.lists(st.tuples(st.sampled_from([49, 99, 129]), st.floats(0.01, 1)), min_size=10, max_size=20))
def test_an_outlook_lies_in_its_own_range(sessions: list[tuple[int, float]]) -> None:
    points = [point(share, 1, price) for price, share in [*sessions, (49, 0.5), (99, 0.4), (129, 0.3)]]
    outlook = foretell(fit_demand(points), assumed(), 110, 100)
    low, high = outlook.participation_range
    assert 0 < low <= outlook.participation <= high <= 1
    assert outlook.revenue_range[0] <= outlook.revenue + 1e-9
    assert outlook.revenue <= outlook.revenue_range[1] + 1e-9
