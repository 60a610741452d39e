"""What goes on with the last question, and what it asks when it is written out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plugins.qa.follow_up import FollowUp, Way, name_topic, read_follow_up, write_out

QUESTION = "asyncio 怎么限制并发？"


@pytest.mark.parametrize(
    ("said", "way", "written"),
    [
        ("那 Windows 上呢？", Way.PLACE, "Windows asyncio 怎么限制并发？"),
        ("那 docker 里呢", Way.PLACE, "docker asyncio 怎么限制并发？"),
        ("如果是 k8s 呢？", Way.PLACE, "k8s asyncio 怎么限制并发？"),
        ("mysql 呢", Way.PLACE, "mysql asyncio 怎么限制并发？"),
        ("Linux 下怎么查", Way.PLACE, "Linux asyncio 怎么限制并发？"),
        ("那超时了怎么办", Way.PLACE, "超时了 asyncio 怎么限制并发？"),
        ("换成 Go 怎么写", Way.SWAP, "Go 怎么限制并发？"),
        ("用 Rust 怎么写？", Way.SWAP, "Rust 怎么限制并发？"),
        ("换成多线程呢", Way.SWAP, "多线程 怎么限制并发？"),
        ("为什么？", Way.WHY, "asyncio 怎么限制并发 为什么"),
        ("為什麼會這樣", Way.WHY, "asyncio 怎么限制并发 为什么"),
        ("有例子吗", Way.EXAMPLE, "asyncio 怎么限制并发 代码示例"),
        ("有没有完整的代码示例？", Way.EXAMPLE, "asyncio 怎么限制并发 代码示例"),
        ("还有别的办法吗？", Way.OTHERS, "asyncio 怎么限制并发 其他办法"),
        ("有没有更简单的方法", Way.OTHERS, "asyncio 怎么限制并发 其他办法"),
        ("这个太复杂了，有没有更简单的方法", Way.OTHERS, "asyncio 怎么限制并发 其他办法"),
        ("具体怎么做", Way.DETAIL, "asyncio"),
        ("然后呢？", Way.DETAIL, "asyncio"),
        ("它支持异步吗", Way.POINTING, "asyncio 支持异步吗"),
        ("这样会丢数据吗？", Way.POINTING, "asyncio 会丢数据吗"),
        ("这个方法有什么缺点", Way.POINTING, "asyncio 有什么缺点"),
        ("要重启吗", Way.ELLIPSIS, "asyncio 要重启吗"),
    ],
)
def test_a_follow_up_is_written_out(said: str, way: Way, written: str) -> None:
    follow_up = read_follow_up(said)
    assert follow_up is not None
    assert follow_up.way is way
    assert write_out(follow_up, QUESTION) == written


@pytest.mark.parametrize(
    "said",
    [
        "redis 怎么持久化",
        "好的谢谢",
        "用 Go",
        "用 Nacos 做降级开关时要注意什么？",
        "吃了吗",
        "那我走了",
        "真的吗？",
        "那你呢",
        "线上服务内存一直涨，重启之后又好了，这是什么原因造成的呢",
        "收到",
        "",
    ],
)
def test_what_says_enough_or_nothing_is_no_follow_up(said: str) -> None:
    assert read_follow_up(said) is None


@pytest.mark.parametrize("said", ["用 Rust 怎么写", "Linux 下怎么查", "要重启吗", "如果 redis 挂了怎么办", "代码"])
def test_what_members_say_to_each_other_too_is_not_clear(said: str) -> None:
    follow_up = read_follow_up(said)
    assert follow_up is not None
    assert not follow_up.is_clear


@pytest.mark.parametrize(
    ("question", "new", "written"),
    [
        ("Linux 端口被占用怎么查", "Windows", "Windows 端口被占用怎么查"),
        ("端口被占用怎么查", "Windows", "Windows 端口被占用怎么查"),
        ("MySQL 的索引怎么建", "PostgreSQL", "PostgreSQL 的索引怎么建"),
        ("docker 里 mysql 连不上", "podman", "podman 里 mysql 连不上"),
    ],
)
def test_a_new_name_takes_the_place_of_its_kind(question: str, new: str, written: str) -> None:
    assert write_out(FollowUp(Way.PLACE, new), question) == written


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("端口被占用怎么查？", "端口被占用"),
        ("线上 redis 突然卡住了，一般是啥原因", "线上 redis 突然卡住了"),
        ("怎么限制并发", "限制并发"),
        ("请问 docker 怎么看日志", "docker"),
        ("怎么办", "帖子标题"),
    ],
)
def test_the_topic_of_a_question_is_what_it_does_not_ask(question: str, topic: str) -> None:
    assert name_topic(question, "帖子标题") == topic


@given(st.text(max_size=40), st.text(max_size=60))
def test_any_message_after_any_question_is_read(said: str, question: str) -> None:
    follow_up = read_follow_up(said)
    assert follow_up is None or isinstance(write_out(follow_up, question), str)
