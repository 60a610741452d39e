"""A measurement leaves nothing behind, however it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.bench_folder import bench_folder

pytestmark = pytest.mark.process

WAITING = """
import asyncio, signal, sys, threading
from bot.cli.bench_folder import bench_folder

# whoever started the tests in the background may have had these ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

async def measure(folder):
    (folder / "bench.db").write_bytes(b"x")
    print("begun", flush=True)
    await asyncio.to_thread(threading.Event().wait, 0.3)
    await asyncio.sleep(60)

with bench_folder() as folder:
    asyncio.run(measure(folder))
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_measurement_that_is_ended_by_a_signal_takes_its_folder_along(tmp_path: Path, how: signal.Signals) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", WAITING], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"begun\n"
    assert list(tmp_path.glob("qunzhi-bench-*/bench.db"))
    run.send_signal(how)
    assert run.wait(timeout=60) != 0
    assert list(tmp_path.iterdir()) == []


def test_signals_mean_afterwards_what_they_meant_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    with bench_folder() as folder:
        assert folder.is_dir()
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
    assert not folder.exists()


def test_a_measurement_that_was_told_not_to_mind_a_hang_up_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with bench_folder():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
