"""All that a plugin may import: `Plugin`, `Context`, what handlers return, and the words of the core."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from bot import secret_codes, secret_codes_store
from bot.commands_dates import read_day, read_moment
from bot.config_types import People, Person, PersonName, Text
from bot.config_yaml import read_document as read_yaml
from bot.deadlines_store import StoredDeadline, drop_deadline, find_deadlines
from bot.dialogue_answers import read_choice, read_consent
from bot.documents import Converted, DocumentError, DocumentReader
from bot.documents import kind_of as kind_of_document
from bot.errors import Fault, QunzhiError, UserError
from bot.events import DomainEvent, publish
from bot.inbox import StoredMessage, attachments_since, find_quoted, said_before, said_since
from bot.inbox import get as find_message
from bot.intent_question import is_question
from bot.intent_topic import has_topic, is_bare_topic
from bot.language_model import LanguageModel, LanguageModelError
from bot.ledger.books_store import (
    Booked,
    Entry,
    balance,
    balances_of_order,
    entries_between,
    seq_of_payment,
    trial_balance,
)
from bot.members import find_by_identity, identities_of, members_of, rooms_of
from bot.members import member as find_member
from bot.members import room as find_room
from bot.members import rooms as list_rooms
from bot.model import (
    Act,
    Contact,
    Delivery,
    Event,
    FileContent,
    Member,
    Message,
    MessageKind,
    Outgoing,
    Priority,
    Quote,
    Role,
    Room,
    RoomInvited,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
)
from bot.outbox import find_said, last_said
from bot.outbox_promises import withdraw
from bot.payments.facts_store import add_fact, facts_by_member, facts_of_member, facts_of_order, get_fact
from bot.payments.model import Fact, FactKind, MoneyInReview, Order, OrderPaid, OrderRefunded, OrderState
from bot.payments.orders_store import (
    add_order,
    get_order,
    orders_by,
    orders_by_member,
    orders_in,
    orders_of,
    put_order_data,
)
from bot.payments.provider import HowToPay, ProviderError
from bot.payments.settling import close_order, keep_order, recognise, settle, want_refund
from bot.payments.standing import income_account, stand
from bot.plugin_context import Context, Settings
from bot.plugin_types import (
    CHAT,
    TAKEN,
    Choice,
    Command,
    Deadline,
    Example,
    Fen,
    Job,
    Place,
    Reply,
    Rest,
    SchedulesChanged,
    Verdict,
    VerdictAction,
)
from bot.privacy_store import conceal_message
from bot.schedule_cron import next_wall
from bot.schedule_edit import (
    AddSession,
    ExceptDay,
    MoveDay,
    MoveEntry,
    PlannedEdit,
    RemoveEntry,
    ScheduleEdit,
)
from bot.schedule_model import Access, Announcement, Day, Every, Identifier, ScheduleEntry, Schedules, SessionEntry
from bot.schedule_times import CronRule, parse_every
from bot.schedules import Occurrence, next_fires, occurrences, show_time, to_instant
from bot.search.model import Document, Findings, Hit
from bot.search.store import put_document, remove_document, set_usefulness
from bot.search.terms import make_query_terms, spell
from bot.search.tracebacks import is_error_output, read_paste
from bot.storage import Database, Migrations, Row
from bot.storage_time import from_stamp, to_stamp
from bot.text import fold, normalise, parse_quote, to_plain
from bot.text_masking import KINDS as MASKED_KINDS
from bot.text_masking import mask
from bot.units import (
    Duration,
    UnitError,
    format_duration,
    format_fen,
    format_moment,
    format_weekday,
    parse_duration,
    parse_fen,
    shorten_duration,
)
from bot.units import Fen as Price

__all__ = [
    "CHAT", "MASKED_KINDS", "TAKEN", "Access", "Act", "AddSession", "Announcement", "Booked", "Choice", "Command",
    "Contact", "Context", "Converted", "CronRule", "Database", "Day", "Deadline", "Delivery", "Document",
    "DocumentError", "DocumentReader", "DomainEvent", "Duration", "Entry", "Event", "Every", "ExceptDay", "Fact",
    "FactKind", "Fault", "Fen", "FileContent", "Findings", "Hit", "HowToPay", "Identifier", "LanguageModel",
    "LanguageModelError", "Member", "Message", "MessageKind", "Migrations", "MoneyInReview", "MoveDay", "MoveEntry",
    "Occurrence", "Order", "OrderPaid", "OrderRefunded", "OrderState", "Outgoing", "People", "Person", "PersonName",
    "Place", "PlannedEdit", "Plugin", "Price", "Priority", "ProviderError", "QunzhiError", "Quote", "RemoveEntry",
    "Reply", "Rest", "Role", "Room", "RoomInvited", "RoomJoined", "RoomLeft", "RoomTopicChanged", "Row",
    "ScheduleEdit", "ScheduleEntry", "Schedules", "SchedulesChanged", "SessionEntry", "Settings", "StoredDeadline",
    "StoredMessage", "Text", "UnitError", "UserError", "Verdict", "VerdictAction", "add_fact", "add_order",
    "attachments_since", "balance", "balances_of_order", "close_order", "conceal_message", "drop_deadline",
    "entries_between", "facts_by_member", "facts_of_member", "facts_of_order", "find_by_identity", "find_deadlines",
    "find_member", "find_message", "find_quoted", "find_room", "find_said", "fold", "format_duration", "format_fen",
    "format_moment", "format_weekday", "from_stamp", "get_fact", "get_order", "has_topic", "identities_of",
    "income_account", "is_bare_topic", "is_error_output", "is_question", "keep_order", "kind_of_document", "last_said",
    "list_rooms", "make_query_terms", "mask", "members_of", "next_fires", "next_wall", "normalise", "occurrences",
    "orders_by", "orders_by_member", "orders_in", "orders_of", "parse_duration", "parse_every", "parse_fen",
    "parse_quote", "publish", "put_document", "put_order_data", "read_choice", "read_consent", "read_day",
    "read_moment", "read_paste", "read_yaml", "recognise", "remove_document", "rooms_of", "said_before", "said_since",
    "secret_codes", "secret_codes_store", "seq_of_payment", "set_usefulness", "settle", "shorten_duration",
    "show_time", "spell", "stand", "to_instant", "to_plain", "to_stamp", "trial_balance", "want_refund", "withdraw",
]  # fmt: skip

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
