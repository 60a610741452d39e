"""`python -m bot run` as a child process against a gateway."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import time
from pathlib import Path

from tests.gateway.conftest import ROOM, furnish, say
from tests.gateway.node_gateway import TOKEN, NodeGateway
from tests.patience import PATIENCE

LOGGED_IN = "logged in account=bot"
REPOSITORY = Path(__file__).parents[2]
SETTINGS = """\
owner: contact:wang
knowledge: {knowledge}
sending:
  per_room_seconds: 0
  switch_seconds: [0, 0]
  settle_seconds: 1
commands:
  cooldown: 0s
encoder: {encoder}
"""


def settings(folder: Path, *, knowledge: str = "") -> Path:
    """Write a `bot.yaml` without the pauses that protect an account, and return its path."""
    path = folder / "bot.yaml"
    encoder = "embedded" if knowledge else "none"  # nothing to find: its second of loading is not needed
    text = SETTINGS.format(knowledge=knowledge or folder / "no-knowledge", encoder=encoder)
    path.write_text(text, encoding="utf-8")
    return path


class BotProcess:
    """One run of the bot.

    Args:
        folder: its working folder, which holds its `bot.yaml` and its data.
        endpoint: the gateway; None leaves the variable unset.
        token: its token; None leaves the variable unset.
    """

    def __init__(self, folder: Path, endpoint: str | None, token: str | None = TOKEN) -> None:
        self.folder = folder
        self.data = folder / "data"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WECHATY_")}
        given = {"WECHATY_PUPPET_SERVICE_TOKEN": token, "WECHATY_PUPPET_SERVICE_ENDPOINT": endpoint}
        self._env = kept | {name: value for name, value in given.items() if value is not None}
        self._env |= {"PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "utf-8"}

    async def start(self, *arguments: str) -> None:
        """Start the process; `output` is where its screen goes."""
        self._screen = self.folder / "screen.txt"
        with self._screen.open("ab") as screen:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", "--data", str(self.data), *arguments,
                cwd=self.folder, env=self._env, stdin=asyncio.subprocess.DEVNULL, stdout=screen, stderr=screen,
            )  # fmt: skip

    @property
    def output(self) -> str:
        """All that stood on the screen so far."""
        return self._screen.read_text(encoding="utf-8")

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    async def until_said(self, words: str, within: float = PATIENCE, *, times: int = 1) -> None:
        """Wait until something stands on its screen, so many times."""
        async with asyncio.timeout(within):
            while self.output.count(words) < times:
                assert self.is_running, self.output
                await asyncio.sleep(0.05)

    async def exit_code(self, within: float = PATIENCE) -> int:
        """Wait for its end."""
        return await asyncio.wait_for(self._process.wait(), within)

    async def stop(self) -> tuple[int, float]:
        """Ask it to stop, as systemd does; return its exit code and how many seconds it took."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        code = await self.exit_code()
        return code, time.monotonic() - began

    async def kill(self) -> None:
        """See to it that nothing is left of it."""
        if self.is_running:
            self._process.kill()
            await self._process.wait()

    def integrity(self) -> str:
        """Return what SQLite says of its database."""
        with sqlite3.connect(self.data / "qunzhi.db") as database:
            return str(database.execute("PRAGMA integrity_check").fetchone()[0])


def said_in_room(node: NodeGateway) -> list[str]:
    """Return what the gateway was told to say in the room."""
    return [text for place, text, _ in node.told("messageSendText") if place == ROOM]


def told_owner(node: NodeGateway) -> list[str]:
    """Return what the gateway was told to say to the owner in private."""
    return [text for place, text, _ in node.told("messageSendText") if place == "wang"]


async def ask_for_help(node: NodeGateway, within: float = PATIENCE) -> None:
    """Let 小明 say 帮助: there is one answer."""
    before = len(said_in_room(node))
    await say(node, "帮助")
    async with asyncio.timeout(within):
        while len(said_in_room(node)) == before:  # noqa: ASYNC110 - another process and no event of its own
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)  # a second answer would come now
    answers = said_in_room(node)[before:]
    assert len(answers) == 1, answers
    assert "帮助" in answers[0]


async def bring_back(node: NodeGateway) -> None:
    """Start the killed gateway again; its message ids go on, as those of WeChat do."""
    await node.start()
    await node.do("set", next=1_000 * (1 + len(node.told("start"))))
    await furnish(node)


async def expect_return(node: NodeGateway, bot: BotProcess, logins: int, within: float = PATIENCE) -> None:
    """The bot answers within that time, once; the owner reads one line about the gap, and nothing else."""
    began = time.monotonic()
    await bot.until_said(LOGGED_IN, within, times=logins)
    await ask_for_help(node, within - (time.monotonic() - began))
    print(f"answered {time.monotonic() - began:.1f} s after the gateway was back")
    assert time.monotonic() - began < within
    assert len(told_owner(node)) == 1
    assert told_owner(node)[0].startswith("和微信断开了")
