"""Messages a second through the whole bot: inbox, normalising, guards, dispatch, outbox, sending."""

from __future__ import annotations

import asyncio
import gc
import logging
import secrets
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.app import App
from bot.cli.bench_folder import bench_folder
from bot.cli.bench_peers import nonebot_messages_per_second, stock_wechaty_messages_per_second
from bot.clock import SystemClock
from bot.config_model import Config
from bot.gateway import Gateway
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_group import World
from bot.model import Conversation, MessageReceived
from bot.plugin import Context, Plugin, Settings

ROOMS, MEMBERS = 5, 50
ding_dong: Plugin[Settings] = Plugin("ding", title="对照测试")


@ding_dong.command("ding", hidden=True)
async def dong(_ctx: Context[Settings]) -> str:
    """ding：回答 dong。"""
    return "dong"


class CountingGateway(SimulatedGateway):
    """Hands events over and counts answers, without a world and its echo: as little as the peer's fake adapter does."""

    sent = 0

    def hear(self, event: MessageReceived) -> None:
        """Deliver an event."""
        self._put(event)

    async def send_text(self, to: Conversation, text: str, mentions: Sequence[str] = ()) -> str | None:  # noqa: ARG002
        """Count an answer."""
        self.sent += 1
        return f"sent-{self.sent}"


class Crowd:
    """A world of five rooms and fifty people who say ding, and a count of the answers.

    Args:
        clock: the time; the real one if None.
    """

    def __init__(self, clock: SystemClock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.world = World(self.clock, id_prefix=f"{secrets.token_hex(4)}-")
        self.bot_id = self.world.add_contact("小知")
        self._people = [self.world.add_contact(f"成员{number}") for number in range(MEMBERS)]
        everybody = [*self._people, self.bot_id]
        self.rooms = [self.world.add_room(f"群{number}", self._people[0], everybody) for number in range(ROOMS)]
        self.gateway = SimulatedGateway(self.world, self.bot_id, self.clock)
        self.counting = CountingGateway(self.world, self.bot_id, self.clock, echo=False)
        self._infos = [self.world.room_info(room) for room in self.rooms]
        self._contacts = [self.world.contact_in(self.rooms[0], person) for person in self._people]

    def say(self, number: int, text: str = "ding") -> None:
        """Let the next person say something in the next room."""
        self.world.say(self._people[number % MEMBERS], Conversation(room_id=self.rooms[number % ROOMS]), text)

    def tell(self, number: int) -> None:
        """The same, straight to the counting gateway."""
        at, talker = self.clock.now(), self._contacts[number % MEMBERS]
        room = self._infos[number % ROOMS]
        self.counting.hear(MessageReceived(at=at, id=f"said-{number}", talker=talker, room=room, text="ding"))

    def answered(self) -> int:
        """Return how many answers were said so far."""
        return len(self.world.acts) + self.counting.sent


def unlimited(config: Config) -> Config:
    """Return the configuration without the limits that protect an account."""
    sending = config.sending.model_copy(
        update={"per_room_seconds": 0.0, "switch_seconds": (0.0, 0.0), "per_minute": 10**9, "daily_budget": 10**9}
    )
    commands = config.commands.model_copy(
        update={"cooldown": 0 * config.commands.cooldown, "daily_per_member": 10**9, "daily_per_room": 10**9}
    )
    return config.model_copy(update={"sending": sending, "commands": commands})


async def own_messages_per_second(count: int, crowd: Crowd, gateway: Gateway, folder: Path) -> float:
    """Let `count` messages through the bot; each is answered once."""
    app = App(
        unlimited(Config()),
        gateway,
        crowd.clock,
        data_dir=folder,
        plugins=[ding_dong],
        encoder="hashing",
        is_paced=False,
    )
    await app.start()
    try:
        await until(lambda: app.dispatcher.counters.is_online)
        await app.drain()
        gc.freeze()  # as `bot run` does
        say = crowd.tell if gateway is crowd.counting else crowd.say
        return await rate(count, crowd, say, crowd.answered)
    finally:
        await app.stop()


async def rate(count: int, crowd: Crowd, say: Callable[[int], None], answered: Callable[[], int]) -> float:
    """Say `count` things as fast as they are taken and return answers a second."""
    before, started = answered(), crowd.clock.monotonic()
    for number in range(count):
        say(number)
        if number % 100 == 0:
            await asyncio.sleep(0)
    await until(lambda: answered() - before >= count)
    return count / (crowd.clock.monotonic() - started)


async def until(is_so: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait for real until something is so.

    Raises:
        TimeoutError: it was not so for that many seconds.
    """
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - the gateway's side has no event to wait for
            await asyncio.sleep(0.002)


async def own_over_wire(count: int, folder: Path) -> float:
    """Like `own_messages_per_second`, through the puppet-service protocol and our Wechaty client."""
    from bot.gateway.puppet_server import PuppetServer
    from bot.gateway.wechaty import WechatyGateway

    crowd = Crowd()
    server = PuppetServer(crowd.gateway, token := secrets.token_hex(8))
    await server.start()
    try:
        gateway = WechatyGateway(server.endpoint, token, crowd.clock, lock_folder=folder)
        return await own_messages_per_second(count, crowd, gateway, folder)
    finally:
        await server.stop()


async def stock_over_wire(count: int) -> float:
    """The stock client with a ding-dong bot on the same embedded gateway."""
    from bot.gateway.puppet_server import PuppetServer

    crowd = Crowd()
    server = PuppetServer(crowd.gateway, "")
    await server.start()
    try:
        return await stock_wechaty_messages_per_second(count, server.endpoint, crowd.say, crowd.answered)
    finally:
        await server.stop()


def in_own_process(peer: str, count: int) -> float:
    """Measure a peer where its logging and its left-over tasks disturb nobody.

    Raises:
        RuntimeError: it failed; the message ends with what it said last.
    """
    command = [sys.executable, "-m", __name__, peer, str(count)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    try:
        return float(result.stdout.split()[-1])
    except (IndexError, ValueError):
        raise RuntimeError(f"{peer} could not be measured: {result.stderr[-300:]}") from None


def bench_pipeline(count: int) -> dict[str, Any]:
    """Measure our pipeline and its peers in one run.

    Args:
        count: messages through our own pipeline; peers get fewer, for they take longer.

    Returns:
        messages_per_s (in process, SQLite on disk), messages_per_s_over_wire (through gRPC and the Wechaty client),
        the peers' figures, and the ratios like for like: ratio_to_wechaty compares both over the same embedded
        gateway, ratio_to_nonebot2 both in process.
    """
    logging.getLogger("bot").setLevel(logging.ERROR)
    with bench_folder() as folder:
        crowd = Crowd()
        own = asyncio.run(own_messages_per_second(count, crowd, crowd.counting, folder / "a"))
        wire = asyncio.run(own_over_wire(count // 4, folder))
    stock = in_own_process("wechaty", count // 4)
    nonebot = in_own_process("nonebot2", count // 4)
    return {
        "messages_per_s": round(own),
        "messages_per_s_over_wire": round(wire),
        "wechaty_messages_per_s": round(stock),
        "nonebot2_messages_per_s": round(nonebot),
        "ratio_to_wechaty": round(wire / stock, 2),
        "ratio_to_nonebot2": round(own / nonebot, 2),
        "messages": count,
        "rooms": ROOMS,
        "members": MEMBERS,
    }


if __name__ == "__main__":
    peers = {"wechaty": stock_over_wire, "nonebot2": nonebot_messages_per_second}
    sys.stdout.write(f"\n{asyncio.run(peers[sys.argv[1]](int(sys.argv[2])))}\n")
