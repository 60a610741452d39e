"""Sessions and registrations put where they are looked for, without schedules.yaml and without typing 报名."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot import members
from bot.model import Contact
from bot.plugins.attendance.codes import make_code, step_of
from bot.plugins.training.model import (
    Registration,
    RegistrationState,
    SessionChanged,
    SessionRegistered,
    TrainingSession,
)
from bot.plugins.training.registrations_store import put_registration, registrations_of
from bot.plugins.training.sessions_store import put_session
from bot.storage import Database
from bot.testing import TOPIC, SimulatedRoom, Speaker

STARTS = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)  # 周六 20:00 in Shanghai
SECRET = "12345678901234567890123456789012"


def session(**changed: Any) -> TrainingSession:
    """Return FastAPI 入门实战, on Saturday at eight for two hours."""
    starts_at = changed.pop("starts_at", STARTS)
    facts: dict[str, Any] = {
        "id": "fastapi-101",
        "entry": "fastapi-101",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=2),
        "timezone": "Asia/Shanghai",
        "title": "FastAPI 入门实战",
        "host": "老王",
        "rooms": (TOPIC,),
        "secret": SECRET,
    }
    return TrainingSession(**facts | changed)


def registration(name: str, position: int = 1, **changed: Any) -> Registration:
    """Return a registration of the member with that name as id."""
    facts: dict[str, Any] = {
        "session_id": "fastapi-101",
        "member_id": name,
        "room_id": "r",
        "name": name,
        "position": position,
        "state": RegistrationState.REGISTERED,
    }
    return Registration(**facts | changed)


class Class:
    """A session in a simulated room.

    Args:
        room: where.
        about: the session.
    """

    def __init__(self, room: SimulatedRoom, about: TrainingSession) -> None:
        self.room = room
        self.about = about

    async def put(self) -> Class:
        """Put the session in force."""
        await self._run(put_session, self.about)
        return self

    async def change(self, about: TrainingSession) -> None:
        """Put another version in force and say so."""
        self.about = about
        publish = self.room.app.services.publish

        def write(db: Database) -> None:
            put_session(db, about)
            publish(db, SessionChanged(about.id, "改期"))

        await self._run(write)
        await self.room.app.drain()

    async def registers(
        self, who: Speaker, state: RegistrationState = RegistrationState.REGISTERED, order_number: int = 0
    ) -> None:
        """Give a member a registration, as 報名 would."""
        now, publish = self.room.clock.now(), self.room.app.services.publish
        contact = Contact(who.contact_id, who.name)

        def write(db: Database) -> None:
            member = members.resolve_contact(db, self.room.bot_id, contact, True)
            position = len(registrations_of(db, self.about.id, set(RegistrationState))) + 1
            put_registration(
                db,
                Registration(
                    session_id=self.about.id,
                    member_id=member.id,
                    room_id="",
                    name=who.name,
                    position=position,
                    state=state,
                    order_number=order_number,
                ),
                now,
            )
            if state is RegistrationState.REGISTERED:
                publish(db, SessionRegistered(self.about.id, member.id))

        await self._run(write)
        await self.room.app.drain()

    async def at(self, **after: float) -> None:
        """Let time pass until so long after the start (negative: before); what is said meanwhile is thrown away."""
        ahead = self.about.starts_at + timedelta(**after) - self.room.clock.now()
        await self.room.clock.advance(seconds=ahead.total_seconds())
        await self.room.texts()

    @property
    def code(self) -> str:
        """The code of now."""
        return make_code(self.about.secret, step_of(self.room.clock.now()))

    async def _run(self, fn: Any, *args: Any) -> None:
        await self.room.app.storage.run("default", fn, *args)
