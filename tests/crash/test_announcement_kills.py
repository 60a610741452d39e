"""SIGKILL at random moments while announcements and deadlines fall due: none is lost, none is said twice."""

from __future__ import annotations

import pytest

from tests.crash.announcing import AnnouncementRun, Tally, once_of
from tests.crash.recorder import Recorder

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def run_kills(folder, zygote, kills: int, count: int, *, echo: bool, seconds: float) -> Tally:
    """Kill the bot; of a hundred calls three are not answered, and three fail: half openly, half without a word."""
    recorder = Recorder(echo=echo, replay=400, drop_answer=0.03, drop_call=0.015, refuse_call=0.015, seed=kills)
    await recorder.start()
    run = AnnouncementRun(folder, zygote, recorder, count=count, seconds=seconds)
    try:
        await run.prepare()
        await run.kill_repeatedly(kills)
        tally = await run.finish(60)
        print(kills, "kills:", tally)
        return tally
    finally:
        await recorder.stop()


def check(tally: Tally, count: int) -> None:
    assert len(tally.wanted) == count
    assert set(tally.said) <= tally.wanted
    assert tally.unfinished == []
    assert len(tally.fired) == count // 2
    assert set(tally.fired.values()) == {1}
    assert tally.lost == once_of(tally.lost)
    assert once_of(tally.repeated) == set()
    assert tally.lost | tally.repeated <= tally.doubted  # the owner is asked


def check_with_echo(tally: Tally, count: int) -> None:
    check(tally, count)
    assert tally.lost == set()
    assert tally.repeated == set()


async def test_while_the_gateway_echoes_nothing_due_is_lost_or_repeated(tmp_path, zygote):
    check_with_echo(await run_kills(tmp_path, zygote, 10, 60, echo=True, seconds=5), 60)


async def test_without_echoes_every_doubt_about_what_was_due_is_listed(tmp_path, zygote):
    check(await run_kills(tmp_path, zygote, 10, 60, echo=False, seconds=5), 60)


@pytest.mark.soak
async def test_two_hundred_kills_among_a_thousand_announcements_with_echoes(tmp_path, zygote):
    check_with_echo(await run_kills(tmp_path, zygote, 200, 1000, echo=True, seconds=150), 1000)


@pytest.mark.soak
async def test_two_hundred_kills_among_a_thousand_announcements_without_echoes(tmp_path, zygote):
    check(await run_kills(tmp_path, zygote, 200, 1000, echo=False, seconds=150), 1000)
