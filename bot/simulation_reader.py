"""Reads one line of a simulation script at a time and knows whether it makes sense there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from difflib import get_close_matches

from bot.simulation_lines import Line, match_speech
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
from bot.units import UnitError, parse_duration

DEFAULT_OWNER = "群主"
_QUOTED = re.compile(r"""["“「](?P<fragment>.+?)["”」]\s*(?P<text>.*)""", re.DOTALL)
_OPTION = re.compile(r"\s(owner|admins|bot)=(\S+)")
_BY = re.compile(r"\s+by\s+(\S+)$")
_REMEMBER = re.compile(r"(?P<name>[A-Za-z]\w*)(?:\s+(?P<pattern>\S.*))?")
_LONG_NUMBER = r"\d{4,}"
_ARROW = re.compile(r"(\S+)\s*(?:->|→)\s*(\S+)\s+(.*)", re.DOTALL)


class LineFault(Exception):
    """The line at hand cannot be used; the text says why, in Chinese."""


@dataclass
class ScriptReader:
    """Knows who is where and what time it is at the line at hand.

    Args:
        bot_name: how the people in the script call the bot.
    """

    bot_name: str
    people: set[str] = field(default_factory=set)
    rooms: dict[str, set[str]] = field(default_factory=dict)
    topic: str = ""
    now: datetime | None = None
    number: int = 0

    def read(self, line: Line) -> Step:
        """Return the act of one line.

        Raises:
            LineFault: it cannot be used.
        """
        if line.problem:
            raise LineFault(line.problem)
        self.number = line.number
        text = line.text
        if text.startswith("+"):
            return self._advance(text[1:])
        if text.startswith("@"):
            word, _, rest = text[1:].partition(" ")
            return self._directive(word)(self, rest.strip())
        return self._say(text)

    def _directive(self, word: str) -> Callable[[ScriptReader, str], Step]:
        found = DIRECTIVES.get(word)
        if found is None:
            near = get_close_matches(word, DIRECTIVES, n=1)
            advice = f"是不是 @{near[0]}？" if near else "可用的有 " + " ".join(f"@{one}" for one in DIRECTIVES)
            raise LineFault(f"没有 @{word} 这个指令，{advice}")
        return found

    # ---- talking

    def _say(self, text: str) -> Step:
        found = match_speech(text)
        if found is None:
            raise LineFault("看不懂这一行，请写成「名字: 话」、「名字 -> 名字: 话」、「@指令」、「+30m」或「# 注释」")
        talker, to = self._talker(found["talker"].strip(), found["to"] or "")
        if not found["text"].strip():
            raise LineFault(f"{talker} 没有说话，请在冒号后面写上话")
        said = found["text"]
        return Say(
            line=self.number, talker=talker, to=to, text=said.removeprefix(" ") if "\n" in said else said.strip()
        )

    def quote(self, rest: str) -> Step:
        """Read `@quote 小红 "话" 回复`."""
        talker, to, rest = self._address(rest, '@quote 小红 "被引用的话" 回复')
        found = _QUOTED.fullmatch(rest)
        if found is None or not found["text"]:
            raise LineFault('引用要写成 @quote 小红 "被引用的话" 回复')
        return Say(line=self.number, talker=talker, to=to, text=found["text"], quoting=found["fragment"])

    def image(self, rest: str) -> Step:
        """Read `@image 小明 poster.png`."""
        talker, to, path = self._address(rest, "@image 小明 poster.png")
        return SendFile(line=self.number, talker=talker, to=to, path=path)

    def file(self, rest: str) -> Step:
        """Read `@file 小明 讲义.pdf`."""
        talker, to, path = self._address(rest, "@file 小明 讲义.pdf")
        return SendFile(line=self.number, talker=talker, to=to, path=path, is_image=False)

    def recall(self, rest: str) -> Step:
        """Read `@recall 小明`."""
        name, _, fragment = rest.partition(" ")
        self._known(name, "@recall 小明")
        found = _QUOTED.fullmatch(fragment.strip())
        return Recall(line=self.number, talker=name, fragment=found["fragment"] if found else fragment.strip())

    def _address(self, rest: str, form: str) -> tuple[str, str, str]:
        """Split `小明 …` or `小明 -> 小知 …` into talker, listener or empty, and the rest."""
        if found := _ARROW.fullmatch(rest):
            return (*self._talker(found[1], found[2]), found[3].strip())
        name, _, after = rest.partition(" ")
        if not after.strip():
            raise LineFault(f"请写成 {form}")
        return (*self._talker(name, ""), after.strip())

    def _talker(self, name: str, to: str) -> tuple[str, str]:
        if name == self.bot_name:
            raise LineFault(f"{name} 是机器人自己，不能替它说话")
        self._known(name)
        if to:
            return name, to if to == self.bot_name else self._known(to)
        if name not in self._room():
            raise LineFault(
                f"{name} 不在群「{self.topic}」里，先用 @join {name} 让他进群，或者私聊：{name} -> {self.bot_name}: …"
            )
        return name, ""

    # ---- time

    def _advance(self, text: str) -> Step:
        return Advance(line=self.number, by=self._pass(text))

    def crash(self, rest: str) -> Step:
        """Read `@crash` or `@crash 1d`."""
        return Crash(line=self.number, down_for=self._pass(rest)) if rest else Crash(line=self.number)

    def _pass(self, text: str) -> timedelta:
        try:
            by = parse_duration(text)
        except UnitError as error:
            raise LineFault(str(error)) from error
        if self.now is not None:
            self.now += by
        return by

    def at(self, rest: str) -> Step:
        """Read `@at 2026-12-01 09:00`."""
        when = self._read_time(rest)
        if self.now is not None and when < self.now:
            raise LineFault(f"时间不能倒退：这时已经是 {self.now:%Y-%m-%d %H:%M}")
        self.now = when
        return SetTime(line=self.number, when=when)

    def _read_time(self, text: str) -> datetime:
        try:
            if self.now is not None and re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?", text):
                when = datetime.combine(self.now, time.fromisoformat(text.zfill(5)))
                return when if when >= self.now else when + timedelta(days=1)
            when = datetime.fromisoformat(text)
        except ValueError as error:
            raise LineFault(f"时间 {text!r} 看不懂，请写成 @at 2026-12-01 09:00") from error
        if when.tzinfo is not None:
            raise LineFault("时间不要带时区，用的是配置里的时区，请写成 @at 2026-12-01 09:00")
        return when

    # ---- the bot

    def schedules(self, rest: str) -> Step:
        """Read `@schedules 新的.yaml`, or the text itself after `<<完`."""
        if not rest:
            raise LineFault("请写成 @schedules 文件名.yaml，或者 @schedules <<完，下面写内容，最后一行只写 完")
        if "\n" in rest or ":" in rest:
            return EditSchedules(line=self.number, text=f"{rest}\n")
        return EditSchedules(line=self.number, path=rest)

    def remember(self, rest: str) -> Step:
        r"""Read `@remember code` or `@remember number D\d+`."""
        found = _REMEMBER.fullmatch(rest)
        if found is None:
            raise LineFault("请写成 @remember code，后面的话里用 {code} 代表机器人刚说的那个数字")
        pattern = found["pattern"] or _LONG_NUMBER
        try:
            re.compile(pattern)
        except re.error as error:
            raise LineFault(f"「{pattern}」不是正则表达式：{error}") from error
        return Remember(line=self.number, name=found["name"], pattern=pattern)

    # ---- rooms and people

    def group(self, rest: str) -> Step:
        """Read `@group 群名 owner=老王`."""
        options = dict(_OPTION.findall(f" {rest}"))
        topic = _OPTION.sub("", f" {rest}").strip()
        if not topic or "=" in topic:
            raise LineFault("请写成 @group 群名 owner=群主的名字，也可以加 admins=名字,名字 和 bot=member")
        if options.get("bot", "admin") not in {"admin", "member"}:
            raise LineFault("bot= 只能是 admin（管理员）或 member（普通成员）")
        if topic in self.rooms:
            raise LineFault(f"群「{topic}」已经有了，回到这个群请写 @room {topic}")
        owner = options.get("owner", DEFAULT_OWNER)
        admins = _names(options.get("admins", ""))
        self.topic, self.rooms[topic] = topic, set()
        self._enter(owner, *admins)
        is_bot_admin = options.get("bot", "admin") == "admin"
        return OpenGroup(line=self.number, topic=topic, owner=owner, admins=admins, is_bot_admin=is_bot_admin)

    def use_group(self, rest: str) -> Step:
        """Read `@room 群名`."""
        if rest not in self.rooms:
            raise LineFault(f"没有群「{rest}」，先用 @group {rest} owner=… 建群{_nearest(rest, self.rooms)}")
        self.topic = rest
        return UseGroup(line=self.number, topic=rest)

    def members(self, rest: str) -> Step:
        """Read `@members 小明 小红`."""
        names = _names(rest)
        if not names:
            raise LineFault("请写成 @members 小明 小红")
        self._room()
        self._enter(*names)
        return AddMembers(line=self.number, names=names)

    def join(self, rest: str) -> Step:
        """Read `@join 阿强 by 小明`."""
        rest, by = self._cut_by(rest)
        names = _names(rest)
        if not names:
            raise LineFault("请写成 @join 阿强 by 小明")
        room = self._room()
        for name in names:
            if name in room:
                raise LineFault(f"{name} 已经在群「{self.topic}」里了")
        self._enter(*names)
        return Join(line=self.number, names=names, by=by)

    def leave(self, rest: str) -> Step:
        """Read `@leave 小刚`."""
        name, by = self._cut_by(rest)
        self._known(name, "@leave 小刚")
        if name not in self._room():
            raise LineFault(f"{name} 不在群「{self.topic}」里")
        self.rooms[self.topic].discard(name)
        return Leave(line=self.number, name=name, by=by)

    def rename(self, rest: str) -> Step:
        """Read `@rename 小明 明哥`."""
        old, new = self._two_names(rest, "@rename 小明 明哥")
        for room in (self.people, *self.rooms.values()):
            if old in room:
                room.add(new)
                room.discard(old)
        return Rename(line=self.number, name=old, new_name=new)

    def alias(self, rest: str) -> Step:
        """Read `@alias 小明 群昵称`."""
        old, new = self._two_names(rest, "@alias 小明 群里的名字")
        self._room()
        return Rename(line=self.number, name=old, new_name=new, in_room=True)

    def weixin(self, rest: str) -> Step:
        """Read `@weixin 小明 xiaoming`."""
        name, weixin = self._two_names(rest, "@weixin 小明 xiaoming")
        return SetWeixin(line=self.number, name=name, weixin=weixin)

    def avatar(self, rest: str) -> Step:
        """Read `@avatar 小明 face.png`."""
        name, _, path = rest.partition(" ")
        if not path.strip():
            raise LineFault("请写成 @avatar 小明 face.png")
        return SetAvatar(line=self.number, name=self._known(name), path=path.strip())

    def rename_group(self, rest: str) -> Step:
        """Read `@topic 新群名 by 老王`."""
        topic, by = self._cut_by(rest)
        if not topic:
            raise LineFault("请写成 @topic 新群名 by 老王")
        self._room()
        self.rooms[topic] = self.rooms.pop(self.topic)
        self.topic = topic
        return RenameGroup(line=self.number, topic=topic, by=by)

    def friend(self, rest: str) -> Step:
        """Read `@friend 路人 你好`."""
        name, _, hello = rest.partition(" ")
        if not name:
            raise LineFault("请写成 @friend 路人 验证的话")
        self.people.add(name)
        return AskFriend(line=self.number, name=name, hello=hello.strip())

    def _cut_by(self, rest: str) -> tuple[str, str]:
        found = _BY.search(rest)
        if found is None:
            return rest, ""
        by = found[1]
        return rest[: found.start()].strip(), by if by == self.bot_name else self._known(by)

    def _two_names(self, rest: str, form: str) -> tuple[str, str]:
        names = rest.split()
        if len(names) != 2:  # noqa: PLR2004 - the old and the new name
            raise LineFault(f"请写成 {form}")
        return self._known(names[0]), names[1]

    def _enter(self, *names: str) -> None:
        if self.bot_name in names:
            raise LineFault(f"{self.bot_name} 是机器人，本来就在群里")
        self.people.update(names)
        self.rooms[self.topic].update(names)

    def _room(self) -> set[str]:
        if not self.topic:
            raise LineFault("还没有群，请先写 @group 群名 owner=群主的名字")
        return self.rooms[self.topic]

    def _known(self, name: str, form: str = "") -> str:
        if not name:
            raise LineFault(f"请写成 {form}")
        if name not in self.people:
            raise LineFault(f"没有叫「{name}」的人，先用 @members 或 @join 加进来{_nearest(name, self.people)}")
        return name


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in re.split(r"[\s,，、]+", text) if name))


def _nearest(name: str, known: set[str] | dict[str, set[str]]) -> str:
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f"；是不是「{near[0]}」？" if near else ""


def _alone(step: type[Step], word: str) -> Callable[[ScriptReader, str], Step]:
    def read(reader: ScriptReader, rest: str) -> Step:
        if rest:
            raise LineFault(f"@{word} 后面不用写别的")
        return step(line=reader.number)

    return read


DIRECTIVES: dict[str, Callable[[ScriptReader, str], Step]] = {
    "group": ScriptReader.group,
    "room": ScriptReader.use_group,
    "members": ScriptReader.members,
    "at": ScriptReader.at,
    "join": ScriptReader.join,
    "leave": ScriptReader.leave,
    "quote": ScriptReader.quote,
    "image": ScriptReader.image,
    "file": ScriptReader.file,
    "recall": ScriptReader.recall,
    "rename": ScriptReader.rename,
    "alias": ScriptReader.alias,
    "weixin": ScriptReader.weixin,
    "avatar": ScriptReader.avatar,
    "topic": ScriptReader.rename_group,
    "friend": ScriptReader.friend,
    "down": _alone(GoDown, "down"),
    "up": _alone(ComeBack, "up"),
    "crash": ScriptReader.crash,
    "reshuffle": _alone(Reshuffle, "reshuffle"),
    "schedules": ScriptReader.schedules,
    "remember": ScriptReader.remember,
}
