"""Which of the deadlines that are due are acted on, by table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.deadlines_store import MERGE, RUN, SEND, SKIP, StoredDeadline
from bot.scheduler_deadlines import sort_deadlines

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def due(key: str, missed: str, minutes: float, *, group: str = "", plugin: str = "p") -> StoredDeadline:
    at = NOW - timedelta(minutes=minutes)
    return StoredDeadline(plugin=plugin, name="n", key=key, at=at, missed=missed, group=group)


def sorted_keys(*found: StoredDeadline) -> tuple[str, str, str, str]:
    result = sort_deadlines(sorted(found, key=lambda one: one.at), NOW)
    lists = (result.to_run, result.late, result.skipped, result.expired)
    return tuple("".join(one.key for one in some) for some in lists)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("missed", "minutes", "expected"),
    [
        (RUN, 0, ("a", "", "", "")),
        (RUN, 100_000, ("a", "", "", "")),  # a term that ended is acted on however late, and is no news to the owner
        (SEND, 1, ("a", "", "", "")),
        (SEND, 1.1, ("a", "a", "", "")),
        (SEND, 120, ("a", "a", "", "")),
        (SEND, 121, ("", "", "", "a")),
        (SKIP, 1, ("a", "", "", "")),
        (SKIP, 2, ("", "", "a", "")),
        (MERGE, 2, ("a", "a", "", "")),
        (MERGE, 121, ("", "", "", "a")),
    ],
)
def test_how_late_it_is_decides(missed: str, minutes: float, expected: tuple[str, ...]) -> None:
    assert sorted_keys(due("a", missed, minutes)) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([due("a", MERGE, 90, group="g"), due("b", MERGE, 60, group="g")], ("b", "b", "a", "")),
        ([due("a", MERGE, 90, group="g"), due("b", MERGE, 60, group="h")], ("ab", "ab", "", "")),
        ([due("a", MERGE, 90), due("b", MERGE, 60)], ("ab", "ab", "", "")),
        ([due("a", MERGE, 90, group="g", plugin="q"), due("b", MERGE, 60, group="g")], ("ab", "ab", "", "")),
        ([due("a", MERGE, 90, group="g"), due("b", SEND, 60, group="g")], ("ab", "ab", "", "")),
        ([due("a", MERGE, 90, group="g"), due("b", MERGE, 0, group="g")], ("b", "", "a", "")),
        ([due("a", MERGE, 300, group="g"), due("b", MERGE, 60, group="g")], ("b", "b", "", "a")),
        ([due("a", MERGE, 0.5, group="g"), due("b", MERGE, 0, group="g")], ("ab", "", "", "")),
    ],
)
def test_of_those_that_merge_the_latest_is_kept(found: list[StoredDeadline], expected: tuple[str, ...]) -> None:
    assert sorted_keys(*found) == expected


def test_one_that_was_begun_is_ended_however_late() -> None:
    begun = StoredDeadline(plugin="p", name="n", key="a", at=NOW - timedelta(days=3), missed=SKIP, is_firing=True)
    assert sorted_keys(begun) == ("a", "", "", "")
