"""What an owner may set of membership in bot.yaml: the plans that are sold, and how."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from bot.plugin import Day, Duration, Identifier, Price, Settings, Text
from bot.plugins.membership.model import LINE

DAY: Final = 86_400
_DAYS_OF: Final = {"d": 1, "w": 7, "m": 31, "y": 366}
"""A month is 31 days and a year 366, so that nobody gets less than was promised (RESEARCH §5)."""
_UNIT_OF: Final = {
    "天": "d", "日": "d", "day": "d", "days": "d", "周": "w", "星期": "w", "个星期": "w", "week": "w", "weeks": "w",
    "月": "m", "个月": "m", "month": "m", "months": "m", "年": "y", "year": "y", "years": "y",
} | {unit: unit for unit in _DAYS_OF}  # fmt: skip
_LENGTH = re.compile(rf"(\d{{1,4}})\s*({'|'.join(sorted(_UNIT_OF, key=len, reverse=True))})")
_UNTIL = re.compile(r"(?:until|到|至)\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_FOREVER: Final = frozenset({"lifetime", "forever", "永久", "终身", "永久会员", "终身会员"})
_LONGEST_DAYS: Final = 36_600
_KINDS: Final = ("room", "course", "session", "ticket")
_FEATURE = re.compile(r"[\w-]{1,40}")
_LONGEST_GRACE: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Period:
    """How long a plan lasts.

    Attributes:
        seconds: once it begins; None with a fixed end or without any.
        until: the last day of it, by the room's clock; None without one.
        text: as it was written.
    """

    seconds: int | None
    until: date | None
    text: str

    def __str__(self) -> str:
        return self.text


def parse_period(value: object) -> Period:
    """Read `31d`, `1m`, `1y`, `2 周`, `lifetime` or `until 2027-01-31`.

    Raises:
        ValueError: it is none of these; the text says in Chinese what to write.
    """
    if isinstance(value, Period):
        return value
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    plain = text.lower()
    if plain in _FOREVER:
        return Period(None, None, text)
    if found := _LENGTH.fullmatch(plain):
        days = int(found[1]) * _DAYS_OF[_UNIT_OF[found[2]]]
        if not 1 <= days <= _LONGEST_DAYS:
            raise ValueError(f"{text!r} 太{'短' if days < 1 else '长'}了，要在 1 天到 100 年之间，不到期的写 lifetime")
        return Period(days * DAY, None, text)
    if found := _UNTIL.fullmatch(plain):
        return Period(None, _day(text, *map(int, found.groups())), text)
    raise ValueError(_period_advice(text, plain))


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"{text!r} 里没有这一天，请写成 until 2027-01-31 这样") from None


def _period_advice(text: str, plain: str) -> str:
    if plain.isdecimal():
        return f"{text!r} 缺少单位：{plain}d 是天，{plain}m 是月，{plain}y 是年"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain):
        return f"到固定日期为止请写 until {plain}"
    if difflib.get_close_matches(plain, _FOREVER, 1, 0.7):
        return f"{text!r} 看不懂，是 lifetime 吗？"
    return f"{text!r} 看不懂，请写成 1m、1y、31d、lifetime 或 until 2027-01-31 这样"


def _check_opening(value: str) -> str:
    text = value.replace("：", ":", 1).strip()
    kind, colon, item = (part.strip() for part in text.partition(":"))
    if not colon:
        if _FEATURE.fullmatch(text):
            return text
        raise ValueError(f"{value!r} 只能用文字、数字和减号；开放一个群请写 room:群名")
    if kind not in _KINDS:
        near = difflib.get_close_matches(kind.lower(), _KINDS, 1, 0.6)
        raise ValueError(
            f"不认识「{kind}:」，" + (f"是 {near[0]}:{item} 吗？" if near else f"可选：{'、'.join(_KINDS)}")
        )
    if not item:
        raise ValueError("「room:」后面要写群名，比如 room:VIP群" if kind == "room" else f"「{kind}:」后面要写编号")
    return f"{kind}:{item}"


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str | dict) else tuple(value) if isinstance(value, list) else value


PeriodField = Annotated[
    Period,
    PlainValidator(parse_period),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["1m", "1y", "31d", "lifetime", "until 2027-01-31"]}),
]
Opening = Annotated[str, AfterValidator(_check_opening), Field(examples=["room:VIP群"])]
Openings = Annotated[tuple[Opening, ...], BeforeValidator(_as_list, json_schema_input_type=list[Opening] | Opening)]


class Promo(Settings):
    """A lower price for a while or for newcomers, with the reason that members read."""

    price: Price = Field(title="优惠价", examples=[9.9])
    """元，最多两位小数。"""
    reason: Text = Field(title="理由", examples=["双十一"])
    """成员看得到的理由。"""
    first_day: Day | None = Field(default=None, alias="from", title="从", examples=["2026-11-01"])
    """从哪天开始，含当天。"""
    last_day: Day | None = Field(default=None, alias="until", title="到", examples=["2026-11-11"])
    """到哪天为止，含当天。"""
    newcomers: bool = Field(default=False, title="新人专享")
    """true 只给从没付过款的人。"""

    @model_validator(mode="after")
    def _check(self) -> Promo:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError(f"until {self.last_day} 在 from {self.first_day} 之前，请把两个日期换过来")
        return self


class Plan(Settings):
    """One plan as bot.yaml has it now."""

    id: Identifier = Field(title="编号", examples=["month"])
    """成员输入的编号，唯一。"""
    title: Text = Field(title="名称", examples=["月度会员"])
    """成员看到的名称。"""
    price: Price = Field(default=0, title="价格", examples=[19.9])
    """元，最多两位小数；不写就不卖，只能送或用码兑换。"""
    period: PeriodField = Field(title="时长")
    """1m 是 31 天，1y 是 366 天，还可以写 7d、lifetime、until 2027-01-31。"""
    opens: Openings = Field(default=(LINE,), title="开放", min_length=1)
    """能用什么：member、room:群名、course:编号 或者功能的名称。"""
    line: Identifier = Field(default=LINE, title="系列")
    """同一系列的套餐前后相接；互不相干的套餐写不同的名称。"""
    tier: int = Field(default=1, ge=1, le=99, title="等级")
    """同一系列里数字大的先用，可以补差价升级。"""
    trial: bool = Field(default=False, title="试用")
    """true 是免费试用，每人一次。"""
    newcomers_only: bool = Field(default=False, title="仅限新人")
    """true 只卖给从没付过款的人。"""
    note: str = Field(default="", title="说明", max_length=200)
    """套餐列表里的一句说明。"""
    promo: Annotated[tuple[Promo, ...], BeforeValidator(_as_list, json_schema_input_type=list[Promo] | Promo)] = Field(
        default=(), title="优惠"
    )
    """优惠价，可以写几条，取最低的。"""

    @model_validator(mode="after")
    def _check(self) -> Plan:
        if self.id.isdecimal():
            raise ValueError(f"编号 {self.id!r} 不能只有数字，比如 plan-{self.id}")
        if self.trial and self.price:
            raise ValueError("试用是免费的，请删掉 price，或者去掉 trial")
        if self.trial and self.period.seconds is None:
            raise ValueError("试用要有天数，比如 period: 7d")
        if any(promo.price >= self.price for promo in self.promo):
            raise ValueError("优惠价要比 price 低")
        return self

    @property
    def is_sold(self) -> bool:
        """Whether it can be bought."""
        return self.price > 0


def _check_plans(plans: tuple[Plan, ...]) -> tuple[Plan, ...]:
    for what, name in (("编号", "id"), ("名称", "title")):
        seen: set[str] = set()
        for plan in plans:
            value = getattr(plan, name)
            if value.casefold() in seen:
                raise ValueError(f"有两个套餐的{what}都是「{value}」，每个要不一样")
            seen.add(value.casefold())
    return plans


def _check_grace(value: timedelta) -> timedelta:
    if value > _LONGEST_GRACE:
        raise ValueError("超过 60 天了，宽限期一般是 3d")
    return value


class MembershipSettings(Settings):
    """Settings of the plugin `membership`."""

    plans: Annotated[tuple[Plan, ...], AfterValidator(_check_plans)] = Field(default=(), title="套餐")
    """卖什么；卖出去的不会变，改了只影响以后买的。"""
    grace: Annotated[Duration, AfterValidator(_check_grace)] = Field(default=timedelta(days=3), title="宽限期")
    """到期以后还能用多久；试用没有宽限期。"""
    hold: Duration = Field(default=timedelta(hours=24), title="付款期限")
    """订单等付款等多久。"""
    terms: str = Field(default="", title="条款", max_length=2000)
    """第一次付款前要同意的条款，改了会再问一次；不写就不问。"""
    longest_pause: int = Field(default=90, ge=1, le=366, title="最长暂停")
    """一次最多暂停多少天。"""
