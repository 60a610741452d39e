"""Computes how a member stands from facts alone: any order and any repetition of them gives the same state."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Final

from bot.plugin import Fact, Order
from bot.plugins.membership.grants import TAKEN_BACK, Piece, moment_of, pauses_of, pieces_of, seconds_of
from bot.plugins.membership.model import Grant, Membership, Phase, PlanVersion, Segment

SKEW: Final = 600
"""Seconds a provider's clock may be ahead of ours; what happens later than that has not happened yet."""

_Run = tuple[int, int | None, Piece]
_Pauses = Sequence[tuple[int, int]]
_start_of, _rank_of = itemgetter(0), attrgetter("rank")


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
        pieces: by time (`in_time`), none later than now.
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
    alive = pieces
    at: int | None = pieces[0].at if pieces else None
    while at is not None:
        if pause := _pause_at(pauses, at):
            at = pause[1]
            continue
        alive = [one for one in alive if one.has_time(max(at, one.at))]
        ready = [one for one in alive if one.at <= at]
        coming = alive[len(ready) :]
        if not ready:
            at = coming[0].at if coming else None
            continue
        run = ready[0] if len(ready) == 1 else max(ready, key=_rank_of)  # the first of them, as they are by time
        end = _stop(run, at, coming, pauses)
        _note(found, run, at, end)
        if end is not None:
            _spend(run, ready, end - at)
        at = end
    return found


def _line_up(pieces: Sequence[Piece]) -> list[_Run] | None:
    """Return the stretches of grants that simply follow each other, what nearly all members have; None for others."""
    found: list[_Run] = []
    end, rank = 0, (0, False)
    for one in pieces:
        if one.left is None or one.ends_at is not None:
            return None
        if one.cut is not None and one.cut <= one.at:
            continue
        if one.at >= end:
            start = one.at
        elif one.rank != rank or one.plan.is_trial:
            return None
        else:
            start = end
        stop = start + one.left if one.cut is None else min(start + one.left, one.cut)
        if start < stop:
            found.append((start, stop, one))
            end, rank = stop, one.rank
    for run_start, run_stop, one in found:
        one.runs.append((run_start, run_stop))
    return found


def _stop(run: Piece, at: int, coming: Sequence[Piece], pauses: _Pauses) -> int | None:
    """Return when something else runs than what runs at a moment; None for never."""
    stops = [one.at for one in coming if one.rank > run.rank][:1]
    if pauses:
        stops += [start for start, _ in pauses if start > at][:1]
    end = run.end_from(at)
    if end is not None:
        stops.append(end)
    return min(stops, default=None)


def _spend(run: Piece, ready: Sequence[Piece], seconds: int) -> None:
    for one in ready:
        if one.left is not None and (one is run or one.plan.is_trial):
            one.left -= seconds


def _note(found: list[_Run], run: Piece, start: int, end: int | None) -> None:
    if found and found[-1][2] is run and found[-1][1] == start:
        start = found.pop()[0]
        run.runs.pop()
    found.append((start, end, run))
    run.runs.append((start, end))


def _pause_at(pauses: _Pauses, at: int) -> tuple[int, int] | None:
    return next((one for one in pauses if one[0] <= at < one[1]), None)


def _stand(line: str, pieces: Sequence[Piece], pauses: _Pauses, now: int) -> Membership:
    runs = lay_out(pieces, pauses)
    grants = tuple([_grant(piece) for piece in pieces])
    place = bisect_right(runs, now, key=_start_of) - 1
    _, end, piece = runs[place] if place >= 0 else (0, 0, None)
    if piece is not None and (end is None or now < end):
        return _in_force(line, runs[place:], pauses, now, grants)
    if place + 1 < len(runs):  # it goes on after a pause, or it begins in a moment by our clock
        coming = runs[place + 1 :]
        pause = _pause_at(pauses, now)
        if pause is None or coming[0][0] != pause[1]:
            return _in_force(line, coming, pauses, coming[0][0], grants)
        until = _until(coming, pauses)
        return Membership(
            line=line, phase=Phase.PAUSED, until=None if until is None else moment_of(until), plan=coming[0][2].plan,
            paused_until=moment_of(pause[1]), grants=grants,
        )  # fmt: skip
    if piece is None or end is None:
        return Membership(line=line, phase=Phase.NONE, plan=pieces[-1].plan, grants=grants)
    return _ended(line, piece, end, now, grants)


def _in_force(line: str, runs: Sequence[_Run], pauses: _Pauses, now: int, grants: tuple[Grant, ...]) -> Membership:
    """Return the state while the first of these stretches runs."""
    until, plan = _until(runs, pauses), runs[0][2].plan
    grace = _grace_of(runs[-1][2]) if until is not None else 0
    if until is None:
        phase = Phase.LIFETIME
    else:
        phase = Phase.TRIAL if all(piece.plan.is_trial for _, _, piece in runs) else Phase.ACTIVE
    return Membership(
        line=line, phase=phase, until=None if until is None else moment_of(until), plan=plan, grants=grants,
        opens=_opens([one[2].plan for one in runs if one[2].runs[0][0] <= now]),
        grace_until=moment_of(until + grace) if until is not None and grace else None,
    )  # fmt: skip


def _ended(line: str, piece: Piece, end: int, now: int, grants: tuple[Grant, ...]) -> Membership:
    grace = _grace_of(piece)
    is_grace = now < end + grace
    return Membership(
        line=line, phase=Phase.GRACE if is_grace else Phase.EXPIRED, until=moment_of(end), plan=piece.plan,
        grace_until=moment_of(end + grace) if grace else None, opens=_opens([piece.plan] if is_grace else ()),
        grants=grants,
    )  # fmt: skip


def _until(runs: Sequence[_Run], pauses: _Pauses) -> int | None:
    """Return the end of the stretches that follow each other with nothing but pauses in between; None for ever."""
    end = runs[0][1]
    for start, next_end, _ in runs[1:]:
        if end is None or (start != end and (end, start) not in pauses):
            break
        end = next_end
    return end


def _grace_of(piece: Piece) -> int:
    """Return for how many seconds it counts after its end: money that was given back buys no grace."""
    is_taken_back = piece.cut_by in TAKEN_BACK and piece.runs[-1][1] == piece.cut
    return 0 if is_taken_back or piece.plan.is_trial else piece.plan.grace_seconds


def _opens(plans: Iterable[PlanVersion]) -> frozenset[str]:
    found: set[str] = set()
    for plan in plans:
        found.add(plan.plan_id)
        found.update(plan.opens)
    return frozenset(found)


def _grant(piece: Piece) -> Grant:
    at = moment_of(piece.at)
    runs = [
        Segment(at if start == piece.at else moment_of(start), None if end is None else moment_of(end))
        for start, end in piece.runs
    ]
    return Grant(  # by place, which takes a third of the time
        piece.id, piece.order_number, piece.plan, at, piece.provider, piece.paid_fen, piece.credit_fen, tuple(runs),
        None if piece.cut is None else moment_of(piece.cut), piece.cut_by, piece.whole,
    )  # fmt: skip
