"""The whole bot as the process that is killed while announcements and deadlines fall due: nobody talks to it."""

from __future__ import annotations

import asyncio
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import App
from bot.clock import SystemClock
from bot.deadlines_store import StoredDeadline
from bot.model import Delivery
from bot.plugin import Context, Deadline, Plugin, Reply, Settings
from bot.schedule_model import Announcement, Schedules
from tests.crash.app_process import crash_config
from tests.crash.socket_gateway import SocketGateway

ONCE = "@所有人 "  # how a text that is sent at most once begins
_REFRESH_SECONDS = 0.05

chains = Plugin("chains", title="崩溃测试")


def link(chain: int, number: int, *, of: int, at: datetime, every: float, room_id: str) -> StoredDeadline:
    """Return one deadline of a chain; its handler sets the next one in the transaction of its step."""
    data = {"chain": chain, "number": number, "of": of, "every": every}
    return StoredDeadline(plugin="chains", name="link", key=f"{chain}", at=at, data=data, room_id=room_id)


def link_text(chain: int, number: int) -> str:
    """Return what a link says; every third at most once."""
    return f"{ONCE if number % 3 == 0 else ''}链 {chain} 第 {number} 环"


@chains.deadline("link")
async def pull(ctx: Context[Settings], due: Deadline) -> Reply:
    """Count the fire, set the next link, think for a moment and say it."""
    chain, number = due.data["chain"], due.data["number"]
    room_id = ctx.room.id if ctx.room else ""

    def step(db: Any) -> int:
        if number < due.data["of"]:
            at = max(due.at + timedelta(seconds=due.data["every"]), ctx.now)
            following = link(chain, number + 1, of=due.data["of"], at=at, every=due.data["every"], room_id=room_id)
            ctx.set_deadline(db, "link", key=following.key, at=at, data=following.data, room_id=room_id)
        return int(db.next_number(f"fired {chain}/{number}"))

    await ctx.db(step)
    await asyncio.sleep(0.02)
    delivery = Delivery.AT_MOST_ONCE if number % 3 == 0 else Delivery.AT_LEAST_ONCE
    return Reply(text=link_text(chain, number), delivery=delivery)


def read_plan(file: Path) -> Schedules:
    """Return one-off announcements due at moments that no `schedules.yaml` can name: it knows no seconds."""
    entries = json.loads(file.read_text(encoding="utf-8"))
    announcements = [
        Announcement.model_construct(
            **{
                name: field.get_default(call_default_factory=True)
                for name, field in Announcement.model_fields.items()
                if not field.is_required()
            }
            | {
                "id": entry["id"], "room": tuple(entry["rooms"]), "timezone": "UTC", "text": entry["text"],
                "starts": datetime.fromisoformat(entry["at"]),
            }
        )
        for entry in entries
    ]  # fmt: skip
    return Schedules(timezone="UTC").model_copy(update={"announcements": tuple(announcements)})


async def main(path: Path, port: int, options: dict[str, bool], community: str, plan: str) -> None:
    gateway = SocketGateway(port, **options)
    app = App(
        crash_config(path.parent, community),
        gateway,
        SystemClock(),
        data_dir=path.parent,
        plugins=[chains],
        encoder="hashing",
        is_paced=False,
    )
    app._schedule_source._value = read_plan(Path(plan))
    await app.start()
    os.write(1, f"ready {os.getpid()}\n".encode())  # in one piece: the zygote and its children share the pipe
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        app.scheduler.refresh()  # as an edit does, again and again
