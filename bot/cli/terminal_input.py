"""Lines from the keyboard or a pipe, without blocking the event loop or the way out."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

CLEAR_LINE = "\r\x1b[K"


class LineSource:
    """Reads one line after another; a Ctrl-C counts as the end.

    Args:
        stream: where lines come from; a terminal gets a prompt and line editing.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._prompt = ""
        self._waiting: asyncio.Future[str | None] | None = None
        self.is_interrupted = False
        self.is_terminal = stream.isatty()

    async def read(self, prompt: str) -> str | None:
        """Return the next line without surrounding space, None when there are no more."""
        if self.is_interrupted:
            return None
        loop = asyncio.get_running_loop()
        self._prompt, self._waiting = prompt, loop.create_future()
        # A thread of its own, not the loop's executor: nobody waits for it when the program ends while it reads.
        threading.Thread(target=self._read, args=(loop, self._waiting), daemon=True).start()
        try:
            return await self._waiting
        finally:
            self._waiting = None

    def interrupt(self) -> None:
        """End the input now."""
        self.is_interrupted = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def write(self, text: str) -> None:
        """Print a line above the prompt that is being typed at."""
        if self.is_terminal and self._waiting is not None:
            sys.stdout.write(f"{CLEAR_LINE}{text}\n{self._prompt}{_typed_so_far()}")
        else:
            sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Take Ctrl-C while the block runs, and leave the terminal as it was."""
        loop = asyncio.get_running_loop()
        with suppress(RuntimeError, ValueError):  # no signals on Windows and outside the main thread
            loop.add_signal_handler(signal.SIGINT, self.interrupt)
        restore = _remember_terminal(self._stream) if self.is_terminal else contextlib.nullcontext()
        with restore:
            yield
        with suppress(RuntimeError, ValueError):
            loop.remove_signal_handler(signal.SIGINT)

    def _read(self, loop: asyncio.AbstractEventLoop, result: asyncio.Future[str | None]) -> None:
        try:
            typed = f"{input(self._prompt)}\n" if self.is_terminal else self._stream.readline()
            line = typed.strip() if typed else None
        except (EOFError, UnicodeDecodeError):
            line = None
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(_settle, result, line)


def _settle(result: asyncio.Future[str | None], line: str | None) -> None:
    if not result.done():
        result.set_result(line)


def _typed_so_far() -> str:
    try:
        import readline
    except ImportError:
        return ""
    return readline.get_line_buffer()


@contextmanager
def _remember_terminal(stream: TextIO) -> Iterator[None]:
    try:
        import termios
    except ImportError:  # Windows
        yield
        return
    before = termios.tcgetattr(stream)
    try:
        yield
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, before)
