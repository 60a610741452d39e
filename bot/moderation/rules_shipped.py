"""The rules that hold when an owner has written none: they remind and report, and never remove anybody."""

from __future__ import annotations

from typing import Any, Final

SHIPPED: Final[dict[str, dict[str, Any]]] = {
    "adverts": {
        "kind": "advert",
        "text": "不发广告",
        "action": "report",
        "weight": 2.0,
    },
    "reposts": {
        "kind": "repost",
        "text": "不发被标记过的广告",
        "action": "report",
        "weight": 2.0,
    },
    "newcomers": {
        "kind": "newcomer",
        "text": "刚进群先聊聊，不急着发联系方式和二维码",
        "action": "report",
        "what": ["contact", "invitation", "card", "code"],
        "when": {"first": 5, "joined": "3d"},
        "hits": ["想赚钱的加我微信：abc12345"],
        "passes": ["大家好，我是做后端的", "这个函数为什么返回 None"],
    },
    "repeats": {
        "kind": "repeat",
        "text": "同样的话说一遍就好",
        "action": "remind",
    },
    "flooding": {
        "kind": "flood",
        "text": "不刷屏，几句话请合成一条",
        "action": "remind",
    },
    "mentions": {
        "kind": "mentions",
        "text": "不大量 @ 人",
        "action": "remind",
    },
    "jobs": {
        "kind": "job",
        "text": "招聘信息请在约定的时间发",
        "action": "remind",
        "enabled": False,
        "when": {"free": ["12:00-14:00", "18:00-20:00"]},
        "hits": ["【招聘】上海 Python 后端工程师，薪资 25-40K，双休，简历发 hr@example.com"],
        "passes": ["有人内推过字节吗，流程要多久", "最近招聘行情怎么样"],
    },
    "projects": {
        "kind": "project",
        "text": "推广自己的项目请在约定的时间发",
        "action": "remind",
        "enabled": False,
        "when": {"free": ["12:00-14:00", "18:00-20:00"]},
        "hits": ["我写了一个异步任务队列，开源了，欢迎 star：https://github.com/someone/queue"],
        "passes": ["这个库的 issue 在 https://github.com/python/cpython/issues/1"],
    },
    "topic": {"kind": "topic", "text": "尽量聊群里的主题", "action": "remind", "weight": 0.5},
    "lookalikes": {"kind": "lookalike", "text": "不冒充群主和管理员", "action": "report", "weight": 3.0},
    "soliciting": {"kind": "soliciting", "text": "不私聊推销", "action": "report", "weight": 2.0},
    "listed": {"kind": "list", "text": "黑名单", "action": "report", "weight": 3.0},
    "reports": {"kind": "report", "text": "多人举报的内容", "action": "report"},
}
"""Rule id → the rule, as it would stand in `bot.yaml`."""
