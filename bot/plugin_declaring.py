"""What one plugin adds to the bot, as it declares it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from bot.events import DomainEvent
from bot.model import Event, Message, Role
from bot.plugin_context import Context, Settings
from bot.plugin_types import Command, Example, Job, Place, Reply, Verdict
from bot.storage import Database, Migrations, Row

S = TypeVar("S", bound=BaseModel)
H = TypeVar("H", bound=Callable[..., Awaitable[Any]])


class Plugin(Generic[S]):
    """Collects what one plugin adds to the bot; nothing is registered globally.

    Args:
        name: unique, lower case, the key in `bot.yaml`.
        config: pydantic model of its settings; `Settings` when it has none.
        migrations: how its tables are made.
        requires: names of plugins whose `api` it imports.
        title: what members and owners call it, in Chinese.
    """

    def __init__(
        self,
        name: str,
        *,
        config: type[S] = Settings,  # type: ignore[assignment] # the default for plugins without settings
        migrations: Migrations | None = None,
        requires: Sequence[str] = (),
        title: str = "",
    ) -> None:
        self.name = name
        self.config = config
        self.migrations = migrations
        self.requires = tuple(requires)
        self.title = title or name
        self.commands: list[Command] = []
        self.jobs: list[Job] = []
        self.guards: list[Callable[[Context[S]], Awaitable[Verdict | None]]] = []
        self.listeners: list[tuple[type[Any], Callable[..., Awaitable[Any]]]] = []
        self.fallbacks: list[Callable[[Context[S]], Awaitable[Reply | str | None]]] = []
        self.preparers: list[Callable[[Context[S]], Awaitable[Any]]] = []
        self.dialogues: dict[str, Callable[..., Awaitable[Reply | str | None]]] = {}
        self.arguments: dict[type[Any], Callable[[Context[S], str], Awaitable[Any]]] = {}
        self.argument_words: dict[type[Any], int] = {}
        self.deadlines: dict[str, Callable[..., Awaitable[Reply | str | None]]] = {}
        self.starters: list[Callable[[Context[S]], Awaitable[None]]] = []
        self.stoppers: list[Callable[[Context[S]], Awaitable[None]]] = []
        self.entitler: Callable[[Context[S], str, str], Awaitable[bool]] | None = None
        self.holders: list[Callable[[Database, str, datetime, ZoneInfo], list[str]]] = []
        self.exporters: list[Callable[[Database, str], Row]] = []
        self.erasers: list[Callable[[Database, str], Row]] = []
        self.mergers: list[Callable[[Database, str, str], None]] = []

    def command(
        self,
        word: str,
        *,
        aliases: Sequence[str] = (),
        role: Role = Role.GUEST,
        place: Place = Place.ANYWHERE,
        cooldown: float = 0.0,
        daily: int = 0,
        entitlement: str = "",
        bare: bool = True,
        acts: bool = False,
        hidden: bool = False,
        examples: Sequence[tuple[str, str]] = (),
        utterances: Sequence[str] = (),
    ) -> Callable[[H], H]:
        """Make the decorated handler answer a command.

        The handler's parameters after `ctx` are its arguments; their annotations say how they are read (int, str,
        Rest, Fen, date, datetime, timedelta, Member, Literal, or a type some plugin has an `argument` reader for).
        Its docstring's first line is the help line.

        Args:
            word: the canonical command word.
            aliases: other words for it.
            role: the least role that may use it.
            place: where it works.
            cooldown: seconds one member must wait between two uses in one room; 0 means none.
            daily: uses per member and day; 0 means no limit.
            entitlement: what the member must have bought; empty means nothing.
            bare: whether the word fires without `/` or a mention.
            acts: it changes something for the member, so free text that means it is confirmed first.
            hidden: left out of 帮助.
            examples: pairs of what is typed and what is answered; help and test at once.
            utterances: how people say it in free text, with `{}` for the argument.
        """

        def register(handler: H) -> H:
            self.commands.append(
                Command(
                    word=word,
                    handler=handler,
                    plugin=self.name,
                    aliases=tuple(aliases),
                    role=role,
                    place=place,
                    cooldown=cooldown,
                    daily=daily,
                    entitlement=entitlement,
                    bare=bare,
                    acts=acts,
                    hidden=hidden,
                    examples=tuple(Example(*pair) for pair in examples),
                    utterances=tuple(utterances),
                )
            )
            return handler

        return register

    def guard(self, check: Callable[[Context[S]], Awaitable[Verdict | None]]) -> Callable[..., Any]:
        """Let the decorated function judge every message before commands see it; None means no objection."""
        self.guards.append(check)
        return check

    def on(self, event: type[Event | DomainEvent | Message]) -> Callable[[H], H]:
        """Call the decorated `handler(ctx, event)` for each event of that type; what it returns is sent to the room.

        With `Message` as the type the handler is called as `handler(ctx)` for every message no command took.
        """

        def register(handler: H) -> H:
            self.listeners.append((event, handler))
            return handler

        return register

    def fallback(self, answer: Callable[[Context[S]], Awaitable[Reply | str | None]]) -> Callable[..., Any]:
        """Let the decorated function answer free text that is meant for the bot and that no command took."""
        self.fallbacks.append(answer)
        return answer

    def prepare(self, begin: Callable[[Context[S]], Awaitable[Any]]) -> Callable[..., Any]:
        """Let the decorated function begin what the fallback will need while the text is compared with the commands.

        It runs beside that, also for what turns out to mean a command, so it may not use `ctx.db`. The fallback awaits
        its result as `ctx.ahead`.
        """
        self.preparers.append(begin)
        return begin

    def dialogue(self, name: str) -> Callable[[H], H]:
        """Let the decorated `handler(ctx, data)` take the member's next message after `Reply(asks=(name, data))`."""

        def register(handler: H) -> H:
            self.dialogues[name] = handler
            return handler

        return register

    def argument(self, kind: Any, *, words: int = 1) -> Callable[[H], H]:  # noqa: ANN401 - a class or a NewType
        """Let the decorated `reader(ctx, text)` turn typed words into a value of `kind`; None when they are not one.

        Args:
            kind: what a handler's parameter is annotated with.
            words: how many words a value may have at most; the reader is asked with the most first.
        """

        def register(reader: H) -> H:
            self.arguments[kind] = reader
            self.argument_words[kind] = words
            return reader

        return register

    def job(
        self, name: str, *, cron: str, missed: str = "send", within_minutes: int = 120, setting: str = ""
    ) -> Callable[[H], H]:
        """Run the decorated `handler(ctx)` on a schedule, once per room the plugin is enabled in.

        What it returns is announced in that room, once per (job, due time, room).

        Args:
            name: unique in the plugin.
            cron: five fields; days of the week by name.
            missed: `send` a fire that was missed while the process was down, or `skip` it.
            within_minutes: a missed fire older than this is skipped.
            setting: the field of the plugin's settings, an `Every`, that takes the place of `cron` in a room.
        """

        def register(handler: H) -> H:
            self.jobs.append(Job(name, handler, self.name, cron, missed, within_minutes, setting))
            return handler

        return register

    def deadline(self, name: str) -> Callable[[H], H]:
        """Call the decorated `handler(ctx, due)` at the time a `Context.set_deadline` of that name asked for.

        `ctx` has the room of the deadline and no message. What the handler returns is announced in that room.
        """

        def register(handler: H) -> H:
            self.deadlines[name] = handler
            return handler

        return register

    def on_start(self, handler: H) -> H:
        """Call the decorated `handler(ctx)` when the bot starts, without a room or member in `ctx`."""
        self.starters.append(handler)
        return handler

    def on_stop(self, handler: H) -> H:
        """Call the decorated `handler(ctx)` when the plugin is stopped."""
        self.stoppers.append(handler)
        return handler

    def entitles(
        self, answer: Callable[[Context[S], str, str], Awaitable[bool]]
    ) -> Callable[[Context[S], str, str], Awaitable[bool]]:
        """Let the decorated `may_use(ctx, member_id, entitlement)` decide what members may use; one plugin does.

        It is asked often and only reads. `ctx` has no message, member or room.
        """
        self.entitler = answer
        return answer

    def holds(
        self, read: Callable[[Database, str, datetime, ZoneInfo], list[str]]
    ) -> Callable[[Database, str, datetime, ZoneInfo], list[str]]:
        """Let the decorated `read(db, member_id, now, zone)` say what a member has bought here, a line each, for 我的.

        Only what can still be used, with what is left of it and how it is used.
        """
        self.holders.append(read)
        return read

    def exports(self, read: Callable[[Database, str], Row]) -> Callable[[Database, str], Row]:
        """Let the decorated `read(db, member_id)` say what this plugin stores about a member."""
        self.exporters.append(read)
        return read

    def merges(self, merge: Callable[[Database, str, str], None]) -> Callable[[Database, str, str], None]:
        """Let the decorated `merge(db, from_id, to_id)` prepare that two members turn out to be one.

        Columns that name members, and JSON in columns called `data`, `payload` or `mentions`, follow by themselves
        right after; of two rows of which there can be one only, that of `to_id` stays. A plugin that wants it
        otherwise says so here.
        """
        self.mergers.append(merge)
        return merge

    def erases(self, erase: Callable[[Database, str], Row]) -> Callable[[Database, str], Row]:
        """Let the decorated `erase(db, member_id)` delete that; it returns rows deleted per table."""
        self.erasers.append(erase)
        return erase
