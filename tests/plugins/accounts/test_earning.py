from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.accounts.earning import Span, earned_fen, share_of

START = datetime(2026, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def span(*days: int, whole: int, follow: Span | None = None) -> Span:
    """Return a span from pairs of days after START."""
    pieces = tuple((START + DAY * a, START + DAY * b) for a, b in zip(days[::2], days[1::2], strict=True))
    return Span(pieces, DAY * whole, follow)


@pytest.mark.parametrize(
    ("day", "share"),
    [(-1, Fraction(0)), (0, Fraction(0)), (1, Fraction(1, 31)), (31, Fraction(1)), (400, Fraction(1))],
)
def test_time_is_earned_as_it_passes(day: int, share: Fraction) -> None:
    assert share_of(span(0, 31, whole=31), START + DAY * day) == share


def test_nothing_is_earned_in_a_pause() -> None:
    paused = span(0, 10, 20, 41, whole=31)
    assert share_of(paused, START + DAY * 10) == share_of(paused, START + DAY * 20) == Fraction(10, 31)
    assert share_of(paused, START + DAY * 41) == 1


def test_what_is_given_up_without_a_refund_is_earned_at_once() -> None:
    cut = span(0, 10, whole=31)
    assert share_of(cut, START + DAY * 10 - timedelta(seconds=1)) < Fraction(10, 31)
    assert share_of(cut, START + DAY * 10) == 1


def test_what_an_upgrade_left_over_is_earned_along_the_upgrade() -> None:
    upgraded = span(0, 10, whole=20, follow=span(10, 20, whole=10))
    assert share_of(upgraded, START + DAY * 10) == Fraction(1, 2)
    assert share_of(upgraded, START + DAY * 15) == Fraction(3, 4)
    assert share_of(upgraded, START + DAY * 20) == 1


def test_what_has_no_length_is_earned_at_once() -> None:
    assert share_of(Span((), timedelta()), START) == 1


def test_a_moment_is_earned_when_it_comes() -> None:
    moment = Span(((START, START),), timedelta())
    assert share_of(moment, START - timedelta(seconds=1)) == 0
    assert share_of(moment, START) == 1


def test_fen_are_rounded_down() -> None:
    assert earned_fen(1990, Fraction(1, 31)) == 64
    assert earned_fen(1990, Fraction(1)) == 1990


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Return a span of up to three pieces, cut or not, and what follows it."""
    made: Span | None = None
    marks = sorted(draw(st.lists(st.integers(0, 500), min_size=4, max_size=12, unique=True)))
    marks = marks[: len(marks) // 2 * 2]
    pairs = list(zip(marks[::2], marks[1::2], strict=True))
    at = len(pairs)
    while at > 0:
        taken = draw(st.integers(1, at))
        pieces, at = pairs[at - taken : at], at - taken
        run = sum(b - a for a, b in pieces)
        whole = run if made is None else run + draw(st.integers(0, 50))
        made = Span(tuple((START + DAY * a, START + DAY * b) for a, b in pieces), DAY * whole, made)
    assert made is not None
    return made


@given(spans(), st.integers(0, 1_000_000), st.lists(st.integers(-10, 520), min_size=2, max_size=20))
def test_what_is_earned_only_grows_and_is_all_in_the_end(made: Span, fen: int, days: list[int]) -> None:
    earned = [earned_fen(fen, share_of(made, START + DAY * day)) for day in sorted(days)]
    assert earned == sorted(earned)
    assert all(0 <= one <= fen for one in earned)
    assert earned_fen(fen, share_of(made, START - DAY)) == (0 if made.whole else fen)
    assert earned_fen(fen, share_of(made, START + DAY * 1000)) == fen
