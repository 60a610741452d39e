"""Edits of schedules.yaml that wait for the owner's word, were declined or confirmed beforehand; whom they concern."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.plugin import Database, OrderState, to_stamp
from bot.plugin import orders_of as core_orders_of
from bot.plugins.training.effects import Heads, digest_of
from bot.plugins.training.model import NAME, TAKES_A_PLACE, RegistrationState

_CONFIRMED_FOR = timedelta(days=1)  # an edit confirmed in the chat is read within seconds, or after a restart


class EditState(StrEnum):
    """What became of an edit; APPLIED is one that the owner confirmed before it was written."""

    WAITING = "waiting"
    APPLIED = "applied"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class StandingEdit:
    """What differs between the file and what is in force, with the owner's word on it.

    Attributes:
        state: WAITING or DECLINED.
        items: the changes, as `Change.item`.
    """

    state: EditState
    items: frozenset[str]


def standing_edit(db: Database) -> StandingEdit | None:
    """Return the edit that waits or was declined; there is one at a time."""
    rows = db.query(
        "select state, effects from schedule_edits where community = :community and state in ('waiting', 'declined')"
    )
    return StandingEdit(EditState(rows[0]["state"]), frozenset(json.loads(rows[0]["effects"]))) if rows else None


def put_standing_edit(db: Database, state: EditState, items: Iterable[str], now: datetime) -> None:
    """Store what stands, in place of what stood; no items mean that nothing does."""
    db.execute("delete from schedule_edits where community = :community and state in ('waiting', 'declined')")
    items = sorted(items)
    if not items:
        return
    db.execute(
        "insert into schedule_edits (community, digest, effects, state, made_at)"
        " values (:community, :digest, :effects, :state, :now) on conflict (community, digest) do update set"
        " effects = excluded.effects, state = excluded.state, made_at = excluded.made_at",
        {"digest": digest_of(items), "effects": json.dumps(items), "state": str(state), "now": to_stamp(now)},
    )


def note_confirmed(db: Database, digest: str, now: datetime, reason: str = "") -> None:
    """Note that the owner confirmed an edit before it was written, so that nobody asks again.

    Args:
        db: the transaction.
        digest: sha256 of the file as it will be.
        now: aware.
        reason: why a session is called off, told to those who registered; empty when nobody said.
    """
    db.execute(
        "insert into schedule_edits (community, digest, effects, state, made_at)"
        " values (:community, :digest, :effects, 'applied', :now) on conflict (community, digest) do update set"
        " effects = excluded.effects, state = excluded.state, made_at = excluded.made_at",
        {"digest": digest, "effects": json.dumps([reason], ensure_ascii=False), "now": to_stamp(now)},
    )


def take_confirmed(db: Database, digest: str, now: datetime) -> str | None:
    """Return the reason given when the owner confirmed this edit beforehand, None when not; it counts once."""
    params = {"digest": digest, "since": to_stamp(now - _CONFIRMED_FOR)}
    db.execute(
        "delete from schedule_edits where community = :community and state = 'applied' and made_at < :since", params
    )
    rows = db.query(
        "select effects from schedule_edits where community = :community and state = 'applied' and digest = :digest",
        params,
    )
    db.execute(
        "delete from schedule_edits where community = :community and state = 'applied' and digest = :digest", params
    )
    return str(next(iter(json.loads(rows[0]["effects"])), "")) if rows else None


def count_heads(db: Database) -> dict[str, Heads]:
    """Return whom each session concerns, by its id."""
    counts = db.query(
        "select session_id, state, count(*) as n from registrations where community = :community"
        " group by session_id, state"
    )
    seats: dict[str, int] = {}
    waiting: dict[str, int] = {}
    for row in counts:
        state = RegistrationState(row["state"])
        if state in TAKES_A_PLACE:
            seats[row["session_id"]] = seats.get(row["session_id"], 0) + row["n"]
        elif state is RegistrationState.WAITING:
            waiting[row["session_id"]] = row["n"]
    money: dict[str, tuple[int, int]] = {}
    for order in core_orders_of(db, NAME):
        if order.state is OrderState.PAID:
            count, fen = money.get(order.item, (0, 0))
            money[order.item] = (count + 1, fen + order.paid_fen)
    return {
        name: Heads(seats.get(name, 0), waiting.get(name, 0), *money.get(name, (0, 0)))
        for name in seats.keys() | waiting.keys() | money.keys()
    }


def heads_of(db: Database, session_id: str) -> Heads:
    """Return whom one session concerns."""
    return count_heads(db).get(session_id, Heads())
