"""A blocked event loop is reported with the place where it is blocked."""

import asyncio
import logging
import threading
from collections.abc import Iterator

import pytest

from bot.dispatcher_watchdog import Watchdog


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


class Turn(threading.Event):
    """What the watchdog waits on; tells how far it is, so that no test depends on how busy the machine is."""

    def __init__(self, *, is_patient: bool) -> None:
        super().__init__()
        self.turns = 0
        self.was_told = threading.Event()
        self._is_patient = is_patient

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is None:  # the block was logged, and is not logged again before the loop turns
            self.was_told.set()
        has_turned = super().wait(None if self._is_patient else timeout)
        self.turns += has_turned
        return has_turned


@pytest.fixture
def heard() -> Iterator[Heard]:
    log, heard = logging.getLogger("bot.dispatcher_watchdog"), Heard()
    log.addHandler(heard)
    yield heard
    log.removeHandler(heard)


def _watch(*, is_patient: bool) -> tuple[Watchdog, Turn]:
    watchdog, turn = Watchdog(0.01), Turn(is_patient=is_patient)
    watchdog._turned = turn
    watchdog.start()
    return watchdog, turn


def _block_the_loop() -> Watchdog:
    watchdog, turn = _watch(is_patient=False)
    turn.was_told.wait()
    return watchdog


async def test_a_handler_that_blocks_the_loop_is_logged_once_with_its_stack(heard: Heard) -> None:
    watchdog = _block_the_loop()
    watchdog.stop()
    assert len(heard.texts) == 1
    assert "_block_the_loop" in heard.texts[0]


async def test_a_loop_that_turns_is_not_reported(heard: Heard) -> None:
    watchdog, turn = _watch(is_patient=True)
    while turn.turns < 3:  # noqa: ASYNC110 - the other thread counts
        await asyncio.sleep(0)
    watchdog.stop()
    assert heard.texts == []
