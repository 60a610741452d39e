"""Finds who answers a message: the open dialogue, a command, a listener, the meaning of free text, or nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from bot.clock import Clock
from bot.commands import CommandTable
from bot.commands_reasons import Reason
from bot.config_model import Config
from bot.dialogue import Dialogues
from bot.intent import Intents
from bot.model import Message, MessageKind, Role, Room
from bot.plugin import Context, Plugin
from bot.quota import Quotas
from bot.router_commands import CommandRunner, MayUse
from bot.router_dialogues import DialogueRunner
from bot.router_talk import Talk
from bot.router_turn import Call, Outcome, Turn

log = logging.getLogger(__name__)

__all__ = ["Outcome", "Router"]

_ANSWERS = {MessageKind.TEXT, MessageKind.IMAGE, MessageKind.FILE, MessageKind.LINK}


class PluginSource(Protocol):
    """The loader, as far as the router knows it."""

    @property
    def plugins(self) -> Mapping[str, Plugin[Any]]:
        """All loaded plugins by name."""

    def enabled_in(self, room: Room | None) -> Sequence[Plugin[Any]]:
        """Return the plugins that are on in a room, or (None) in private chats."""


class Router:
    """The order in which a message is looked at.

    Args:
        table: the command words; keep it up to date as an observer of the loader.
        loader: the plugins.
        config: returns the configuration in force.
        clock: counts terms.
        dialogues: what is waited for; load it before messages come.
        intents: understands free text; None to do without.
        quotas: what was used today; load it before messages come, None begins with nothing.
        may_use: asks for entitlements; None when nothing is sold.
    """

    def __init__(  # noqa: PLR0917 - parts, each of its own type
        self,
        table: CommandTable,
        loader: PluginSource,
        config: Callable[[], Config],
        clock: Clock,
        dialogues: Dialogues,
        intents: Intents | None = None,
        *,
        quotas: Quotas | None = None,
        may_use: MayUse | None = None,
    ) -> None:
        self.commands = CommandRunner(table, lambda: loader.plugins, quotas or Quotas(), may_use)
        self.dialogues = dialogues
        self._loader = loader
        self._config = config
        self._clock = clock
        self._aliases_of: Config | None = None
        self._answers = DialogueRunner(self.commands)
        self._talk = Talk(self.commands, intents)

    async def route(
        self, message: Message, role: Role, contexts: Callable[[Plugin[Any]], Context[Any]], call: Call
    ) -> Outcome:
        """Return what is answered to a message and why.

        Args:
            message: normalised, people resolved, guards passed.
            role: the talker's role here.
            contexts: makes a plugin's context for this message.
            call: runs handlers (`Supervisor.call`).
        """
        now = self._clock.now()
        place = message.room.id if message.room else ""
        turn = Turn(
            message=message,
            role=role,
            now=now,
            config=self._read_config(),
            plugins=self._loader.enabled_in(message.room),
            contexts=contexts,
            call=call,
            dialogue=self.dialogues.active(place, message.talker.id, now),
        )
        outcome = await self._decide(turn)
        self.dialogues.remember(outcome.changes)
        return outcome

    def _read_config(self) -> Config:
        """Return the configuration; a new one may bring other aliases."""
        config = self._config()
        if config is not self._aliases_of:
            self._aliases_of = config
            for word in self.commands.table.set_aliases(config.commands.aliases):
                log.warning("alias not usable, it is taken or its command is unknown: %s", word)
        return config

    async def _decide(self, turn: Turn) -> Outcome:
        is_text = turn.message.kind is MessageKind.TEXT
        outcome = await self._answers.short_answer(turn) if is_text else None
        if outcome is None and is_text:
            outcome = await self.commands.try_message(turn)
        if outcome is None and turn.message.kind in _ANSWERS:
            outcome = await self._answers.free_answer(turn)
        if outcome is None:
            outcome = await self._talk.listen(turn)
        if outcome is None and is_text:
            outcome = await self._talk.answer(turn)
        return outcome or turn.end("chat", Reason.NOT_TEXT)
