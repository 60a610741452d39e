"""Kills a bot at a statement of its database while a payment is taken, applied and delivered; then starts it again.

Run as `python -m tests.payments.kill_process FOLDER STEP`; prints a JSON list of what came of each kill.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot import outbox, storage
from bot.app import App
from bot.clock import VirtualClock
from bot.ledger.books_store import trial_balance
from bot.payments.facts_store import facts_of_order
from bot.payments.orders_store import orders_in
from bot.plugin import Database, Order, OrderState
from bot.plugins.membership.api import memberships_of
from bot.plugins.training.api import registrations_of
from bot.testing import START, TOPIC, SimulatedRoom, _read_config, simulated_room
from tests.payments.bank import Bank
from tests.plugins.training.kit import make_session, put

CONFIG = (
    "commands: {cooldown: 0s}\n"
    "plugins: {membership: {plans: [{id: month, title: 月卡, price: 99, period: 1m, opens: [member]}]}}\n"
)
_MARK = re.compile(r"\n（补发 \w{4}）$")


class Trace:
    """Counts the statements of the writing connection once it is armed, and dies at one of them."""

    def __init__(self) -> None:
        self.count, self.kill_at, self.is_armed = 0, 0, False

    def __call__(self, _statement: str) -> None:
        if self.is_armed:
            self.count += 1
            if self.count == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


class Recorded(list[Any]):
    """What was sent, written down so that no kill of the bot takes it back."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def append(self, act: Any) -> None:
        """Write one down."""
        os.write(self._file, (json.dumps([act.to or "", _MARK.sub("", act.text)]) + "\n").encode())
        super().append(act)


async def prepare(folder: Path) -> None:
    """Let a member order a membership and a place."""
    async with simulated_room(CONFIG, folder=folder) as room:
        await put(room, make_session(price_fen=9900))
        alice = room.member("小明")
        await alice.says("开通 month", private=True)
        await alice.says("报名 fastapi-101")


async def pay(folder: Path, trace: Trace) -> None:
    """Take the callback, apply it and deliver, to the end if nothing kills."""
    async with opened(folder, minutes=5) as room:
        trace.is_armed = True
        await call_back(room)
        await room.app.drain()
        trace.is_armed = False
    (folder / "count").write_text(str(trace.count), encoding="ascii")


async def finish(folder: Path) -> None:
    """Start again, hear the callback again as the bank sends it again, and write down how everything stands."""
    async with opened(folder, minutes=10) as room:
        await call_back(room)
        await room.app.drain()
        await room.clock.advance(minutes=2)  # what is in doubt is settled
        await room.app.drain()
        found = await room.app.storage.run(room.app.config.community, look, room)
    (folder / "result.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


@asynccontextmanager
async def opened(folder: Path, *, minutes: int) -> AsyncIterator[SimulatedRoom]:
    """Start a bot on the data in a folder, so many minutes after the order; what it sends is written down.

    Unlike `simulated_room`, the people are in the room before the bot starts: it has things to tell them.
    """
    settings = _read_config(CONFIG, folder, {}, TOPIC)
    settings = settings.model_copy(update={"knowledge": str(folder / "knowledge")})
    clock = VirtualClock(START + timedelta(minutes=minutes))
    room = SimulatedRoom(clock, settings.name, TOPIC)
    room.member("小明")
    room.world.acts = Recorded(folder / "said.jsonl")
    bank, schedules = {"bank": Bank(START + timedelta(minutes=5))}, folder / "schedules.yaml"
    app = App(
        settings, room.gateway, clock, data_dir=folder, schedules_path=schedules, encoder="hashing", providers=bank,
    )  # fmt: skip
    room.build_with(lambda: app, schedules)
    await app.start()
    await app.drain()
    yield room
    await app.stop()


async def call_back(room: SimulatedRoom) -> None:
    """Send the bank's callback until it is acknowledged."""
    bank = Bank(START + timedelta(minutes=5))
    states = list(OrderState)
    orders: list[Order] = await room.app.storage.read(room.app.config.community, orders_in, states)
    status, _ = await room.app.payments.desk.hear("bank", {}, bank.callback(*(bank.pay(order) for order in orders)))
    assert status == 204


def look(db: Database, room: SimulatedRoom) -> dict[str, Any]:
    """Return what must be so whatever was killed."""
    orders = sorted(orders_in(db, list(OrderState)), key=lambda order: order.number)
    memberships = memberships_of(db, orders[0].member_id, room.clock.now())
    return {
        "orders": [(order.kind, order.state, len(facts_of_order(db, order.number))) for order in orders],
        "books": {account: fen for account, fen in trial_balance(db).items() if fen},
        "memberships": [(one.phase, str(one.until), len(one.grants)) for one in memberships],
        "registrations": [(one.state, one.order_number) for one in registrations_of(db, "fastapi-101")],
        "doubted": [row.text for row in outbox.in_doubt(db, 100)],
        "open": db.query("select name, payload from events where community = :community and state = 'open'"),
    }


def in_child(work: Callable[[], Awaitable[None]]) -> int:
    """Run something in a process of its own; return how it ended."""
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            asyncio.run(work())  # type: ignore[arg-type]
        except BaseException:  # noqa: BLE001 - the parent must see that it failed
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def traced(trace: Trace) -> None:
    """Let every connection that writes be watched."""
    connect = storage.connect

    def connect_traced(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(trace)
        return connection

    storage.connect = connect_traced  # type: ignore[attr-defined]


def run_one(prepared: Path, folder: Path, kill_at: int) -> dict[str, Any]:
    """Kill at one statement (0: at none), start again, and return what came of it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(prepared, folder)

    async def killed() -> None:
        trace = Trace()
        trace.kill_at = kill_at
        traced(trace)
        await pay(folder, trace)

    ended = in_child(killed)
    assert ended in {0, -signal.SIGKILL}, f"killed at {kill_at}: {ended}"
    assert in_child(lambda: finish(folder)) == 0, f"started again after {kill_at}"
    said = Counter(tuple(json.loads(line)) for line in (folder / "said.jsonl").read_text().splitlines())
    result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    count = int((folder / "count").read_text()) if (folder / "count").exists() else 0
    return result | {"said": [[*key, times] for key, times in said.items()], "kill_at": kill_at, "count": count}


def main(folder: Path, step: int, first: int = 1) -> None:
    """Kill at every `step`th statement; the first result is that of a run nobody killed."""
    asyncio.run(prepare(folder / "prepared"))  # here, so that all children find imported and compiled what a bot needs
    results = [run_one(folder / "prepared", folder / "run", 0)]
    kills = range(first, results[0]["count"] + 1, step)
    results += [run_one(folder / "prepared", folder / "run", kill_at) for kill_at in kills]
    print(json.dumps(results, ensure_ascii=False))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
