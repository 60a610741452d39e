"""What the guard remembers between messages, so that a plain message asks the database nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.plugin import Context, Database, Room
from bot.plugins.moderation.acting import BRAKE
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.exemptions_store import all_exemptions, all_switches
from bot.plugins.moderation.model import Exemption
from bot.plugins.moderation.settings import ModerationSettings

DRY_RUN: Final = "dry_run"
"""The switch by which a room rehearses, or does not, whatever bot.yaml says."""
ON, OFF = "on", "off"
_SETTLING: Final = timedelta(minutes=1)  # a merge or an erasure is written by others, and seen when it has committed

Ctx = Context[ModerationSettings]


@dataclass(slots=True)
class Memory:
    """Exemptions and switches as they are on record.

    Attributes:
        exemptions: (member id, room id or "") → the exemption.
        switches: (name, room id or "") → the value.
        is_known: whether they were read since the last change.
        unsettled_until: until then they are read for every message.
    """

    exemptions: dict[tuple[str, str], Exemption] = field(default_factory=dict)
    switches: dict[tuple[str, str], str] = field(default_factory=dict)
    is_known: bool = False
    unsettled_until: datetime | None = None
    is_unsettled: bool = False

    def is_exempt(self, member_id: str, room_id: str, at: datetime) -> bool:
        """Whether somebody is left alone in a room."""
        if not self.exemptions:
            return False
        found = (self.exemptions.get((member_id, place)) for place in (room_id, ""))
        return any(one.counts_at(at) for one in found if one)

    @property
    def is_braked(self) -> bool:
        """Whether all rules only observe, because too many people were removed."""
        return (BRAKE, "") in self.switches

    def is_rehearsing(self, ctx: Ctx, room: Room) -> bool:
        """Whether a room only rehearses: by the switch, else by bot.yaml."""
        switch = self.switches.get((DRY_RUN, room.id))
        return switch == ON if switch else bool(ctx.part("config").room(room.topic).dry_run)


_memories: PerBot[Memory] = PerBot(Memory)


async def memory_of(ctx: Ctx) -> Memory:
    """Return what is on record, read when something has changed."""
    memory = _memories.of(ctx)
    if memory.is_unsettled:
        memory.is_known, memory.is_unsettled, memory.unsettled_until = False, False, ctx.now + _SETTLING
    if memory.is_known and (memory.unsettled_until is None or ctx.now > memory.unsettled_until):
        return memory
    memory.exemptions, memory.switches = await ctx.read(_read)
    memory.is_known = True
    return memory


def forget(ctx: Ctx) -> None:
    """Have it read again: something was written."""
    _memories.of(ctx).is_known = False


def forget_everywhere() -> None:
    """Have it read again soon by all bots: people were merged or erased in a transaction that goes on."""
    for memory in _memories.all():
        memory.is_unsettled = True


def _read(db: Database) -> tuple[dict[tuple[str, str], Exemption], dict[tuple[str, str], str]]:
    return {(one.member_id, one.room_id): one for one in all_exemptions(db)}, all_switches(db)
