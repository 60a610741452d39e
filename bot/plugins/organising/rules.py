"""Reads what an owner types about a session: one answer, or all of it in a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.plugin import (
    UnitError,
    UserError,
    fold,
    format_fen,
    parse_duration,
    parse_every,
    parse_fen,
    read_consent,
    read_moment,
)
from bot.plugin import shorten_duration as shorten
from bot.plugins.organising.model import Plan, Step

_LONGEST_TITLE = 60
_QUOTES = "《》「」“”\"' "
_LONGEST_NAME = 30
_LONGEST_ID = 24
_MOST_PLACES = 500
_MOST_HOURS = 24 * 7
_MOST_TIME_WORDS = 4
_SKIP = re.compile(r"(?:跳过|略过|不填|不用填|没有|无|默认|随便|skip|pass|-)[。.!~]*")
_SERIES = re.compile(r"每|工作日|周末|every|weekday|weekend|daily|monthly|(?:mon|tue|wed|thu|fri|sat|sun)\w*days?\b")
_CAPACITY = re.compile(r"(?:限|最多|名额)?\s*(\d{1,6})\s*(?:个?(?:人|位|名|座)(?:名额)?)?")
_PLACES = re.compile(r"(?:限|最多|名额)?\d{1,6}个?(?:人|位|名|座)|不限|不限人数")
_PRICE = re.compile(
    r"(?:\w{0,3}费用?|价格|票价)?:?([¥￥]\s*\d[\d,.]*|\d[\d,.]*\s*(?:元|块钱|块|rmb|yuan)|免费|free)(?:/?每?人)?"
)
_BETWEEN = re.compile(r"[\s;；，]+|,(?!\d{3}(?!\d))")
_NO_LIMIT = {"不限", "不限人数", "无限", "没有限制", "不限制", "0"}
_FREE = {"免费", "不要钱", "不收费", "free", "0", "0元"}
_HOST = re.compile(r"(?:主讲|讲师|主持)(?:人)?\s*[:：]?\s*(\S.*)|by\s+(\S.*)", re.IGNORECASE)
_ASCII_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*|\d+(?:\.\d+)*")
_SIGN = re.compile(r"[^\w]+")


class OverError(UserError):
    """A time was named that is over: surely meant as a time, and not taken."""


@dataclass(frozen=True, slots=True)
class Here:
    """What answers are read against.

    Attributes:
        now: in the zone in which times are meant.
        rooms: topics of the rooms that are known.
        talker: who answers.
    """

    now: datetime
    rooms: tuple[str, ...]
    talker: str


def is_skip(text: str) -> bool:
    """Whether an answer means that nothing is to be said."""
    return _SKIP.fullmatch(fold(text).strip()) is not None


def read_answer(step: Step, text: str, here: Here) -> dict[str, Any]:
    """Return the fields of a plan that an answer gives.

    Raises:
        UserError: it is none; the text says what is taken.
    """
    text = text.strip()
    reader: dict[Step, Callable[[str, Here], dict[str, Any]]] = {
        Step.TITLE: _read_title, Step.TIME: _read_time, Step.DURATION: _read_duration, Step.CAPACITY: _read_capacity,
        Step.PRICE: _read_price, Step.HOST: _read_host, Step.ROOMS: _read_rooms,
    }  # fmt: skip
    return reader[step](text, here)


def _read_title(text: str, _here: Here) -> dict[str, Any]:
    title = " ".join(text.split()).strip(_QUOTES)
    if not title or is_skip(title) or read_consent(title) is not None:
        raise UserError("课总要有个名字，比如：FastAPI 入门。")
    if len(title) > _LONGEST_TITLE:
        raise UserError(f"标题有 {len(title)} 个字，太长了，请缩到 {_LONGEST_TITLE} 个字以内。")
    return {"title": title}


def _read_time(text: str, here: Here) -> dict[str, Any]:
    folded = fold(text).strip()
    if _SERIES.match(folded):
        try:
            parse_every(text)
        except ValueError as error:
            raise UserError(f"{error}。") from error
        return {"time": " ".join(text.split()), "is_series": True}
    start = read_start(text, here.now)
    return {"time": f"{start:%Y-%m-%d %H:%M}", "is_series": False}


def read_start(text: str, now: datetime) -> datetime:
    """Return the moment that a text names.

    Raises:
        UserError: it names none, or one that is over.
    """
    if _SERIES.match(fold(text).strip()):
        raise UserError("这里一次改一场，写「周六 20:00」这样；整个系列换时间，请改 schedules.yaml 里的 every。")
    try:
        start = read_moment(fold(text).strip(), now)
    except ValueError as error:
        raise UserError(f"{error}。") from error
    if start <= now:
        raise OverError(f"{start:%Y-%m-%d %H:%M} 已经过去了，请写以后的时间。")
    return start


def _read_duration(text: str, _here: Here) -> dict[str, Any]:
    if is_skip(text):
        return {"duration": "1h"}
    plain = fold(text).strip()
    try:
        length = parse_duration(f"{plain} 分钟" if plain.isdecimal() and int(plain) >= 10 else plain)  # noqa: PLR2004 - less could be hours
    except UnitError as error:
        raise UserError(f"{error}。") from error
    if not 0 < length.total_seconds() <= _MOST_HOURS * 3600:
        raise UserError("一场课要在 1 分钟到 7 天之间，比如 2h 或 90 分钟。")
    return {"duration": shorten(length)}


def _read_capacity(text: str, _here: Here) -> dict[str, Any]:
    plain = fold(text).strip()
    if is_skip(text) or plain in _NO_LIMIT:
        return {"capacity": 0}
    found = _CAPACITY.fullmatch(plain)
    if found is None:
        raise UserError(f"「{text}」不是人数，请写 30 这样的数字，不限就发「跳过」。")
    if not 1 <= int(found[1]) <= _MOST_PLACES:
        raise UserError(f"名额要在 1 到 {_MOST_PLACES} 之间，不限就发「跳过」。")
    return {"capacity": int(found[1])}


def _read_price(text: str, _here: Here) -> dict[str, Any]:
    plain = fold(text).strip()
    if is_skip(text) or plain in _FREE:
        return {"price": "0"}
    try:
        fen = parse_fen(plain)
    except UnitError as error:
        raise UserError(f"{error}。") from error
    return {"price": format_fen(fen).removesuffix(" 元")}


def _read_host(text: str, here: Here) -> dict[str, Any]:
    name = " ".join(text.split()).lstrip("@").strip()
    if is_skip(name):
        return {"host": ""}
    if name in {"我", "我自己", "本人", "自己"}:
        name = here.talker
    if len(name) > _LONGEST_NAME:
        raise UserError("名字太长了，请只写主讲人的名字，没有就发「跳过」。")
    return {"host": name}


def _read_rooms(text: str, here: Here) -> dict[str, Any]:
    plain = fold(text).strip()
    if plain in {"全部", "所有", "都发", "all"}:
        return {"rooms": here.rooms}
    if text.strip() in here.rooms:
        return {"rooms": (text.strip(),)}
    chosen = [_find_room(word, here.rooms) for word in re.split(r"[、,;\s]+|和", plain) if word]
    if not chosen or None in chosen:
        raise UserError(f"请回复群前面的数字，几个群写成 1,2，或者「全部」：{list_rooms(here.rooms)}")
    return {"rooms": tuple(dict.fromkeys(room for room in chosen if room))}


def _find_room(word: str, rooms: Sequence[str]) -> str | None:
    if word.isdecimal():
        return rooms[int(word) - 1] if 1 <= int(word) <= len(rooms) else None
    named = [room for room in rooms if fold(room) == word] or [room for room in rooms if word in fold(room)]
    return named[0] if len(named) == 1 else None


def list_rooms(rooms: Sequence[str]) -> str:
    """Return rooms with their numbers."""
    return "，".join(f"{number} {room}" for number, room in enumerate(rooms, 1))


def read_line(text: str, here: Here) -> Plan:
    """Read a whole session from a line: the title first, then time, length, places, price and host in any order.

    What the line does not say stays open; what cannot be read is a part of the title, before or behind the time.

    Raises:
        UserError: the time is over.
    """
    words, plan = [word for word in _BETWEEN.split(text) if word], Plan()
    plan, words = _take_all(words, plan, here)
    if plan.time is None:
        for end in range(len(words) - 1, 0, -1):
            if found := _take_time(words[:end], here):
                plan = replace(plan, **found[0])
                plan, before = _take_all(words[: end - found[1]], plan, here)
                words = before + words[end:]
                break
    title = " ".join(words).strip(_QUOTES)
    return replace(plan, title=title[:_LONGEST_TITLE] if title else None)


def _take_all(words: list[str], plan: Plan, here: Here) -> tuple[Plan, list[str]]:
    """Take what the words at the end say, as far as it can be read."""
    while words and (taken := _take_last(words, plan, here)):
        plan, words = replace(plan, **taken[0]), words[: -taken[1]]
    return plan, words


def _take_time(words: Sequence[str], here: Here) -> tuple[dict[str, Any], int] | None:
    for count in range(min(_MOST_TIME_WORDS, len(words)), 0, -1):
        if found := _try(Step.TIME, " ".join(words[-count:]), here, count):
            return found
    return None


def _take_last(words: Sequence[str], plan: Plan, here: Here) -> tuple[dict[str, Any], int] | None:
    """Return the fields that the last words give and how many words they are."""
    last = fold(words[-1])
    if plan.price is None and (price := _PRICE.fullmatch(last)):
        return _try(Step.PRICE, price[1], here, 1)
    if plan.capacity is None and _PLACES.fullmatch(last):
        return _try(Step.CAPACITY, words[-1], here, 1)
    for count in (1, 2):
        host = _HOST.fullmatch(" ".join(words[-count:]))
        if plan.host is None and host and len(words) > count:
            return _try(Step.HOST, host[1] or host[2], here, count)
    if plan.time is None and (found := _take_time(words, here)):
        return found
    return _try(Step.DURATION, words[-1], here, 1) if plan.duration is None and not last.isdecimal() else None


def _try(step: Step, text: str, here: Here, count: int) -> tuple[dict[str, Any], int] | None:
    if is_skip(text):
        return None
    try:
        return read_answer(step, text, here), count
    except OverError:
        raise
    except UserError:
        return None


def make_id(title: str, taken: Collection[str]) -> str:
    """Return an id that members can type, of the title's Latin words or else its first signs."""
    latin = [word.lower() for word in _ASCII_WORD.findall(title)]
    words = latin if any(word[0].isalpha() for word in latin) else [_SIGN.sub("", title)[:8]]
    base = re.sub(r"[^\w-]", "-", "-".join(words))[:_LONGEST_ID].strip("-_") or "course"
    base = f"course-{base}" if base.isdecimal() else base
    known = {fold(name) for name in taken}
    number = next(number for number in range(1, len(known) + 3) if _numbered(base, number) not in known)
    return _numbered(base, number)


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"
