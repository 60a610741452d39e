"""One message on its way through the router: what is known, what was decided, what was said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot import dialogue, quota
from bot.commands_reasons import Reason
from bot.config_model import Config
from bot.dialogue import Dialogue, DialogueChange, DialogueKind
from bot.model import Message, Role, Room
from bot.plugin import Choice, Context, Plugin, Reply
from bot.plugin_types import numbered
from bot.quota import QuotaLine
from bot.storage import Database

_DIALOGUE_TERM = timedelta(minutes=10)  # a free answer takes longer to write than a number


class Call(Protocol):
    """`Supervisor.call`: runs a handler so that it can hurt nobody."""

    def __call__(
        self,
        plugin: str,
        room: Room | None,
        message_id: str,
        run: Callable[[], Awaitable[Any]],
        *,
        quiet: bool = False,
    ) -> Awaitable[Any]:
        """Await `run()`; see `Supervisor.call`."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the router made of a message.

    Attributes:
        replies: what is said, in order.
        plugin: whose handler answered last; empty when none did.
        stage: the stage that ended the way: dialogue, command, listener, intent, fallback, help or chat.
        decision: everything that decided, as JSON values; `commands_reasons.explain` reads it.
        changes: what becomes of the member's dialogue.
        counts: what the use of commands has changed.
    """

    replies: tuple[Reply, ...] = ()
    plugin: str = ""
    stage: str = "chat"
    decision: dict[str, Any] = field(default_factory=dict)
    changes: tuple[DialogueChange, ...] = ()
    counts: tuple[QuotaLine, ...] = ()


def store_outcomes(db: Database, outcomes: Sequence[Outcome]) -> None:
    """Write the dialogues and the counts, in the transaction that finishes the messages."""
    dialogue.apply(db, [change for outcome in outcomes for change in outcome.changes])
    quota.apply(db, [line for outcome in outcomes for line in outcome.counts])


@dataclass(slots=True, kw_only=True)
class Turn:
    """What is known about the message at hand, and what was written down so far.

    Attributes:
        message: the message.
        role: the talker's role here.
        now: aware UTC.
        config: the configuration in force.
        plugins: those that are on here, in order of loading.
        contexts: return a plugin's context, the same one for the whole message.
        call: runs handlers.
        dialogue: what is waited for from the talker here.
        decision: what decided so far.
        changes: what becomes of the dialogue so far.
        counts: what the use of commands has changed so far.
    """

    message: Message
    role: Role
    now: datetime
    config: Config
    plugins: Sequence[Plugin[Any]]
    contexts: Callable[[Plugin[Any]], Context[Any]]
    call: Call
    dialogue: Dialogue | None = None
    decision: dict[str, Any] = field(default_factory=dict)
    changes: list[DialogueChange] = field(default_factory=list)
    counts: list[QuotaLine] = field(default_factory=list)
    _by_name: dict[str, Plugin[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name = {plugin.name: plugin for plugin in self.plugins}

    @property
    def names(self) -> Collection[str]:
        """Names of the plugins that are on here."""
        return self._by_name.keys()

    @property
    def triggers(self) -> str:
        """What wakes the bot here: mention, words or all; in private chats everything does."""
        return self.config.room(self.message.room.topic).triggers if self.message.room else "all"

    def plugin(self, name: str) -> Plugin[Any] | None:
        """Return a plugin that is on here."""
        return self._by_name.get(name)

    def context(self, plugin: Plugin[Any]) -> Context[Any]:
        """Return the plugin's context for this message."""
        return self.contexts(plugin)

    async def run(self, plugin: str, run: Callable[[], Awaitable[Any]], *, quiet: bool = False) -> Any:  # noqa: ANN401 - what handlers return
        """Run something of a plugin under the supervisor."""
        return await self.call(plugin, self.message.room, self.message.id, run, quiet=quiet)

    def note(self, reason: str, **facts: Any) -> None:  # noqa: ANN401 - JSON values
        """Write down something that did not end the way."""
        self.decision.setdefault("notes", []).append(str(reason))
        self.decision.update(facts)

    def close_dialogue(self) -> None:
        """Stop waiting for the talker here."""
        if self.dialogue is not None:
            room = self.message.room
            self.changes.append(DialogueChange(room.id if room else "", self.message.talker.id, None))
            self.dialogue = None

    def end(self, stage: str, reason: Reason, result: Any = None, *, plugin: str = "", **facts: Any) -> Outcome:  # noqa: ANN401 - what handlers return
        """Return the outcome; what a reply waits for is remembered.

        Args:
            stage: see `Outcome`.
            reason: what decided.
            result: what was returned: a reply, several, a string or nothing.
            plugin: who answered.
            facts: what else 为什么 may tell.
        """
        replies = to_replies(result)
        self.decision.update(reason=reason.value, **facts)
        for reply in replies:
            self.decision.update(_facts_of(reply))
        if speaker := self.plugin(plugin):
            self.decision.update(plugin=plugin, plugin_title=speaker.title)
        for reply in replies:
            if waits := self._waits_for(reply, plugin):
                self.changes.append(waits)
        return Outcome(tuple(replies), plugin, stage, self.decision, tuple(self.changes), tuple(self.counts))

    def _waits_for(self, reply: Reply, plugin: str) -> DialogueChange | None:
        if reply.choices:
            kind, data = DialogueKind.CHOICE, _lines_of(reply.choices)
        elif reply.confirm:
            kind, data = DialogueKind.CONFIRM, {"command": reply.confirm}
        elif reply.asks:
            kind, data = DialogueKind.DIALOGUE, {"name": reply.asks[0], "data": reply.asks[1]}
        else:
            return None
        minutes = timedelta(minutes=self.config.commands.choice_minutes)
        term = _DIALOGUE_TERM if kind is DialogueKind.DIALOGUE else minutes
        room = self.message.room
        place = room.id if room and not reply.private else ""
        opened = Dialogue(kind=kind, plugin=plugin, until=self.now + term, data=data)
        return DialogueChange(place, self.message.talker.id, opened)


def _lines_of(choices: Sequence[Choice]) -> dict[str, Any]:
    """Return what a choice waits for; the numbers are left out when they are the places in the list."""
    commands = [choice.command for choice in choices]
    numbers = [number for number, _ in numbered(choices)]
    is_plain = numbers == list(range(1, len(numbers) + 1))
    return {"commands": commands} if is_plain else {"commands": commands, "numbers": numbers}


def to_replies(result: Any) -> list[Reply]:  # noqa: ANN401 - what handlers return
    """Return what a handler returned as replies; what says nothing is left out."""
    results = result if isinstance(result, list | tuple) else [result]
    replies = [Reply(text=one) if isinstance(one, str) else one for one in results]
    return [one for one in replies if isinstance(one, Reply) and (one.text or one.choices or one.file)]


def _facts_of(reply: Reply) -> dict[str, Any]:
    facts: dict[str, Any] = {"why": reply.why} if reply.why else {}
    if reply.score is not None:
        facts["score"] = reply.score
    return facts
