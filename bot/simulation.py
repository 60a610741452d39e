"""Runs a simulation script: virtual time, one act a line, the bot finishes before the next."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.clock import Clock, SystemClock, VirtualClock
from bot.gateway import Gateway
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_facts import SentAct
from bot.gateway.simulated_group import World
from bot.model import Conversation, FileContent, MessageReceived, Quote
from bot.simulation_script import ScriptError, ScriptFault
from bot.simulation_steps import (
    AddMembers,
    Advance,
    AskFriend,
    ComeBack,
    Crash,
    EditSchedules,
    GoDown,
    Join,
    Leave,
    OpenGroup,
    Recall,
    Remember,
    Rename,
    RenameGroup,
    Reshuffle,
    Say,
    SendFile,
    SetAvatar,
    SetTime,
    SetWeixin,
    Step,
    UseGroup,
)
from bot.simulation_transcript import Reporter

_SETTING = (OpenGroup, UseGroup, AddMembers, SetTime, Rename, SetWeixin, SetAvatar, EditSchedules)
"""What may be done before the bot starts: at its start the world is as the script's head describes it."""

_TINY_PNG = bytes.fromhex(  # one white pixel
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c494441"
    "54789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


class Bot(Protocol):
    """What a simulation needs of `bot.app.App`."""

    async def start(self) -> None:
        """Begin to take events."""

    async def stop(self) -> None:
        """Finish and close."""

    async def drain(self) -> None:
        """Return when everything due by now was sent."""

    def crash(self) -> None:
        """Die without a word."""

    async def reread_schedules(self) -> None:
        """Look at `schedules.yaml`: it was saved."""


MakeBot = Callable[[Gateway, Clock], Bot]


class Simulation:
    """One run of one script.

    Args:
        steps: the script.
        make_bot: builds the bot on a gateway and a clock, each time on the same data.
        reporter: told everything that happens.
        zone: the wall clock of `@at`.
        file: the script's path; images, files and schedules are looked for beside it.
        schedules: `schedules.yaml` of the bots that are made; a script that edits it writes over this file.
        bot_name: how the people in it call the bot.
        id_prefix: begins message ids; differs from run to run when runs share their data.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        make_bot: MakeBot,
        reporter: Reporter,
        *,
        zone: ZoneInfo,
        file: Path = Path("script"),
        schedules: Path | None = None,
        bot_name: str = "小知",
        id_prefix: str = "m",
    ) -> None:
        self._steps = steps
        self._make_bot = make_bot
        self._reporter = reporter
        self._zone = zone
        self._file = file
        self._schedules = schedules
        self._remembered: dict[str, str] = {}
        self.clock = VirtualClock(self._find_start())
        self.world = World(self.clock, id_prefix=id_prefix)
        self.bot_id = self.world.add_contact(bot_name)
        self._room_id = ""
        self._gateway: SimulatedGateway | None = None
        self._bot: Bot | None = None

    async def run(self) -> list[SentAct]:
        """Run the script and return what the bot did.

        Raises:
            ScriptError: a line asks for what is not there, such as quoting what nobody said.
        """
        self.world.listen(self._reporter.happened)
        self.world.watch_acts(self._reporter.acted)
        try:
            for step in self._steps:
                await self._take(step)
            await self._running()
        finally:
            if self._bot is not None:
                await self._bot.stop()
            if self._gateway is not None:
                await self._gateway.stop()
        return self.world.acts

    def _find_start(self) -> datetime:
        for step in self._steps:
            if isinstance(step, SetTime):
                return self._aware(step.when)
        return SystemClock().now()

    def _aware(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=self._zone)

    async def _take(self, step: Step) -> None:
        if not isinstance(step, _SETTING):
            await self._running()
        with self._explaining(step):
            await self._apply(step)
        if self._bot is not None:
            await self._bot.drain()

    async def _running(self) -> None:
        if self._bot is None:
            self._gateway = SimulatedGateway(self.world, self.bot_id, self.clock)
            if any(isinstance(step, Reshuffle) for step in self._steps):
                self._gateway.lose(stable_ids=False)
            bot = self._make_bot(self._gateway, self.clock)
            await bot.start()
            self._bot = bot  # one that did not start cannot be stopped
            await bot.drain()

    @contextmanager
    def _explaining(self, step: Step) -> Iterator[None]:
        """Turn what the world refuses into a note, and what cannot be found into a fault of the script."""
        try:
            yield
        except PermissionError:
            name = getattr(step, "talker", "") or getattr(step, "by", "")
            self._reporter.noted(self.clock.now(), f"第 {step.line} 行没有生效：{name} 现在做不了这件事")
        except LookupError as error:
            raise ScriptError([ScriptFault(str(self._file), step.line, str(error.args[0]))]) from error

    async def _apply(self, step: Step) -> None:
        match step:
            case SetTime():
                await self._advance_to(self._aware(step.when))
            case Advance():
                await self._advance_to(self.clock.now() + step.by)
            case Crash():
                await self._crash(step)
            case EditSchedules():
                await self._edit_schedules(step)
            case Remember():
                self._remembered[step.name] = self._find_said(step.pattern)
            case GoDown() if self._gateway:
                self._gateway.go_down()
                self._reporter.noted(self.clock.now(), "网关断开")
            case ComeBack() if self._gateway:
                self._gateway.come_back()
                self._reporter.noted(self.clock.now(), "网关恢复")
            case Reshuffle() if self._gateway:
                ids = self.world.reshuffle(keep=self.bot_id)
                self._room_id = ids.get(self._room_id, "")
                self._gateway.log_in_again()
                self._reporter.noted(self.clock.now(), "重新登录，联系人和群的编号都变了")
            case Say() | SendFile() | Recall():
                self._talk(step)
            case _:
                self._change(step)

    async def _advance_to(self, when: datetime) -> None:
        if when > self.clock.now():
            await self.clock.advance_to(when)

    async def _crash(self, step: Crash) -> None:
        assert self._bot is not None
        assert self._gateway is not None
        self._bot.crash()
        self._gateway.drop()
        self._bot = None
        if step.down_for:
            self._reporter.noted(self.clock.now(), "进程崩溃")
            await self._advance_to(self.clock.now() + step.down_for)
        self._reporter.noted(self.clock.now(), "重新启动" if step.down_for else "进程崩溃，重新启动")
        await self._running()

    async def _edit_schedules(self, step: EditSchedules) -> None:
        if self._schedules is None:
            raise LookupError("这次演练没有可以修改的 schedules.yaml")
        self._write_schedules(step, self._schedules)
        if self._bot is not None:
            self._reporter.noted(self.clock.now(), "群主改了 schedules.yaml")
            await self._bot.reread_schedules()

    def _write_schedules(self, step: EditSchedules, to: Path) -> None:
        to.write_bytes(step.text.encode() or self._read_beside(step.path))

    def _read_beside(self, name: str) -> bytes:
        path = self._file.parent / name
        if not path.is_file():
            raise LookupError(f"没有文件 {path}")
        return path.read_bytes()

    def _find_said(self, pattern: str) -> str:
        """Return what the bot said last that matches, or the first group of it."""
        found = next((f for act in reversed(self.world.acts) if (f := re.search(pattern, act.text))), None)
        if found is None:
            raise LookupError(f"机器人没有说过「{pattern}」这样的话")
        return str(found[found.re.groups and 1])

    def _fill_in(self, text: str) -> str:
        for name, value in self._remembered.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    # ---- what people do

    def _talk(self, step: Say | SendFile | Recall) -> None:
        talker = self._person(step.talker)
        if isinstance(step, Recall):
            self.world.recall(self._latest(step.fragment, talker).id)
            return
        to = Conversation(contact_id=self._person(step.to)) if step.to else Conversation(room_id=self._room_id)
        if isinstance(step, SendFile):
            self.world.say(talker, to, file=self._read(step))
            return
        quote = None
        if step.quoting:
            quoted = self._latest(step.quoting)
            quote = Quote(quoted.talker.shown_name, quoted.text)
        self.world.say(talker, to, self._fill_in(step.text), quote=quote)

    def _latest(self, fragment: str, talker: str = "") -> MessageReceived:
        found = self.world.find_message(fragment, talker)
        if found is not None:
            return found
        raise LookupError(f"没有人说过包含「{fragment}」的话" if fragment else "没有可以撤回的消息")

    def _read(self, step: SendFile) -> FileContent:
        """Read a file beside the script; one that is not there is made up, the script runs all the same."""
        path = self._file.parent / step.path
        made_up = _TINY_PNG if step.is_image else step.path.encode()
        data = path.read_bytes() if path.is_file() else made_up
        media_type = "image/png" if step.is_image and not path.suffix else ""
        return FileContent(path.name, data, media_type)

    def _change(self, step: Step) -> None:
        match step:
            case OpenGroup():
                self._open(step)
            case UseGroup():
                self._room_id = self.world.find_room(step.topic)
            case AddMembers():
                self.world.rooms[self._room_id].member_ids.extend(self._people(step.names))
            case Join():
                self.world.join(self._room_id, self._people(step.names), self._person(step.by) if step.by else "")
            case Leave():
                by = self._person(step.by) if step.by else ""
                self.world.leave(self._room_id, self._person(step.name), by)
            case Rename():
                room_id = self._room_id if step.in_room else ""
                self.world.rename_contact(self._person(step.name), step.new_name, room_id)
            case SetWeixin() | SetAvatar():
                self._describe(step)
            case RenameGroup():
                self.world.rename_room(self._room_id, step.topic, self._person(step.by) if step.by else "")
            case AskFriend():
                self.world.request_friend(self._person(step.name), self.bot_id, step.hello)
            case _:
                raise TypeError(f"unknown step {step!r}")

    def _describe(self, step: SetWeixin | SetAvatar) -> None:
        if isinstance(step, SetWeixin):
            self.world.contacts[self._person(step.name)].weixin = step.weixin
        else:
            self.world.set_avatar(self._person(step.name), self._read_beside(step.path))

    def _open(self, step: OpenGroup) -> None:
        admins = list(self._people(step.admins))
        if step.is_bot_admin:
            admins.append(self.bot_id)
        self._room_id = self.world.add_room(step.topic, self._person(step.owner), [self.bot_id], admin_ids=admins)

    def _people(self, names: Sequence[str]) -> list[str]:
        return [self._person(name) for name in names]

    def _person(self, name: str) -> str:
        """Return the id of a person of the script; the first mention of a name makes the person."""
        try:
            return self.world.find_contact(name, self._room_id)
        except LookupError:
            return self.world.add_contact(name)
