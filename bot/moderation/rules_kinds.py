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
        chinese: what it looks for, in a few words.
        settings: what may be set, with the value that holds when nothing is written.
        needs: settings of which at least one must be written.
        reads_text: its findings depend on a text alone, so examples can be checked.
        is_told: its findings come from elsewhere (a report, a window of talk, a join); no message is looked at for it.
    """

    family: str
    chinese: str
    settings: dict[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    reads_text: bool = False
    is_told: bool = False


KINDS: Final[dict[str, Kind]] = {
    "words": Kind(
        "words",
        "关键词",
        {"words": (), "sounds": (), "file": None, "at_least": 1, "allow": ()},
        ("words", "sounds", "file"),
        reads_text=True,
    ),
    "pattern": Kind("pattern", "正则表达式", {"patterns": (), "allow": ()}, ("patterns",), reads_text=True),
    "link": Kind("link", "链接", {"deny": (), "allow": (), "shorteners": False}, reads_text=True),
    "contact": Kind("contact", "联系方式", {"contacts": (), "allow": ()}, reads_text=True),
    "invitation": Kind("invitation", "拉人进别的群", reads_text=True),
    "card": Kind("card", "名片"),
    "mini_program": Kind("card", "小程序", {"allow": ()}),
    "code": Kind("code", "二维码", {"codes": (), "allow": ()}),
    "repeat": Kind("repeat", "重复的内容", {"count": 3, "within": timedelta(minutes=10), "by": "one", "characters": 6}),
    "flood": Kind("flood", "刷屏", {"count": 10, "within": timedelta(seconds=30)}),
    "mentions": Kind("mentions", "大量 @ 人", {"count": 6, "within": timedelta(minutes=5), "everyone": True}),
    "length": Kind("length", "过长的消息", {"characters": 2000, "lines": 0}, reads_text=True),
    "hours": Kind("hours", "安静时间", {"count": 1, "within": timedelta(minutes=10)}),
    "newcomer": Kind(
        "newcomer", "新人的前几条消息", {"what": ("link", "contact", "invitation", "card", "code")}, reads_text=True
    ),
    "advert": Kind("advert", "像广告", {"false_alarms": None}, reads_text=True),
    "repost": Kind("repost", "和标记过的广告相同", {"similarity": None}, reads_text=True),
    "job": Kind("posting", "招聘信息", reads_text=True),
    "project": Kind("posting", "项目推广", reads_text=True),
    "topic": Kind("topic", "长时间跑题", is_told=True),
    "lookalike": Kind("lookalike", "冒充群主或管理员", is_told=True),
    "soliciting": Kind("soliciting", "私聊推销", is_told=True),
    "list": Kind("list", "黑名单上的人", is_told=True),
    "report": Kind("report", "被多人举报", is_told=True),
}
"""Counts and times are those of the shipped rules: PEERS §5's bots warn from 5 to 10 messages in 10 to 30 seconds; the
slower end is taken, since friends type fast."""
