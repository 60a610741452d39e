"""Keeps what is in force at what schedules.yaml says, and asks the owner before anybody who registered is affected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.plugin import CHAT, Choice, Context, Database, Deadline, Reply, Schedules, SessionEntry, UserError
from bot.plugins.training import effects_texts as texts
from bot.plugins.training.applying import apply_changes
from bot.plugins.training.edits_store import (
    EditState,
    StandingEdit,
    count_heads,
    put_standing_edit,
    standing_edit,
    take_confirmed,
)
from bot.plugins.training.effects import Change, Effects, Kind, compare, digest_of, sort_effects
from bot.plugins.training.expanding import expand
from bot.plugins.training.model import TrainingSession
from bot.plugins.training.sessions_store import get_session, list_sessions
from bot.plugins.training.settings import TrainingSettings

EXTEND, TELL = "extend", "tell_owner"
_REMEMBERED = timedelta(days=90)  # how long after its end a session gets materials and a recording
_SOON, _TRIES = timedelta(minutes=1), 60  # how often an owner is looked for who has to be told
_NIGHT = timedelta(minutes=10)  # past midnight, when series are opened for another day

Ctx = Context[TrainingSettings]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the file says.

    Attributes:
        sessions: by id.
        entries: by id.
        digest: of the file.
    """

    sessions: Mapping[str, TrainingSession]
    entries: Mapping[str, SessionEntry]
    digest: str


async def sync(ctx: Ctx, *, is_edit: bool) -> None:
    """Do what is harmless of what the file says otherwise than what is in force, and ask about the rest, once.

    Args:
        ctx: the call.
        is_edit: the owner is told what came into force; not so when a day has passed.
    """
    await ctx.db(_sync, ctx, await _read_wanted(ctx), is_edit)


async def apply_waiting(ctx: Ctx) -> Reply:
    """Put in force what waits for the owner's word."""
    return await _decide(ctx, _apply_waiting)


async def decline_waiting(ctx: Ctx) -> Reply:
    """Leave in force what is in force."""
    return await _decide(ctx, _decline_waiting)


async def _decide(ctx: Ctx, step: Callable[[Database, Ctx, Wanted], str]) -> Reply:
    wanted = await _read_wanted(ctx)
    if await _has_nothing(ctx):
        return CHAT
    said: str = await ctx.db(step, ctx, wanted)
    return Reply(text=said, private=True)


async def show_waiting(ctx: Ctx) -> Reply:
    """Return what waits, with the choice."""
    wanted = await _read_wanted(ctx)
    if await _has_nothing(ctx):
        return CHAT
    effects, edit = await ctx.read(_waiting, ctx, wanted)
    if edit is None or not effects.waiting:
        raise UserError(texts.NOTHING_WAITS)
    is_declined = edit.state is EditState.DECLINED
    choices = (Choice("照改，并通知大家", "应用"), *(() if is_declined else (Choice("保持原样", "放弃"),)))
    return Reply(text=texts.again(effects.waiting, is_declined=is_declined), choices=choices, private=True)


async def _has_nothing(ctx: Ctx) -> bool:
    """Whether the word was said among people: nothing waits and the bot was not meant."""
    is_bare = ctx.message is not None and not ctx.message.mentions_bot and not ctx.text.startswith("/")
    return is_bare and await ctx.read(standing_edit) is None


async def _read_wanted(ctx: Ctx) -> Wanted:
    source = ctx.part("schedules")
    schedules: Schedules = source.value
    latest: dict[str, datetime] = await ctx.read(_latest_starts, ctx.now)
    sessions = expand(schedules.sessions, ctx.now, ctx.now + ctx.config.horizon, latest)
    return Wanted(sessions, {entry.id: entry for entry in schedules.sessions}, source.digest)


def _latest_starts(db: Database, now: datetime) -> dict[str, datetime]:
    """Return the start of the latest coming session of each entry."""
    return {one.entry: one.starts_at for one in list_sessions(db, now) if not one.is_cancelled}


def _sync(db: Database, ctx: Ctx, wanted: Wanted, is_edit: bool) -> None:  # noqa: FBT001 - a step takes what it needs in order
    changes, is_first = _compare(db, ctx, wanted)
    standing = standing_edit(db)
    stood = standing.items if standing else frozenset()
    reason = take_confirmed(db, wanted.digest, ctx.now)
    is_confirmed = reason is not None
    effects = sort_effects(
        changes, is_emptied=not wanted.entries, confirmed=lambda change: is_confirmed and change.item not in stood
    )
    apply_changes(db, ctx, effects.harmless, reason or "")
    is_asked = _ask(db, ctx, effects, standing)
    if not is_asked and is_edit and effects.harmless and not is_first and not is_confirmed:
        _tell_owner(db, ctx, texts.done(effects.harmless), f"{ctx.cause}/done")
    reused = [change for change in changes if change.kind is Kind.REUSED]
    if reused:
        _tell_owner(db, ctx, texts.reused(reused), f"reused/{digest_of(change.item for change in reused)}")
    _set_next(db, ctx, wanted)


def _compare(db: Database, ctx: Ctx, wanted: Wanted) -> tuple[list[Change], bool]:
    """Return the changes, and whether nothing was ever in force before."""
    recent = {one.id: one for one in list_sessions(db, ctx.now - _REMEMBERED)}
    for name, session in wanted.sessions.items():
        if name not in recent and not session.is_series and (known := get_session(db, name)):
            recent[name] = known
    sessions = {**_last_of_series(recent, wanted, ctx.now), **wanted.sessions}
    return compare(recent, sessions, count_heads(db), ctx.now), not recent


def _last_of_series(recent: Mapping[str, TrainingSession], wanted: Wanted, now: datetime) -> dict[str, TrainingSession]:
    """Return the latest session of each series that is over, with what the file says of materials and recording now."""
    over = {one.entry: one for one in recent.values() if one.ends_at <= now and one.is_series and not one.is_cancelled}
    return {
        one.id: replace(one, materials=entry.materials or "", recording=entry.recording or "")
        for one in over.values()
        if (entry := wanted.entries.get(one.entry))
    }


def _ask(db: Database, ctx: Ctx, effects: Effects, standing: StandingEdit | None) -> bool:
    """Ask the owner about what waits, unless that was asked before; return whether it was asked now."""
    if standing and effects.items <= standing.items:
        if effects.items != standing.items:
            put_standing_edit(db, standing.state, effects.items, ctx.now)
        return False
    put_standing_edit(db, EditState.WAITING, effects.items, ctx.now)
    if not effects.waiting:
        return False
    _tell_owner(db, ctx, texts.asks(effects), f"{ctx.cause}/asks")
    return True


def _waiting(db: Database, ctx: Ctx, wanted: Wanted) -> tuple[Effects, StandingEdit | None]:
    """Return what the owner was asked about and is still to be done."""
    edit = standing_edit(db)
    effects = sort_effects(_compare(db, ctx, wanted)[0], is_emptied=not wanted.entries)
    is_known = edit is not None and bool(effects.items) and effects.items <= edit.items
    return (effects if is_known else Effects()), edit


def _apply_waiting(db: Database, ctx: Ctx, wanted: Wanted) -> str:
    effects, _ = _waiting(db, ctx, wanted)
    if not effects.waiting:
        return texts.NOTHING_WAITS
    apply_changes(db, ctx, effects.waiting)
    put_standing_edit(db, EditState.WAITING, (), ctx.now)
    return texts.done(effects.waiting)


def _decline_waiting(db: Database, ctx: Ctx, wanted: Wanted) -> str:
    effects, _ = _waiting(db, ctx, wanted)
    if not effects.waiting:
        return texts.NOTHING_WAITS
    put_standing_edit(db, EditState.DECLINED, effects.items, ctx.now)
    return texts.declined(effects.waiting)


def _set_next(db: Database, ctx: Ctx, wanted: Wanted) -> None:
    """See to it that series are opened for another day when this one is over."""
    if not any(entry.starts is None for entry in wanted.entries.values()):
        ctx.drop_deadline(db, EXTEND, EXTEND)
        return
    midnight = ctx.now.astimezone(ctx.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    ctx.set_deadline(db, EXTEND, key=EXTEND, at=midnight + timedelta(days=1) + _NIGHT)


async def tell_owner_again(ctx: Ctx, due: Deadline) -> None:
    """Tell the owner what could not be told because none was known yet, as right after a start."""
    await ctx.db(_tell_owner, ctx, due.data["text"], due.key, due.data["tries"])


def _tell_owner(db: Database, ctx: Ctx, text: str, key: str, tries: int = _TRIES) -> None:
    is_told = ctx.part("notices").write(db, text, f"training/{key}") > 0
    if not is_told and tries:
        ctx.set_deadline(db, TELL, key=key, at=ctx.now + _SOON, data={"text": text, "tries": tries - 1})
