"""A room with training sessions in force, as schedules.yaml would have put them there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.model import Act
from bot.plugin import DomainEvent, publish
from bot.plugins.training.model import TrainingSession
from bot.plugins.training.sessions_store import put_session
from bot.storage import Database
from bot.testing import TOPIC, SimulatedRoom

STARTS = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)
LINK = "https://meeting.example/j/42"


def make_session(**changes: Any) -> TrainingSession:
    """Return 《FastAPI 入门实战》 on Saturday at 20:00 in Shanghai, for two, free."""
    values: dict[str, Any] = {
        "id": "fastapi-101",
        "starts_at": STARTS,
        "timezone": "Asia/Shanghai",
        "title": "FastAPI 入门实战",
        "host": "老王",
        "link": LINK,
        "capacity": 2,
        "rooms": (TOPIC,),
        "remind": (timedelta(minutes=30),),
    }
    values |= changes
    values.setdefault("entry", values["id"].partition("/")[0])
    values.setdefault("ends_at", values["starts_at"] + timedelta(hours=2))
    return TrainingSession(**values)


async def put(room: SimulatedRoom, *sessions: TrainingSession, event: DomainEvent | None = None) -> None:
    """Put sessions in force, with what is published about that."""

    def write(db: Database) -> None:
        for session in sessions:
            put_session(db, session)
        if event is not None:
            publish(db, event)

    await room.app.storage.run(room.app.config.community, write)
    await room.app.drain()


def sent(room: SimulatedRoom, name: str = "") -> list[str]:
    """Return what was told in private, to one member or to all."""
    return [act.text for act in room.said if act.act is Act.TEXT and act.to and name in {"", act.to}]


def files(room: SimulatedRoom, name: str) -> list[str]:
    """Return the files a member was sent, as text."""
    return [
        act.file.data.decode() for act in room.said if act.act is Act.FILE and act.to == name and act.file is not None
    ]
