"""What an owner types about a session is read, one answer at a time and all in a line."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.plugin import UserError
from bot.plugins.organising.model import Plan, Step
from bot.plugins.organising.rules import Here, make_id, read_answer, read_line

HERE = Here(
    datetime(2026, 12, 1, 9, tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai")), ("甲群", "乙群", "丙 群"), "老王"
)


@pytest.mark.parametrize(
    ("step", "text", "found"),
    [
        (Step.TITLE, "  《FastAPI 入门》 ", {"title": "FastAPI 入门"}),
        (Step.TITLE, '"引号: 课"', {"title": "引号: 课"}),
        (Step.TIME, "周六 20:00", {"time": "2026-12-05 20:00", "is_series": False}),
        (Step.TIME, "12月5日晚上8点半", {"time": "2026-12-05 20:30", "is_series": False}),
        (Step.TIME, "每周五 20:00", {"time": "每周五 20:00", "is_series": True}),
        (Step.TIME, "Fridays  8pm", {"time": "Fridays 8pm", "is_series": True}),
        (Step.DURATION, "90 分钟", {"duration": "1h30m"}),
        (Step.DURATION, "90", {"duration": "1h30m"}),
        (Step.DURATION, "两个半小时", {"duration": "2h30m"}),
        (Step.DURATION, "跳过", {"duration": "1h"}),
        (Step.CAPACITY, "30", {"capacity": 30}),
        (Step.CAPACITY, "限３０人", {"capacity": 30}),
        (Step.CAPACITY, "不限", {"capacity": 0}),
        (Step.PRICE, "99元", {"price": "99"}),
        (Step.PRICE, "￥9.9", {"price": "9.90"}),
        (Step.PRICE, "免费", {"price": "0"}),
        (Step.HOST, "@小李", {"host": "小李"}),
        (Step.HOST, "我", {"host": "老王"}),
        (Step.HOST, "没有", {"host": ""}),
        (Step.ROOMS, "1,3", {"rooms": ("甲群", "丙 群")}),
        (Step.ROOMS, "乙群", {"rooms": ("乙群",)}),
        (Step.ROOMS, "丙 群", {"rooms": ("丙 群",)}),
        (Step.ROOMS, "全部", {"rooms": ("甲群", "乙群", "丙 群")}),
    ],
)
def test_an_answer_is_read(step: Step, text: str, found: dict[str, Any]) -> None:
    assert read_answer(step, text, HERE) == found


@pytest.mark.parametrize(
    ("step", "text", "told"),
    [
        (Step.TITLE, "跳过", "要有个名字"),
        (Step.TITLE, "是", "要有个名字"),
        (Step.TITLE, "长" * 61, "缩到 60 个字"),
        (Step.TIME, "随便", "12-05"),
        (Step.TIME, "周六", "还缺几点"),
        (Step.TIME, "2026-11-30 20:00", "已经过去了"),
        (Step.TIME, "每两周 周五 20:00", "还写不了"),
        (Step.DURATION, "2", "缺少单位"),
        (Step.DURATION, "0m", "1 分钟到 7 天"),
        (Step.CAPACITY, "很多", "不是人数"),
        (Step.CAPACITY, "501", "1 到 500"),
        (Step.PRICE, "便宜", "看不懂"),
        (Step.PRICE, "-5", "不能是负数"),
        (Step.ROOMS, "4", "1 甲群，2 乙群，3 丙 群"),
        (Step.ROOMS, "群", "请回复群前面的数字"),
    ],
)
def test_nonsense_is_answered_with_what_is_taken(step: Step, text: str, told: str) -> None:
    with pytest.raises(UserError) as raised:
        read_answer(step, text, HERE)
    assert told in raised.value.text


@pytest.mark.parametrize(
    ("line", "plan"),
    [
        (
            "FastAPI 入门 2026-12-05 20:00 2h 30人 99元",
            Plan(title="FastAPI 入门", time="2026-12-05 20:00", duration="2h", capacity=30, price="99"),
        ),
        (
            "《Go 周会》 每周五 20:00 90分钟 免费 不限 主讲：老王",
            Plan(
                title="Go 周会",
                time="每周五 20:00",
                is_series=True,
                duration="1h30m",
                capacity=0,
                price="0",
                host="老王",
            ),
        ),
        (
            "Rust 入门 周六 晚上8点 ¥9.9 20位",
            Plan(title="Rust 入门", time="2026-12-05 20:00", capacity=20, price="9.90"),
        ),
        ("Python 3", Plan(title="Python 3")),
        ("周六 20:00", Plan(time="2026-12-05 20:00")),
        ("第 2 课 列表推导", Plan(title="第 2 课 列表推导")),
        (
            "FastAPI 入门实战，周六晚上8点，2小时，30人，1,299元",
            Plan(title="FastAPI 入门实战", time="2026-12-05 20:00", duration="2h", capacity=30, price="1299"),
        ),
        ("读书会 12月20日 15:00 场地费9.9元", Plan(title="读书会", time="2026-12-20 15:00", price="9.90")),
        ("周六 20:00 读书会", Plan(title="读书会", time="2026-12-05 20:00")),
        ("FastAPI 2h 12-05 20:00 实战班", Plan(title="FastAPI 实战班", time="2026-12-05 20:00", duration="2h")),
        ("asyncio by 小李 12-06 15:00", Plan(title="asyncio", time="2026-12-06 15:00", host="小李")),
    ],
)
def test_a_line_is_read_from_its_end_and_the_rest_is_the_title(line: str, plan: Plan) -> None:
    assert read_line(line, HERE) == plan


def test_a_line_whose_time_is_over_is_no_title() -> None:
    with pytest.raises(UserError, match="已经过去了"):
        read_line("FastAPI 入门 2020-12-05 20:00", HERE)


@pytest.mark.parametrize(
    ("title", "taken", "name"),
    [
        ("FastAPI 入门实战", set(), "fastapi"),
        ("FastAPI 入门实战", {"FastAPI", "fastapi-2"}, "fastapi-3"),
        ("Python 3.12 新特性", set(), "python-3-12"),
        ("周末读书会：第 3 期", set(), "周末读书会第3期"),
        ("2027", set(), "course-2027"),
        ("！！", set(), "course"),
    ],
)
def test_an_id_is_made_of_the_title(title: str, taken: set[str], name: str) -> None:
    assert make_id(title, taken) == name


def test_a_plan_survives_being_stored() -> None:
    plan = Plan(title="T", rooms=("甲群",), capacity=0)
    assert Plan.from_data(plan.to_data() | {"rooms": ["甲群"]}) == plan
    assert Plan.from_data(Plan().to_data()) == Plan()
