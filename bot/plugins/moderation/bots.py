"""One thing for each running bot: a process may run several (simulations), and handlers have no self."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

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

    def of(self, ctx: Context[Any]) -> T:
        """Return that of the call's bot."""
        found = self._kept.get(ctx.services)
        if found is None:
            found = self._kept[ctx.services] = self._make()
        return found

    def all(self) -> list[T]:
        """Return those of all bots in this process."""
        return list(self._kept.values())
