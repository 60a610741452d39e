"""The kinds of rules there are: what each looks at, and which settings belong to it, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal

KindName = Literal[
    "words", "pattern", "link", "contact", "invitation", "card", "mini_program", "code", "repeat", "flood", "mentions",
    "length", "hours", "newcomer", "advert", "repost", "job", "project", "topic", "lookalike", "soliciting", "list",
    "report",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of rule.

    Attributes:
        family: of its findings; reasons of one family do not count twice.
        words: the rule as people read it, when the owner wrote nothing else.
        settings: what may be set, with the value that holds when nothing is written.
        needs: settings of which at least one must be written.
        reads_text: its findings depend on a text alone, so examples can be checked.
        is_told: its findings come from elsewhere (a report, a window of talk, a join); no message is looked at for it.
    """

    family: str
    words: str
    settings: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    reads_text: bool = False
    is_told: bool = False


KINDS: Final[dict[str, Kind]] = {
    "words": Kind(
        "words",
        "不发群里不允许的内容",
        {"words": (), "sounds": (), "file": None, "at_least": 1, "allow": ()},
        ("words", "sounds", "file"),
        reads_text=True,
    ),
    "pattern": Kind("pattern", "不发群里不允许的内容", {"patterns": (), "allow": ()}, ("patterns",), reads_text=True),
    "link": Kind("link", "不发不允许的链接", {"deny": (), "allow": (), "shorteners": False}, reads_text=True),
    "contact": Kind("contact", "不随便留联系方式", {"contacts": (), "allow": ()}, reads_text=True),
    "invitation": Kind("invitation", "不拉人进别的群", reads_text=True),
    "card": Kind("card", "不发名片"),
    "mini_program": Kind("card", "不发小程序", {"allow": ()}),
    "code": Kind("code", "不发二维码", {"codes": (), "allow": ()}),
    "repeat": Kind(
        "repeat", "同样的话说一遍就好", {"count": 3, "within": timedelta(minutes=10), "by": "one", "characters": 6}
    ),
    "flood": Kind("flood", "不刷屏，几句话请合成一条", {"count": 10, "within": timedelta(seconds=30)}),
    "mentions": Kind("mentions", "不大量 @ 人", {"count": 6, "within": timedelta(minutes=5), "everyone": True}),
    "length": Kind("length", "消息不要太长", {"characters": 2000, "lines": 0}, reads_text=True),
    "hours": Kind("hours", "安静时间请不要说话", {"count": 1, "within": timedelta(minutes=10)}),
    "newcomer": Kind(
        "newcomer", "刚进群先聊聊", {"what": ("link", "contact", "invitation", "card", "code")}, reads_text=True
    ),
    "advert": Kind("advert", "不发广告", {"false_alarms": None}, reads_text=True),
    "repost": Kind("repost", "不发被标记过的广告", {"similarity": None}, reads_text=True),
    "job": Kind("posting", "招聘信息请在约定的时间发", reads_text=True),
    "project": Kind("posting", "推广自己的项目请在约定的时间发", reads_text=True),
    "topic": Kind("topic", "尽量聊群里的主题", is_told=True),
    "lookalike": Kind("lookalike", "不冒充群主和管理员", {"avatars": True}, is_told=True),
    "soliciting": Kind("soliciting", "不私聊推销", is_told=True),
    "list": Kind("list", "黑名单", is_told=True),
    "report": Kind("report", "多人举报的内容", is_told=True),
}
"""Counts and times are those of the shipped rules: PEERS §5's bots warn from 5 to 10 messages in 10 to 30 seconds; the
slower end is taken, since friends type fast."""
