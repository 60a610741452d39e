"""What the owner says about rosters: look, start, pause, go on, keep somebody, except somebody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.plugin import (
    CHAT,
    Database,
    Member,
    Reply,
    Role,
    Room,
    UserError,
    find_member,
    find_room,
    fold,
    last_said,
    read_choice,
)
from bot.plugins.rosters import texts
from bot.plugins.rosters.checking import ask_check, managed_rooms, managed_topics, mode_of
from bot.plugins.rosters.looking import Ctx, View, is_last_seen, look_into
from bot.plugins.rosters.model import Doubt, Mode, Removal, RemovalState, SeatState, Standing
from bot.plugins.rosters.people import Occupant
from bot.plugins.rosters.people_store import add_exception, list_exceptions, remove_exception
from bot.plugins.rosters.removals_store import open_rooms, put_removal, removals_in, removals_of
from bot.plugins.rosters.removing import OPEN, private, set_removal, spare, spare_all
from bot.plugins.rosters.rules import compare, next_hour
from bot.plugins.rosters.standings import all_standings
from bot.plugins.rosters.store import get_room_record, put_room_record, seats_in

_MODES = {
    "开始": Mode.RUNNING, "启动": Mode.RUNNING, "恢复": Mode.RUNNING, "暂停": Mode.PAUSED, "停止": Mode.PAUSED,
    "停": Mode.PAUSED, "演练": Mode.REHEARSING,
}  # fmt: skip
GO_ON = "继续"
_NUMBERS = re.compile(r"\d{1,3}(?:[\s,、和]+\d{1,3})+")
_NAME_BREAKS = re.compile(r"[\s,、]+")
_ASKED = timedelta(days=1)
_SHOWN = {RemovalState.LISTED, RemovalState.KEPT, RemovalState.TOLD, RemovalState.SPARED}


def is_addressed(ctx: Ctx) -> bool:
    """Whether a command was surely meant for the bot: said to it, in private, or with `/`."""
    return ctx.room is None or ctx.text.startswith("/") or bool(ctx.message and ctx.message.mentions_bot)


# ---- 群名单


async def answer(ctx: Ctx, typed: str) -> Reply | str:
    """Show the rosters, or change what is done about them.

    Raises:
        UserError: no plan opens a room of that name.
    """
    word, _, topic = typed.strip().partition(" ")
    if word not in {*_MODES, GO_ON}:
        word, topic = "", typed.strip()
    rooms = await ctx.read(_find_rooms, ctx, topic.strip())
    if not rooms and topic:
        if not is_addressed(ctx):
            return CHAT
        raise UserError(texts.no_such_room(topic.strip(), sorted(managed_topics(ctx))))
    if not rooms:
        return _in_private(texts.NO_ROOMS if not managed_topics(ctx) else texts.not_in(sorted(managed_topics(ctx))))
    if word == GO_ON:
        return _in_private(await _go_on(ctx, rooms))
    if word:
        return _in_private(await ctx.db(_set_mode, ctx, rooms, _MODES[word]))
    exceptions = await _exceptions(ctx)
    parts = [
        *[await _overview(ctx, room) for room in rooms],
        *([exceptions] if exceptions != texts.NO_EXCEPTIONS else []),
    ]
    return _in_private("\n\n".join(parts))


def _in_private(text: str) -> Reply:
    return Reply(text=text, private=True)


def _find_rooms(db: Database, ctx: Ctx, topic: str) -> list[Room]:
    rooms = managed_rooms(db, managed_topics(ctx))
    exact = [room for room in rooms if fold(room.topic) == fold(topic.strip("「」"))]
    return exact or [room for room in rooms if fold(topic) in fold(room.topic)]


def _set_mode(db: Database, ctx: Ctx, rooms: Sequence[Room], mode: Mode) -> str:
    for room in rooms:
        spare_all(db, room.id)
        put_room_record(db, replace(get_room_record(db, room.id), mode=mode, is_held=False))
        if mode is not Mode.PAUSED:
            ask_check(db, ctx, room.id)
    return texts.mode_set([room.topic for room in rooms], mode, str(ctx.config.list_at))


async def _overview(ctx: Ctx, room: Room) -> str:
    view = await look_into(ctx, room)
    return await ctx.read(_describe, ctx, view, await ctx.read(all_standings, ctx.now))


def _describe(db: Database, ctx: Ctx, view: View, standings: Mapping[str, Standing]) -> str:
    room, record = view.room, get_room_record(db, view.room.id)
    mode, wanted = mode_of(ctx, record, room.topic), _entitled(standings, room.topic)
    lines = []
    if view.doubt:
        lines.append(texts.doubt_line(room.topic, view.doubt, len(view.occupants), record.people))
    if view.occupants:
        lines += _people_lines(db, ctx, view, standings)
    listed = _list_of(db, room.id, ctx.now)
    if any(one.state in OPEN for one in listed):
        lines += [*texts.list_lines(listed, ctx.zone), *([texts.HELD_LINE] if record.is_held else [])]
    return texts.overview(room.topic, mode, len(view.occupants), len(wanted), lines)


def _entitled(standings: Mapping[str, Standing], topic: str) -> set[str]:
    return {one.member_id for one in standings.values() if topic in one.opens}


def _people_lines(db: Database, ctx: Ctx, view: View, standings: Mapping[str, Standing]) -> list[str]:
    """Return who should be there and is not, who is and should not, and of whom nothing certain is known."""
    topic, has_stable_ids = view.room.topic, ctx.part("gateway").capabilities.stable_ids
    wanted = _entitled(standings, topic)
    missing = _missing(db, view, compare(wanted, view.present).missing - view.maybe_present)
    others = [one for one in view.occupants if not one.is_protected and one.member_id not in wanted]
    over = [(one, standings[one.member_id].ended[topic]) for one in others if _had_time(one, standings, topic)]
    expired = [(one.name, at) for one, at in over if one.is_sure and is_last_seen(db, one)]
    seeming = [(one.name, at) for one, at in over if not (one.is_sure and is_last_seen(db, one))]
    gone = {one.contact_id for one, _ in over}
    known = [one for one in others if one.contact_id not in gone and (one.is_sure or has_stable_ids)]
    unsure = [one for one in view.occupants if not (one.is_protected or one.is_sure or has_stable_ids)]
    return [
        *([texts.missing_line(missing)] if missing else []),
        *([texts.expired_line(expired, ctx.zone)] if expired else []),
        *([texts.expired_unsure_line(seeming, ctx.zone)] if seeming else []),
        *([texts.stranger_line([one.name for one in known])] if known else []),
        *([texts.unsure_line(len(unsure))] if unsure else []),
    ]


def _had_time(one: Occupant, standings: Mapping[str, Standing], topic: str) -> bool:
    return one.member_id in standings and topic in standings[one.member_id].ended


def _missing(db: Database, view: View, member_ids: Iterable[str]) -> list[tuple[str, SeatState, int]]:
    seats, found = seats_in(db, view.room.id), []
    for member_id in sorted(member_ids):
        member, seat = find_member(db, member_id), seats.get(member_id)
        if member:
            found.append((member.name, seat.state if seat else SeatState.WANTED, seat.tries if seat else 0))
    return found


async def _exceptions(ctx: Ctx) -> str:
    return texts.exceptions_line(list((await ctx.read(list_exceptions)).values()))


# ---- 继续


async def _go_on(ctx: Ctx, rooms: Sequence[Room]) -> str:
    held = [room for room in rooms if await ctx.read(_is_held, room.id)]
    if not held:
        return texts.NOTHING_HELD
    said = []
    for room in held:
        view = await look_into(ctx, room)
        if view.doubt in {Doubt.TWIN, Doubt.UNREADABLE}:
            record = await ctx.read(get_room_record, room.id)
            said.append(texts.doubt_line(room.topic, view.doubt, len(view.occupants), record.people))
        else:
            said.append(await ctx.db(_release, ctx, view))
    return "\n".join(said)


def _is_held(db: Database, room_id: str) -> bool:
    record = get_room_record(db, room_id)
    return record.is_held or bool(record.doubt)


def _release(db: Database, ctx: Ctx, view: View) -> str:
    """Believe the member list as it is, and carry out the list that waits, however long it is."""
    room, record = view.room, get_room_record(db, view.room.id)
    put_room_record(db, replace(record, people=len(view.occupants), doubt=Doubt.NONE, is_held=False))
    ask_check(db, ctx, room.id)
    waiting = removals_in(db, room.id, OPEN)
    if not waiting or mode_of(ctx, record, room.topic) is not Mode.RUNNING:
        return texts.going_on(room.topic, [], None, ctx.zone)
    at = next_hour(ctx.now, max(one.remove_at for one in waiting), ctx.config.remove_hour, ctx.zone)
    for removal in waiting:
        put_removal(db, replace(removal, state=RemovalState.LISTED, remove_at=at))
    set_removal(db, ctx, room.id, at, is_released=True)
    return texts.going_on(room.topic, [one.name for one in waiting], at, ctx.zone)


# ---- 保留, and the numbers of a list


async def keep(ctx: Ctx, typed: str) -> Reply | str:
    """Keep the people of that name who are on a list.

    Raises:
        UserError: nobody on a list is called so.
    """
    names = [name.removeprefix("@") for name in _NAME_BREAKS.split(typed.strip()) if name.removeprefix("@")]
    text = await ctx.db(_keep_named, ctx, typed.strip().removeprefix("@"), names)
    if text:
        return _in_private(text)
    if not is_addressed(ctx):
        return CHAT
    waiting = await ctx.read(_waiting_names, ctx.now)
    raise UserError(texts.not_on_list(waiting) if waiting and typed else texts.NO_LIST)


async def hear(ctx: Ctx) -> Reply | None:
    """Take the numbers that the owner answers to a list in private, as long as it is the last thing they were told."""
    if ctx.room is not None or ctx.role is not Role.OWNER:
        return None
    numbers = read_numbers(ctx.text)
    room_id = await ctx.read(_asked_about, ctx) if numbers else ""
    if not room_id:
        return None
    return _in_private(await ctx.db(_keep_numbers, ctx, room_id, numbers))


def read_numbers(text: str) -> list[int]:
    """Return the bare numbers of a message, `2 3` or `2、3` too; empty when it is anything else."""
    if _NUMBERS.fullmatch(text.strip()):
        return [int(number) for number in re.findall(r"\d+", text)]
    choice = read_choice(text)
    return [] if choice is None else [choice]


def _asked_about(db: Database, ctx: Ctx) -> str:
    """Return the id of the room whose list was the last thing the talker was told; empty when it was not."""
    since = ctx.now - _ASKED
    asked = last_said(db, ctx.talker.id, texts.PICK, since)
    latest = last_said(db, ctx.talker.id, "", since)
    if asked is None or latest is None or asked.id != latest.id:
        return ""
    rooms = open_rooms(db, ctx.now)
    named = [one for one in rooms if (room := find_room(db, one)) and f"「{room.topic}」" in asked.text]
    meant = named or rooms
    return meant[0] if len(meant) == 1 else ""


def _list_of(db: Database, room_id: str, now: datetime) -> list[Removal]:
    """Return the list of a room in the order it was shown, those who were kept meanwhile among it."""
    found = [one for one in removals_in(db, room_id, _SHOWN) if one.remove_at > now]
    latest = max((one.remove_at for one in found), default=None)
    return [one for one in found if one.remove_at == latest]


def _keep_numbers(db: Database, ctx: Ctx, room_id: str, numbers: Sequence[int]) -> str:
    listed = _list_of(db, room_id, ctx.now)
    if any(not 1 <= number <= len(listed) + 1 for number in numbers):
        return texts.no_such_number(len(listed) + 1)
    is_all = 1 in numbers
    chosen = listed if is_all else [listed[number - 2] for number in dict.fromkeys(numbers)]
    return _keep(db, ctx, chosen, is_all=is_all)


def _keep_named(db: Database, ctx: Ctx, whole: str, names: Sequence[str]) -> str:
    wanted = {fold(whole), *map(fold, names)}
    listed = [one for room_id in open_rooms(db, ctx.now) for one in _list_of(db, room_id, ctx.now)]
    chosen = [one for one in listed if fold(one.name) in wanted]
    return _keep(db, ctx, chosen, is_all=False) if chosen else ""


def _keep(db: Database, ctx: Ctx, chosen: Sequence[Removal], *, is_all: bool) -> str:
    room = find_room(db, chosen[0].room_id)
    topic = room.topic if room else ""
    for removal in chosen:
        if removal.state in OPEN:
            until = removal.remove_at + timedelta(days=ctx.config.keep_days)
            put_removal(db, replace(removal, state=RemovalState.KEPT, kept_until=until))
            _tell_kept(db, ctx, removal, topic)
    return texts.kept(topic, [one.name for one in chosen], ctx.config.keep_days, is_all=is_all)


def _tell_kept(db: Database, ctx: Ctx, removal: Removal, topic: str) -> None:
    """Tell a member who was told to leave that they may stay."""
    if removal.state is RemovalState.TOLD:
        ctx.enqueue(db, private(ctx, removal.member_id, texts.may_stay(topic), f"{ctx.cause}/{removal.member_id}"))


def _waiting_names(db: Database, now: datetime) -> list[str]:
    rooms = open_rooms(db, now)
    return [one.name for room_id in rooms for one in _list_of(db, room_id, now) if one.state in OPEN]


# ---- 除外


async def make_exception(ctx: Ctx, member: Member | None) -> Reply | str:
    """Never remove a member from any room, or show who is never removed."""
    if member is None:
        return _in_private(await _exceptions(ctx))
    return _in_private(texts.excepted(member.name, is_new=await ctx.db(_except, ctx, member)))


def _except(db: Database, ctx: Ctx, member: Member) -> bool:
    for removal in removals_of(db, member.id):
        if removal.state in {*OPEN, RemovalState.REMOVED} and spare(db, removal):
            room = find_room(db, removal.room_id)
            _tell_kept(db, ctx, removal, room.topic if room else "")
    return add_exception(db, member.id, member.name, ctx.now)


async def end_exception(ctx: Ctx, member: Member) -> Reply:
    """Treat a member like everybody again.

    Raises:
        UserError: there was no exception.
    """
    if not await ctx.db(remove_exception, member.id):
        raise UserError(f"{member.name} 不在除外里，发「除外」看看都有谁。")
    return _in_private(f"好的，{member.name} 和大家一样了，到期会进移出名单。")
