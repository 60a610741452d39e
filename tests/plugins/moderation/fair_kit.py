"""A room whose owner edits its rules, and what stands on record about them."""

from __future__ import annotations

from typing import Any

from bot.model import Act
from bot.plugin import Database
from bot.plugins.moderation import audit_store, rule_states_store
from bot.testing import TOPIC, SimulatedRoom, _read_config

CARROT = """
plugins:
  moderation:
    rules:
      carrot: {kind: words, words: [胡萝卜], text: 不提胡萝卜, action: warn, shadow: 0d}
commands: {cooldown: 0s}
"""
"""A rule that acts at once, about a word nobody needs."""


async def rewrite(room: SimulatedRoom, text: str) -> None:
    """Let the owner save another bot.yaml."""
    source = room.app._config_source
    made = _read_config(text, room.app._data_dir, {}, TOPIC)
    source._value = made.model_copy(update={"knowledge": source.value.knowledge})
    room.app.services.provide("config", source.value)


def told(room: SimulatedRoom, name: str) -> list[str]:
    """Return what somebody was told in private."""
    return [act.text for act in room.said if act.act is Act.TEXT and act.to == name]


async def read(room: SimulatedRoom, fn: Any, *args: Any) -> Any:
    """Read from the database."""
    return await room.app.storage.read(room.app.config.community, fn, *args)


async def done(room: SimulatedRoom, case: int = 0) -> list[str]:
    """Return what the audit log says was done, the first first: of a case, or of everything."""

    def entries(db: Database) -> list[str]:
        found = audit_store.entries_of_case(db, case) if case else audit_store.latest_entries(db, [], 100)[::-1]
        return [str(one.done) for one in found]

    found: list[str] = await read(room, entries)
    return found


async def weight(room: SimulatedRoom, rule: str) -> float:
    """Return the weight of a rule now."""
    weights = await read(room, rule_states_store.all_weights)
    return float(weights.get(rule, [(None, 1.0)])[-1][1])
