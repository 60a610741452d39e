"""Computes how a member stands from facts alone: any order and any repetition of them gives the same state."""

from __future__ import annotations

from bisect import insort_right
from collections.abc import Iterable, Sequence
from datetime import datetime
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
from bot.plugins.membership.model import Membership, Phase, whole_seconds

SKEW: Final = 600
"""Seconds a provider's clock may be ahead of ours; what happens later than that has not happened yet."""

_Run = tuple[int, int, Piece]
_Pauses = Sequence[tuple[int, int]]
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
    lines = {piece.terms.line for piece in pieces}
    if len(lines) == 1:
        return [_stand(lines.pop(), pieces, pauses, at)]
    return [_stand(line, [one for one in pieces if one.terms.line == line], pauses, at) for line in sorted(lines)]


def lay_out(pieces: Sequence[Piece], pauses: _Pauses) -> list[_Run]:
    """Find when each grant of one line runs, and return the stretches in order.

    The highest tier runs, in a tier what never ends, then the first first; what has to wait keeps its time, but a
    trial's passes. Pauses stop everything; fixed ends stay where they are.

    Args:
        pieces: by time; their `runs` are filled in.
        pauses: by time.
    """
    if pauses:
        return _step_by_step(pieces, pauses)
    for one in pieces[1:]:
        if one.terms.is_trial:  # it may have to wait, and its time passes meanwhile
            return _step_by_step(pieces, ())
    return _line_up(pieces)


def _line_up(pieces: Sequence[Piece]) -> list[_Run]:
    """Lay out without pauses, and trials but in the first place: what nearly all members have.

    Who comes stands behind all they don't outrank; only where somebody is outranked the time is looked at.
    """
    found: list[_Run] = []
    waiting: list[Piece] = []
    at = 0
    if pieces[0].terms.is_trial:
        pieces[0].over_at = min(pieces[0].over_at, pieces[0].at + pieces[0].left)
    for one in pieces:
        if not waiting or one.rank <= waiting[-1].rank:
            waiting.append(one)
        else:
            at = _run_until(one.at, at, waiting, found)
            insort_right(waiting, one, key=lambda other: -other.rank)
    _run_until(FOREVER, at, waiting, found)
    return found


def _run_until(until: int, at: int, waiting: list[Piece], found: list[_Run]) -> int:
    """Let grants run one after the other, and return when the next may run.

    Args:
        until: seconds since 1970; none of them comes later.
        at: the same; when the first may run.
        waiting: in the order in which they run; what is over leaves.
        found: the stretches so far.
    """
    while waiting and at < until:
        run = waiting[0]
        start = at if at > run.at else run.at  # noqa: FURB136 - `max` and `min` are a third of this loop's time
        end = start + run.left
        if end > run.over_at:  # noqa: PLR1730 - the same
            end = run.over_at
        if end <= until:
            del waiting[0]
            if end <= start:
                continue
        elif start >= until:  # who outranks it came in the same second
            return at
        else:
            run.left -= until - start
            end = until
        _note(found, run, start, end)
        at = end
    return at


def _step_by_step(pieces: Sequence[Piece], pauses: _Pauses) -> list[_Run]:
    """Lay out from moment to moment: whenever something begins or ends, look anew at what is to run."""
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
        run = max(ready, key=lambda one: one.rank)  # the first of them, as they are by time
        end = _stop(run, at, coming, pauses)
        _note(found, run, at, end)
        if end == FOREVER:
            break
        _spend(run, ready, end - at)
        at = end
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
        if one is run or one.terms.is_trial:
            one.left -= seconds


def _note(found: list[_Run], run: Piece, start: int, end: int) -> None:
    if run.runs and run.runs[-1][1] == start:  # nothing ran in between
        found.pop()
        start = run.runs.pop()[0]
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
        held = _in_force(line, coming, pauses, coming[0][0], grants)
        if pause is None or coming[0][0] != pause[1]:
            return held
        return held._replace(phase=Phase.PAUSED, grace_until=None, paused_until=moment_of(pause[1]), opens=_NOTHING)
    if place < 0:
        return Membership(line=line, phase=Phase.NONE, plan=pieces[-1].plan, grants=grants)
    return _ended(line, runs[place], now, grants)


def _in_force(line: str, runs: Sequence[_Run], pauses: _Pauses, now: int, grants: Grants) -> Membership:
    """Return the state while the first of these stretches runs."""
    terms = runs[0][2].terms
    if len(runs) == 1:
        end, is_trial, opens = runs[0][1], terms.is_trial, terms.opens
    else:
        end, is_trial = _until(runs, pauses), all(piece.terms.is_trial for _, _, piece in runs)
        opens = _NOTHING.union(*(piece.terms.opens for _, _, piece in runs if piece.runs[0][0] <= now))
    if end == FOREVER:
        return Membership(line, Phase.LIFETIME, None, terms.plan, None, None, opens, grants)
    until, phase = moment_of(end), Phase.TRIAL if is_trial else Phase.ACTIVE
    return Membership(line, phase, until, terms.plan, _grace_until(runs[-1][2], until), None, opens, grants)


def _ended(line: str, last: _Run, now: int, grants: Grants) -> Membership:
    _, end, piece = last
    until, terms = moment_of(end), piece.terms
    grace_until = _grace_until(piece, until)
    if grace_until is not None and now - end < whole_seconds(terms.grace):
        return Membership(line, Phase.GRACE, until, terms.plan, grace_until, None, terms.opens, grants)
    return Membership(line, Phase.EXPIRED, until, terms.plan, grace_until, None, _NOTHING, grants)


def _until(runs: Sequence[_Run], pauses: _Pauses) -> int:
    """Return the end of the stretches that follow each other with nothing but pauses in between."""
    end = runs[0][1]
    for start, next_end, _ in runs[1:]:
        if start != end and (end, start) not in pauses:
            break
        end = next_end
    return end


def _grace_until(last: Piece, until: datetime) -> datetime | None:
    """Return until when it counts after its end, None without: money that was given back buys no grace."""
    grace = last.terms.grace
    if not grace or (last.cut is not None and last.cut_by in TAKEN_BACK and last.runs[-1][1] == last.cut):
        return None
    return until + grace
