"""Kills the bot again and again while the group talks, and then counts."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot import inbox, members, outbox
from bot.clock import SystemClock
from bot.outbox_rows import OutboxRow
from bot.storage import Storage
from tests.crash.bot_process import COMMUNITY
from tests.crash.recorder import Recorder
from tests.crash.zygote import Zygote

ROOMS = [f"群{number}" for number in range(5)]
_MOST_SAID = 40  # from one start to the next: on a slow machine what is heard again must still reach back far enough
_FEWEST = 20  # messages that are asked in a run: otherwise the kills met no work
_MARK = re.compile(r"\n（补发 \w{4}）$")


@dataclass
class Report:
    """What came of a run.

    Attributes:
        asked: texts the members said.
        answered: answer → how often the group saw it.
        by_room: room → answers in the order the group saw them, first showings only.
        doubted: rows that were in doubt without an echo.
        open_messages: accepted and not handled.
        unfinished: rows that never reached an end.
    """

    asked: list[str] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    by_room: dict[str, list[str]] = field(default_factory=dict)
    doubted: list[OutboxRow] = field(default_factory=list)
    open_messages: int = 0
    unfinished: int = 0

    @property
    def lost(self) -> set[str]:
        return {text.replace("ding", "dong") for text in self.asked} - set(self.answered)

    def __str__(self) -> str:
        """Say it in one line, for the closing note."""
        return (
            f"asked {len(self.asked)}, answered {len(self.answered)}, lost {len(self.lost)}, repeated"
            f" {len(self.repeated)}, listed as in doubt {len(self.doubted)}, left open {self.open_messages},"
            f" unfinished {self.unfinished}"
        )

    @property
    def repeated(self) -> set[str]:
        return {text for text, times in self.answered.items() if times > 1}


class Run:
    """One bot, one recorder, one database.

    Args:
        folder: for the database.
        zygote: forks the bots.
        recorder: the WeChat side.
        per_second: how much the members say.
        seed: of the dice.
        longest_life: seconds from a start to its kill, at most.
        options: of the `SocketGateway`.
    """

    def __init__(
        self,
        folder: Path,
        zygote: Zygote,
        recorder: Recorder,
        *,
        per_second: float,
        seed: int,
        longest_life: float = 0.7,
        **options: bool,
    ) -> None:
        self.path = folder / "qunzhi.db"
        self.zygote = zygote
        self.recorder = recorder
        self.asked: list[str] = []
        self._per_second = per_second
        self._left_to_say = 0
        self._longest_life = longest_life
        self._dice = random.Random(seed)
        self._options = options

    async def spawn(self) -> int:
        """Start the bot; it may still be starting."""
        return await self.zygote.fork(str(self.path), self.recorder.port, self._options)

    async def kill_repeatedly(self, kills: int) -> None:
        """Start the bot and kill it at a random moment, some of them while it still starts.

        It is killed more often when less was asked meanwhile than makes a run.
        """
        talking = asyncio.create_task(self._talk())
        killed = 0
        try:
            while killed < kills or len(self.asked) <= _FEWEST:
                killed += 1
                self._left_to_say = _MOST_SAID
                pid = await self.spawn()
                if self._dice.random() < 0.9:
                    await self.zygote.ready(pid)
                await asyncio.sleep(self._dice.uniform(0.0, self._longest_life))
                await self.zygote.kill(pid)
        finally:
            talking.cancel()

    async def finish(self, seconds: float) -> Report:
        """Let the bot work until nothing is left to do, then look."""
        pid = await self.spawn()
        for _ in range(int(seconds * 5)):
            await asyncio.sleep(0.2)
            report = await self._look()
            if report.lost <= {row.text for row in report.doubted} and not report.unfinished:
                break
        await asyncio.sleep(0.6)  # a repetition would come now
        await self.zygote.kill(pid)
        return await self._look()

    async def is_quiet(self) -> bool:
        """Whether every row has reached its end, and stayed so for a moment."""
        if (await self._look()).unfinished:
            return False
        await asyncio.sleep(0.1)
        return True

    async def _talk(self) -> None:
        while True:
            await asyncio.sleep(self._dice.expovariate(self._per_second))
            if not self._left_to_say:
                continue
            self._left_to_say -= 1
            kind = "ding!" if self._dice.random() < 0.3 else "ding"
            text = f"{kind} {len(self.asked)}"
            self.asked.append(text)
            self.recorder.say(self._dice.choice(ROOMS), f"wx{self._dice.randrange(50)}", text)

    async def _look(self) -> Report:
        report = Report(asked=self.asked)
        for said in self.recorder.said:
            text = _MARK.sub("", said["text"])
            report.answered[text] += 1
            if report.answered[text] == 1:
                report.by_room.setdefault(said["room"], []).append(text)
        migrations = [members.migrations, inbox.migrations, outbox.migrations]
        storage = Storage.open(self.path, SystemClock(), migrations)
        try:
            states = await storage.read(COMMUNITY, _states)
            report.doubted = await storage.read(COMMUNITY, outbox.in_doubt, 10_000)
        finally:
            await storage.close()
        report.open_messages, report.unfinished = states
        return report


def _states(db):
    rows = db.query("select count(*) as n from messages where community = :community and state = 'open'")
    unfinished = db.query(
        "select count(*) as n from outbox where community = :community"
        " and (state in ('pending', 'sending') or (state = 'uncertain' and settle_at is not null))"
    )
    return rows[0]["n"], unfinished[0]["n"]
