"""Puts changes of schedules.yaml in force: the sessions, what is to be said of them when, and who is told at once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.plugin import Context, Database
from bot.plugins.training import session_texts as texts
from bot.plugins.training.effects import Change, Kind
from bot.plugins.training.model import (
    Registration,
    RegistrationState,
    SessionCancelled,
    SessionChanged,
    TrainingSession,
)
from bot.plugins.training.notices import can_tell_alone, tell
from bot.plugins.training.orders import find_order
from bot.plugins.training.registrations_store import registrations_of
from bot.plugins.training.sessions_store import put_session
from bot.plugins.training.settings import TrainingSettings

ANNOUNCE, REMIND, SPREAD = "announce", "remind", "spread"
_ROOM_READS = {"starts_at", "title", "host", "place", "price_fen"}  # what a room is told of when it changes

Ctx = Context[TrainingSettings]


def apply_changes(db: Database, ctx: Ctx, changes: Iterable[Change], reason: str = "") -> None:
    """Do what an edit says, all of it or nothing.

    Args:
        db: the transaction.
        ctx: the call.
        changes: from `effects.compare`, in this very transaction.
        reason: why sessions are called off; empty when nobody said.
    """
    announced: list[str] = []
    for change in changes:
        match change.kind:
            case Kind.NEW:
                announced += _begin(db, ctx, change)
            case Kind.MOVED | Kind.CHANGED:
                announced += _change(db, ctx, change)
            case Kind.REMOVED:
                _remove(db, ctx, change, reason)
            case Kind.FILLED:
                _fill(db, ctx, change)
            case Kind.REUSED:
                continue
    if announced:
        data = {"kind": "new", "sessions": announced}
        ctx.set_deadline(db, SPREAD, key=f"new/{ctx.cause}", at=ctx.now, data=data)


def is_announced(session: TrainingSession, now: datetime) -> bool:
    """Whether the time has come at which a session is made known."""
    return bool(session.announce) and session.starts_at - max(session.announce) <= now


def _begin(db: Database, ctx: Ctx, change: Change) -> list[str]:
    session, known = change.session, change.before
    revision = known.revision + 1 if known else 0
    session = replace(session, secret=known.secret if known else secrets.token_hex(16), revision=revision)
    put_session(db, session)
    _set_deadlines(db, ctx, session)
    return [session.id] if is_announced(session, ctx.now) else []


def _change(db: Database, ctx: Ctx, change: Change) -> list[str]:
    before = change.before
    assert before is not None
    session = replace(change.session, secret=before.secret, revision=before.revision + 1)
    put_session(db, session)
    _drop_deadlines(db, ctx, before)
    _set_deadlines(db, ctx, session)
    for one in registrations_of(db, session.id) if change.told_fields else ():
        if text := texts.told_of_change(before, session, change.told_fields, one.state):
            tell(db, ctx, one, text)
    was_announced = is_announced(before, ctx.now)
    if _ROOM_READS & {*change.fields} and (was_announced or change.heads.people):
        _spread(db, ctx, session, texts.room_of_change(before, session, change.fields), before.rooms)
    ctx.publish(db, SessionChanged(session.id, texts.what_changed(before, session, change.fields)))
    return [session.id] if not was_announced and is_announced(session, ctx.now) else []


def _remove(db: Database, ctx: Ctx, change: Change, reason: str) -> None:
    before = change.before
    assert before is not None
    put_session(db, replace(before, is_cancelled=True, revision=before.revision + 1))
    _drop_deadlines(db, ctx, before)
    for one in registrations_of(db, before.id):
        order = find_order(db, one.order_number)
        tell(db, ctx, one, texts.told_of_end(before, order, reason))
    if is_announced(before, ctx.now) or change.heads.people:
        is_told = bool(change.heads.people) and can_tell_alone(ctx)
        _spread(db, ctx, before, texts.room_of_end(before, reason, is_told=is_told), before.rooms)
    ctx.publish(db, SessionCancelled(before.id))


def _fill(db: Database, ctx: Ctx, change: Change) -> None:
    session = change.session
    assert change.before is not None
    put_session(db, replace(change.before, materials=session.materials, recording=session.recording))
    came: list[Registration] = registrations_of(db, session.id, {RegistrationState.REGISTERED})
    text = texts.filled(session, change.fields)
    for one in came if text else ():
        tell(db, ctx, one, text)


def _set_deadlines(db: Database, ctx: Ctx, session: TrainingSession) -> None:
    for name, offsets in ((ANNOUNCE, session.announce), (REMIND, session.remind)):
        for offset in dict.fromkeys(offsets):
            at = session.starts_at - offset
            if at > ctx.now:
                ctx.set_deadline(
                    db,
                    name,
                    key=_key(session, offset),
                    at=at,
                    data={"session": session.id, "title": texts.named_message(session, name == REMIND)},
                    missed=session.missed,
                    within=session.within,
                    group=f"{name}/{session.id}",
                )


def _drop_deadlines(db: Database, ctx: Ctx, session: TrainingSession) -> None:
    for name, offsets in ((ANNOUNCE, session.announce), (REMIND, session.remind)):
        for offset in offsets:
            ctx.drop_deadline(db, name, _key(session, offset))


def _key(session: TrainingSession, offset: timedelta) -> str:
    return f"{session.id}/{int(offset.total_seconds())}"


def _spread(db: Database, ctx: Ctx, session: TrainingSession, text: str, rooms: tuple[str, ...]) -> None:
    """Have the rooms told, as soon as they can be spoken in."""
    data = {"kind": "notice", "text": text, "rooms": list(dict.fromkeys((*rooms, *session.rooms)))}
    ctx.set_deadline(db, SPREAD, key=f"notice/{session.id}/{session.revision}", at=ctx.now, data=data)
