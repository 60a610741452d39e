"""How much of the processor judging one message takes: rules, 10,000 keywords, the filter, marked advertisements."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.cli.bench_memory import resident_mb
from bot.moderation.adverts import AdvertFilter
from bot.moderation.adverts_texts import write_texts
from bot.moderation.judging import Judge
from bot.moderation.model import Said
from bot.moderation.reposts import KnownAdverts
from bot.moderation.revealing import reveal
from bot.moderation.rules_model import Rule, shipped_rules
from bot.moderation.watching import RoomWatch

_KNOWN: Final = 1000  # advertisements that were marked
_ADVERTS_IN: Final = 20  # one message of so many is an advertisement
_SEED: Final = 6
_BEGAN: Final = datetime(2026, 12, 1, tzinfo=UTC)
_FIRST: Final = "大家好，有急用钱的加微信 daikuan8866，当天放款"  # for which everything is read that a message may need
_HOSTILE_PATTERN: Final = "(a+)+$"


@dataclass(frozen=True, slots=True)
class Hostile:
    """A message made to cost much.

    Attributes:
        name: as the result calls it.
        text: the message.
    """

    name: str
    text: str


HOSTILE: Final = (
    Hostile("characters_100000", "今天我们讨论一下这个问题，" * 7693),
    Hostile("disguised_100000", "加\u200b薇\u200c信，" * 16667),
    Hostile("invisible_10000", "加" + "\u200b" * 10_000 + "微信"),
    Hostile("explosive_pattern", "a" * 50_000 + "!"),
    Hostile("newlines_20000", "加\n" * 20_000),
    Hostile("digits_50000", "1" * 50_000),
    Hostile("brackets_50000", "【" * 50_000),
)


def bench_moderation(messages: int, keywords: int) -> dict[str, Any]:
    """Judge made talk of a room, each message for the first time.

    Args:
        messages: how many.
        keywords: of one rule.

    Returns:
        us_mean, us_p50, us_p99: processor time of one message; load_ms: until the first is judged; rss_mb: memory of
        the process; rss_added_mb: what judging added; worst_ms: by hostile message.
    """
    rss_before, began = resident_mb(), time.process_time()
    judge, watch = _make_judge(keywords), RoomWatch()
    judge.judge(_said(0, _FIRST), watch)
    load_ms = (time.process_time() - began) * 1000.0
    texts = _make_texts(messages)
    took = sorted(_timed(judge, watch, number, text) for number, text in enumerate(texts, 1))
    worst = {one.name: min(_cost(judge, f"{one.text}{attempt}") for attempt in range(2)) for one in HOSTILE}
    rss = resident_mb()
    return {
        "messages": messages, "keywords": keywords, "known_adverts": _KNOWN, "us_mean": round(sum(took) / len(took), 1),
        "us_p50": round(took[len(took) // 2], 1), "us_p99": round(took[len(took) * 99 // 100], 1),
        "messages_per_s": round(1e6 * len(took) / sum(took)), "load_ms": round(load_ms, 1), "rss_mb": rss,
        "rss_added_mb": round(rss - rss_before, 1),
        "worst_ms": {name: round(cost, 1) for name, cost in worst.items()},
    }  # fmt: skip


def _make_judge(keywords: int) -> Judge:
    chance = random.Random(_SEED)  # noqa: S311 - made words, no secret
    known = KnownAdverts()
    for number, one in enumerate([one for one in write_texts(6) if one.is_advert][:_KNOWN]):
        known.add(str(number), reveal(one.text))
    words = sorted({_make_word(chance) for _ in range(keywords)})
    written: Mapping[str, Any] = {
        "bench-words": {"kind": "words", "text": "测速用的词", "action": "remind", "words": words},
        "bench-pattern": {
            "kind": "pattern",
            "text": "测速用的正则",
            "action": "remind",
            "patterns": [_HOSTILE_PATTERN],
        },
    }
    rules: dict[str, Rule] = {**shipped_rules(), **{name: Rule.model_validate(rule) for name, rule in written.items()}}
    return Judge(rules, AdvertFilter.shipped(), known)


def _make_word(chance: random.Random) -> str:
    return "".join(chr(chance.randint(0x4E00, 0x9FA5)) for _ in range(chance.randint(2, 6)))


def _make_texts(messages: int) -> list[str]:
    """Return what a room may say: our written talk, one advertisement in twenty, nothing twice."""
    chance = random.Random(_SEED)  # noqa: S311 - as above
    written = write_texts(10)
    talk = [one.text for one in written if not one.is_advert]
    adverts = [one.text for one in written if one.is_advert]
    return [
        f"{chance.choice(adverts if number % _ADVERTS_IN == 0 else talk)} {number}" for number in range(messages)
    ]  # fmt: skip


def _said(number: int, text: str) -> Said:
    at = _BEGAN + timedelta(seconds=20 * number)
    return Said(id=f"m{number}", at=at, room_id="r", member_id=f"u{number % 100}", name="成员", text=text)


def _timed(judge: Judge, watch: RoomWatch, number: int, text: str) -> float:
    said = _said(number, text)
    began = time.process_time_ns()
    judge.judge(said, watch)
    return (time.process_time_ns() - began) / 1000.0


def _cost(judge: Judge, text: str) -> float:
    return _timed(judge, RoomWatch(), 0, text) / 1000.0
