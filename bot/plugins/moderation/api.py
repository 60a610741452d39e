"""What other plugins may use of moderation."""

from __future__ import annotations

from bot.plugins.moderation.model import NAME, Strike, StrikeGiven
from bot.plugins.moderation.strikes_store import strikes_in_force

__all__ = ["NAME", "Strike", "StrikeGiven", "strikes_in_force"]
