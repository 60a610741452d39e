"""A blocked event loop is reported with the place where it is blocked."""

import asyncio
import logging
import threading

from bot.dispatcher_watchdog import Watchdog


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.told = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())
        self.told.set()


def _block_the_loop(told: threading.Event) -> bool:
    return told.wait(2)


async def _watch(seconds: float, heard: Heard, block: bool) -> None:
    log = logging.getLogger("bot.dispatcher_watchdog")
    log.addHandler(heard)
    watchdog = Watchdog(seconds)
    watchdog.start()
    if block:
        assert _block_the_loop(heard.told)
    await asyncio.sleep(0.01)
    watchdog.stop()
    log.removeHandler(heard)


async def test_a_handler_that_blocks_the_loop_is_logged_once_with_its_stack() -> None:
    heard = Heard()
    await _watch(0.01, heard, block=True)
    assert len(heard.texts) == 1
    assert "_block_the_loop" in heard.texts[0]


async def test_a_loop_that_turns_is_not_reported() -> None:
    heard = Heard()
    await _watch(0.5, heard, block=False)
    assert heard.texts == []
