"""Sees from another thread when something blocks the event loop, and logs where it stands."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback

log = logging.getLogger(__name__)

_FRAMES = 12


class Watchdog:
    """Logs the stack of the event loop's thread once for every time it is stuck; real time, whatever the bot's clock.

    Args:
        longest_seconds: how long the loop may go without a turn.
    """

    def __init__(self, longest_seconds: float = 1.0) -> None:
        self._longest = longest_seconds
        self._turned = threading.Event()
        self._ended = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._watched = 0

    def start(self) -> None:
        """Begin to watch the running loop."""
        self._loop = asyncio.get_running_loop()
        self._watched = threading.get_ident()
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; returns at once."""
        self._ended.set()
        self._turned.set()

    def _watch(self) -> None:
        while not self._ended.wait(self._longest):
            self._turned.clear()
            if not self._ask_for_a_turn():
                return
            if not self._turned.wait(self._longest):
                log.error("the event loop is blocked for over %g s:\n%s", self._longest, self._stack())
                self._turned.wait()  # told once; it is watched again when it turns

    def _ask_for_a_turn(self) -> bool:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._turned.set)
        except RuntimeError:  # the loop was closed
            return False
        return True

    def _stack(self) -> str:
        frame = sys._current_frames().get(self._watched)  # noqa: SLF001 - the documented way to see another thread
        return "".join(traceback.format_stack(frame)[-_FRAMES:]) if frame else ""
