"""Reads facts as grants: who paid or was given what, and what ended it; no time line yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from bot.plugin import Fact, FactKind, Order, stand
from bot.plugins.membership.model import NAME, PlanVersion

LONGEST_PAUSE: Final = 366 * 86_400
"""Seconds after which a pause ends that was begun without a length: a year, counted as long as `1y` is sold."""

REFUND, REVOKED = "refund", "revoked"
TAKEN_BACK: Final = frozenset({REFUND, REVOKED})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Terms(NamedTuple):
    """What an order promises to who pays it.

    Attributes:
        plan: which plan.
        credit_fen: what the grants it replaces are still worth.
        cuts: ids of the grants that it ends when it begins.
    """

    plan: PlanVersion
    credit_fen: int = 0
    cuts: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Piece:
    """A grant while its place in time is sought; moments are whole seconds since 1970.

    Attributes:
        id, order_number, plan, provider, paid_fen, credit_fen: as in `Grant`.
        at: when it was paid or given.
        left: seconds it may still run; None without a length of its own.
        whole: seconds it would run in all; None for ever.
        ends_at: the fixed end; None without one.
        cut: when it was ended; None when it was not.
        cut_by: by what.
        replaces: ids of the grants that it ends when it begins.
        rank: what runs first: the highest tier, in it what never ends: nobody waits for what is theirs for ever.
        runs: the stretches found so far, end None for ever.
    """

    id: str
    order_number: int
    plan: PlanVersion
    at: int
    provider: str
    paid_fen: int = 0
    credit_fen: int = 0
    left: int | None = None
    whole: int | None = None
    ends_at: int | None = None
    cut: int | None = None
    cut_by: str = ""
    replaces: tuple[str, ...] = ()
    rank: tuple[int, bool]
    runs: list[tuple[int, int | None]] = field(default_factory=list)

    def has_time(self, at: int) -> bool:
        """Whether it could run at a moment."""
        return (
            (self.left is None or self.left > 0)
            and (self.cut is None or at < self.cut)
            and (self.ends_at is None or at < self.ends_at)
        )

    def end_from(self, at: int) -> int | None:
        """Return when it would end if it ran from a moment on; None for never."""
        if self.left is not None and self.ends_at is None and self.cut is None:
            return at + self.left
        ends = (None if self.left is None else at + self.left, self.ends_at, self.cut)
        return min((end for end in ends if end is not None), default=None)

    def end_by(self, at: int, cause: str) -> None:
        """Note what ended it; the first end counts, at one moment money given back rather than an upgrade."""
        if self.cut is None or (at, cause not in TAKEN_BACK, cause) < (
            self.cut,
            self.cut_by not in TAKEN_BACK,
            self.cut_by,
        ):
            self.cut, self.cut_by = at, cause


def pieces_of(orders: Iterable[Order], facts: Sequence[Fact]) -> list[Piece]:
    """Return what a member was given, by time, with what ended it.

    Args:
        orders: the member's.
        facts: about the member and these orders, sorted by time and key.
    """
    by_order: dict[int, list[Fact]] = {}
    for fact in facts:
        if fact.order_number:
            by_order.setdefault(fact.order_number, []).append(fact)
    pieces = [
        piece
        for order in orders
        if order.kind == NAME and order.number in by_order and (piece := _piece_of(order, by_order[order.number]))
    ]
    pieces += [
        piece_of_grant(fact.key, 0, fact.at, fact.provider, PlanVersion.from_data(fact.data["plan"]))
        for fact in facts
        if _is_grant(fact)
    ]
    pieces.sort(key=in_time)
    _revoke(pieces, facts)
    end_replaced(pieces)
    return pieces


def piece_of_grant(key: str, order_number: int, at: datetime, provider: str, plan: PlanVersion) -> Piece:
    """Return one grant that nothing ended, its money not known.

    Args:
        key: of the fact, for a given one.
        order_number: of the order, for a paid one.
        at: when.
        provider: who says so.
        plan: what.
    """
    begun = seconds_of(at)
    ends_at = seconds_of(plan.ends_at) if plan.ends_at else None
    return Piece(
        id=f"D{order_number}" if order_number else key, order_number=order_number, plan=plan, at=begun,
        provider=provider, left=plan.seconds, ends_at=ends_at,
        whole=plan.seconds if ends_at is None else max(0, ends_at - begun),
        rank=(plan.tier, plan.seconds is None and ends_at is None),
    )  # fmt: skip


def terms_of(data: Mapping[str, Any]) -> Terms | None:
    """Return what an order's data promise to who pays it; None for nothing, or for somebody else.

    Args:
        data: as the order remembers them.
    """
    if "plan" not in data or data.get("gift"):
        return None
    return Terms(PlanVersion.from_data(data["plan"]), data.get("credit_fen", 0), tuple(data.get("cuts", ())))


def piece_of_order(
    number: int, asked_fen: int, paid_at: datetime, provider: str, *, terms: Terms, back: tuple[int, datetime | None]
) -> Piece:
    """Return what a paid order gives.

    Args:
        number: of the order.
        asked_fen: what was to be paid, and was.
        paid_at: when.
        provider: who says so.
        terms: what it promises.
        back: what was given back, in fen, and when the last of it was; None while something is left.
    """
    piece = piece_of_grant("", number, paid_at, provider, terms.plan)
    refunded_fen, ended_at = back
    piece.paid_fen = asked_fen - refunded_fen
    if ended_at is not None:
        piece.end_by(seconds_of(ended_at), REFUND)
    else:
        piece.credit_fen, piece.replaces = terms.credit_fen, terms.cuts
    return piece


def given_back(asked_fen: int, refunds: Iterable[tuple[datetime, int]]) -> tuple[int, datetime | None]:
    """Return what was given back of the only payment of an order, and when the last of it was.

    Args:
        asked_fen: what was to be paid, and was.
        refunds: when and how much, by time.
    """
    refunded_fen, ended_at = 0, None
    for at, fen in refunds:
        refunded_fen = min(refunded_fen + fen, asked_fen)
        if ended_at is None and refunded_fen == asked_fen:
            ended_at = at
    return refunded_fen, ended_at


def pauses_of(facts: Sequence[Fact]) -> list[tuple[int, int]]:
    """Return the stretches in which a member's time stood still, by time; none touches another.

    Args:
        facts: sorted by time and key.
    """
    found: list[tuple[int, int]] = []
    for fact in facts:
        at = seconds_of(fact.at)
        if fact.kind is FactKind.PAUSED and not (found and at < found[-1][1]):
            end = at + int(fact.data.get("seconds") or LONGEST_PAUSE)
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], end)
            else:
                found.append((at, end))
        elif fact.kind is FactKind.RESUMED and found and at < found[-1][1]:
            found[-1] = (found[-1][0], at)
    return [pause for pause in found if pause[0] < pause[1]]


def end_replaced(pieces: Sequence[Piece]) -> None:
    """End what an upgrade replaced, at the moment it was paid."""
    by_id = {piece.id: piece for piece in pieces}
    for piece in pieces:
        for which in piece.replaces:
            if which in by_id and which != piece.id:
                by_id[which].end_by(piece.at, piece.id)


def in_time(piece: Piece) -> tuple[int, bool, int, str]:
    """Return what grants are sorted by."""
    return piece.at, not piece.plan.is_trial, piece.order_number, piece.id


def seconds_of(at: datetime) -> int:
    """Return a moment as whole seconds since 1970."""
    return int(at.timestamp())


def moment_of(seconds: int) -> datetime:
    """Return the moment, aware UTC."""
    return _EPOCH + timedelta(0, seconds)  # twice as fast as `fromtimestamp`


def _piece_of(order: Order, facts: Sequence[Fact]) -> Piece | None:
    """Return what a paid order gives; None when it is not paid, or given to somebody else."""
    paid = next((one for one in facts if one.kind is FactKind.PAID and one.amount_fen == order.amount_fen), None)
    if paid is None or (terms := terms_of(order.data)) is None:
        return None
    back = _refunded(order, facts)
    return piece_of_order(order.number, order.amount_fen, paid.at, paid.provider, terms=terms, back=back)


def _refunded(order: Order, facts: Sequence[Fact]) -> tuple[int, datetime | None]:
    """Return what was given back of the payment that counts, and when the last of it was."""
    refunds = [one for one in facts if one.kind is FactKind.REFUNDED]
    if not refunds:
        return 0, None
    payments = [one for one in facts if one.kind is FactKind.PAID]
    if len(payments) == 1 and not any(one.data.get("of") for one in refunds):  # `stand` says the same, at more length
        return given_back(order.amount_fen, ((one.at, one.amount_fen) for one in refunds))
    sums = [stand(order, payments + refunds[:count]).refunded_fen for count in range(1, len(refunds) + 1)]
    ended = next((one.at for one, fen in zip(refunds, sums, strict=True) if fen == order.amount_fen), None)
    return sums[-1], ended


def _is_grant(fact: Fact) -> bool:
    return fact.kind is FactKind.GRANTED and "plan" in fact.data and not fact.order_number


def _revoke(pieces: Sequence[Piece], facts: Sequence[Fact]) -> None:
    """End what was taken back: the grant a fact names, or everything until then."""
    for fact in facts:
        if fact.kind is not FactKind.REVOKED:
            continue
        at, which = seconds_of(fact.at), fact.data.get("grant", "")
        for piece in pieces:
            if piece.id == which or (not which and piece.at <= at):
                piece.end_by(at, REVOKED)
                if at <= piece.at:  # it never ran, so it replaced nothing
                    piece.credit_fen, piece.replaces = 0, ()
