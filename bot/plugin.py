"""All that a plugin may import: `Plugin`, `Context`, what handlers return, and the words of the core."""

from __future__ import annotations

from bot import moderation, secret_codes, secret_codes_store
from bot.calendar_file import Appointment, make_calendar_file
from bot.commands_dates import read_day, read_moment
from bot.config_types import People, Person, PersonName, Text
from bot.config_yaml import read_document as read_yaml
from bot.deadlines_store import StoredDeadline, drop_deadline, find_deadlines
from bot.dialogue_answers import read_choice, read_consent
from bot.documents import Converted, DocumentError, DocumentReader
from bot.documents import kind_of as kind_of_document
from bot.errors import Fault, GatewayRefused, QunzhiError, UserError
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
from bot.ledger.exporting import write_beancount, write_csv
from bot.ledger.model import LedgerError
from bot.ledger.receipts import VERIFIER
from bot.members import find_by_identity, find_by_name, identities_of, members_of, resolve_contact, rooms_of
from bot.members import member as find_member
from bot.members import room as find_room
from bot.members import rooms as list_rooms
from bot.members_identities_store import add_identity, has_lost_members
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
from bot.moderation.model import VerdictAction
from bot.outbox import find_said, last_said
from bot.outbox_promises import withdraw
from bot.payments.facts_store import (
    add_fact,
    erase_facts,
    export_facts,
    facts_by_member,
    facts_of_member,
    facts_of_order,
    get_fact,
)
from bot.payments.model import Fact, FactKind, MoneyInReview, Order, OrderPaid, OrderRefunded, OrderState, PaymentWanted
from bot.payments.moving_store import MovedOrder, move_orders
from bot.payments.orders_store import (
    add_order,
    erase_orders,
    export_orders,
    get_order,
    orders_by,
    orders_by_member,
    orders_in,
    orders_of,
    put_order_data,
)
from bot.payments.owner import payment as payment_by_owner
from bot.payments.owner import refund as refund_by_owner
from bot.payments.owner import refund_of as refund_by_owner_of
from bot.payments.provider import HowToPay, ProviderError
from bot.payments.reconciling import Difference, Reconciliation
from bot.payments.reviews_store import all_reviews
from bot.payments.settling import claim, close_order, keep_order, recognise, settle, want_refund
from bot.payments.standing import Reviewed, income_account, stand
from bot.payments.waiting_store import StoredRefund, refunds_of
from bot.plugin_context import Context, Settings
from bot.plugin_declaring import Plugin
from bot.plugin_types import (
    CHAT,
    TAKEN,
    Choice,
    Command,
    Deadline,
    Fen,
    Place,
    Reply,
    Rest,
    SchedulesChanged,
    Verdict,
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
from bot.text_table import make_safe, write_table
from bot.units import (
    Duration,
    UnitError,
    format_duration,
    format_fen,
    format_moment,
    format_price,
    format_weekday,
    parse_duration,
    parse_fen,
    shorten_duration,
)
from bot.units import Fen as Price

__all__ = [
    "CHAT", "MASKED_KINDS", "TAKEN", "VERIFIER", "Access", "Act", "AddSession", "Announcement", "Appointment",
    "Booked", "Choice", "Command", "Contact", "Context", "Converted", "CronRule", "Database", "Day", "Deadline",
    "Delivery", "Difference", "Document", "DocumentError", "DocumentReader", "DomainEvent", "Duration", "Entry",
    "Event", "Every", "ExceptDay", "Fact", "FactKind", "Fault", "Fen", "FileContent", "Findings", "GatewayRefused",
    "Hit", "HowToPay", "Identifier", "LanguageModel", "LanguageModelError", "LedgerError", "Member", "Message",
    "MessageKind", "Migrations", "MoneyInReview", "MoveDay", "MoveEntry", "MovedOrder", "Occurrence", "Order",
    "OrderPaid", "OrderRefunded", "OrderState", "Outgoing", "PaymentWanted", "People", "Person", "PersonName", "Place",
    "PlannedEdit", "Plugin", "Price", "Priority", "ProviderError", "QunzhiError", "Quote", "Reconciliation",
    "RemoveEntry", "Reply", "Rest", "Reviewed", "Role", "Room", "RoomInvited", "RoomJoined", "RoomLeft",
    "RoomTopicChanged", "Row", "ScheduleEdit", "ScheduleEntry", "Schedules", "SchedulesChanged", "SessionEntry",
    "Settings", "StoredDeadline", "StoredMessage", "StoredRefund", "Text", "UnitError", "UserError", "Verdict",
    "VerdictAction", "add_fact", "add_identity", "add_order", "all_reviews", "attachments_since", "balance",
    "balances_of_order", "claim", "close_order", "conceal_message", "drop_deadline", "entries_between", "erase_facts",
    "erase_orders", "export_facts", "export_orders", "facts_by_member", "facts_of_member", "facts_of_order",
    "find_by_identity", "find_by_name", "find_deadlines", "find_member", "find_message", "find_quoted", "find_room",
    "find_said", "fold", "format_duration", "format_fen", "format_moment", "format_price", "format_weekday",
    "from_stamp", "get_fact", "get_order", "has_lost_members", "has_topic", "identities_of", "income_account",
    "is_bare_topic", "is_error_output", "is_question", "keep_order", "kind_of_document", "last_said", "list_rooms",
    "make_calendar_file", "make_query_terms", "make_safe", "mask", "members_of", "moderation", "move_orders",
    "next_fires", "next_wall", "normalise", "occurrences", "orders_by", "orders_by_member", "orders_in", "orders_of",
    "parse_duration", "parse_every", "parse_fen", "parse_quote", "payment_by_owner", "publish", "put_document",
    "put_order_data", "read_choice", "read_consent", "read_day", "read_moment", "read_paste", "read_yaml", "recognise",
    "refund_by_owner", "refund_by_owner_of", "refunds_of", "remove_document", "resolve_contact", "rooms_of",
    "said_before", "said_since", "secret_codes", "secret_codes_store", "seq_of_payment", "set_usefulness", "settle",
    "shorten_duration", "show_time", "spell", "stand", "to_instant", "to_plain", "to_stamp", "trial_balance",
    "want_refund", "withdraw", "write_beancount", "write_csv", "write_table",
]  # fmt: skip
