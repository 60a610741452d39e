"""What `schedules.yaml` can say: training sessions and announcements, and when they fire."""

from __future__ import annotations

import difflib
import re
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema

from bot.config_model import Section
from bot.config_types import Text, Texts, ZoneName, as_tuple
from bot.schedule_cron import parse_cron
from bot.schedule_times import (
    CronRule,
    DateRange,
    parse_day,
    parse_day_range,
    parse_every,
    parse_repetition,
    parse_wall,
)
from bot.units import Duration, Fen, parse_duration

_IDENTIFIER = re.compile(r"[\w-]{1,40}")
_WALL_PATTERN = r"^\d{4}-\d{2}-\d{2}[ T]\d{1,2}:\d{2}"
_ACCESS = ("free", "member")
_LONGEST = timedelta(days=7)


def _check_identifier(value: str) -> str:
    if _IDENTIFIER.fullmatch(value):
        return value
    near = re.sub(r"[^\w-]+", "-", value.strip())[:40].strip("-") or "friday-review"
    raise ValueError(f"只能用文字、数字和减号，最长 40 个字，{value!r} 可以写成 {near}")


def _check_access(value: str) -> str:
    near = difflib.get_close_matches(value.lower(), _ACCESS, 1, 0.75)
    if near and value not in _ACCESS:
        raise ValueError(f"不认识 {value!r}，是 {near[0]} 吗？可选：free、member 或套餐编号")
    return _check_identifier(value)


def _check_length(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("不能是 0，比如 2h")
    if value > _LONGEST:
        raise ValueError("超过 7 天了，请写一场有多长，比如 2h；重复的课用 every")
    return value


Identifier = Annotated[str, AfterValidator(_check_identifier), Field(examples=["fastapi-101"])]
Access = Annotated[str, AfterValidator(_check_access), Field(examples=["free", "member"])]
Wall = Annotated[
    datetime,
    PlainValidator(parse_wall),
    PlainSerializer(lambda wall: f"{wall:%Y-%m-%d %H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": _WALL_PATTERN, "examples": ["2026-12-05 20:00"]}),
]
"""A date and time by the zone's clock, without zone."""
Day = Annotated[
    date,
    PlainValidator(parse_day),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$", "examples": ["2026-12-31"]}),
]
Days = Annotated[
    DateRange,
    PlainValidator(parse_day_range),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["2026-10-01", "2026-10-01..2026-10-07"]}),
]
Every = Annotated[
    CronRule,
    PlainValidator(parse_every),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["周五 18:00", "每天 09:00", "fri 18:00"]}),
]
Repetition = Annotated[
    CronRule,
    PlainValidator(parse_repetition),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["周五 18:00", "每天 09:00", "隔周五 20:00", "fri 18:00"]}),
]
Cron = Annotated[
    CronRule,
    PlainValidator(parse_cron),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["0 20 * * fri"]}),
]


Length = Annotated[Duration, AfterValidator(_check_length)]
Repetitions = Annotated[
    tuple[Repetition, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Repetition] | Repetition)
]
SkippedDays = Annotated[tuple[Days, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Days] | Days)]
Durations = Annotated[tuple[Duration, ...], BeforeValidator(as_tuple, json_schema_input_type=list[Duration] | Duration)]


class ScheduleEntry(Section):
    """What sessions and announcements share: where, when, and what to do about a missed one."""

    id: Identifier = Field(title="编号")
    """唯一的编号。"""
    room: Texts = Field(min_length=1, title="群", examples=["Python学习群"])
    """群名，或几个群名的列表。"""
    timezone: ZoneName | None = Field(default=None, title="时区")
    """和整个文件不同时才写。"""
    starts: Wall | None = Field(default=None, title="开始")
    """只有一次的时间。"""
    every: Repetitions = Field(default=(), title="每")
    """重复的时间，比如 周五 18:00；隔周的写 隔周五 20:00，再用 from 写第一次是哪天。"""
    cron: Cron | None = Field(default=None, title="表达式")
    """五段 cron，星期写名称。"""
    first_day: Day | None = Field(default=None, alias="from", title="从")
    """重复从哪天开始。"""
    last_day: Day | None = Field(default=None, alias="until", title="到")
    """重复到哪天为止，含当天。"""
    skipped: SkippedDays = Field(default=(), alias="except", title="除了")
    """哪些天不算，可以写 2026-10-01..2026-10-07。"""
    moved: dict[Day, Wall] = Field(default={}, title="改期", examples=[{"2026-12-04": "2026-12-05 20:00"}])
    """重复的课里改到别的时间的那几次：原来的日子: 新的时间。"""
    skip_holidays: bool = Field(default=False, title="节假日不算")
    """true 跳过中国法定节假日；工作日 还会算上调休上班的周末。"""
    missed: Literal["send", "skip", "merge"] = Field(default="send", title="错过")
    """停机错过后：send 补发，skip 跳过，merge 几次合成一次。"""
    within: Duration = Field(default=parse_duration("2h"), title="补发期限")
    """错过多久以内才补发。"""

    @property
    def rooms(self) -> tuple[str, ...]:
        """Topics of the rooms it is for."""
        return self.room

    @property
    def rules(self) -> tuple[CronRule, ...]:
        """The repetitions; empty for a one-off."""
        return (*self.every, self.cron) if self.cron else self.every

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose clock the times are read from; `load_schedules` has filled it in."""
        assert self.timezone is not None
        return ZoneInfo(self.timezone)


class Announcement(ScheduleEntry):
    """A message that a schedule sends."""

    text: Text = Field(title="内容")
    """发出去的文字。"""


class SessionEntry(ScheduleEntry):
    """A training session or a series of them."""

    title: Text = Field(title="标题")
    """课程名。"""
    host: Text | None = Field(default=None, title="主持")
    """主讲人。"""
    duration: Length = Field(default=parse_duration("1h"), title="时长")
    """多长。"""
    price: Fen = Field(default=0, title="价格")
    """元，最多两位小数；不写就是免费。"""
    capacity: Annotated[int, Field(ge=1, le=500, examples=[30])] | None = Field(default=None, title="名额")
    """不写就是不限；多的人进候补。"""
    access: Access = Field(default="free", title="权限")
    """free、member 或套餐编号。"""
    announce: Durations = Field(default=(parse_duration("3d"),), title="通知")
    """开始前多久在群里通知；不写就是 [3d]，写 [] 就不通知。"""
    remind: Durations = Field(default=(), title="提醒")
    """开始前多久提醒，比如 [1d, 30m]。"""
    place: Text | None = Field(default=None, title="地点")
    """在哪里上课，大家都看得到。"""
    link: Text | None = Field(default=None, title="链接", examples=["https://meeting.tencent.com/dm/abc123"])
    """会议链接或会议号，只私聊发给已报名的人。"""
    materials: Text | None = Field(default=None, title="资料", examples=["https://example.com/slides.pdf"])
    """资料链接，结束后给大家看。"""
    recording: Text | None = Field(default=None, title="回放", examples=["https://example.com/recording"])
    """回放链接，结束后给大家看。"""

    def ends(self, start: datetime) -> datetime:
        """Return when a session that starts then is over."""
        return start + timedelta(seconds=self.duration.total_seconds())


class Schedules(Section):
    """The whole of `schedules.yaml`."""

    timezone: ZoneName | None = Field(default=None, title="时区")
    """时间按哪里的钟；不写就用 bot.yaml 里的。"""
    sessions: tuple[SessionEntry, ...] = Field(default=(), title="场次")
    announcements: tuple[Announcement, ...] = Field(default=(), title="通知")

    @property
    def entries(self) -> tuple[ScheduleEntry, ...]:
        """Sessions and announcements."""
        return (*self.sessions, *self.announcements)
