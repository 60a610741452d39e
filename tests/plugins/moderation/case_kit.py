"""Rules about vegetables, which nobody mentions by chance, and short ways to see what came of breaking them."""

from __future__ import annotations

from datetime import timedelta

from bot.model import Act, Contact, MessageReceived
from bot.payments.facts_store import add_fact
from bot.payments.model import Fact, FactKind
from bot.plugin import Database, resolve_contact
from bot.plugins.moderation import cases_store, strikes_store
from bot.plugins.moderation.model import Case, Strike
from bot.testing import SimulatedRoom, Speaker
from tests.plugins.moderation.fair_kit import done, read, told

__all__ = [
    "BAD",
    "CONFIG",
    "WORSE",
    "cases",
    "done",
    "hears_late",
    "in_room",
    "pays",
    "read",
    "removed",
    "strikes",
    "told",
]

CONFIG = """
commands: {cooldown: 0s}
plugins:
  moderation:
    shadow: 0d
    welcome: {enabled: false}
    rules:
      adverts: false
      newcomers: false
      cabbage: {kind: words, words: [卷心菜], text: 不提卷心菜, action: remind}
      carrot: {kind: words, words: [胡萝卜], text: 不提胡萝卜, action: warn}
      potato: {kind: words, words: [马铃薯], text: 不提马铃薯, action: report}
      pumpkin: {kind: words, words: [南瓜], text: 不提南瓜, action: remove}
      phone: {kind: contact, text: 不留联系方式, action: remind, weight: 2}
"""
BAD = "今天的南瓜不错"
"""Breaks one rule that asks for a removal."""
WORSE = "今天的南瓜不错，加我微信 abc12345678"
"""Breaks two rules for two reasons that do not lean on each other."""


def in_room(room: SimulatedRoom) -> list[str]:
    """Return what the bot said in the room."""
    return [act.text for act in room.said if act.act is Act.TEXT and act.room]


def removed(room: SimulatedRoom) -> list[str | None]:
    """Return who was taken out of the room."""
    return [act.to for act in room.said if act.act is Act.REMOVE]


async def cases(room: SimulatedRoom) -> list[Case]:
    """Return all cases, the first first."""

    def latest(db: Database) -> list[Case]:
        return cases_store.latest_cases(db, limit=100)[::-1]

    found: list[Case] = await read(room, latest)
    return found


async def strikes(room: SimulatedRoom, number: int) -> list[Strike]:
    """Return the strikes of a case."""
    found: list[Strike] = await read(room, strikes_store.strikes_of_case, number)
    return found


async def hears_late(room: SimulatedRoom, who: Speaker, text: str, **ago: float) -> list[str]:
    """Let a message come in that was said a `timedelta(**ago)` before now; returns what was said in answer."""
    world = room.world
    event = MessageReceived(
        id=f"late/{text}",
        at=room.clock.now() - timedelta(**ago),
        talker=world.contact_in(room.room_id, who.contact_id),
        room=world.rooms[room.room_id].shown(),
        text=text,
    )
    before = len(room.said)
    await room.app.deliver(event)
    await room.app.drain()
    return [act.text for act in room.said[before:] if act.act is Act.TEXT]


async def pays(room: SimulatedRoom, who: Speaker) -> None:
    """Let somebody have paid for something today."""

    def write(db: Database) -> None:
        member = resolve_contact(db, room.bot_id, Contact(who.contact_id, who.name), stable_ids=True)
        key, at = f"test/{who.name}", room.clock.now()
        add_fact(db, Fact(kind=FactKind.PAID, key=key, provider="owner", member_id=member.id, at=at))

    await room.app.storage.run(room.app.config.community, write)
