"""Test kit: a simulated room with the real bot in it; only gateway, clock and encoder are simulated.

As a pytest plugin it offers the fixtures `room`, `plugins` and `room_config`; outside pytest use `simulated_room`.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.clock import VirtualClock
from bot.config_model import Config, RoomConfig
from bot.config_types import Person
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_facts import SentAct
from bot.gateway.simulated_group import World
from bot.model import Act, Conversation, FileContent, MessageReceived, Quote, Role
from bot.plugin import Plugin

if TYPE_CHECKING:
    from bot.app import App

START = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, a Tuesday
TOPIC = "Python学习群"
_READ: dict[tuple[str, tuple[tuple[str, str], ...], str], Config] = {}
_PREPARED = 20  # people who can be given a role that only the configuration grants


class RoomClock:
    """The room's time: stands still until it is advanced.

    Args:
        clock: what the bot reads.
        finish: lets the bot finish what is due.
    """

    def __init__(self, clock: VirtualClock, finish: Callable[[], Any]) -> None:
        self._clock = clock
        self._finish = finish
        self._ahead = timedelta()

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return self._clock.now() + self._ahead

    def advance(self, **delta: float) -> Advance:
        """Let time pass; the arguments are those of `timedelta`.

        Due timers fire in order when the result is awaited, or else before the next thing that happens in the room.
        """
        self._ahead += timedelta(**delta)
        return Advance(self)

    async def catch_up(self) -> None:
        """Let the time pass that was asked for."""
        ahead, self._ahead = self._ahead, timedelta()
        if ahead:
            await self._clock.advance_to(self._clock.now() + ahead)
            await self._finish()


@dataclass(frozen=True, slots=True)
class Advance:
    """What `RoomClock.advance` returns; awaiting it is optional."""

    clock: RoomClock

    def __await__(self) -> Generator[Any, None, None]:
        return self.clock.catch_up().__await__()


class Speaker:
    """A person in the simulated room.

    Args:
        room: where.
        contact_id: who.
    """

    def __init__(self, room: SimulatedRoom, contact_id: str) -> None:
        self._room = room
        self.contact_id = contact_id

    @property
    def name(self) -> str:
        """The name the others see."""
        return self._room.world.contact_in(self._room.room_id, self.contact_id).shown_name

    async def says(self, text: str, *, private: bool = False) -> list[str]:
        """Say something and return all texts the bot sent in answer, in the room and in private, in order.

        Args:
            text: as typed; `@name ` becomes a real mention.
            private: say it to the bot alone.
        """
        return await self._room.after(lambda: self._say(text, private=private))

    async def quotes(self, fragment: str, text: str, *, private: bool = False, of: Speaker | None = None) -> list[str]:
        """Answer `text` to the latest message that contains `fragment`, of one speaker if given; returns like `says`.

        Raises:
            LookupError: nobody said that.
        """
        message = self._room.find_message(fragment, of.contact_id if of else "")
        quote = Quote(message.talker.shown_name, message.text)
        return await self._room.after(lambda: self._say(text, private=private, quote=quote))

    async def sends(self, file: FileContent, *, private: bool = False) -> list[str]:
        """Send an image or a file; returns like `says`."""
        return await self._room.after(lambda: self._say("", private=private, file=file))

    async def recalls(self, fragment: str = "") -> list[str]:
        """Take back the latest own message that contains `fragment`; returns like `says`."""
        message = self._room.find_message(fragment, self.contact_id)
        return await self._room.after(lambda: self._room.world.recall(message.id))

    async def joins(self, inviter: Speaker | None = None) -> list[str]:
        """Come into the room; returns like `says`."""
        by = inviter.contact_id if inviter else ""
        return await self._room.after(lambda: self._room.world.join(self._room.room_id, [self.contact_id], by))

    async def leaves(self) -> list[str]:
        """Go out of the room; returns like `says`."""
        return await self._room.after(lambda: self._room.world.leave(self._room.room_id, self.contact_id))

    def renames(self, name: str, *, in_room: bool = False) -> None:
        """Take another nickname, or another name in this room only."""
        self._room.world.rename_contact(self.contact_id, name, self._room.room_id if in_room else "")

    def _say(self, text: str, *, private: bool, quote: Quote | None = None, file: FileContent | None = None) -> None:
        room = self._room
        to = Conversation(contact_id=room.bot_id) if private else Conversation(room_id=room.room_id)
        room.world.say(self.contact_id, to, text, quote=quote, file=file)


class SimulatedRoom:
    """A group with an owner and the bot; members are added with `member`.

    Attributes:
        world: the simulated WeChat, for whatever has no short form here.
        gateway: the bot's gateway, to make it fail (`expect`, `lose`, `go_down`).
        app: the bot itself.
        clock: the time.
        owner: the room's owner.
        room_id: the gateway's id of the room.
        bot_id: the contact id of the bot.
    """

    def __init__(self, clock: VirtualClock, bot_name: str, topic: str) -> None:
        self._clock = clock
        self.world = World(clock)
        self.bot_id = self.world.add_contact(bot_name)
        self.owner = Speaker(self, self.world.add_contact("群主"))
        self.room_id = self.world.add_room(topic, self.owner.contact_id, [self.bot_id], admin_ids=[self.bot_id])
        self.gateway = SimulatedGateway(self.world, self.bot_id, clock)
        self.clock = RoomClock(clock, self._finish)
        self.app: App
        self._prepared = {role: itertools.count(1) for role in (Role.EXPERT, Role.GUEST)}
        self._told = 0

    @property
    def said(self) -> list[SentAct]:
        """Everything the bot did, from the beginning."""
        return self.world.acts

    def member(self, name: str, role: Role = Role.MEMBER) -> Speaker:
        """Return a person of the room, who comes in silently when not there yet.

        Args:
            name: the nickname.
            role: what the person may do; `Role.OWNER` is `room.owner`.

        Raises:
            ValueError: a second owner was asked for.
        """
        if role is Role.OWNER:
            raise ValueError("a room has one owner: use room.owner")
        people = self.world.rooms[self.room_id].member_ids
        known = [found for found in people if self.world.contacts[found].name == name]
        contact_id = known[0] if known else self._add(name, role)
        return Speaker(self, contact_id)

    def stranger(self, name: str) -> Speaker:
        """Return a person who is not in the room; `joins` brings them in."""
        return Speaker(self, self.world.add_contact(name))

    async def after(self, act: Callable[[], Any]) -> list[str]:
        """Do something, let the bot finish, and return the texts it sent."""
        await self.clock.catch_up()
        before = len(self.said)
        act()
        await self._finish()
        return [done.text for done in self.said[before:] if done.act is Act.TEXT]

    async def texts(self) -> list[str]:
        """Return the texts the bot sent since the last call, for what timers do."""
        await self.clock.catch_up()
        before, self._told = self._told, len(self.said)
        return [done.text for done in self.said[before:] if done.act is Act.TEXT]

    async def edits_schedules(self, text: str) -> list[str]:
        """Let the owner save another `schedules.yaml`, and return the texts the bot sent about it."""
        before = len(self.said)
        await self.clock.catch_up()
        self._schedules_path.write_text(text, encoding="utf-8")
        await self.app.reread_schedules()
        await self._finish()
        return [done.text for done in self.said[before:] if done.act is Act.TEXT]

    def find_message(self, fragment: str, talker_id: str = "") -> MessageReceived:
        """Return the latest message that contains a text.

        Raises:
            LookupError: nobody said that.
        """
        found = self.world.find_message(fragment, talker_id)
        if found is None:
            raise LookupError(f"nobody said {fragment!r}")
        return found

    async def crash(self, **down: float) -> None:
        """Kill the bot without notice and start it again on the same data, at once or after a `timedelta(**down)`."""
        self.app.crash()
        self.gateway.drop()
        await self._clock.advance(**down)
        self.app = self._rebuild()
        await self.app.start()
        await self._finish()

    def build_with(self, rebuild: Callable[[], App], schedules_path: Path) -> None:
        """Take over how the bot is built, also after a crash."""
        self._rebuild = rebuild
        self._schedules_path = schedules_path
        self.app = rebuild()

    async def _finish(self) -> None:
        await self.app.drain()

    def _add(self, name: str, role: Role) -> str:
        weixin = _weixin(role, next(self._prepared[role])) if role in self._prepared else ""
        contact_id = self.world.add_contact(name, weixin=weixin)
        room = self.world.rooms[self.room_id]
        room.member_ids.append(contact_id)
        if role is Role.ADMIN:
            room.admin_ids.append(contact_id)
        return contact_id


def _weixin(role: Role, number: int) -> str:
    return f"test_{role.name.lower()}_{number}"


def _people(role: Role) -> tuple[Person, ...]:
    return tuple(Person(kind="weixin", value=_weixin(role, number)) for number in range(1, _PREPARED + 1))


def _prepare(config: Config, topic: str) -> Config:
    """Name the people who will be given roles that only the configuration grants."""
    room = config.rooms.get(topic) or RoomConfig()
    roles = {**room.roles, "guest": (*room.roles.get("guest", ()), *_people(Role.GUEST))}
    rooms = {**config.rooms, topic: room.model_copy(update={"roles": roles})}
    return config.model_copy(update={"rooms": rooms, "experts": (*config.experts, *_people(Role.EXPERT))})


def _read_config(text: str, folder: Path, env: Mapping[str, str], topic: str) -> Config:
    """Read the settings; what was read once, for most rooms nothing, is known."""
    from bot.config import load

    path, key = folder / "bot.yaml", (text, tuple(sorted(env.items())), topic)
    path.write_text(text, encoding="utf-8")
    if key not in _READ:
        _READ[key] = _prepare(load(path, env), topic)
    return _READ[key].model_copy()


@asynccontextmanager
async def simulated_room(
    config: str = "",
    *,
    plugins: Sequence[Plugin[Any]] = (),
    schedules: str = "",
    folder: Path | None = None,
    topic: str = TOPIC,
    start: datetime = START,
    is_paced: bool = False,
    env: Mapping[str, str] | None = None,
) -> AsyncIterator[SimulatedRoom]:
    """Run the bot in a simulated room.

    Args:
        config: text of `bot.yaml`.
        plugins: what is tested, besides the built-in plugins.
        schedules: text of `schedules.yaml`.
        folder: where the database is kept; None makes a temporary one.
        topic: the room's name.
        start: the first time shown, aware.
        is_paced: whether sending is slowed down as in production, in virtual time.
        env: the environment that the settings are read with; empty if None.
    """
    if folder is None:
        with tempfile.TemporaryDirectory() as made:
            async with simulated_room(
                config,
                plugins=plugins,
                schedules=schedules,
                folder=Path(made),
                topic=topic,
                start=start,
                is_paced=is_paced,
                env=env,
            ) as room:
                yield room
        return
    from bot.app import App

    settings = _read_config(config, folder, env or {}, topic)
    if "knowledge" not in settings.model_fields_set:  # a hundred posts would cost every test half a second
        settings = settings.model_copy(update={"knowledge": str(folder / "knowledge")})
    schedules_path = folder / "schedules.yaml"
    schedules_path.write_text(schedules, encoding="utf-8")
    clock = VirtualClock(start)
    room = SimulatedRoom(clock, settings.name, topic)
    room.build_with(
        lambda: App(
            settings,
            room.gateway,
            clock,
            data_dir=folder,
            schedules_path=schedules_path,
            plugins=plugins,
            encoder="hashing",
            is_paced=is_paced,
        ),
        schedules_path,
    )
    await room.app.start()
    try:
        await room.app.drain()
        yield room
    finally:
        await room.app.stop()
        await room.gateway.stop()


@pytest.fixture
def plugins() -> Sequence[Plugin[Any]]:
    """Return the plugins under test; override it in a test module or conftest."""
    return ()


@pytest.fixture
def room_config() -> str:
    """Return the text of `bot.yaml`; override it in a test module or conftest."""
    return ""


@pytest.fixture
def room_schedules() -> str:
    """Return the text of `schedules.yaml`; override it in a test module or conftest."""
    return ""


@pytest.fixture
def room_env() -> Mapping[str, str]:
    """Return the environment that the settings are read with; override it in a test module or conftest."""
    return {}


@pytest_asyncio.fixture
async def room(
    plugins: Sequence[Plugin[Any]],
    room_config: str,
    room_schedules: str,
    room_env: Mapping[str, str],
    tmp_path: Path,
) -> AsyncIterator[SimulatedRoom]:
    """Run the bot in a simulated room for one test."""
    async with simulated_room(
        room_config, plugins=plugins, schedules=room_schedules, folder=tmp_path, env=room_env
    ) as made:
        yield made
