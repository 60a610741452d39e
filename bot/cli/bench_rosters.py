"""How long it takes to find who is missing in a room and who has to leave it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot.model import Contact
from bot.plugins.rosters.model import Standing
from bot.plugins.rosters.people import Link, identify
from bot.plugins.rosters.rules import compare, find_leavers

T = TypeVar("T")
_NOW = datetime(2026, 12, 1, tzinfo=UTC)
_TOPIC = "VIP群"
_MOVED = 20  # one of so many is missing, and one of so many is extra


def bench_rosters(members: int) -> dict[str, Any]:
    """Measure on one made room that everybody may be in or was in once.

    Args:
        members: how many.

    Returns:
        roster_s: comparing who is entitled with who is there; leavers_s: finding whose time is over; identify_s:
        finding who the people in the room are; roster_missing and roster_extra: what was found.
    """
    standings = {one.member_id: one for one in map(_standing, range(members))}
    contacts = [Contact(f"c{number:08d}", f"成员{number}") for number in range(members) if number % _MOVED]
    links = [
        Link("contact", f"c{number:08d}", f"m{number:08d}", is_strong=True, is_current=True)
        for number in range(members)
    ]
    wanted = {one.member_id for one in standings.values() if _TOPIC in one.opens}
    occupants, identify_s = _timed(lambda: identify(contacts, links))
    present = frozenset(one.member_id for one in occupants if one.is_sure)
    found, roster_s = _timed(lambda: compare(wanted, present))
    _, leavers_s = _timed(lambda: find_leavers(occupants, standings, _TOPIC))
    return {
        "roster_s": roster_s, "leavers_s": leavers_s, "identify_s": identify_s, "roster_missing": len(found.missing),
        "roster_extra": len(found.extra),
    }  # fmt: skip


def _standing(number: int) -> Standing:
    if number % _MOVED == 1:
        return Standing(member_id=f"m{number:08d}", ended={_TOPIC: _NOW - timedelta(days=9)})
    return Standing(member_id=f"m{number:08d}", opens=frozenset({_TOPIC}), until={_TOPIC: _NOW + timedelta(days=9)})


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    result = work()
    return result, round(time.perf_counter() - began, 3)
