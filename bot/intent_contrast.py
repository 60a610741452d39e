"""What people say about a command without meaning it: the other side of every comparison."""

from __future__ import annotations

from collections.abc import Iterable

_ABOUT_A_WORD = (
    "{}的人好多", "我已经{}了", "他们都{}了", "怎么{}", "{}是什么意思", "不想{}",
    "先不{}了", "听说{}很麻烦", "昨天{}的时候出错了", "{}功能是怎么实现的", "{}失败了怎么办",
    "我{}过某某", "{}的人都说好", "{}太贵了",
)  # fmt: skip
_CHAT = (
    "今天天气不错", "大家早上好", "谢谢你", "哈哈哈太好笑了", "我也这么觉得", "你是机器人吗",
    "你真聪明", "中午吃什么", "加班好累", "这个问题怎么解决", "代码报错了怎么办",
    "python 怎么连接数据库", "有人用过 redis 吗", "某某是什么", "某某怎么用", "某某和某某有什么区别",
    "为什么会这样", "帮我写一段代码", "给我讲个笑话", "我在学某某", "某某真难", "某某报错了",
    "昨天的课讲得很好", "老师讲得不错", "价格有点贵", "推荐一本书", "你会做什么", "我不知道",
    "明天开会", "这个链接打不开", "我参加过某某", "我上过某某的课", "某某讲得真好", "听说会员很值",
    "会员都是大佬", "你是谁",
)  # fmt: skip


def contrasts(words: Iterable[str]) -> list[str]:
    """Return sentences that mean no command.

    Args:
        words: the command words that have utterances.
    """
    return [*_CHAT, *(template.format(word) for word in words for template in _ABOUT_A_WORD)]
