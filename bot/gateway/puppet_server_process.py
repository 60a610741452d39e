"""The served group as a process of its own: crash tests kill the bot beside it and read here what really arrived.

Run as `python -m bot.gateway.puppet_server_process`. The first line on stdout is `{"ready": port}`, then every act of
the bot is a line of `simulate --json` with `id` beside it. Lines on stdin are acts of people:
`{"talker": "小明", "room": "群", "text": "…"}`, or `"to": "小知"` instead of `room`; the answer is `{"said": id}`.
End of input ends the process.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from bot.clock import SystemClock
from bot.gateway.puppet_server import PuppetServer
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_facts import SentAct
from bot.gateway.simulated_group import World
from bot.model import Conversation

_ZONE = ZoneInfo("UTC")


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="puppet_server_process", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--token", default="loopback")
    parser.add_argument("--bot", default="小知")
    parser.add_argument("--rooms", nargs="+", default=["Python学习群"])
    parser.add_argument("--members", nargs="+", default=["小明", "小红"])
    parser.add_argument("--owner", default="老王")
    parser.add_argument("--silent", action="store_true", help="do not echo the bot's own messages")
    parser.add_argument("--replay", type=int, default=0, help="deliver the last so many events again on connect")
    return parser.parse_args(arguments)


def _furnish(options: argparse.Namespace) -> tuple[World, str]:
    world = World(SystemClock(), id_prefix="p")
    bot, owner = world.add_contact(options.bot), world.add_contact(options.owner)
    members = [world.add_contact(name) for name in options.members]
    for topic in options.rooms:
        world.add_room(topic, owner, [*members, bot], admin_ids=[bot])
    return world, bot


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _tell_act(act: SentAct) -> None:
    _tell(act.as_json(_ZONE) | {"id": act.message_id})


def _obey(world: World, bot: str, line: str) -> None:
    order = json.loads(line)
    talker = world.find_contact(order["talker"])
    to = Conversation(room_id=world.find_room(order["room"])) if "room" in order else Conversation(contact_id=bot)
    _tell({"said": world.say(talker, to, order["text"]).id})


async def serve(options: argparse.Namespace) -> None:
    """Serve until the input ends."""
    world, bot = _furnish(options)
    world.watch_acts(_tell_act)
    gateway = SimulatedGateway(world, bot, world.clock, echo=not options.silent)
    server = PuppetServer(gateway, options.token, replay=options.replay)
    await server.start(options.port)
    _tell({"ready": server.port})
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip():
            _obey(world, bot, line)
    await server.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the process."""
    asyncio.run(serve(_read_options(arguments)))


if __name__ == "__main__":
    main()
