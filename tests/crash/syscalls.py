"""Kills the bot at the k-th system call it makes after a member has asked, for every k that it reaches."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.harness import Run
from tests.crash.recorder import Recorder
from tests.crash.zygote import Zygote

_NAME = re.compile(r"^(?:\[pid +\d+\] |\d+ +)?(\w+)\(", re.MULTILINE)


@dataclass
class Points:
    """What came of all the points.

    Attributes:
        tried: `name#k` of every point at which the bot died.
        wrong: point → how often the group saw the answer, where that was not once.
    """

    tried: list[str] = field(default_factory=list)
    wrong: dict[str, int] = field(default_factory=dict)


class Laboratory:
    """A fresh database and recorder for every point.

    Args:
        folder: for the databases.
        zygote: forks the bots.
    """

    def __init__(self, folder: Path, zygote: Zygote) -> None:
        self._folder = folder
        self._zygote = zygote
        self._count = itertools.count()

    async def census(self) -> Counter[str]:
        """Return which system calls one message takes, from its arrival to the end of its answer."""
        trace = self._folder / "census.txt"
        await self._one(["-o", str(trace)])
        return Counter(_NAME.findall(trace.read_text(encoding="utf-8")))

    async def try_all(self, names: list[str], step: int = 1) -> Points:
        """Kill at every call of these names, or at every `step`-th of the frequent ones, several names at a time."""
        points = Points()
        gate = asyncio.Semaphore(3)

        async def work(name: str) -> None:
            async with gate:
                await self._try(name, points, step if name == "pwrite64" else 1)

        await asyncio.gather(*map(work, names))
        return points

    async def _try(self, name: str, points: Points, step: int) -> None:
        for k in range(1, 400, step):
            died, shown = await self._one(["-e", f"trace={name}", "-e", f"inject={name}:signal=SIGKILL:when={k}"])
            if died:
                points.tried.append(f"{name}#{k}")
            if shown != 1:
                points.wrong[f"{name}#{k}"] = shown
            if not died:
                return

    async def _one(self, strace: list[str]) -> tuple[bool, int]:
        folder = self._folder / str(next(self._count))
        folder.mkdir()
        recorder = Recorder(echo=True, replay=50, drop_answer=0, drop_call=0, seed=1)
        await recorder.start()
        run = Run(folder, self._zygote, recorder, per_second=0, seed=1)
        try:
            return await self._watch(run, strace)
        finally:
            await recorder.stop()
            shutil.rmtree(folder)

    async def _watch(self, run: Run, strace: list[str]) -> tuple[bool, int]:
        pid = await run.spawn()
        await self._zygote.ready(pid)
        tracer = await _attach(pid, strace)
        run.asked.append("ding 1")
        run.recorder.say("群1", "wx1", "ding 1")
        while not (self._zygote.is_dead(pid) or (run.recorder.said and await run.is_quiet())):  # noqa: ASYNC110 - a process
            await asyncio.sleep(0.02)
        died = self._zygote.is_dead(pid)
        await self._zygote.kill(pid)
        await tracer.wait()
        if died:
            await run.finish(20)
        return died, len(run.recorder.said)


async def _attach(pid: int, options: list[str]) -> asyncio.subprocess.Process:
    tracer = await asyncio.create_subprocess_exec(
        "strace", "-f", "-p", str(pid), *options, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    assert tracer.stderr is not None
    line = await tracer.stderr.readline()  # comes once all threads are held
    assert b"attached" in line, f"strace cannot attach: {line.decode()}"
    return tracer
