"""Durations, moments and money as people write them: `30m`, `周六 12-05 20:00`, `99.50`; money is counted in fen."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

_SECONDS: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_UNIT_WORDS: Final = {
    "w": ("w", "week", "weeks", "周", "星期", "礼拜"),
    "d": ("d", "day", "days", "天", "日"),
    "h": ("h", "hr", "hour", "hours", "小时", "个小时", "钟头", "个钟头"),
    "m": ("m", "min", "mins", "minute", "minutes", "分钟", "分"),
    "s": ("s", "sec", "secs", "second", "seconds", "秒", "秒钟"),
}
_UNIT_OF: Final = {word: unit for unit, words in _UNIT_WORDS.items() for word in words}
_CHINESE_UNIT: Final = {"d": "天", "h": "小时", "m": "分钟", "s": "秒"}
_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
_NUMBER = r"(?:\d+(?:\.\d+)?|半|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_PART = re.compile(rf"({_NUMBER})\s*({'|'.join(sorted(_UNIT_OF, key=len, reverse=True))})(半?)\s*(?:又|零)?\s*")
_SEXAGESIMAL = re.compile(r"(\d{1,3}):([0-5]\d)(?::[0-5]\d)?")
_LONGEST = timedelta(days=36_525)  # a century: whatever is longer is a slip of the pen
_MOST_FEN = 100_000_000_00  # a hundred million yuan: whatever is more is a slip of the pen
_MONEY = re.compile(r"(?:[¥]|rmb|cny)?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*(?:元|块钱|块|rmb|cny|yuan)?")


class UnitError(ValueError):
    """A duration or a sum of money cannot be read; the text says in Chinese what to write instead."""


def parse_duration(text: str) -> timedelta:
    """Read a duration.

    Args:
        text: number and unit, several in a row add up: `90s`, `30m`, `1d12h`, `2 小时`, `半小时`, `一个半小时`, `1.5h`.

    Returns:
        The duration; zero is allowed.

    Raises:
        UnitError: when it is no duration; the text gives the nearest right form.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower().replace("个半小时", "小时30分")
    total, at = Decimal(0), 0
    while found := _PART.match(plain, at):
        total += (_count(found[1]) + (Decimal("0.5") if found[3] else 0)) * _SECONDS[_UNIT_OF[found[2]]]
        at = found.end()
    if at == 0 or at < len(plain):
        raise UnitError(_duration_advice(text.strip(), plain))
    if total > int(_LONGEST.total_seconds()):
        raise UnitError(f"时长 {text.strip()!r} 超过一百年了，请写短一些，比如 30d")
    return timedelta(seconds=float(total))


def _count(word: str) -> Decimal:
    if word == "半":
        return Decimal("0.5")
    if "十" in word:
        tens, ones = word.split("十")
        return Decimal(10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0))
    return Decimal(_DIGITS[word]) if word in _DIGITS else Decimal(word)


def _duration_advice(shown: str, plain: str) -> str:
    if plain.startswith("-"):
        return f"时长不能是负数：{shown!r}，请写 {plain.lstrip('- ')!r} 这样的正数"
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        return f"时长 {shown!r} 缺少单位：{plain}s 是秒，{plain}m 是分钟，{plain}h 是小时，{plain}d 是天"
    if found := _SEXAGESIMAL.fullmatch(plain):
        return f"时长不写成 {shown!r}：{int(found[1])} 小时 {int(found[2])} 分写 {int(found[1])}h{int(found[2])}m"
    if "月" in plain or "month" in plain:
        return f"时长 {shown!r} 请写成天数，月有长有短，比如 30d"
    return f"时长 {shown!r} 看不懂，请写成 30m、2h、1d12h 或 2 小时 这样"


def format_weekday(day: date) -> str:
    """Write the day of the week: 「周六」."""
    return f"周{'一二三四五六日'[day.weekday()]}"


def format_moment(local: datetime) -> str:
    """Write a local time as members read it, without the year: 「周六 12-05 20:00」."""
    return f"{format_weekday(local)} {local:%m-%d %H:%M}"


def format_duration(value: timedelta) -> str:
    """Write a duration in Chinese, as `1 天 12 小时`; `parse_duration` reads it back to the second."""
    left = round(value.total_seconds())
    parts = []
    for unit, word in _CHINESE_UNIT.items():
        count, left = divmod(left, _SECONDS[unit])
        if count:
            parts.append(f"{count} {word}")
    return " ".join(parts) or "0 秒"


def shorten_duration(value: timedelta) -> str:
    """Write a duration as settings files do, as `1d12h`; `parse_duration` reads it back to the second."""
    words = format_duration(value).replace(" ", "")
    for unit, word in _CHINESE_UNIT.items():
        words = words.replace(word, unit)
    return words


def parse_fen(text: str) -> int:
    """Read a sum of money given in yuan.

    Args:
        text: yuan with two decimals at most: `99`, `99.5`, `99.50`, `￥1,299`, `99 元`, `９９`.

    Returns:
        The sum in fen, not negative.

    Raises:
        UnitError: when it is no sum of money; the text gives the nearest right form.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower().replace("￥", "¥")
    found = _MONEY.fullmatch(plain)
    if found is None:
        raise UnitError(_money_advice(text.strip(), plain))
    yuan, decimals = found[1].replace(",", ""), (found[2] or ".0")[1:].rstrip("0")
    if len(decimals) > 2:  # noqa: PLR2004 - a yuan has a hundred fen
        raise UnitError(f"金额 {text.strip()!r} 最多两位小数，比如 {yuan}.{decimals[:2]}")
    fen = int(yuan) * 100 + int(decimals.ljust(2, "0"))
    if fen > _MOST_FEN:
        raise UnitError(f"金额 {text.strip()!r} 太大了，单位是元，请核对")
    return fen


def _money_advice(shown: str, plain: str) -> str:
    if plain.startswith("-"):
        return f"金额不能是负数：{shown!r}，免费就不写这一项"
    if plain in {"free", "免费", "none", "无"}:
        return f"金额写数字：{shown!r} 请写 0，或者不写这一项"
    if digits := re.search(r"\d+(\.\d{1,2})?", plain):
        return f"金额 {shown!r} 看不懂，是 {digits[0]} 吗？单位是元，最多两位小数"
    return f"金额 {shown!r} 看不懂，请写成 99 或 99.50 这样，单位是元"


def format_fen(fen: int) -> str:
    """Write a sum of money in yuan, as `99 元` or `99.50 元`."""
    sign, (yuan, rest) = "-" if fen < 0 else "", divmod(abs(fen), 100)
    return f"{sign}{yuan}.{rest:02d} 元" if rest else f"{sign}{yuan} 元"


def format_price(title: str, fen: int) -> str:
    """Write what something costs: 「月卡 99 元」; no space stands behind a closing mark: 「《Go 入门》99 元」."""
    return f"{title}{'' if title.endswith(('》', '」', '）')) else ' '}{format_fen(fen)}"


def _to_duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnitError("时长请写成 30m、2h、1d12h 或 2 小时 这样")
    return parse_duration(str(value))


def _to_fen(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnitError("金额请写成 99 或 99.50 这样，单位是元")
    return parse_fen(str(value))


Duration = Annotated[
    timedelta,
    PlainValidator(_to_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["30m", "1d12h", "2 小时"]}),
]
"""A settings field that reads `parse_duration`'s forms."""

Fen = Annotated[
    int,
    PlainValidator(_to_fen),
    PlainSerializer(format_fen, return_type=str),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "examples": [99, "99.50"]}),
]
"""A settings field that is written in yuan and held in fen."""
