from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.plugins.study.day_rules import (
    Standing,
    calendar_of,
    day_of,
    longest_streak,
    milestone_at,
    rank,
    streak_until,
    week_of,
)
from bot.plugins.study.wish_rules import (
    are_same,
    clean_topic,
    has_link,
    is_met_by,
    is_topic,
    needed_cosine,
)
from tests.examples import examples

DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 12, 15)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("K8s 入门", "k8s入门"),
        ("K8s 入门", "Kubernetes 基础入门"),
        ("K8s 入门", "从零开始 K8s"),
        ("Go 并发", "golang 并发编程"),
        ("写简历", "简历怎么写"),
        ("面试技巧", "怎么准备面试"),
        ("大模型微调", "LLM 微调"),
        ("編譯原理", "编译原理"),
    ],
)
def test_what_is_the_same_topic_is_joined(one: str, other: str) -> None:
    assert are_same(one, other)
    assert are_same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("前端性能优化", "后端性能优化"),
        ("Redis 6", "Redis 7"),
        ("Redis 集群", "Redis 入门"),
        ("Kubernetes 入门", "Kubernetes 进阶"),
        ("MySQL 索引", "MySQL 事务"),
        ("分布式锁", "分布式事务"),
    ],
)
def test_what_is_another_topic_stays_apart_however_near_the_encoder_finds_it(one: str, other: str) -> None:
    assert not are_same(one, other, cosine=0.99, needed=0.985)


def test_a_word_more_is_the_same_topic_only_when_it_means_the_same() -> None:
    assert not are_same("单元测试", "单元测试 覆盖率")
    assert not are_same("单元测试", "单元测试 覆盖率", cosine=0.98, needed=0.985)
    assert are_same("单元测试", "单元测试 覆盖率", cosine=0.99, needed=0.985)
    assert needed_cosine(0.91, 0.895, is_semantic=True) == pytest.approx(0.985)
    assert needed_cosine(0.91, 0.895, is_semantic=False) > 1


@pytest.mark.parametrize(
    ("topic", "title", "is_met"),
    [
        ("K8s 入门", "Kubernetes 入门：从部署到排障", True),
        ("K8s", "K8s 网络", True),
        ("K8s 网络", "K8s 入门", False),
        ("FastAPI", "FastAPI 入门实战", True),
        ("FastAPI", "Flask 入门实战", False),
        ("怎么写简历", "简历一对一", True),
        ("技巧", "面试技巧", False),
        ("分享", "面试技巧", False),
    ],
)
def test_a_wish_is_met_by_a_title_that_holds_all_that_matters_of_it(topic: str, title: str, is_met: bool) -> None:
    assert is_met_by(topic, title) is is_met


def test_a_wish_may_be_met_by_meaning_unless_the_names_differ() -> None:
    assert is_met_by("容器编排", "集群调度", cosine=0.99, needed=0.985)
    assert not is_met_by("Vue 组件", "React 组件", cosine=0.99, needed=0.985)


@pytest.mark.parametrize(
    ("typed", "topic"),
    [
        ("K8s 入门", "K8s 入门"),
        (" 「K8s  入门」。", "K8s 入门"),
        ("关于 K8s 入门的课", "K8s 入门"),
        ("讲讲单元测试吧", "单元测试吧"),
        ("一节 Go 课程", "Go"),
        ("分享", "分享"),
        ("课", "课"),
    ],
)
def test_a_topic_is_kept_without_what_leads_to_it(typed: str, topic: str) -> None:
    assert clean_topic(typed) == topic


@pytest.mark.parametrize(
    ("typed", "is_one"),
    [
        ("K8s 入门", True),
        ("怎么写简历", True),
        ("你唱歌", False),
        ("大家的意见", False),
        ("什么呢", False),
        ("K8s 入门？", False),
        ("字" * 41, False),
        ("两\n行", False),
        ("+1", False),
        ("", False),
    ],
)
def test_chat_is_told_from_topics(typed: str, is_one: bool) -> None:
    assert is_topic(typed) is is_one


def test_addresses_are_seen() -> None:
    assert all(map(has_link, ("加我 HTTP://a.b", "看 abc.com", "www.x.y")))
    assert not has_link("Node.js 入门")


@pytest.mark.parametrize(
    ("local", "day"),
    [
        (datetime(2026, 12, 15, 3, 59, tzinfo=SHANGHAI), date(2026, 12, 14)),
        (datetime(2026, 12, 15, 4, 0, tzinfo=SHANGHAI), date(2026, 12, 15)),
        (datetime(2026, 12, 15, 23, 59, tzinfo=SHANGHAI), date(2026, 12, 15)),
        (datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=1), date(2026, 10, 31)),
        (datetime(2026, 3, 8, 4, 0, tzinfo=ZoneInfo("America/New_York")), date(2026, 3, 8)),
    ],
)
def test_the_small_hours_belong_to_the_day_before(local: datetime, day: date) -> None:
    assert day_of(local, 4) == day


def test_a_streak_goes_up_to_today_or_to_yesterday() -> None:
    assert streak_until([TODAY, TODAY - DAY, TODAY - 3 * DAY], TODAY) == 2
    assert streak_until([TODAY - DAY, TODAY - 2 * DAY], TODAY) == 2
    assert streak_until([TODAY - 2 * DAY], TODAY) == 0
    assert streak_until([], TODAY) == 0


@settings(max_examples=examples(60))
@given(st.sets(st.integers(0, 40)))
def test_the_longest_streak_is_the_longest_run_of_days(offsets: set[int]) -> None:
    days = [TODAY - at * DAY for at in offsets]
    runs = "".join("x" if at in offsets else " " for at in range(41)).split()
    assert longest_streak(days) == max(map(len, runs), default=0)
    assert streak_until(days, TODAY) <= longest_streak(days)


def test_who_has_as_many_days_shares_a_place_and_who_left_has_none() -> None:
    counts = {"a": 3, "b": 5, "c": 3, "gone": 7, "d": 1}
    names = {"d": "丁", "c": "丙", "b": "乙", "a": "甲", "e": "戊"}
    assert rank(counts, names) == [
        Standing(1, 5, ("b",), ("乙",)),
        Standing(2, 3, ("c", "a"), ("丙", "甲")),
        Standing(4, 1, ("d",), ("丁",)),
    ]


@settings(max_examples=examples(40))
@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=1), st.integers(1, 7)))
def test_a_place_is_one_more_than_those_who_have_more_days(counts: dict[str, int]) -> None:
    for standing in rank(counts, {one: one for one in counts}):
        assert standing.place == 1 + sum(n > standing.days for n in counts.values())
        assert {counts[one] for one in standing.ids} == {standing.days}


def test_weeks_begin_on_monday() -> None:
    assert week_of(date(2026, 12, 13)) == date(2026, 12, 7)
    assert week_of(date(2026, 12, 14)) == date(2026, 12, 14)


def test_the_calendar_of_a_month_has_a_line_for_each_week() -> None:
    days = [date(2026, 12, 1), date(2026, 12, 3), date(2026, 11, 30)]
    assert calendar_of(days, date(2026, 12, 3)) == [
        "一二三四五六日",
        "　●○●・・・",
        "・・・・・・・",
        "・・・・・・・",
        "・・・・・・・",
        "・・・・",
    ]
    assert len(calendar_of([], date(2027, 2, 28))) == 5  # four weeks from a Monday on


def test_milestones_are_reached_on_their_day_only() -> None:
    assert [milestone_at(n) for n in (1, 6, 7, 8, 30, 100)] == [0, 0, 7, 0, 30, 100]
