"""schedules.yaml as single sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.plugins.training.expanding import expand
from bot.plugins.training.model import TrainingSession
from bot.schedules import read_schedules

NOW = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # Tuesday 09:00 in Shanghai
MONTH = timedelta(days=30)


def sessions(
    entry: str, now: datetime = NOW, timezone: str = "Asia/Shanghai", known: dict[str, datetime] | None = None
) -> dict[str, TrainingSession]:
    text = f"sessions:\n  - {{id: go, title: Go, room: 群, {entry}}}\n"
    schedules, faults = read_schedules("s.yaml", text.encode(), timezone)[:2]
    assert schedules is not None, faults
    return expand(schedules.sessions, now, now + MONTH, known or {})


def test_a_one_off_is_one_session_whenever_it_is() -> None:
    (one,) = sessions("starts: 2027-06-05 20:00, duration: 90m, price: 99, remind: 1d").values()
    assert (one.id, one.entry, one.is_series) == ("go", "go", False)
    assert (one.starts_at, one.ends_at) == (
        datetime(2027, 6, 5, 12, 0, tzinfo=UTC),
        datetime(2027, 6, 5, 13, 30, tzinfo=UTC),
    )
    assert (one.price_fen, one.announce, one.remind) == (9900, (timedelta(days=3),), (timedelta(days=1),))
    assert list(sessions("starts: 2026-11-05 20:00")) == ["go"]


def test_a_series_is_a_session_a_day_up_to_the_horizon() -> None:
    assert list(sessions("every: 周五 20:00")) == [
        "go/2026-12-04", "go/2026-12-11", "go/2026-12-18", "go/2026-12-25",
    ]  # fmt: skip


def test_a_shorter_horizon_takes_away_nothing_that_is_in_force() -> None:
    known = {"go": datetime(2027, 1, 8, 12, 0, tzinfo=UTC)}
    assert list(sessions("every: 周五 20:00", known=known))[-1] == "go/2027-01-08"


@pytest.mark.parametrize("hours", [0, 4, 14])
def test_two_on_one_day_keep_their_ids_while_the_day_goes_on(hours: int) -> None:
    found = sessions('every: ["周二 10:00", "周二 20:00"]', NOW + timedelta(hours=hours))
    assert list(found)[:2] == ["go/2026-12-01", "go/2026-12-01-2"]
    assert found["go/2026-12-01-2"].local_start.hour == 20


def test_a_session_takes_as_long_as_is_written_though_the_clock_is_changed_meanwhile() -> None:
    (one,) = sessions("starts: 2026-11-01 00:30, duration: 2h", timezone="America/New_York").values()
    assert one.ends_at - one.starts_at == timedelta(hours=2)


def test_wall_clock_times_stay_over_a_change_of_the_clock() -> None:
    found = sessions("every: 周五 20:00", datetime(2026, 10, 20, tzinfo=UTC), "America/New_York")
    assert {one.local_start.hour for one in found.values()} == {20}
    assert {one.starts_at.hour for one in found.values()} == {0, 1}
