"""Forks bots: a process in which one has run before, so that the start of three hundred takes seconds.

Reads one JSON list of arguments a line; answers `pid N`, the child says `ready N`, and when it is dead `dead N`.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import select
import signal
import sys
import threading
from pathlib import Path

from bot.testing import simulated_room
from tests.crash import announce_process, app_process, bot_process, ingest_process
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
_PR_SET_PTRACER, _ANYBODY = 0x59616D61, -1


async def warm_up() -> None:
    """Let a bot answer once: what it imports, compiles and reads is there for all children."""
    async with simulated_room() as room:
        await room.member("小明").says("帮助")


def serve() -> None:
    asyncio.run(warm_up())  # its threads have ended before the first fork
    children: set[int] = set()
    while True:
        if select.select([sys.stdin], [], [], 0.005)[0]:
            line = sys.stdin.buffer.raw.readline()
            if not line:
                return
            children.add(_fork(*json.loads(line)))
        for pid in list(children):
            if os.waitpid(pid, os.WNOHANG)[0]:
                children.remove(pid)
                _tell("dead", pid)


def _fork(path: str, port: int, options: dict[str, bool]) -> int:
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, _ANYBODY)  # strace is a brother, not a parent
        if encoder := options.pop("ingest", ""):
            asyncio.run(ingest_process.main(Path(path), str(encoder)))
        if plan := options.pop("announce", ""):
            asyncio.run(announce_process.main(Path(path), port, options, bot_process.COMMUNITY, str(plan)))
        if options.pop("whole", False):
            asyncio.run(app_process.main(Path(path), port, options, bot_process.COMMUNITY))
        asyncio.run(bot_process.main(Path(path), port, options))
        os._exit(0)
    _tell("pid", pid)
    return pid


def _tell(word: str, pid: int) -> None:
    """Say it in one piece: `print` may write word by word, and the children write into the same pipe."""
    os.write(1, f"{word} {pid}\n".encode())


class Zygote:
    """The forking process, seen from the harness."""

    def __init__(self) -> None:
        self._ready: dict[int, asyncio.Event] = {}
        self._dead: dict[int, asyncio.Event] = {}
        self._born: asyncio.Queue[int] = asyncio.Queue()
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        pipe = asyncio.subprocess.PIPE
        command = [sys.executable, "-m", "tests.crash.zygote"]
        self._process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)
        self._reading = asyncio.create_task(self._read())

    async def stop(self) -> None:
        self._reading.cancel()
        for pid, event in self._dead.items():
            if not event.is_set():
                os.kill(pid, signal.SIGKILL)
        self._process.kill()
        await self._process.wait()

    async def fork(self, *arguments: object) -> int:
        """Start a bot and return its process id; it may still be starting."""
        assert self._process.stdin is not None
        async with self._turn:
            self._process.stdin.write((json.dumps(arguments) + "\n").encode())
            return await self._born.get()

    async def ready(self, pid: int) -> None:
        """Wait until the bot works."""
        async with asyncio.timeout(PATIENCE):
            await self._ready[pid].wait()

    async def kill(self, pid: int) -> None:
        """Kill a bot and wait for its end."""
        if not self._dead[pid].is_set():
            os.kill(pid, signal.SIGKILL)
        await self._dead[pid].wait()

    def is_dead(self, pid: int) -> bool:
        return self._dead[pid].is_set()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            word, number = line.decode().split()
            pid = int(number)
            for events in (self._ready, self._dead):
                events.setdefault(pid, asyncio.Event())
            if word == "pid":
                self._born.put_nowait(pid)
            else:
                {"ready": self._ready, "dead": self._dead}[word][pid].set()


if __name__ == "__main__":
    assert threading.active_count() == 1  # only then a fork is a clean start
    serve()
