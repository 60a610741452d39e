"""Computes how a member stands from facts alone: any order and any repetition of them gives the same state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final

from bot.plugin import Fact, Order
from bot.plugins.membership.grants import (
    FOREVER,
    TAKEN_BACK,
    Grants,
    Piece,
    moment_of,
    pauses_of,
    pieces_of,
    seconds_of,
)
from bot.plugins.membership.model import Membership, Phase, PlanVersion

SKEW: Final = 600
"""Seconds a provider's clock may be ahead of ours; what happens later than that has not happened yet."""

_Run = tuple[int, int, Piece]
_Pauses = Sequence[tuple[int, int]]
_rank_of = attrgetter("rank")
_NOTHING: Final[frozenset[str]] = frozenset()


def fold(orders: Iterable[Order], facts: Iterable[Fact], now: datetime) -> list[Membership]:
    """Return how a member stands in each line that they ever had anything in, lines sorted.

    Args:
        orders: the member's; all are looked at, those of the plugin count.
        facts: about the member and these orders, in any order, repeated or not.
        now: aware; what happens later is not known.
    """
    at = seconds_of(now)
    known = sorted({one.key: one for one in facts}.values(), key=lambda one: (one.at, one.key))
    known = [one for one in known if seconds_of(one.at) <= at + SKEW]
    return fold_pieces(pieces_of(orders, known), pauses_of(known), at)


def fold_pieces(pieces: Sequence[Piece], pauses: _Pauses, at: int) -> list[Membership]:
    """Return how a member stands in each line, of what they were given.

    Args:
        pieces: by time (`put_in_time`), none later than now.
        pauses: by time.
        at: now, in seconds since 1970.
    """
    lines = sorted({piece.plan.line for piece in pieces})
    if len(lines) == 1:
        return [_stand(lines[0], pieces, pauses, at)]
    return [_stand(line, [one for one in pieces if one.plan.line == line], pauses, at) for line in lines]


def lay_out(pieces: Sequence[Piece], pauses: _Pauses) -> list[_Run]:
    """Find when each grant of one line runs, and return the stretches in order.

    The highest tier runs, in a tier what never ends, then the first first; what has to wait keeps its time, but a
    trial's passes. Pauses stop everything; fixed ends stay where they are.

    Args:
        pieces: by time; their `runs` are filled in.
        pauses: by time.
    """
    if not pauses and (in_line := _line_up(pieces)) is not None:
        return in_line
    found: list[_Run] = []
    ready: list[Piece] = []
    coming = [one for one in reversed(pieces) if one.left > 0 and one.at < one.over_at]  # the next one last
    at = 0
    while ready or coming:
        if not ready and at < coming[-1].at:
            at = coming[-1].at
        if pauses and (pause := _pause_at(pauses, at)):
            at = pause[1]
        while coming and coming[-1].at <= at:
            ready.append(coming.pop())
        ready = [one for one in ready if one.left > 0 and at < one.over_at]
        if not ready:
            continue
        run = ready[0] if len(ready) == 1 else max(ready, key=_rank_of)  # the first of them, as they are by time
        end = _stop(run, at, coming, pauses)
        _note(found, run, at, end)
        if end == FOREVER:
            break
        _spend(run, ready, end - at)
        at = end
    return found


def _line_up(pieces: Sequence[Piece]) -> list[_Run] | None:
    """Return the stretches of grants that simply follow each other, what nearly all members have; None for others."""
    found: list[_Run] = []
    end = rank = 0
    for one in pieces:
        start = one.at
        if start >= one.over_at:
            continue
        if start < end:
            if one.rank != rank or one.plan.is_trial:
                return None
            start = end
        stop = start + one.left
        stop = min(stop, one.over_at)
        if start < stop:
            found.append((start, stop, one))
            end, rank = stop, one.rank
    for run_start, run_stop, one in found:
        one.runs.append((run_start, run_stop))
    return found


def _stop(run: Piece, at: int, coming: Sequence[Piece], pauses: _Pauses) -> int:
    """Return when something else runs than what runs at a moment, or it ends."""
    end = at + run.left
    end = min(end, run.over_at)
    if coming and coming[-1].at < end:
        end = min([end, *(one.at for one in coming if one.rank > run.rank)])
    return min([end, *(start for start, _ in pauses if start > at)]) if pauses else end


def _spend(run: Piece, ready: Sequence[Piece], seconds: int) -> None:
    for one in ready:
        if one is run or one.plan.is_trial:
            one.left -= seconds


def _note(found: list[_Run], run: Piece, start: int, end: int) -> None:
    if found and found[-1][2] is run and found[-1][1] == start:
        start = found.pop()[0]
        run.runs.pop()
    found.append((start, end, run))
    run.runs.append((start, end))


def _pause_at(pauses: _Pauses, at: int) -> tuple[int, int] | None:
    return next((one for one in pauses if one[0] <= at < one[1]), None)


def _stand(line: str, pieces: Sequence[Piece], pauses: _Pauses, now: int) -> Membership:
    runs, grants = lay_out(pieces, pauses), Grants(pieces)
    place = len(runs) - 1
    while place >= 0 and runs[place][0] > now:
        place -= 1
    if place >= 0 and now < runs[place][1]:
        return _in_force(line, runs[place:], pauses, now, grants)
    if place + 1 < len(runs):  # it goes on after a pause, or it begins in a moment by our clock
        coming = runs[place + 1 :]
        pause = _pause_at(pauses, now)
        if pause is None or coming[0][0] != pause[1]:
            return _in_force(line, coming, pauses, coming[0][0], grants)
        return Membership(
            line=line, phase=Phase.PAUSED, until=_moment(_until(coming, pauses)), plan=coming[0][2].plan,
            paused_until=moment_of(pause[1]), grants=grants,
        )  # fmt: skip
    if place < 0:
        return Membership(line=line, phase=Phase.NONE, plan=pieces[-1].plan, grants=grants)
    return _ended(line, runs[place], now, grants)


def _in_force(line: str, runs: Sequence[_Run], pauses: _Pauses, now: int, grants: Grants) -> Membership:
    """Return the state while the first of these stretches runs."""
    until, plan = _until(runs, pauses), runs[0][2].plan
    grace = _grace_of(runs[-1][2]) if until != FOREVER else 0
    if until == FOREVER:
        phase = Phase.LIFETIME
    else:
        phase = Phase.TRIAL if all(piece.plan.is_trial for _, _, piece in runs) else Phase.ACTIVE
    opens = _opens([one[2].plan for one in runs if one[2].runs[0][0] <= now])
    grace_until = moment_of(until + grace) if grace else None
    return Membership(line, phase, _moment(until), plan, grace_until, None, opens, grants)  # by place: half the time


def _ended(line: str, last: _Run, now: int, grants: Grants) -> Membership:
    _, end, piece = last
    grace = _grace_of(piece)
    grace_until = moment_of(end + grace) if grace else None
    if now < end + grace:
        return Membership(
            line, Phase.GRACE, moment_of(end), piece.plan, grace_until, None, _opens([piece.plan]), grants
        )
    return Membership(line, Phase.EXPIRED, moment_of(end), piece.plan, grace_until, None, _NOTHING, grants)


def _until(runs: Sequence[_Run], pauses: _Pauses) -> int:
    """Return the end of the stretches that follow each other with nothing but pauses in between."""
    end = runs[0][1]
    for start, next_end, _ in runs[1:]:
        if start != end and (end, start) not in pauses:
            break
        end = next_end
    return end


def _grace_of(piece: Piece) -> int:
    """Return for how many seconds it counts after its end: money that was given back buys no grace."""
    if piece.plan.is_trial or (piece.cut_by in TAKEN_BACK and piece.runs[-1][1] == piece.cut):
        return 0
    return piece.plan.grace_seconds


def _opens(plans: Iterable[PlanVersion]) -> frozenset[str]:
    return frozenset(name for plan in plans for name in (plan.plan_id, *plan.opens))


def _moment(end: int) -> datetime | None:
    return None if end == FOREVER else moment_of(end)
