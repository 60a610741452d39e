"""Chat in the simulated group from a terminal, or from a pipe."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from difflib import get_close_matches
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from bot.cli.terminal_input import LineSource
from bot.errors import UserError
from bot.gateway.simulated_facts import SentAct
from bot.gateway.simulated_group import World
from bot.model import Conversation, Event, FileContent, MessageReceived, Quote
from bot.simulation_transcript import TextReporter, width_of

_QUOTED = re.compile(r"""["“「](?P<fragment>.+?)["”」]\s*(?P<text>.+)""")
_WORD = re.compile(r"/[a-z]+")
_PATIENCE = 20.0  # seconds an answer may take that is surely coming
_LOOKS = 4  # without news in a row: then it is quiet
_LARGEST = 25_000_000  # bytes; what the gateway protocol promises

HELP = """\
直接打字就是在群里说话。还可以：
  /as 小红             换成另一个人说话
  /who                 看群里有谁
  /private 我的        和机器人私聊一句；只写 /private 就一直私聊
  /group               回到群里
  /quote "片段" 回复    引用最近一条包含片段的消息
  /recall              撤回自己最近的一条消息
  /image 路径          发图片或文件
  /join 阿强           拉一个新人进群
  /leave               现在这个人退群
  /quit                退出"""


class Terminal:
    """One person at a keyboard who can be anybody in the group.

    Args:
        world: the group.
        bot_id: contact id of the bot.
        room_id: the room to chat in.
        drain: returns when the bot has finished what it got.
        stream: where lines come from.
        write: takes one line to print; None prints to stdout.
        zone: whose wall clock is shown.
        quiet: seconds without anything new after which the bot has finished.
    """

    def __init__(
        self,
        world: World,
        bot_id: str,
        room_id: str,
        drain: Callable[[], Awaitable[None]],
        *,
        stream: TextIO | None = None,
        write: Callable[[str], None] | None = None,
        zone: ZoneInfo | None = None,
        quiet: float = 0.6,
    ) -> None:
        self._world = world
        self._quiet = quiet
        self._bot_id = bot_id
        self._room_id = room_id
        self._drain = drain
        self._source = LineSource(stream or sys.stdin)
        self._write = write or self._source.write
        names = [one.shown_name for one in world.people_in(room_id)]
        bot_name = world.contacts[bot_id].name
        column = max(map(width_of, names))
        self._reporter = TextReporter(self._write, zone or ZoneInfo("Asia/Shanghai"), bot_name, column)
        owner = world.rooms[room_id].owner_id
        self._me = next(one.id for one in world.people_in(room_id) if one.id not in (owner, bot_id))
        self._is_private = False
        self._is_typing = False
        self._has_changed = False
        self._last_said = ""

    async def run(self) -> None:
        """Chat until `/quit`, Ctrl-C or the end of the input; answers on their way are waited for."""
        for act in self._world.acts:  # what a killed run left open is answered before anybody looks
            self._reporter.acted(act)
        self._write(self._welcome())
        endings = [self._world.listen(self._happened), self._world.watch_acts(self._acted)]
        try:
            with self._source.attached():
                while (line := await self._source.read(self._prompt)) not in (None, "/quit"):
                    await self._take(line or "")
                if line is None and not self._source.is_interrupted:
                    await self._until_quiet(is_answer_sure=False)
        finally:
            for end in endings:
                end()

    async def _take(self, line: str) -> None:
        if not line:
            return
        acts, is_answer_sure = len(self._world.acts), False
        try:
            is_answer_sure = self._obey(line)
        except UserError as error:
            self._write(error.text)
        except PermissionError:
            self._write("现在做不了这件事：这个人可能已经不在群里了。用 /as 换一个人。")
        if not self._source.is_terminal:
            await self._until_quiet(is_answer_sure=is_answer_sure, acts=acts)

    def _obey(self, line: str) -> bool:
        """Do what a line says; returns whether the bot will surely answer."""
        word, _, rest = line.partition(" ")
        if word in self._commands():
            return bool(self._commands()[word](rest.strip()))
        if _WORD.fullmatch(word):  # the bot's own words are Chinese, so this is a slip
            near = get_close_matches(word, self._commands(), n=1)
            raise UserError(f"没有 {word} 这个命令。" + (f"您要找的是不是 {near[0]}？" if near else "/help 看全部。"))
        return self._say(line)

    def _commands(self) -> dict[str, Callable[[str], bool | None]]:
        return {
            "/help": lambda _: self._write(HELP),
            "/as": self._become,
            "/who": self._tell_who,
            "/private": self._go_private,
            "/group": self._go_public,
            "/quote": self._quote,
            "/recall": self._recall,
            "/image": self._send_file,
            "/file": self._send_file,
            "/join": self._join,
            "/leave": lambda _: self._world.leave(self._room_id, self._me),
        }

    # ---- what a line does

    def _say(self, text: str, quote: Quote | None = None) -> bool:
        message = self._as_typed(lambda: self._world.say(self._me, self._place(), text, quote=quote))
        return self._is_private or self._bot_id in message.mentions

    def _become(self, name: str) -> None:
        people = {one.shown_name: one.id for one in self._world.people_in(self._room_id) if one.id != self._bot_id}
        if name not in people:
            missing = f"群里没有叫「{name}」的人。" if name else "请写上名字，比如 /as 小红。"
            raise UserError(f"{missing}现在有：{'、'.join(people)}。新人用 /join 名字。")
        self._me = people[name]
        self._write(f"现在您是 {name}。")

    def _tell_who(self, _: str) -> None:
        owner = self._world.rooms[self._room_id].owner_id
        notes = {owner: "（群主）", self._bot_id: "（机器人）"}
        names = [f"{one.shown_name}{notes.get(one.id, '')}" for one in self._world.people_in(self._room_id)]
        self._write("群里有：" + "、".join(names))

    def _go_private(self, text: str) -> bool:
        before, self._is_private = self._is_private, True
        if not text:
            self._write("现在是和机器人私聊，/group 回到群里。")
            return False
        try:
            return self._say(text)
        finally:
            self._is_private = before

    def _go_public(self, _: str) -> None:
        self._is_private = False
        self._write("现在在群里说话。")

    def _quote(self, rest: str) -> bool:
        found = _QUOTED.fullmatch(rest)
        if found is None:
            raise UserError('引用要写成：/quote "被引用的话" 回复')
        message = self._find(found["fragment"])
        return self._say(found["text"], Quote(message.talker.shown_name, message.text))

    def _recall(self, fragment: str) -> None:
        message = self._find(fragment, self._me)
        self._as_typed(lambda: self._world.recall(message.id))

    def _send_file(self, path: str) -> bool:
        try:
            file = Path(path).expanduser()
            if file.stat().st_size > _LARGEST:
                raise UserError("文件太大了，最多 25 MB。")
            content = FileContent(file.name, file.read_bytes())
        except OSError as error:
            raise UserError(f"打不开「{path}」，请写文件的路径，比如 /image 海报.png") from error
        self._as_typed(lambda: self._world.say(self._me, self._place(), file=content))
        return False

    def _join(self, name: str) -> None:
        people = self._world.people_in(self._room_id)
        if not name or name in {one.shown_name for one in people}:
            raise UserError("请写一个群里还没有的名字，比如 /join 阿强")
        self._world.join(self._room_id, [self._world.add_contact(name)], self._me)

    def _place(self) -> Conversation:
        return Conversation(contact_id=self._bot_id) if self._is_private else Conversation(room_id=self._room_id)

    def _find(self, fragment: str, talker_id: str = "") -> MessageReceived:
        found = self._world.find_message(fragment, talker_id)
        if found is not None:
            return found
        raise UserError(f"没有找到包含「{fragment}」的消息。" if fragment else "您还没有说过话。")

    # ---- what is shown

    @property
    def _prompt(self) -> str:
        place = " → 机器人" if self._is_private else ""
        return f"{self._world.contacts[self._me].name}{place}> "

    def _welcome(self) -> str:
        topic, me = self._world.rooms[self._room_id].topic, self._world.contacts[self._me].name
        bot = self._world.contacts[self._bot_id].name
        return (
            f"您是 {me}，在群「{topic}」里。打字就是说话，比如：@{bot} asyncio 怎么限制并发？\n"
            "输入 /help 看命令，/quit 退出。"
        )

    def _as_typed(self, act: Callable[[], MessageReceived]) -> MessageReceived:
        """Do something without showing it again to the person who has just typed it."""
        self._is_typing = self._source.is_terminal
        try:
            message = act()
        finally:
            self._is_typing = False
        self._last_said = message.id
        return message

    def _happened(self, event: Event) -> None:
        self._has_changed = True
        if not self._is_typing:
            self._reporter.happened(event)

    def _acted(self, act: SentAct) -> None:
        self._has_changed = True
        self._reporter.acted(act)

    async def _until_quiet(self, *, is_answer_sure: bool, acts: int = 0) -> None:
        """Return when the bot has answered: over the wire it takes a moment until it even hears of a message.

        Quiet is counted in looks: on a busy machine time passes in which nobody could have answered.
        """
        began, quiet_looks = self._now(), 0
        while quiet_looks < _LOOKS and self._now() - began < _PATIENCE:
            self._has_changed = False
            await self._drain()
            await asyncio.sleep(self._quiet / _LOOKS)
            is_heard = not self._last_said or self._last_said in self._world.taken
            is_missing = is_answer_sure and len(self._world.acts) == acts
            is_quiet = is_heard and not is_missing and not self._has_changed
            quiet_looks = quiet_looks + 1 if is_quiet else 0

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
