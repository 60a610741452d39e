"""What the marks of admins teach: the advertisement filter and the known advertisements of a community, in memory.

Both are pure functions of the marks that stand, so a start rebuilds them, and a mark that is taken back is unlearnt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.plugin import Context, moderation
from bot.plugins.moderation.bots import PerBot
from bot.plugins.moderation.marks_store import StoredMark, standing_marks

_WORST_RATE: Final = 0.05  # no rule may be set to more false alarms


@dataclass(frozen=True, slots=True)
class Learnt:
    """What adverts look like here.

    Attributes:
        adverts: the filter, continued with the marks.
        known: the advertisements that were marked.
        marks: how many marks it was made of.
        least: the score below which no rule takes anything for an advertisement, however it is set.
    """

    adverts: moderation.AdvertFilter
    known: moderation.KnownAdverts
    marks: int
    least: float


def learn(marks: Sequence[StoredMark]) -> Learnt:
    """Return what these marks teach; takes half a second for two hundred, so call it off the loop."""
    adverts = moderation.AdvertFilter.shipped()
    if marks:
        adverts = adverts.continued([moderation.Mark(one.text, one.is_advert, one.marked_at) for one in marks])
    known = moderation.KnownAdverts()
    for one in marks:
        if one.is_advert:
            known.add(f"M{one.number}", moderation.reveal(one.text))
    return Learnt(adverts, known, len(marks), adverts.threshold_at(_WORST_RATE))


class Learning:
    """The latest of that; messages wait while a mark is being learnt, so that what follows is judged with it."""

    def __init__(self) -> None:
        self._learnt: Learnt | None = None
        self._lock = asyncio.Lock()

    @property
    def latest(self) -> Learnt | None:
        """What is known now; None before the first message, or while a mark is being learnt."""
        return None if self._lock.locked() else self._learnt

    async def get(self, ctx: Context[Any]) -> Learnt:
        """Return what is known, made of the marks on record when this is the first message."""
        async with self._lock:
            return self._learnt or await self._rebuild(ctx)

    async def renew(self, ctx: Context[Any]) -> Learnt:
        """Learn anew after a mark was made or taken back."""
        async with self._lock:
            return await self._rebuild(ctx)

    async def _rebuild(self, ctx: Context[Any]) -> Learnt:
        marks = await ctx.read(standing_marks)
        self._learnt = await asyncio.to_thread(learn, marks)
        return self._learnt


LEARNING: PerBot[Learning] = PerBot(Learning)
