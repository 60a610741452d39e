"""What an owner can set about the theme of a room."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from bot.plugin import Duration, Settings, Text, moderation

_SHORTEST, _LONGEST = timedelta(minutes=30), timedelta(days=7)


def _as_tuple(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _check_every(value: timedelta) -> timedelta:
    if not _SHORTEST <= value <= _LONGEST:
        raise ValueError("要在 30 分钟到 7 天之间，一般是 2h")
    return value


class TopicSettings(Settings):
    """What a room is about, and how often it is told that it talks of other things."""

    theme: Annotated[tuple[Text, ...], BeforeValidator(_as_tuple, json_schema_input_type=list[Text] | Text)] = Field(
        default=(), max_length=20, title="主题", examples=["Python 学习"]
    )
    """群里主要聊什么，写一句或几句；不写就不提醒。"""
    every: Annotated[Duration, AfterValidator(_check_every)] = Field(default=timedelta(hours=2), title="间隔")
    """两次提醒之间至少隔多久。"""
    free: moderation.HoursList = Field(default=(), title="闲聊时间")
    """这些时间随便聊，不提醒，比如 周五 18:00-23:00。"""
