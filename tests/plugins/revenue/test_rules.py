from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.revenue.answering import Asked, read_asked
from bot.plugins.revenue.model import Fit, Point
from bot.plugins.revenue.rules import (
    assumed,
    expect,
    lacks_for_prices,
    model_revenue,
    participation,
    price_bounds,
    success,
    to_point,
)
from tests.plugins.attendance.kit import session
from tests.plugins.revenue.kit import result


def test_the_documents_worked_example_gives_what_its_formula_says() -> None:
    each = [model_revenue([100], [share]) for share in (0.9, 0.8, 0.7)]
    assert each == pytest.approx([82.7250, 66.9209, 52.6231], abs=5e-5)
    assert round(model_revenue([100, 100, 100], [0.9, 0.8, 0.7], a=0.8), 2) == 202.27


def test_participation_is_who_came_of_all_in_the_rooms() -> None:
    assert participation(25, 100) == 0.25
    assert participation(120, 100) == 1
    assert participation(0, 100) is None
    assert participation(25, 0) is None


def test_success_is_the_part_of_the_price_that_was_paid() -> None:
    assert success(25 * 9900, 9900, 25) == 1
    assert success(20 * 9900, 9900, 25) == 0.8
    assert success(0, 9900, 25) == 0
    assert success(100, 0, 25) is None
    assert success(100, 9900, 0) is None


@given(st.integers(1, 50_000), st.integers(1, 500), st.integers(0, 10_000_000), st.integers(0, 500))
def test_with_the_success_there_was_the_model_gives_the_revenue_there_was(
    price_fen: int, came: int, paid_fen: int, stayed_away: int
) -> None:
    one = to_point(result(session(price_fen=price_fen), came=came, members=came + stayed_away, paid_fen=paid_fen))
    assert one is not None
    real = Fit(k=one.success, a=0, a_interval=None, k_interval=None, r2=None, r2_unseen=None, sessions=1)
    assert expect(one, real) == pytest.approx(paid_fen / 100)


def test_the_model_of_one_session_is_the_documents_times_the_group() -> None:
    one = Point(price=99, participation=0.25, success=1, members=120)
    assert expect(one, assumed()) == pytest.approx(120 * model_revenue([99], [0.25]))


@pytest.mark.parametrize(
    "unusable",
    [
        result(session()),
        result(came=0),
        result(members=0),
        result(session(price_fen=9900, is_cancelled=True)),
    ],
)
def test_some_sessions_say_nothing(unusable: object) -> None:
    assert to_point(unusable) is None  # type: ignore[arg-type]


def points(*facts: tuple[float, float]) -> list[Point]:
    return [Point(price=price, participation=share, success=1, members=100) for price, share in facts]


def test_prices_are_talked_of_only_when_the_data_allows() -> None:
    assert lacks_for_prices([]) == [
        "收费且有签到的场次 0 场（要 10 场）", "试过的票价 0 种（要 3 种）", "参与度最高和最低相差 0.00（要 0.15）",
    ]  # fmt: skip
    enough = points(*[(49, 0.5), (99, 0.4), (129, 0.3)] * 3, (99, 0.35))
    assert lacks_for_prices(enough) == []
    assert lacks_for_prices(enough[1:]) == ["收费且有签到的场次 9 场（要 10 场）"]
    assert lacks_for_prices(points(*[(49, 0.5), (99, 0.3)] * 5)) == ["试过的票价 2 种（要 3 种）"]
    assert lacks_for_prices(points(*[(49, 0.5), (99, 0.4), (129, 0.36)] * 4)) == [
        "参与度最高和最低相差 0.14（要 0.15）"
    ]
    assert price_bounds(enough) == pytest.approx((39.2, 154.8))


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", Asked(scope="本月")),
        ("这个月", Asked(scope="本月")),
        ("上月", Asked(scope="上月")),
        ("全部", Asked(scope="全部")),
        ("若 129", Asked(price=129, is_what_if=True)),
        ("如果票价 129.50 元", Asked(price=129.5, is_what_if=True)),
        ("若", Asked(is_what_if=True)),
        ("若干", Asked()),
        ("fastapi-101", Asked()),
    ],
)
def test_what_is_asked_is_read(typed: str, asked: Asked) -> None:
    assert read_asked(typed) == asked
