"""SIGKILL at random moments under load: nothing accepted is left unhandled, no answer lost, none repeated."""

import pytest

from tests.crash.harness import Run
from tests.crash.recorder import Recorder

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


def texts_of(rows):
    return {row.text for row in rows}


async def run_kills(tmp_path, zygote, kills, *, echo, drops=0.02, per_second=60, **options):
    """Kill the bot; the next one hears the last thousand events again, which reaches back to its oldest doubt."""
    recorder = Recorder(echo=echo, replay=1000, drop_answer=drops, drop_call=drops, seed=kills)
    await recorder.start()
    options = {"replays_missed": recorder.replays_missed, **options}
    run = Run(tmp_path, zygote, recorder, per_second=per_second, seed=kills, **options)
    try:
        await run.kill_repeatedly(kills)
        report = await run.finish(60)
        print(kills, "kills:", report)
        return report
    finally:
        await recorder.stop()


def check_with_echo(report):
    assert report.open_messages == 0
    assert report.unfinished == 0
    assert report.repeated == set()
    assert report.lost == set()


def check_with_some_echoes(report):
    """Check a gateway that may miss some echoes: without one the kind decides, and the owner is asked."""
    check_without_echo(report)
    assert report.repeated == set()


def check_without_echo(report):
    assert report.open_messages == 0
    assert report.unfinished == 0
    assert {text for text in report.lost if not text.startswith("dong!")} == set()
    assert {text for text in report.repeated if text.startswith("dong!")} == set()
    assert report.lost | report.repeated <= texts_of(report.doubted)


async def test_while_the_gateway_echoes_nothing_is_lost_or_repeated(tmp_path, zygote):
    check_with_echo(await run_kills(tmp_path, zygote, 8, echo=True))


async def test_echoes_are_told_by_their_text_when_the_gateway_names_no_ids(tmp_path, zygote):
    options = {"returns_message_id": False, "replays_missed": False}
    check_with_some_echoes(await run_kills(tmp_path, zygote, 4, echo=True, **options))


async def test_without_echoes_every_doubt_is_listed_and_goes_by_its_kind(tmp_path, zygote):
    check_without_echo(await run_kills(tmp_path, zygote, 4, echo=False))


async def test_the_whole_bot_loses_and_repeats_nothing_while_the_gateway_echoes(tmp_path, zygote):
    check_with_echo(await run_kills(tmp_path, zygote, 8, echo=True, whole=True))


async def test_the_whole_bot_lists_every_doubt_when_nothing_is_echoed(tmp_path, zygote):
    check_without_echo(await run_kills(tmp_path, zygote, 7, echo=False, whole=True))


@pytest.mark.soak
async def test_three_hundred_kills_of_the_whole_bot(tmp_path, zygote):
    check_with_echo(await run_kills(tmp_path, zygote, 300, echo=True, whole=True, per_second=10, longest_life=1.2))


@pytest.mark.soak
async def test_three_hundred_kills_with_echoes(tmp_path, zygote):
    check_with_echo(await run_kills(tmp_path, zygote, 300, echo=True, per_second=10, longest_life=1.2))


@pytest.mark.soak
async def test_three_hundred_kills_without_echoes(tmp_path, zygote):
    check_without_echo(await run_kills(tmp_path, zygote, 300, echo=False, per_second=10, longest_life=1.2))
