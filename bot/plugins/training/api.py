"""What other plugins may use of training sessions."""

from __future__ import annotations

from bot.plugin import OrderState
from bot.plugins.training.edits_store import heads_of, note_confirmed
from bot.plugins.training.effects import Heads
from bot.plugins.training.model import (
    IS_OPEN,
    TAKES_A_PLACE,
    PlaceFreed,
    Registration,
    RegistrationState,
    SessionCancelled,
    SessionChanged,
    SessionKey,
    SessionOrder,
    SessionRegistered,
    TrainingSession,
)
from bot.plugins.training.orders import orders_of
from bot.plugins.training.registrations_store import get_registration, registrations_by, registrations_of
from bot.plugins.training.sessions_store import get_session, list_by_entry, list_sessions

__all__ = [
    "IS_OPEN", "TAKES_A_PLACE", "Heads", "OrderState", "PlaceFreed", "Registration",
    "RegistrationState", "SessionCancelled", "SessionChanged", "SessionKey", "SessionOrder", "SessionRegistered",
    "TrainingSession", "get_registration", "get_session", "heads_of", "list_by_entry", "list_sessions",
    "note_confirmed", "orders_of", "registrations_by", "registrations_of",
]  # fmt: skip
