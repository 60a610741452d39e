"""Removes whose time is over: the owner sees the list the day before, the member is told, and facts are looked at last.

A list that is too long, or drawn up from a member list nobody can believe, waits for the owner's 继续.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from bot.plugin import (
    Act,
    Database,
    Deadline,
    Order,
    OrderState,
    Outgoing,
    Priority,
    Room,
    find_room,
    from_stamp,
    orders_by,
    to_stamp,
    withdraw,
)
from bot.plugins.membership.api import NAME as MEMBERSHIP
from bot.plugins.rosters import texts
from bot.plugins.rosters.checking import list_later, managed_topics, mode_of, next_list, note_doubt
from bot.plugins.rosters.looking import Ctx, View, is_last_seen, look_into
from bot.plugins.rosters.model import Mode, Removal, RemovalState
from bot.plugins.rosters.people import Occupant
from bot.plugins.rosters.people_store import list_exceptions
from bot.plugins.rosters.removals_store import forget_removals, get_removal, put_removal, removals_in, removals_of
from bot.plugins.rosters.rules import NOTICE, Leavers, find_leavers, is_settled, is_too_many, removal_hour
from bot.plugins.rosters.standings import all_standings, standing_of
from bot.plugins.rosters.store import get_room_record, put_room_record

WARN, REMOVE = "warn", "remove"
_LATEST = timedelta(hours=2)  # a removal that could not be done by then waits for the next list
_PAYING = timedelta(days=1)  # so long the owner may take to confirm a payment
_REMEMBERED = timedelta(days=400)
_MOST_ASKED = 10  # people a day and room who are asked to bind: they did not ask to be written to
OPEN = {RemovalState.LISTED, RemovalState.TOLD}

Pairs = Sequence[tuple[Occupant, datetime]]


# ---- the list, the day before


async def list_tomorrow(ctx: Ctx, room: Room) -> None:
    """Show the owner who leaves tomorrow; a list that comes late is left to the next one for the same hour."""
    if room.topic not in managed_topics(ctx):
        return
    await ctx.db(list_later, ctx, room)
    hour = ctx.config.remove_hour
    if removal_hour(next_list(ctx), hour, ctx.zone) == removal_hour(ctx.now, hour, ctx.zone):
        return
    view = await look_into(ctx, room)
    if view.doubt:
        await ctx.db(note_doubt, ctx, view)
        return
    remove_at = removal_hour(ctx.now, ctx.config.remove_hour, ctx.zone)
    await ctx.db(_list, ctx, view, await _find_leavers(ctx, view, remove_at), remove_at)


async def _find_leavers(ctx: Ctx, view: View, at: datetime) -> Leavers:
    standings = await ctx.read(all_standings, at)
    return find_leavers(view.occupants, standings, view.room.topic)


def _list(db: Database, ctx: Ctx, view: View, leavers: Leavers, remove_at: datetime) -> int:
    room, record = view.room, get_room_record(db, view.room.id)
    mode = mode_of(ctx, record, room.topic)
    forget_removals(db, ctx.now - _REMEMBERED)
    for old in removals_in(db, room.id, OPEN):
        if old.remove_at <= ctx.now:
            put_removal(db, replace(old, state=RemovalState.SPARED))
    if mode is Mode.PAUSED:
        return 0
    found = [
        Removal(
            room_id=room.id, member_id=one.member_id, ends_at=ends_at, name=one.name, state=RemovalState.LISTED,
            remove_at=remove_at,
        )
        for one, ends_at in leavers.sure
        if is_last_seen(db, one)
        and not is_settled(get_removal(db, room.id, one.member_id, ends_at), ctx.now, remove_at)
    ]  # fmt: skip
    for removal in found:
        put_removal(db, removal)
    if mode is Mode.RUNNING:
        _ask_to_bind(db, ctx, room, leavers.unsure)
    is_long = mode is Mode.RUNNING and is_too_many(len(found), len(view.occupants))
    told = _show(db, ctx, view, found, mode, is_held=is_long) if found else 0
    is_held = bool(found) and mode is Mode.RUNNING and (is_long or not told)  # what nobody was told does not go ahead
    put_room_record(db, replace(record, is_held=is_held))
    if found and mode is Mode.RUNNING and not is_held:
        set_removal(db, ctx, room.id, remove_at)
    return len(found)


def _show(db: Database, ctx: Ctx, view: View, found: list[Removal], mode: Mode, *, is_held: bool) -> int:
    """Tell the owner who leaves, and return how many owners could be told.

    What only shows what would be is not said twice for the same people.
    """
    room, at = view.room, found[0].remove_at
    who = sha256(",".join(f"{one.member_id}@{to_stamp(one.ends_at)}" for one in found).encode()).hexdigest()[:16]
    if mode is Mode.REHEARSING:
        key, text = f"rehearsal/{room.id}/{who}", texts.rehearsal(room.topic, found, ctx.zone)
    elif is_held:
        key = f"held/{room.id}/{who}/{at:%G-%V}"  # the same people are shown once a week
        text = texts.too_many(room.topic, found, len(view.occupants), ctx.zone)
    elif can_remove(ctx, view):
        key, text = f"list/{room.id}/{to_stamp(at)}", texts.tomorrow(room.topic, found, at, ctx.zone)
    else:
        key, text = f"by hand/{room.id}/{to_stamp(at)}", texts.by_hand_tomorrow(room.topic, found, at, ctx.zone)
    return int(ctx.part("notices").write(db, text, f"rosters/{key}", room))


def _ask_to_bind(db: Database, ctx: Ctx, room: Room, pairs: Pairs) -> None:
    """Ask those whose account is not surely known, once for this end."""
    for one, ends_at in pairs[:_MOST_ASKED]:
        key = f"rosters/bind/{room.id}/{one.member_id}/{to_stamp(ends_at)}"
        ctx.enqueue(db, private(ctx, one.member_id, texts.bind_please(room.topic), key))


def can_remove(ctx: Ctx, view: View) -> bool:
    """Whether the bot may remove people from the room itself: it has to see who is there, too."""
    return ctx.part("gateway").capabilities.can_remove and view.is_listed


def set_removal(db: Database, ctx: Ctx, room_id: str, remove_at: datetime, *, is_released: bool = False) -> None:
    """Have a list carried out at its hour.

    Args:
        db: a write transaction.
        ctx: the call.
        room_id: from which room.
        remove_at: the hour, aware.
        is_released: the owner said 继续, so that its length stops it no more.
    """
    data = {"remove_at": to_stamp(remove_at), "is_released": is_released}
    key = f"{room_id}/{data['remove_at']}"
    ctx.set_deadline(db, WARN, key=key, at=remove_at - NOTICE, data=data, room_id=room_id)


# ---- an hour before


async def warn(ctx: Ctx, due: Deadline) -> None:
    """Look once more at everything, and tell in private those who leave in an hour."""
    await _look_again(ctx, due, _hour_of(due), _warn)


async def remove(ctx: Ctx, due: Deadline) -> None:
    """Remove those who were told, unless they have renewed, were excepted, or cannot be told from others."""
    await _look_again(ctx, due, ctx.now, _remove)


async def _look_again(ctx: Ctx, due: Deadline, at: datetime, go_on: Callable[..., int]) -> None:
    """Do the next thing about a list, if it is not too late and there is nothing to doubt."""
    room = ctx.room
    if room is None or room.topic not in managed_topics(ctx):
        return
    if ctx.now - due.at > _LATEST:
        await ctx.db(spare_all, room.id, _hour_of(due))
        return
    view = await look_into(ctx, room)
    if view.doubt:
        await ctx.db(_hold, ctx, view)
        return
    await ctx.db(go_on, ctx, view, await _find_leavers(ctx, view, at), due)


def _hold(db: Database, ctx: Ctx, view: View) -> bool:
    return note_doubt(db, ctx, view, holds=True)


def _warn(db: Database, ctx: Ctx, view: View, leavers: Leavers, due: Deadline) -> int:
    room, record = view.room, get_room_record(db, view.room.id)
    if mode_of(ctx, record, room.topic) is not Mode.RUNNING:
        return spare_all(db, room.id, _hour_of(due))
    leaving = _still_leaving(db, ctx, view, leavers, due)
    if is_too_many(len(leaving), len(view.occupants)) and not due.data["is_released"]:
        put_room_record(db, replace(record, is_held=True))
        text = texts.too_many(room.topic, [one for one, _ in leaving], len(view.occupants), ctx.zone)
        ctx.part("notices").write(db, text, f"rosters/held/{due.key}/late", room)
        return 0
    at = max(_hour_of(due), ctx.now + NOTICE)
    for removal, _ in leaving:
        put_removal(db, replace(removal, state=RemovalState.TOLD))
        text = texts.leaving_soon(room.topic, at, ctx.zone)
        ctx.enqueue(db, private(ctx, removal.member_id, text, f"{_key_of(removal)}/told"))
    if leaving:
        ctx.set_deadline(db, REMOVE, key=due.key, at=at, data=due.data, room_id=room.id)
    return len(leaving)


def _remove(db: Database, ctx: Ctx, view: View, leavers: Leavers, due: Deadline) -> int:
    room, record = view.room, get_room_record(db, view.room.id)
    if mode_of(ctx, record, room.topic) is not Mode.RUNNING:
        return spare_all(db, room.id, _hour_of(due))
    leaving = _still_leaving(db, ctx, view, leavers, due)
    leaving = [(removal, occupant) for removal, occupant in leaving if removal.state is RemovalState.TOLD]
    for removal, occupant in leaving:
        put_removal(db, replace(removal, state=RemovalState.REMOVED))
        if can_remove(ctx, view):
            ctx.enqueue(db, _removal_act(ctx, removal, occupant))
    if leaving:
        people = [removal.name for removal, _ in leaving]
        tell = texts.removed if can_remove(ctx, view) else texts.remove_by_hand
        ctx.part("notices").write(db, tell(room.topic, people), f"rosters/removed/{due.key}", room)
    return len(leaving)


def _removal_act(ctx: Ctx, removal: Removal, occupant: Occupant) -> Outgoing:
    return Outgoing(
        room_id=removal.room_id, member_id=removal.member_id, act=Act.REMOVE, dedupe_key=_key_of(removal),
        contact_id=occupant.contact_id if occupant.lasts else "", priority=Priority.LOW, cause=ctx.cause,
        reason="会员到期",
    )  # fmt: skip


def _still_leaving(
    db: Database, ctx: Ctx, view: View, leavers: Leavers, due: Deadline
) -> list[tuple[Removal, Occupant]]:
    """Return who of the list for an hour has to leave by the facts of this moment; the others are spared."""
    found: list[tuple[Removal, Occupant]] = []
    sure = {(one.member_id, ends_at): one for one, ends_at in leavers.sure}
    at = max(ctx.now, _hour_of(due))
    for removal in removals_in(db, view.room.id, OPEN):
        if removal.remove_at != _hour_of(due):
            continue
        occupant = sure.get((removal.member_id, removal.ends_at))
        if occupant is None or not is_last_seen(db, occupant) or _may_stay(db, ctx, view.room, removal, at):
            put_removal(db, replace(removal, state=RemovalState.SPARED))
        else:
            found.append((removal, occupant))
    return found


def _may_stay(db: Database, ctx: Ctx, room: Room, removal: Removal, at: datetime) -> bool:
    """Whether a member may stay: by the facts, by the owner's word, or because a payment waits to be confirmed."""
    standing = standing_of(db, removal.member_id, at)
    if room.topic in standing.opens or standing.is_paused or removal.member_id in list_exceptions(db):
        return True
    order = next((one for one in orders_by(db, removal.member_id) if _waits(one, ctx.now)), None)
    if order is not None:
        text = texts.order_waits(room.topic, removal.name, order.number)
        ctx.part("notices").write(db, text, f"{_key_of(removal)}/order/{order.number}", room)
    return order is not None


def _waits(order: Order, now: datetime) -> bool:
    is_new = order.made_at > now - _PAYING
    return order.kind == MEMBERSHIP and order.state is OrderState.OPEN and is_new


# ---- those who may stay after all


def spare_all(db: Database, room_id: str, remove_at: datetime | None = None) -> int:
    """Let everybody on a room's list stay, until the next one; return how many.

    Args:
        db: a write transaction.
        room_id: which room.
        remove_at: only the list for that hour; None for all, and for what waits to be sent, too.
    """
    states = OPEN if remove_at else {*OPEN, RemovalState.REMOVED}
    found = [one for one in removals_in(db, room_id, states) if remove_at in {None, one.remove_at}]
    return sum(spare(db, removal) for removal in found)


def spare_entitled(db: Database, ctx: Ctx, member_id: str) -> int:
    """Take a member from the lists of rooms that are open to them again, or while they pause; return from how many.

    A removal that waits to be sent is taken back.
    """
    standing = standing_of(db, member_id, ctx.now)
    count = 0
    for removal in removals_of(db, member_id):
        room = _topic_of(db, removal.room_id)
        is_done = removal.state not in {*OPEN, RemovalState.REMOVED}
        if not is_done and (room in standing.opens or standing.is_paused):
            count += spare(db, removal)
    return count


def _topic_of(db: Database, room_id: str) -> str:
    room = find_room(db, room_id)
    return room.topic if room else ""


def spare(db: Database, removal: Removal) -> bool:
    """Take one removal back; False when it is on its way or done."""
    if removal.state is RemovalState.REMOVED and not withdraw(db, _key_of(removal)):
        return False
    put_removal(db, replace(removal, state=RemovalState.SPARED))
    return True


def _key_of(removal: Removal) -> str:
    return f"rosters/remove/{removal.room_id}/{removal.member_id}/{to_stamp(removal.ends_at)}"


def _hour_of(due: Deadline) -> datetime:
    at = from_stamp(due.data["remove_at"])
    assert at is not None
    return at


def private(ctx: Ctx, member_id: str, text: str, key: str) -> Outgoing:
    """Return a private message about leaving a room."""
    return Outgoing(
        member_id=member_id, text=text, dedupe_key=key, priority=Priority.PRIVATE_NOTICE, cause=ctx.cause,
        reason="会员到期",
    )  # fmt: skip
