"""One message from the door to the outbox: normalise, guards, router, and one transaction that closes it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from bot.dispatcher_closings import Closing
from bot.dispatcher_core import Core
from bot.dispatcher_intake import Arrival
from bot.dispatcher_notices import find_owners
from bot.inbox import Accepted
from bot.model import Message, MessageReceived, Role
from bot.plugin import Context, Plugin, Verdict
from bot.replies import number_rows, to_outgoing
from bot.roles import role_of
from bot.router import Outcome, Router
from bot.text import normalise, parse_quote, strip_mention
from bot.verdicts import Measures, collect_notes, severest, take_measures

log = logging.getLogger(__name__)

_RUNG_NAME = re.compile("@([^@\u2005]+)\u2005")


class MessageHandler:
    """Decides what is done about a message.

    Args:
        core: the parts.
        router: finds who answers.
    """

    def __init__(self, core: Core, router: Router) -> None:
        self._core = core
        self._router = router

    async def handle(self, event: MessageReceived, arrival: Arrival) -> Closing:
        """Return what closes a new message."""
        core, accepted = self._core, arrival.accepted
        assert accepted is not None
        if accepted.room and event.room:
            core.facts.note(accepted.room, event.room)
        message = self._read(event, accepted)
        role = role_of(core.config(), arrival.identities, message.room, core.facts)
        if silence := self._why_silent(message, role):
            return Closing(message.id, message.talker.id, {"stage": "silence", "silence": silence}, [])
        call = _Call(core, message, role)
        measures, notes = await self._judge(call)
        if measures is not None and measures.stops:
            rows = number_rows(measures.outgoing, message.id)
            return Closing(message.id, message.talker.id, measures.decision | notes, rows)
        outcome = await self._router.route(message, role, call.context_for, core.supervisor.call)
        return self._close(message, role, outcome, measures, notes)

    def _why_silent(self, message: Message, role: Role) -> str:
        room = message.room
        if room and not self._core.config().room(room.topic).enabled:
            return "off"
        return "paused" if role < Role.ADMIN and self._core.loader.is_paused(room) else ""

    def _close(
        self, message: Message, role: Role, outcome: Outcome, measures: Measures | None, notes: dict[str, Any]
    ) -> Closing:
        rows = to_outgoing(outcome.replies, message, self._core.gateway.capabilities)
        decision = {**outcome.decision, "stage": outcome.stage, "plugin": outcome.plugin, "role": role.name.lower()}
        decision |= notes
        if measures is not None:
            decision["rehearsed"] = measures.decision
            rows += number_rows(measures.outgoing, f"{message.id}/rehearsed")
        log.debug("handled message=%s stage=%s plugin=%s", message.id, outcome.stage, outcome.plugin)
        return Closing(message.id, message.talker.id, decision, rows, outcome)

    async def _judge(self, call: _Call) -> tuple[Measures | None, dict[str, Any]]:
        """Return what is done about the message, and what is to be kept with the decision."""
        verdicts = [
            await self._ask(call, plugin, guard)
            for plugin in self._core.loader.enabled_in(call.message.room)
            for guard in plugin.guards
        ]
        verdict, found = severest(verdicts), collect_notes(verdicts)
        notes = {"moderation": found} if found else {}
        if verdict is None:
            return None, notes
        core, message = self._core, call.message
        owners = await core.storage.read(core.community, find_owners, core, message.room)
        dry_run = message.room is not None and core.config().room(message.room.topic).dry_run
        log.info("verdict message=%s rule=%s action=%s", message.id, verdict.rule, verdict.action.name)
        return take_measures(verdict, message, core.gateway.capabilities, owners, dry_run=dry_run), notes

    async def _ask(self, call: _Call, plugin: Plugin[Any], guard: Callable[[Context[Any]], Any]) -> Verdict | None:
        result = await self._core.supervisor.call(
            plugin.name, call.message.room, call.message.id, lambda: guard(call.context_for(plugin)), quiet=True
        )
        return result if isinstance(result, Verdict) else None

    def _read(self, event: MessageReceived, accepted: Accepted) -> Message:
        quote, said = (event.quote, event.text) if event.quote else parse_quote(event.text)
        text, is_named = normalise(said), False
        if "@" in text:
            text, is_named = strip_mention(text, self._own_names(event, accepted))
        is_rung = bool(event.mentions) and self._core.account in event.mentions
        return Message(
            id=event.id,
            at=event.at,
            talker=accepted.talker,
            room=accepted.room,
            text=text,
            raw=event.text,
            kind=event.kind,
            mentions=accepted.mentions,
            mentions_bot=accepted.room is None or is_named or is_rung,
            quote=quote,
            file_name=event.file_name,
            recalled_id=event.recalled_id,
        )

    def _own_names(self, event: MessageReceived, accepted: Accepted) -> list[str]:
        """Return what the bot is called here; an alias in the room is learnt from a mention that rang the bot."""
        account = self._core.gateway.account
        names = [self._core.config().name, *([account.name, account.room_alias] if account else [])]
        if account and account.id in event.mentions:
            others = {normalise(member.name) for member in accepted.mentions}
            names += [name for name in _RUNG_NAME.findall(event.text) if normalise(name) not in others]
        return [name for name in names if name]


class _Call:
    """The contexts of one message: each plugin gets one, so that its steps are numbered through."""

    def __init__(self, core: Core, message: Message, role: Role) -> None:
        self.message = message
        self._core = core
        self._role = role
        self._contexts: dict[str, Context[Any]] = {}

    def context_for(self, plugin: Plugin[Any]) -> Context[Any]:
        """Return the plugin's context for this message."""
        made = self._contexts.get(plugin.name)
        if made is None:
            message = self.message
            made = self._contexts[plugin.name] = self._core.make_context(
                plugin, message.id, room=message.room, member=message.talker, role=self._role, message=message
            )
        return made
