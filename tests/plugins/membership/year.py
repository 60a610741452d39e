"""Writes the script of a community's year: `python -m tests.plugins.membership.year > year.txt`, then

`python -m bot simulate year.txt --config tests/data/simulation/year.yaml`. The same arguments give the same year.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

START = datetime.fromisoformat("2026-12-01 09:00")  # by the group's clock, as scripts write it
DAY = timedelta(days=1)
TERM = {"month": 31 * DAY, "pro": 31 * DAY, "year": 366 * DAY}
REMEMBER_ORDER = r"@remember n 订单 D(\d+)"


@dataclass(slots=True)
class Life:
    """One person's year.

    Attributes:
        name: unique.
        number: the place among all.
        has_weixin: the gateway tells an id of theirs that never changes.
        until: the end of what was paid, as far as the script knows.
        has_agreed: they accepted the terms.
        has_code: they were given a binding code, remembered as `bd<number>`.
        is_bound: they bind by that code after everybody's ids have changed.
        is_lost: they did not bind after everybody's ids had changed, and do nothing any more.
    """

    name: str
    number: int
    has_weixin: bool
    until: datetime = START
    has_agreed: bool = False
    has_code: bool = False
    is_bound: bool = False
    is_lost: bool = False


@dataclass(slots=True)
class Year:
    """The script as it grows.

    Args:
        people: how many.
        days: how long.
        seed: of all that is left to chance.
    """

    people: int = 200
    days: int = 365
    seed: int = 5
    acts: list[tuple[datetime, int, list[str]]] = field(default_factory=list)
    _random: random.Random = field(init=False)
    _codes: list[tuple[datetime, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self._random = random.Random(self.seed)

    @property
    def end(self) -> datetime:
        """When it is over."""
        return START + self.days * DAY

    @property
    def reshuffle(self) -> datetime:
        """When all ids change."""
        return START + (self.days * 7 // 10) * DAY + timedelta(hours=5, minutes=1)

    def write(self) -> str:
        """Return the script."""
        lives = [Life(f"同学{number:03d}", number, self._random.random() < 0.6) for number in range(1, self.people + 1)]
        for life in lives:
            self._live(life)
        self._happen()
        lines = [
            "@at 2026-12-01 09:00",
            "@group VIP群 owner=老王",
            "@group Python学习群 owner=老王",
            f"@members {' '.join(life.name for life in lives)}",
            *(f"@weixin {life.name} wx_{life.number}" for life in lives if life.has_weixin),
            "老王: 大家好，这里可以开通会员了",
            *self._in_order(),
            f"@at {self.end:%Y-%m-%d %H:%M}",
            "老王 -> 小知: 账本",
            "老王 -> 小知: 账本 校验",
            "老王 -> 小知: 经营",
        ]
        return "\n".join(lines) + "\n"

    def _in_order(self) -> Iterator[str]:
        back = START
        for at, _, lines in sorted(self.acts, key=lambda act: act[:2]):
            yield f"@at {max(at, back):%Y-%m-%d %H:%M}"  # what was to be said while the bot is away is said later
            yield from lines
            if "@crash 1d" in lines:
                back = at + DAY

    def _do(self, at: datetime, *lines: str) -> None:
        if START < at < self.end:
            self.acts.append((at, len(self.acts), list(lines)))

    def _happen(self) -> None:
        """What happens to all: crashes, another login, and the owner's word once a week."""
        self._do(START + (self.days // 4) * DAY + timedelta(hours=3), "@crash")
        self._do(START + (self.days // 2) * DAY + timedelta(hours=4), "@crash 1d")
        self._do(self.reshuffle, "@reshuffle", "老王: 换了个登录，大家私聊发绑定码")
        for week in range(1, self.days // 7):
            self._do(START + 7 * week * DAY + timedelta(hours=2, minutes=30), "老王 -> 小知: 群名单 继续")

    def _later(self, at: datetime, first: int, last: int) -> datetime:
        """Return a moment of the day so many days later, never while everybody's ids change."""
        day = (at + self._random.randint(first, last) * DAY).replace(hour=10, minute=0)
        return day + timedelta(minutes=self._random.randint(0, 220))

    # ---- one person

    def _live(self, life: Life) -> None:
        chance = self._random.random
        at = self._later(START, 0, self.days * 6 // 10)
        if chance() < 0.12:
            self._do(at, f"{life.name}: 这个群真热闹")
            return
        if life.has_weixin and chance() < 0.35:
            self._do(at, f"{life.name} -> 小知: 试用")
            at = self._later(at, 3, 9)
        codes = [code for given_at, code in self._codes if given_at < at - DAY]
        if codes and chance() < 0.3:
            code = self._random.choice(codes)
            self._do(at - timedelta(minutes=2), f"{life.name} -> 小知: 推荐码 {{{code}}}")
        plan = self._random.choices(["month", "pro", "year"], [75, 15, 10])[0]
        self._buy(life, at, plan)
        if chance() < 0.06:
            self._refund(life, self._later(at, 1, 3))
            return
        if chance() < 0.25:
            code, asked_at = f"rc{life.number}", at + timedelta(minutes=3)
            remember = rf"@remember {code} (\b[2-9A-Z]{{4}}-[2-9A-Z]{{4}}\b)"
            self._do(asked_at, f"{life.name} -> 小知: 推荐码", remember)
            self._codes.append((asked_at, code))
        self._go_on(life, at, plan)

    def _go_on(self, life: Life, at: datetime, plan: str) -> None:
        while (life.until < self.end) and not life.is_lost:
            at = self._extras(life, at)
            if plan == "month" and self._random.random() < 0.08:
                at, plan = self._later(at, 8, 15), "pro"
                self._buy(life, at, "pro", word="升级")
                life.until = at + TERM["pro"]
                continue
            how = self._random.random()
            if how < 0.62:
                at = self._later(life.until, -6, -1)
            elif how < 0.77:
                at = self._later(life.until, 1, 2)
            elif how < 0.87:
                at = self._later(life.until, 10, 40)
            else:
                return
            self._buy(life, at, plan, word="续费")

    def _extras(self, life: Life, at: datetime) -> datetime:
        kinds = [("买课 go", 0.04), ("买课票 five", 0.04), ("咨询 1", 0.04)]
        for line, share in kinds:
            if self._random.random() < share:
                at = self._later(at, 1, 4)
                self._pay(life, at, line)
        return at

    def _buy(self, life: Life, at: datetime, plan: str, word: str = "开通") -> None:
        agrees = [] if life.has_agreed else [f"{life.name} -> 小知: 是"]
        life.has_agreed = True
        gets_code = not life.has_weixin and not life.has_code and at < self.reshuffle - DAY
        remembers = [rf"@remember bd{life.number} (BD(?:-[0-9A-Z]{{4}})+)"] if gets_code else []
        life.has_code = life.has_code or gets_code
        self._pay(life, at, f"{word} {plan}", *agrees, after=remembers)
        life.until = max(at, life.until) + TERM[plan]

    def _pay(self, life: Life, at: datetime, line: str, *more: str, after: list[str] | None = None) -> None:
        if at > self.reshuffle - DAY and not self._is_known(life):
            return
        confirm = "老王 -> 小知: 确认收款 D{n}"
        self._do(at, f"{life.name} -> 小知: {line}", *more, REMEMBER_ORDER, confirm, *(after or []))

    def _is_known(self, life: Life) -> bool:
        """Whether the bot knows who this is after all ids changed: by an id that stays, or by their code."""
        if life.has_weixin or life.is_bound:
            return True
        if not life.has_code or life.is_lost:
            life.is_lost = True
            return False
        if self._random.random() < 0.15:
            life.is_lost = True
            return False
        self._do(self.reshuffle + timedelta(minutes=10 + life.number), f"{life.name} -> 小知: 绑定 {{bd{life.number}}}")
        life.is_bound = True
        return True

    def _refund(self, life: Life, at: datetime) -> None:
        if at < self.reshuffle - DAY or life.has_weixin:
            self._do(
                at, f"{life.name} -> 小知: 订单", r"@remember n D(\d+) ", "老王 -> 小知: 退款 D{n}", "老王 -> 小知: 是"
            )


if __name__ == "__main__":
    sys.stdout.write(Year(*map(int, sys.argv[1:])).write())
