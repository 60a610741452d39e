"""Reads facts as grants: who paid or was given what, and what ended it; no time line yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, overload

from bot.plugin import Fact, FactKind, Order, stand
from bot.plugins.membership.model import NAME, Grant, PlanVersion, Segment, whole_seconds

LONGEST_PAUSE: Final = 366 * 86_400
"""Seconds after which a pause ends that was begun without a length: a year, counted as long as `1y` is sold."""

REFUND, REVOKED = "refund", "revoked"
TAKEN_BACK: Final = frozenset({REFUND, REVOKED})
FOREVER: Final = 1 << 60
"""Seconds that nothing lasts."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Terms:
    """What an order promises to who pays it, or a gift to whom it is given; one may be shared by many grants.

    Attributes:
        plan: which plan.
        credit_fen: what the grants it replaces are still worth.
        cuts: ids of the grants that it ends when it begins.
        seconds: how long it runs; `FOREVER` without a length of its own.
        over_at: its fixed end in seconds since 1970; `FOREVER` without one.
        rank: what runs first: the highest tier, in it what never ends: nobody waits for what is theirs for ever.
        line, is_trial: as in `PlanVersion`; a trial's time passes also while it waits.
        grace: how long it still counts after its end, a trial not at all.
        opens: what may be used while it counts.
    """

    __slots__ = ("credit_fen", "cuts", "grace", "is_trial", "line", "opens", "over_at", "plan", "rank", "seconds")

    def __init__(self, plan: PlanVersion, credit_fen: int = 0, cuts: tuple[str, ...] = ()) -> None:
        self.plan, self.credit_fen, self.cuts = plan, credit_fen, cuts
        self.seconds = FOREVER if plan.seconds is None else plan.seconds
        self.over_at = FOREVER if plan.ends_at is None else seconds_of(plan.ends_at)
        self.rank = 2 * plan.tier + plan.is_lifetime
        self.line, self.is_trial = plan.line, plan.is_trial
        self.grace = timedelta(seconds=0 if plan.is_trial else plan.grace_seconds)
        self.opens = frozenset((plan.plan_id, *plan.opens))


class Piece:
    """A grant while its place in time is sought; moments are whole seconds since 1970.

    Attributes:
        terms: what was promised.
        at: when it was paid or given.
        provider: who says so.
        order_number: of the order, for a paid one; 0 for a given one.
        key: of the fact that gave it; empty for a paid one.
        paid_fen, credit_fen: as in `Grant`.
        replaces: ids of the grants that it ends when it begins.
        rank: as in `Terms`.
        left: seconds it may still run; `FOREVER` without a length of its own.
        over_at: when it is over however much is left: its fixed end or its cut; `FOREVER` without them.
        cut: when it was ended; None when it was not.
        cut_by: by what.
        runs: the stretches found so far, end `FOREVER` when it does not end.
    """

    __slots__ = (
        "at", "credit_fen", "cut", "cut_by", "key", "left", "order_number", "over_at", "paid_fen", "provider", "rank",
        "replaces", "runs", "terms",
    )  # fmt: skip

    def __init__(  # noqa: PLR0917 - by place: half the time for what is made for every purchase
        self, terms: Terms, at: int, provider: str, order_number: int = 0, paid_fen: int = 0, key: str = ""
    ) -> None:
        self.terms, self.at, self.provider = terms, at, provider
        self.order_number, self.paid_fen, self.key = order_number, paid_fen, key
        self.credit_fen, self.replaces = terms.credit_fen, terms.cuts
        self.rank, self.left, self.over_at = terms.rank, terms.seconds, terms.over_at
        self.cut: int | None = None
        self.cut_by = ""
        self.runs: list[tuple[int, int]] = []

    @property
    def id(self) -> str:
        """As in `Grant`."""
        return f"D{self.order_number}" if self.order_number else self.key

    @property
    def plan(self) -> PlanVersion:
        """Which plan was promised."""
        return self.terms.plan

    def give_back(self, fen: int, ended_at: datetime | None) -> None:
        """Note what was given back of its money.

        Args:
            fen: how much.
            ended_at: when the last of it was; None while something is left.
        """
        self.paid_fen -= fen
        if ended_at is not None:  # so it replaced nothing
            self.credit_fen, self.replaces = 0, ()
            self.end_by(seconds_of(ended_at), REFUND)

    def end_by(self, at: int, cause: str) -> None:
        """Note what ended it; the first end counts, at one moment money given back rather than an upgrade."""
        if self.cut is None or (at, cause not in TAKEN_BACK, cause) < (
            self.cut,
            self.cut_by not in TAKEN_BACK,
            self.cut_by,
        ):
            self.cut, self.cut_by = at, cause
            self.over_at = min(self.over_at, at)


class Grants(Sequence[Grant]):
    """What pieces that were laid out came to, equal to the tuple of it; made when somebody looks: few do.

    Args:
        pieces: with their `runs`; nothing changes them any more.
    """

    __slots__ = ("_made", "_pieces")

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._made: tuple[Grant, ...] | None = None

    def made(self) -> tuple[Grant, ...]:
        """Return them."""
        if self._made is None:
            self._made = tuple(_grant(piece) for piece in self._pieces)
        return self._made

    @overload
    def __getitem__(self, place: int) -> Grant: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Grant, ...]: ...
    def __getitem__(self, place: int | slice) -> Grant | tuple[Grant, ...]:
        return self.made()[place]

    def __len__(self) -> int:
        return len(self._pieces)

    def __iter__(self) -> Iterator[Grant]:
        return iter(self.made())

    def __eq__(self, other: object) -> bool:
        return self.made() == (other.made() if isinstance(other, Grants) else other)

    def __hash__(self) -> int:
        return hash(self.made())

    def __repr__(self) -> str:
        return repr(self.made())


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
        Piece(Terms(PlanVersion.from_data(fact.data["plan"])), seconds_of(fact.at), fact.provider, key=fact.key)
        for fact in facts
        if _is_grant(fact)
    ]
    put_in_time(pieces)
    _revoke(pieces, facts)
    end_replaced(pieces)
    return pieces


def terms_of(data: Mapping[str, Any]) -> Terms | None:
    """Return what an order's data promise to who pays it; None for nothing, or for somebody else.

    Args:
        data: as the order remembers them.
    """
    if "plan" not in data or data.get("gift"):
        return None
    return Terms(PlanVersion.from_data(data["plan"]), data.get("credit_fen", 0), tuple(data.get("cuts", ())))


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
    by_id: dict[str, Piece] = {}
    for piece in pieces:
        if piece.replaces:
            by_id = by_id or {one.id: one for one in pieces}
            for which in piece.replaces:
                if which in by_id and which != piece.id:
                    by_id[which].end_by(piece.at, piece.id)


def put_in_time(pieces: list[Piece]) -> None:
    """Sort grants by time; at one moment trials come first, then by order and id."""
    before = -1
    for one in pieces:
        if one.at <= before:
            pieces.sort(key=lambda one: (one.at, not one.terms.is_trial, one.order_number, one.key))
            return
        before = one.at


def seconds_of(at: datetime) -> int:
    """Return a moment as whole seconds since 1970."""
    return whole_seconds(at - _EPOCH)


def seconds_at(stamp: str) -> int:
    """Return a moment as it is stored as whole seconds since 1970."""
    since = datetime.fromisoformat(stamp) - _EPOCH
    return since.days * 86_400 + since.seconds  # a third faster than `timestamp`, and every payment comes through here


def moment_of(seconds: int) -> datetime:
    """Return the moment, aware UTC."""
    return _EPOCH + timedelta(0, seconds)  # twice as fast as `fromtimestamp`


def _grant(piece: Piece) -> Grant:
    at = moment_of(piece.at)
    runs = [
        Segment(at if start == piece.at else moment_of(start), None if end == FOREVER else moment_of(end))
        for start, end in piece.runs
    ]
    ends_at = piece.plan.ends_at
    seconds = piece.plan.seconds if ends_at is None else max(0, seconds_of(ends_at) - piece.at)
    return Grant(  # by place, which takes a third of the time
        piece.id, piece.order_number, piece.plan, at, piece.provider, piece.paid_fen, piece.credit_fen, tuple(runs),
        None if piece.cut is None else moment_of(piece.cut), piece.cut_by, seconds,
    )  # fmt: skip


def _piece_of(order: Order, facts: Sequence[Fact]) -> Piece | None:
    """Return what a paid order gives; None when it is not paid, or given to somebody else."""
    paid = next((one for one in facts if one.kind is FactKind.PAID and one.amount_fen == order.amount_fen), None)
    if paid is None or (terms := terms_of(order.data)) is None:
        return None
    piece = Piece(terms, seconds_of(paid.at), paid.provider, order.number, order.amount_fen)
    piece.give_back(*_refunded(order, facts))
    return piece


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
