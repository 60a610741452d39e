"""How a typed word becomes a value of the type a handler asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, get_args, get_origin

from bot.commands_dates import read_day, read_moment
from bot.plugin import Context, Fen, Rest
from bot.text import fold
from bot.units import parse_duration, parse_fen

_INT = re.compile(r"[+-]?\d{1,18}")
_SENTENCE_PIECE = re.compile(r"[的了吗呢吧啊过着得]|.*[吗呢吧啊呀嘛了?？!！。]$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one type.

    Attributes:
        read: takes the text and the context; raises ValueError with a Chinese reason when it is no such value.
        words: how many words a value may have at most, as 「12月5日 20:00」 has two.
    """

    read: Callable[[str, Context[Any]], Any]
    words: int = 1


def reader_of(kind: Any) -> Reader | None:  # noqa: ANN401 - any annotation
    """Return the reader of a type of the core; None for types that a plugin reads."""
    if get_origin(kind) is Literal:
        return Reader(lambda text, _: _read_literal(text, get_args(kind)))
    return _READERS.get(kind)


def is_sentence_piece(text: str) -> bool:
    """Whether a word looks like the rest of a sentence (的人, 了吗) rather than an argument after a bare command."""
    return _SENTENCE_PIECE.match(text) is not None


def _read_literal(text: str, values: tuple[Any, ...]) -> Any:  # noqa: ANN401 - whatever the Literal lists
    for value in values:
        if fold(str(value)) == fold(text):
            return value
    raise ValueError(f"「{text}」不行，可以写 {'、'.join(map(str, values))}")


def _read_int(text: str, _: Context[Any]) -> int:
    if not _INT.fullmatch(text):
        raise ValueError(f"「{text}」不是数字")
    return int(text)


def _read_fen(text: str, _: Context[Any]) -> Fen:
    return Fen(parse_fen(text))


def _read_text(text: str, _: Context[Any]) -> str:
    return text


def _read_day(text: str, ctx: Context[Any]) -> date:
    return read_day(fold(text), ctx.now.astimezone(ctx.zone).date())


def _read_moment(text: str, ctx: Context[Any]) -> datetime:
    return read_moment(fold(text), ctx.now.astimezone(ctx.zone))


def _read_duration(text: str, _: Context[Any]) -> timedelta:
    return parse_duration(text)


_READERS: Final[dict[Any, Reader]] = {
    int: Reader(_read_int),
    str: Reader(_read_text),
    Rest: Reader(_read_text),
    Fen: Reader(_read_fen, words=2),
    date: Reader(_read_day, words=4),
    datetime: Reader(_read_moment, words=5),
    timedelta: Reader(_read_duration, words=4),
}
