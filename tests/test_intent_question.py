"""Questions are told from statements and small talk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intent_question import is_question, is_small_talk
from bot.text import normalise

QUESTIONS = r"""
asyncio 怎么限制并发？
asyncio 怎么限制并发
Redis 分布式锁如何实现
为什么我的协程不执行
pip 安装太慢怎么办
有没有推荐的 FastAPI 教程
Git 怎么撤销上一次提交
MySQL 和 PostgreSQL 有什么区别
请问课程什么时候开始
周五的课几点开始
报名了吗？
会员多少钱
哪里可以看回放
这个报错是什么意思
能不能把列表转成字典
Docker 镜像太大咋整
请教一个问题，线程池满了会怎样
大家都用啥编辑器
谁知道 nginx 反向代理的配置
求推荐一本入门书
想问一下发票怎么开
什么是协程
協程和線程的區別
為什麼報錯
how to use asyncio
what is a semaphore
解释一下 GIL
ModuleNotFoundError: No module named 'fastapi'
Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nKeyError: 'a'
TypeError: 'NoneType' object is not iterable
bash: node: command not found
error: failed to push some refs
npm ERR! code ERESOLVE
curl: (7) Failed to connect: Connection refused
你会什么
可以退款吗
这样写对不对
多久能学会 Python
有人用过 celery 吗
哪个库解析 HTML 快
我不知道怎么退出 vim？
""".strip().splitlines()

STATEMENTS = """
报名的人好多
今天天气不错
我也这么觉得
大家早上好
哈哈哈哈
谢谢
在吗
你好
好的
收到
不知道
没什么
我什么都没改
随便什么都行
怪不得跑不起来
写了一个小工具，分享给大家
昨天讲了怎么用装饰器
怎么这么难
周五的课很好
代码跑通了
学会了怎么配置 nginx
我先下线了
666
厉害
已经解决了
明天见
报错解决了
谁都可以参加
这个库真好用
上课了上课了
帮助别人就是帮助自己
会员到期了
""".strip().splitlines()


@pytest.mark.parametrize("line", QUESTIONS)
def test_a_question_is_heard(line: str) -> None:
    assert is_question(normalise(line.replace("\\n", "\n")))


@pytest.mark.parametrize("line", STATEMENTS)
def test_a_statement_is_no_question(line: str) -> None:
    assert not is_question(normalise(line))


def test_the_detector_is_right_on_nearly_all_labelled_lines() -> None:
    right = sum(map(is_question, QUESTIONS)) + sum(not is_question(line) for line in STATEMENTS)
    assert len(QUESTIONS) + len(STATEMENTS) >= 60
    assert right / (len(QUESTIONS) + len(STATEMENTS)) > 0.95


@pytest.mark.parametrize(
    "line", ["你好", "您好！", "在吗？", "谢谢啦~", "HELLO", "66666", "", "。。。", "哈哈", "好的。"]
)
def test_small_talk_is_known(line: str) -> None:
    assert is_small_talk(normalise(line))


@pytest.mark.parametrize("line", ["你好，怎么报名", "谢谢老师的课", "好的编辑器", "测试用例", "在吗 有个问题"])
def test_what_goes_on_after_a_greeting_is_no_small_talk(line: str) -> None:
    assert not is_small_talk(normalise(line))


@given(st.text())
def test_any_text_is_judged(line: str) -> None:
    assert is_question(normalise(line)) in {True, False}
