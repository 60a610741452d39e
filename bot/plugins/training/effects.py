"""What an edit of schedules.yaml would do to sessions in force and to those who registered, before it does it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.plugins.training.model import TrainingSession

_TIMES = ("starts_at", "ends_at", "timezone")
_SHOWN = ("title", "host", "place", "link", "price_fen", "capacity", "access", "rooms")
_SILENT = ("announce", "remind", "missed", "within", "materials", "recording")
_AFTERWARDS = ("materials", "recording")


class Kind(StrEnum):
    """What happens to a session."""

    NEW = "new"
    MOVED = "moved"
    CHANGED = "changed"
    REMOVED = "removed"
    FILLED = "filled"
    REUSED = "reused"


@dataclass(frozen=True, slots=True)
class Heads:
    """Whom a session concerns.

    Attributes:
        seats: how many places are taken: registered, held or offered.
        waiting: how many wait for one.
        paid: how many have paid.
        paid_fen: how much.
    """

    seats: int = 0
    waiting: int = 0
    paid: int = 0
    paid_fen: int = 0

    @property
    def people(self) -> int:
        """How many would have to be told."""
        return self.seats + self.waiting


NOBODY = Heads()


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit does to one session.

    Attributes:
        kind: FILLED brings materials or a recording after its end; REUSED gives the id of a session that is over to
            another one, which is never done.
        before: as it is in force; None for a new one.
        after: as the file wants it; None for one that is removed.
        fields: names of what differs.
        heads: whom it concerns.
    """

    kind: Kind
    before: TrainingSession | None
    after: TrainingSession | None
    fields: tuple[str, ...] = ()
    heads: Heads = NOBODY

    @property
    def session(self) -> TrainingSession:
        """The session, as it will be, or as it was when it goes."""
        session = self.after or self.before
        assert session is not None
        return session

    @property
    def item(self) -> str:
        """What tells this change from every other one, whoever has registered meanwhile."""
        wanted = {name: str(getattr(self.after, name)) for name in self.fields} if self.after else {}
        text = json.dumps([self.kind, self.session.id, wanted], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def is_bother(self) -> bool:
        """Whether somebody who registered or paid is affected, so that the owner is asked first."""
        if self.kind is Kind.REUSED:
            return False
        if not (self.heads.people or self.heads.paid):
            return False
        return self.kind in {Kind.MOVED, Kind.REMOVED} or (self.kind is Kind.CHANGED and bool(self._pressing()))

    @property
    def told_fields(self) -> tuple[str, ...]:
        """What those who registered are told of: all that changes anything for them."""
        quiet = {*_SILENT, "rooms", "access", "capacity"}
        return tuple(name for name in self.fields if name not in quiet)

    @property
    def is_lowered(self) -> bool:
        """Whether there will be fewer places than are taken."""
        capacity = self.after.capacity if self.after else None
        return "capacity" in self.fields and capacity is not None and capacity < self.heads.seats

    def _pressing(self) -> list[str]:
        assert self.before is not None
        added = {name for name in ("place", "link", "host") if name in self.fields and not getattr(self.before, name)}
        quiet = {*_SILENT, *added} | (set() if self.is_lowered else {"capacity"})
        return [name for name in self.fields if name not in quiet and not self._is_only_more_rooms(name)]

    def _is_only_more_rooms(self, name: str) -> bool:
        assert self.before is not None
        assert self.after is not None
        return name == "rooms" and set(self.before.rooms) <= set(self.after.rooms)


@dataclass(frozen=True, slots=True)
class Effects:
    """What an edit does, sorted by whether the owner is asked.

    Attributes:
        harmless: done at once.
        waiting: what waits for the owner's word: what bothers people, and what belongs to it.
        items: `Change.item` of what bothers people; as long as nothing is added to them there is no need to ask again.
    """

    harmless: tuple[Change, ...] = ()
    waiting: tuple[Change, ...] = ()
    items: frozenset[str] = frozenset()


def compare(
    in_force: Mapping[str, TrainingSession],
    wanted: Mapping[str, TrainingSession],
    heads: Mapping[str, Heads],
    now: datetime,
) -> list[Change]:
    """Return what has to happen so that what is in force becomes what the file says, soonest session first.

    Args:
        in_force: sessions by id, those that are over as far as the file still has their entry.
        wanted: sessions by id, as the file says.
        heads: whom the sessions in force concern.
        now: aware.
    """
    gone = [
        Change(Kind.REMOVED, known, None, heads=heads.get(known.id, NOBODY))
        for known in in_force.values()
        if known.id not in wanted and known.starts_at > now and not known.is_cancelled
    ]
    found = [
        Change(kind, known, one, fields, heads.get(one.id, NOBODY))
        for one in wanted.values()
        for known in [in_force.get(one.id)]
        for kind, fields in [_difference(known, one, now)]
        if kind
    ]
    return sorted([*gone, *found], key=lambda change: (change.session.starts_at, change.session.id))


def _difference(
    known: TrainingSession | None, wanted: TrainingSession, now: datetime
) -> tuple[Kind | None, tuple[str, ...]]:
    """Return what has to happen to one session, and the names of what differs; None when nothing has."""
    if known is None:
        return (Kind.NEW if wanted.starts_at > now else None), ()
    fields = differing(known, wanted)
    if known.is_cancelled:
        return (Kind.NEW if wanted.starts_at > now else None), fields
    if known.ends_at > now:
        return (Kind.MOVED if {*fields} & {*_TIMES} else Kind.CHANGED if fields else None), fields
    if wanted.starts_at > now:
        return Kind.REUSED, fields
    filled = tuple(name for name in fields if name in _AFTERWARDS)
    return (Kind.FILLED if filled else None), filled


def sort_effects(
    changes: Sequence[Change], *, is_emptied: bool = False, confirmed: Callable[[Change], bool] = lambda _: False
) -> Effects:
    """Tell what may be done at once from what waits for the owner's word.

    What else an edit adds and removes of the same series or under the same title waits with it: to those who
    registered it is one change.

    Args:
        changes: from `compare`.
        is_emptied: the file names no session any more, which is rather a slip than meant: nothing goes unasked.
        confirmed: what the owner was asked about already.
    """
    wanted = [change for change in changes if change.kind is not Kind.REUSED]
    bothers = [one for one in wanted if one.is_bother or (is_emptied and one.kind is Kind.REMOVED)]
    bothers = [one for one in bothers if not confirmed(one)]
    removed = [one.session for one in bothers if one.kind is Kind.REMOVED]
    entries, titles = {one.entry for one in removed}, {one.title for one in removed}
    waits = {one.item for one in bothers} | {one.item for one in wanted if _belongs(one, entries, titles)}
    return Effects(
        tuple(one for one in wanted if one.item not in waits),
        tuple(one for one in wanted if one.item in waits),
        frozenset(one.item for one in bothers),
    )


def _belongs(change: Change, entries: Collection[str], titles: Collection[str]) -> bool:
    if change.kind not in {Kind.NEW, Kind.REMOVED}:
        return False
    return change.session.entry in entries or (change.kind is Kind.NEW and change.session.title in titles)


def differing(known: TrainingSession, wanted: TrainingSession) -> tuple[str, ...]:
    """Return the names of what the file says otherwise than what is in force."""
    return tuple(name for name in (*_TIMES, *_SHOWN, *_SILENT) if getattr(known, name) != getattr(wanted, name))


def digest_of(items: Iterable[str]) -> str:
    """Return one short text for a set of changes."""
    return hashlib.sha256("\n".join(sorted(items)).encode()).hexdigest()[:16]
