"""What an owner may set of consultation hours in bot.yaml."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from bot.plugin import Access, Duration, PersonName, Price, Settings, Text, parse_every
from bot.plugins.consulting.model import Hours

_RANGE = re.compile(r"(?P<start>.*\d(?:\s*[点时](?:半|\d{1,2}分?)?)?)\s*(?:[-–—~～]|到|至)\s*(?P<end>[^-–—~～到至]+)")
_FORM = "请写成 周三 20:00–21:00 这样"


def _read_hours(value: object) -> Hours:
    """Read `周三 20:00–21:00`, `工作日 9点-11点`, `每天 20:00 到 21:00`."""
    if isinstance(value, Hours):
        return value
    text = str(value).strip()
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} 看不出几点到几点，{_FORM}")
    rule, end = parse_every(found["start"]), parse_every(f"每天 {found['end'].strip()}")
    if rule.day != "*":
        raise ValueError(f"{text!r} 是每月一次，咨询时间按星期写，{_FORM}")
    length = _at(end.hour, end.minute) - _at(rule.hour, rule.minute)
    if length <= timedelta(0):
        raise ValueError(f"{text!r} 的结束要在同一天、比开始晚，{_FORM}")
    return Hours(rule, length, text)


def _at(hour: str, minute: str) -> timedelta:
    return timedelta(hours=int(hour), minutes=int(minute))


WeeklyHours = Annotated[
    Hours,
    PlainValidator(_read_hours),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["周三 20:00–21:00", "工作日 9:00-11:00"]}),
]


def _check_length(value: timedelta) -> timedelta:
    if not timedelta(minutes=5) <= value <= timedelta(hours=8):
        raise ValueError("一次咨询要在 5 分钟到 8 小时之间，比如 30m")
    return value


class ConsultingHours(Settings):
    """Weekly hours of one host."""

    every: WeeklyHours = Field(title="时间")
    """星期几的几点到几点。"""
    title: Text = Field(default="一对一咨询", title="标题")
    """咨询什么。"""
    host: Text = Field(title="主讲")
    """谁来答，大家看到的名字。"""
    account: PersonName | None = Field(default=None, title="主讲的微信号")
    """weixin:微信号；写了就直接通知本人，本人也能取消；不写就通知群主。"""
    length: Annotated[Duration, AfterValidator(_check_length)] | None = Field(default=None, title="一次多长")
    """把时间分成多长的一段一段；不写就是整段一次。"""
    price: Price = Field(default=0, title="价格")
    """一次多少元；不写就是免费。"""
    access: Access = Field(default="free", title="权限")
    """free、member 或套餐编号：谁可以约。"""
    place: Text | None = Field(default=None, title="地点")
    """会议链接或地点，只告诉约好的人。"""

    @field_validator("account")
    @classmethod
    def _is_an_account(cls, account: Any) -> Any:  # noqa: ANN401 - a person, as `PersonName` reads one
        if account is not None and not account.is_strong:
            raise ValueError(f"昵称谁都可以改成一样的，请写微信号，比如 weixin:{account.value}")
        return account

    @model_validator(mode="after")
    def _fits(self) -> ConsultingHours:
        if self.length is not None and self.length > self.every.length:
            raise ValueError("一次的时长比整段时间还长，请改 length 或 every")
        return self


class ConsultingSettings(Settings):
    """Settings of the plugin `consulting`."""

    slots: tuple[ConsultingHours, ...] = Field(default=(), title="咨询时间")
    """每周哪些时间可以约咨询。"""
    ahead: Duration = Field(default=timedelta(days=14), title="提前开放")
    """提前多久可以约。"""
    least_notice: Duration = Field(default=timedelta(hours=2), title="最晚约")
    """离开始不到这么久就不能约了。"""
    hold: Duration = Field(default=timedelta(hours=2), title="付款期限")
    """约好的时间等付款等多久。"""
    change_until: Duration = Field(default=timedelta(hours=24), title="改约期限")
    """开始前多久以内不能自己取消或改约。"""
    remind: tuple[Duration, ...] = Field(default=(timedelta(days=1), timedelta(minutes=30)), title="提醒")
    """开始前多久提醒双方。"""
    most_booked: int = Field(default=2, ge=1, le=20, title="最多约几次")
    """一个人同时最多约几次。"""
