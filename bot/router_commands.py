"""Runs the command a message means: role, arguments, place, entitlement, limits, handler."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.commands import CommandTable, Entry, Match, Mode, NearMiss
from bot.commands_bind import PluginReader, UsageError, bind
from bot.commands_reasons import ROLE_NAMES, Reason
from bot.config_model import CommandsConfig
from bot.dialogue import DialogueKind
from bot.errors import UserError
from bot.model import Member, Role
from bot.plugin import Context, Place, Plugin, Reply
from bot.plugin_types import CHAT, Command
from bot.quota import Limits, Quotas, Refusal, Spent
from bot.router_turn import Outcome, Turn

_SLASH_WORD = re.compile(r"/\s*([^\s/.]{1,10})(?:\s.*)?", re.DOTALL)  # but no path
log = logging.getLogger(__name__)


class MayUse(Protocol):
    """Says whether a member has bought what a command asks for."""

    async def __call__(self, member: Member, entitlement: str) -> bool:
        """Return whether the member may use the entitlement now."""


@dataclass(frozen=True, slots=True)
class Misread:
    """Arguments that do not parse.

    Attributes:
        reply: the usage, for who surely meant the command.
    """

    reply: Reply


class CommandRunner:
    """What becomes of command words.

    Args:
        table: the words.
        plugins: returns all loaded plugins by name, whose argument readers other plugins' commands may use.
        quotas: what was used today.
        may_use: asks for entitlements; None when nothing is sold: then experts and above may.
    """

    def __init__(
        self,
        table: CommandTable,
        plugins: Callable[[], Mapping[str, Plugin[Any]]],
        quotas: Quotas,
        may_use: MayUse | None = None,
    ) -> None:
        self.table = table
        self.quotas = quotas
        self.may_use = may_use
        self._plugins = plugins
        self._known_limits: dict[str, tuple[Command, CommandsConfig, Limits]] = {}

    async def try_message(self, turn: Turn) -> Outcome | None:
        """Run the command a message means; None when it is chat."""
        found = self.table.find(turn.message.text, turn.message.mentions_bot, turn.names)
        if isinstance(found, NearMiss):
            return None if _is_answer(turn) else self._suggest(turn, found)
        if found is None:
            return self._tell_unknown(turn)
        if found.mode is Mode.BARE and turn.triggers == "mention":
            turn.note(Reason.BARE_OFF, command=found.entry.command.word)
            return None
        return await self.run(turn, found, str(found.mode))

    async def run_line(self, turn: Turn, line: str, reason: Reason, **facts: Any) -> Outcome:  # noqa: ANN401 - JSON values
        """Run a command line for the talker, as after a choice or a 是.

        Args:
            turn: the message.
            line: the command line, with or without `/`.
            reason: what led to it.
            facts: what else 为什么 may tell.
        """
        found = self.table.find(f"/{line.removeprefix('/')}", True, turn.names)  # noqa: FBT003 - see find
        if not isinstance(found, Match):
            log.error("a reply offered a line that is no command message=%s", turn.message.id)
            return turn.end("dialogue", Reason.NO_COMMAND, "这个选项现在用不了，发送「帮助」看看能做什么。", typed=line)
        outcome = await self.run(turn, found, str(reason))
        if outcome is not None and outcome.decision["reason"] == Reason.RAN:
            outcome.decision.update(reason=str(reason), **facts)
        return outcome or turn.end("command", reason)

    async def run(self, turn: Turn, match: Match, mode: str) -> Outcome | None:
        """Run a matched command; None when it is chat after all."""
        command = match.entry.command
        turn.decision.update(command=command.word, mode=mode)
        if turn.role < command.role:
            return self._refuse_role(turn, match)
        plugin = turn.plugin(command.plugin)
        assert plugin is not None, "the table was asked for plugins that are on"
        arguments = await self._read_arguments(turn, match, plugin)
        if arguments is None or (isinstance(arguments, Misread) and _is_chat_likely(match)):
            turn.note(Reason.NOT_ARGUMENTS)
            return None
        before = turn.dialogue, list(turn.changes)
        turn.close_dialogue()
        if isinstance(arguments, Misread):
            return turn.end("command", Reason.USAGE, arguments.reply, plugin=plugin.name)
        if isinstance(arguments, Reply):
            return turn.end("command", Reason.REFUSED, arguments, plugin=plugin.name)
        outcome = await self._refuse_use(turn, match.entry, plugin) or await self._act(turn, match, plugin, arguments)
        if outcome is None:
            turn.dialogue, turn.changes = before
        return outcome

    async def _act(self, turn: Turn, match: Match, plugin: Plugin[Any], arguments: list[Any]) -> Outcome | None:
        """Run the handler; None when the word was not meant for it."""
        result = await turn.run(plugin.name, lambda: self._handle(turn, match.entry, plugin, arguments))
        if result is not CHAT:
            return turn.end("command", Reason.RAN, result, plugin=plugin.name)
        turn.note(Reason.NOT_MEANT)
        return None

    def can_run(self, turn: Turn, entry: Entry) -> bool:
        """Whether role and place allow a command here, so that it is worth suggesting."""
        here = Place.ROOM if turn.message.room else Place.PRIVATE
        return turn.role >= entry.command.role and entry.command.place in {Place.ANYWHERE, here}

    async def read_arguments(self, turn: Turn, match: Match) -> list[Any] | Reply | Misread | None:
        """Return a command's arguments, what a reader says instead, or that they do not parse; None: plugin off."""
        plugin = turn.plugin(match.entry.command.plugin)
        return None if plugin is None else await self._read_arguments(turn, match, plugin)

    def _suggest(self, turn: Turn, near: NearMiss) -> Outcome | None:
        command = near.entry.command
        if not self.can_run(turn, near.entry) or command.hidden:
            return None
        turn.close_dialogue()
        typed = turn.message.text.removeprefix("/").lstrip().removeprefix(near.typed)
        line = f"{command.word} {typed.strip()}".strip()
        reply = Reply(text=f"您要找的是不是「{command.word}」？", confirm=line)
        return turn.end(
            "command", Reason.NEAR_MISS, reply, plugin=command.plugin, command=command.word, typed=near.typed
        )

    def _tell_unknown(self, turn: Turn) -> Outcome | None:
        """Say that there is no such command when a `/` word was surely meant for the bot."""
        found = _SLASH_WORD.fullmatch(turn.message.text) if turn.message.mentions_bot else None
        if found is None:
            return None
        text = f"没有「{found[1]}」这个指令，发送「帮助」看看有哪些。"
        return turn.end("command", Reason.NO_COMMAND, text, typed=found[1])

    def _refuse_role(self, turn: Turn, match: Match) -> Outcome | None:
        command = match.entry.command
        if match.mode is Mode.BARE:
            turn.note(Reason.ROLE, needs=int(command.role))
            return None
        text = f"「{command.word}」要{ROLE_NAMES[command.role]}才能用。"
        return turn.end("command", Reason.ROLE, text, plugin=command.plugin, needs=int(command.role))

    async def _read_arguments(
        self, turn: Turn, match: Match, plugin: Plugin[Any]
    ) -> list[Any] | Reply | Misread | None:
        """Return the arguments, what a reader says instead, or that they do not parse; None after a fault in chat."""
        if not match.entry.parameters and not match.rest:
            return []  # nothing to read: most commands on most days

        async def read() -> list[Any] | Misread:
            try:
                return await bind(match, turn.context(plugin), lambda kind: self._reader(turn, kind), self._words_of)
            except UsageError as error:
                return Misread(Reply(text=error.text, why=error.reason))

        result: list[Any] | Reply | Misread | None
        result = await turn.run(plugin.name, read, quiet=_is_chat_likely(match))
        return result

    def _reader(self, turn: Turn, kind: Any) -> PluginReader | None:  # noqa: ANN401 - any annotation
        for plugin in self._plugins().values():
            if kind in plugin.arguments:
                read, ctx = plugin.arguments[kind], turn.context(plugin)
                return lambda text: read(ctx, text)
        return None

    def _words_of(self, kind: Any) -> int:  # noqa: ANN401 - any annotation
        return next((p.argument_words[kind] for p in self._plugins().values() if kind in p.argument_words), 1)

    async def _refuse_use(self, turn: Turn, entry: Entry, plugin: Plugin[Any]) -> Outcome | None:
        """Return the refusal when place, entitlement or a limit forbids the use; counts it when nothing does."""
        command, room = entry.command, turn.message.room
        if (command.place is Place.ROOM and room is None) or (command.place is Place.PRIVATE and room is not None):
            where = "请在群里用" if command.place is Place.ROOM else "请私聊我用"
            text, facts = f"「{command.word}」{where}。", {"needs_place": str(command.place)}
            return turn.end("command", Reason.PLACE, text, plugin=plugin.name, **facts)
        if command.entitlement and not await self._is_entitled(turn, command.entitlement):
            text = f"「{command.word}」是会员才有的，发送「套餐」看看怎么开通。"
            return turn.end("command", Reason.ENTITLEMENT, text, plugin=plugin.name, entitlement=command.entitlement)
        spent = self._spend(turn, entry, turn.context(plugin))
        if spent.allowed:
            return None
        turn.decision.update(refusal=str(spent.refusal), wait_seconds=spent.wait_seconds, limit=spent.limit)
        reply = refusal_text(command.word, spent) if spent.tell else None
        return turn.end("command", Reason.LIMIT, reply, plugin=plugin.name, told=spent.tell)

    async def _is_entitled(self, turn: Turn, entitlement: str) -> bool:
        if turn.role >= Role.EXPERT or self.may_use is None:
            return turn.role >= Role.EXPERT
        return await self.may_use(turn.message.talker, entitlement)

    def _spend(self, turn: Turn, entry: Entry, ctx: Context[Any]) -> Spent:
        if turn.role >= Role.ADMIN:
            return Spent(allowed=True)
        limits, room = self._limits(turn, entry), turn.message.room
        today = turn.now.astimezone(ctx.zone).date()
        who = (turn.message.talker.id, room.id if room else "", entry.command.word)
        spent, lines = self.quotas.spend(*who, limits=limits, now=turn.now, day=today)
        turn.counts += lines
        return spent

    def _limits(self, turn: Turn, entry: Entry) -> Limits:
        """Return what a use is held against; made once while the command and the configuration are the same."""
        command, settings = entry.command, turn.config.commands
        known = self._known_limits.get(command.word)
        if known is None or known[0] is not command or known[1] is not settings:
            own = next((settings.daily[word] for word in entry.words if word in settings.daily), command.daily)
            limits = Limits(
                cooldown=command.cooldown,
                daily=own,
                pace=settings.cooldown.total_seconds(),
                member_daily=settings.daily_per_member,
                room_daily=settings.daily_per_room,
            )
            known = self._known_limits[command.word] = command, settings, limits
        return known[2]

    async def _handle(self, turn: Turn, entry: Entry, plugin: Plugin[Any], arguments: list[Any]) -> Any:  # noqa: ANN401
        ctx = turn.context(plugin)
        try:
            return await entry.command.handler(ctx, *arguments)
        except UserError:
            if self._limits(turn, entry).daily and turn.role < Role.ADMIN:
                turn.counts += self.quotas.refund(turn.message.talker.id, entry.command.word)
            raise


def _is_answer(turn: Turn) -> bool:
    """Whether something was asked that any words answer, so that a word near a command's is rather one of these."""
    is_asked = turn.dialogue is not None and turn.dialogue.kind is DialogueKind.DIALOGUE
    return is_asked and not turn.message.text.startswith("/")


def _is_chat_likely(match: Match) -> bool:
    return match.mode is Mode.BARE and bool(match.rest)


def refusal_text(word: str, spent: Spent) -> str:
    """Return what a member is told once when a limit is reached."""
    seconds = max(1, round(spent.wait_seconds))
    wait = f"{seconds} 秒" if seconds < 120 else f"{round(seconds / 60)} 分钟"  # noqa: PLR2004 - two minutes
    return {
        Refusal.COOLDOWN: f"「{word}」请 {wait}后再用。",
        Refusal.DAILY: f"「{word}」今天的 {spent.limit:g} 次已经用完，明天再来。",
        Refusal.FLOOD: f"指令发得太快了，请 {wait}后再发。",
        Refusal.MEMBER_DAILY: "您今天的指令次数已经用完，明天再来。",
        Refusal.ROOM_DAILY: "这个群今天的指令次数已经用完，可以私聊我。",
    }[spent.refusal or Refusal.FLOOD]
