"""What an owner may set of tickets in bot.yaml."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema, field_validator

from bot.plugin import Duration, Identifier, Price, Settings, Text, parse_duration, shorten_duration

_LONG = re.compile(r"(\d{1,3})\s*(m|个?月|y|年)")
_DAYS_OF: Final = {"m": 31, "月": 31, "个月": 31, "y": 366, "年": 366}
"""As with plans, a month is 31 days and a year 366, so that nobody gets less than was promised."""
_ALL: Final = {"all", "全部", "所有"}
_LONGEST: Final = timedelta(days=3660)


def _read_term(value: object) -> timedelta:
    """Read `31d`, `6m`, `1y`, `2 周`; `m` is months, as with plans."""
    if isinstance(value, timedelta):
        return value
    text = unicodedata.normalize("NFKC", str(value)).strip().lower()
    if text.isdecimal():
        raise ValueError(f"有效期 {text!r} 缺少单位：{text}d 是天，{text}m 是月，{text}y 是年")
    found = _LONG.fullmatch(text)
    term = timedelta(days=int(found[1]) * _DAYS_OF[found[2]]) if found else parse_duration(text)
    if not timedelta(days=1) <= term <= _LONGEST:
        raise ValueError("有效期要在 1 天到 10 年之间，比如 90d、6m 或 1y")
    return term


def _read_sessions(value: object) -> object:
    if isinstance(value, str):
        return () if value.strip().lower() in _ALL else (value,)
    if isinstance(value, list):
        if not value:
            raise ValueError("请写场次的编号，全部都能用就写 all")
        return tuple(value)
    return value


Term = Annotated[
    timedelta,
    PlainValidator(_read_term),
    PlainSerializer(shorten_duration, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["90d", "6m", "1y"]}),
]
Sessions = Annotated[tuple[Identifier, ...], BeforeValidator(_read_sessions, json_schema_input_type=list[str] | str)]


class TicketOffer(Settings):
    """A ticket as bot.yaml offers it now; what was bought stays as it was."""

    id: Identifier = Field(title="编号")
    """唯一的编号。"""
    title: Text = Field(title="标题")
    """大家看到的名字，比如 五次卡。"""
    price: Price = Field(title="价格")
    """一张多少元。"""
    uses: int = Field(default=1, ge=1, le=1000, title="次数")
    """能用几次。"""
    sessions: Sessions = Field(default=(), title="场次", examples=[["go-weekly", "fastapi-101"]])
    """哪些场次能用：schedules.yaml 里的编号；不写或写 all 就是全部。"""
    valid: Term = Field(default=timedelta(days=366), title="有效期", validate_default=True)
    """付款后多久内有效，1m 是 31 天，1y 是 366 天。"""

    @field_validator("price")
    @classmethod
    def _costs_something(cls, price: int) -> int:
        if not price:
            raise ValueError("课票要有价格；免费的场次不用课票")
        return price


class TicketsSettings(Settings):
    """Settings of the plugin `tickets`."""

    tickets: tuple[TicketOffer, ...] = Field(default=(), title="课票")
    """卖哪些课票。"""
    hold: Duration = Field(default=timedelta(hours=24), title="付款期限")
    """下单后等付款等多久。"""

    @field_validator("tickets")
    @classmethod
    def _have_own_ids(cls, tickets: tuple[TicketOffer, ...]) -> tuple[TicketOffer, ...]:
        for what, names in (("编号", [one.id for one in tickets]), ("标题", [one.title for one in tickets])):
            twice = [name for name, count in Counter(names).items() if count > 1]
            if twice:
                raise ValueError(f"课票{what}「{twice[0]}」重复了，请换一个")
        return tickets

    def find(self, ticket_id: str) -> TicketOffer | None:
        """Return an offer by its id."""
        return next((one for one in self.tickets if one.id == ticket_id), None)
