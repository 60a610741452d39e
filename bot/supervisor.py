"""Runs what plugins bring: a time limit, a kind word when it fails, and a fault budget per plugin and room."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar, cast

from bot.clock import Clock
from bot.errors import PluginError, UserError
from bot.log import log_context
from bot.model import Room
from bot.plugin import Reply

log = logging.getLogger(__name__)
T = TypeVar("T")

SORRY = "刚才出了点问题，已经记下来告诉群主了。"
FAILED = "插件出错"
_BUDGET = 3
_BUDGET_WINDOW = timedelta(minutes=10)
_REMEMBERED = 20  # faults shown by 状态


@dataclass(frozen=True, slots=True)
class FaultReport:
    """One failed call.

    Attributes:
        at: when, aware UTC.
        plugin: whose handler.
        room: where; None in private chats and for what concerns no room.
        cause: the message, job fire or event it was about.
        what: what went wrong, short, in Chinese.
        stopped: whether it used up the budget, so the plugin was stopped there.
    """

    at: datetime
    plugin: str
    room: Room | None
    cause: str
    what: str
    stopped: bool = False


class FaultListener(Protocol):
    """Who is told: it stops the plugin when the budget is gone, and writes to the owner."""

    async def on_fault(self, report: FaultReport) -> None:
        """Take note of a fault."""


async def _await(awaitable: Awaitable[T]) -> T:
    """Make a coroutine of anything that can be awaited."""
    return await awaitable


class _Rest(Awaitable[T]):
    """What is left of something awaitable that has begun.

    Args:
        steps: it, begun.
        waits_for: what it waits for now: what it has yielded.
    """

    def __init__(self, steps: Generator[Any, Any, T], waits_for: Any) -> None:  # noqa: ANN401 - what awaitables yield
        self._steps = steps
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, T]:
        """Go on where it stands, and hand on what ends the waiting."""
        thrown: BaseException | None = None
        try:
            yield self._waits_for
        except GeneratorExit:
            self._steps.close()
            raise
        except BaseException as error:  # noqa: BLE001 - a time limit, a cancelled task: it is the other's to hear of
            thrown = error
        if thrown is None:
            return (yield from self._steps)
        try:
            waits_for = self._steps.throw(thrown)
        except StopIteration as ended:
            return cast("T", ended.value)
        return (yield from _Rest(self._steps, waits_for).__await__())


class Supervisor:
    """Calls handlers so that none of them can stop the rest.

    Args:
        clock: counts the fault budget.
        listener: is told of every fault.
        limit_seconds: real seconds a handler may take.
    """

    def __init__(self, clock: Clock, listener: FaultListener | None = None, *, limit_seconds: float = 30.0) -> None:
        self.listener = listener
        self.limit_seconds = limit_seconds
        self.faults: deque[FaultReport] = deque(maxlen=_REMEMBERED)
        self._clock = clock
        self._recent: dict[tuple[str, str], deque[datetime]] = {}

    async def call(
        self, plugin: str, room: Room | None, message_id: str, run: Callable[[], Awaitable[T]], *, quiet: bool = False
    ) -> T | Reply | None:
        """Await `run()` and return its result, whatever it does.

        Args:
            plugin: name of the plugin it belongs to.
            room: where.
            message_id: what it is about: a message id, a job fire, an event id.
            run: makes the awaitable.
            quiet: nobody asked for it (a guard, a listener on chat): a fault is not answered.

        Returns:
            What `run()` returned; a `UserError`'s text as a reply; after a fault `SORRY` as a reply whose `why` is
            `FAILED`, or None when `quiet`.
        """
        limit: asyncio.Timeout | None = None
        with log_context(message_id=message_id, room=room.id if room else "", plugin=plugin):
            try:
                steps = _await(run()).__await__()
                try:
                    waits_for = next(steps)
                except StopIteration as ended:  # most handlers wait for nothing, and need no timer
                    return cast("T", ended.value)
                limit = asyncio.timeout(self.limit_seconds)
                async with limit:
                    return await _Rest(steps, waits_for)
            except UserError as error:
                return Reply(text=error.text, why="插件说明了原因")
            except Exception as error:  # whatever a plugin raises must not reach the others
                is_late = limit is not None and limit.expired()
                what = f"超过 {self.limit_seconds:g} 秒没有做完" if is_late else type(error).__name__
                log.exception("handler failed")
                await self._record(plugin, room, message_id, what)
        return None if quiet else Reply(text=SORRY, why=FAILED)

    def forgive(self, plugin: str, room_id: str | None = None) -> None:
        """Forget the faults of a plugin, in one room or (None) everywhere: it was started again."""
        for key in [k for k in self._recent if k[0] == plugin and room_id in {None, k[1]}]:
            del self._recent[key]

    async def _record(self, plugin: str, room: Room | None, cause: str, what: str) -> None:
        now = self._clock.now()
        recent = self._recent.setdefault((plugin, room.id if room else ""), deque(maxlen=_BUDGET))
        recent.append(now)
        is_used_up = len(recent) == _BUDGET and now - recent[0] <= _BUDGET_WINDOW
        if is_used_up:
            recent.clear()
        report = FaultReport(now, plugin, room, cause, what, stopped=is_used_up)
        self.faults.append(report)
        if self.listener is None:
            return
        try:
            await self.listener.on_fault(report)
        except Exception:  # the owner cannot be told now (a full disk): the log has it, the member still gets an answer
            log.exception("could not report a fault plugin=%s message=%s", plugin, cause)


def contain(subject: str, run: Callable[[], T]) -> T:
    """Call `run()`, which executes code of a plugin outside of any handler (its import).

    Args:
        subject: the file it is in, for the error.
        run: what to call.

    Raises:
        PluginError: whatever it raised, in one line with the innermost place in the plugin's file.
    """
    try:
        return run()
    except PluginError:
        raise
    except (Exception, SystemExit) as error:  # a plugin may raise anything while it is imported
        log.debug("could not load %s", subject, exc_info=True)
        raise PluginError(f"{_place_of(error, subject)}: {type(error).__name__}: {_first_line(error)}") from error


def _place_of(error: BaseException, subject: str) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 1}"
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(subject)]
    return f"{own[-1].filename}:{own[-1].lineno}" if own else subject


def _first_line(error: BaseException) -> str:
    return (error.msg if isinstance(error, SyntaxError) else str(error)).strip().partition("\n")[0]
