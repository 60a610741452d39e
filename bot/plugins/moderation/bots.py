"""One thing for each running bot: a process may run several (simulations), and handlers have no self."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary, ref

from bot.plugin import Context

T = TypeVar("T")


class PerBot(Generic[T]):
    """What a module remembers between calls, for the bot that a call belongs to.

    Args:
        make: makes it for a bot that has none yet.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._kept: WeakKeyDictionary[Any, T] = WeakKeyDictionary()
        self._latest: tuple[ref[Any], T] | None = None  # nearly always there is only one bot

    def of(self, ctx: Context[Any]) -> T:
        """Return that of the call's bot."""
        latest = self._latest
        if latest is not None and latest[0]() is ctx.services:
            return latest[1]
        found = self._kept.get(ctx.services)
        if found is None:
            found = self._kept[ctx.services] = self._make()
        self._latest = ref(ctx.services), found
        return found

    def all(self) -> list[T]:
        """Return those of all bots in this process."""
        return list(self._kept.values())
