"""Writes a month of a room of a hundred as a simulation script: friends who talk, and what a room goes through."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

TOPIC = "Python学习群"
OWNER, ADMIN, AUTHOR, OFFENDER = "老王", "小美", "小明", "阿强"
FIRST = date(2026, 12, 1)
DAYS = 30
_TALK_A_DAY = 8
_ADVERTS = (
    "专业代开各类发·票，价格优·惠当天出·票，需要的联系薇·信 fapiao6666",
    "大家好，我是小张，做财务的，有需要的可以加薇信 zhangcaiwu168",
    "内部渠道低价亻云员充值，扫石马进君羊令页红勹巳，加我 ＶX：chongzhｉ520",
    "信❤用❤卡❤套❤现当天到账，手续费低至千三，咨询 vx：kaxian9999",
    "日赚五百轻松在家做，想赚钱的加 V：zhuan88888，今天最后十个名额",
)
TALK = (
    "早上好，今天又是改 bug 的一天",
    "这个报错是 KeyError，字典里没有那个键",
    "有人用过 FastAPI 的依赖注入吗",
    "昨天把项目从 3.9 升到 3.11 了，快了不少",
    "asyncio.gather 里有一个抛异常，其他的会取消吗",
    "不会取消，除非用 TaskGroup",
    "收到，谢谢",
    "哈哈哈",
    "pandas 读大文件有什么好办法",
    "用 chunksize，或者换 polars",
    "pip 装不上，换个镜像试试",
    "我这边跑是好的，你贴一下 traceback",
    "周五的课几点开始",
    "八点",
    "回放会发群里吗",
    "面试官问我 GIL，我讲了半小时",
    "不错啊，后来呢",
    "后来让我写个 LRU",
    "functools 里有现成的",
    "人家要手写的",
    "类型注解写多了反而安心",
    "mypy 报错看不懂",
    "把那行贴上来看看",
    "原来是 Optional 没判空",
    "我也踩过这个坑",
    "docker 镜像太大了怎么减",
    "多阶段构建，或者用 slim",
    "群主辛苦了",
    "Redis 连接数又满了",
    "连接池没复用吧",
    "真的是，感谢",
    "今天开始学装饰器",
    "装饰器就是函数套函数",
    "带参数的要套三层",
    "懂了懂了",
    "有没有推荐的书",
    "流畅的 Python 第二版",
    "电子版公司图书馆有",
    "SQL 里 join 写错了，查了一下午",
    "明天放假吗",
    "不放",
    "那我先下班了",
    "写测试真的能省时间",
    "说服不了我们组长哈哈",
    "正则写成 (a+)+ 会爆炸",
    "换 RE2 就好",
    "这个周末有人一起打卡吗",
    "我来",
    "算我一个",
    "git rebase 和 merge 你们用哪个",
    "小团队用 rebase，清爽",
    "冲突多的时候还是 merge",
    "yield from 现在还用吗",
    "写生成器的时候用",
    "await 是后来的事",
    "晚安",
)


@dataclass
class Month:
    """The script of one month.

    Args:
        seed: of what is said when.
        by_hand: whether the owner has to take people out of the room on the phone.
    """

    seed: int = 6
    by_hand: bool = False
    lines: list[tuple[float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self.friends = [f"同学{number:03d}" for number in range(1, 96)]

    def write(self) -> str:
        """Return the script."""
        self._chat()
        self._adverts()
        self._flood()
        self._false_alarm()
        self._wave()
        self._offender()
        self._brake()
        self._end()
        names = " ".join([*self.friends, AUTHOR, OFFENDER])
        head = [f"@group {TOPIC} owner={OWNER} admins={ADMIN}", f"@members {ADMIN} {names}"]
        written, last = [], ""
        for minute, line in sorted(self.lines, key=lambda one: one[0]):
            at = self._moment(minute)
            if at != last:
                written.append(f"@at {at}")
                last = at
            written.append(line)
        return "\n".join([*head, *written]) + "\n"

    @staticmethod
    def _moment(minute: float) -> str:
        day, left = divmod(int(minute), 24 * 60)
        return f"{FIRST + timedelta(days=day)} {left // 60:02d}:{left % 60:02d}"

    def _at(self, day: int, clock: str, line: str, *more: str) -> None:
        """Note lines for a day, the first being 1, and a time of it."""
        hour, minute = clock.split(":")
        at = (day - 1) * 24 * 60 + int(hour) * 60 + int(minute)
        for place, one in enumerate([line, *more]):
            self.lines.append((at + place / 1000, one))

    def _chat(self) -> None:
        for day in range(1, DAYS + 1):
            for _ in range(_TALK_A_DAY):
                hour, minute = self._chance.randint(9, 22), self._chance.randint(0, 59)
                self._at(day, f"{hour}:{minute}", f"{self._chance.choice(self.friends)}: {self._chance.choice(TALK)}")

    def _goes(self, day: int, clock: str, name: str) -> None:
        """Let the owner take somebody out on the phone, where the bot cannot."""
        if self.by_hand:
            self._at(day, clock, f"@leave {name}")

    def _adverts(self) -> None:
        self._at(1, "9:05", f"{ADMIN}: 大家早，新的一个月了")
        self._at(2, "10:15", "@join 推广小哥 by 同学012")
        self._at(2, "10:20", f"推广小哥: {_ADVERTS[0]}")
        self._goes(2, "10:40", "推广小哥")
        self._at(2, "11:00", f"{OWNER} -> 小知: 案卷 V1")
        self._at(4, "15:02", "@join 财务小张 by 同学033")
        self._at(4, "15:04", f"财务小张: {_ADVERTS[1]}")
        self._at(4, "15:10", f"{OWNER} -> 小知: 1")
        self._goes(4, "15:30", "财务小张")

    def _flood(self) -> None:
        self._at(3, "20:10", *[f"同学005: 我的天 {number} 号方案也不行啊" for number in range(1, 13)])
        self._at(3, "20:12", "同学005: 不好意思，激动了", "同学005 -> 小知: 我的违规")

    def _false_alarm(self) -> None:
        text = "上次讲的任务队列我开源了，想一起写文档的加我微信 xiaoming2020，我拉个小群"
        self._at(5, "19:30", f"{AUTHOR}: {text}")
        self._at(5, "19:32", f"{AUTHOR} -> 小知: 申诉 V4 我是群里的老成员，只想找人一起写文档，不是广告")
        self._at(5, "21:00", f"{OWNER} -> 小知: 同意申诉 V4")
        self._at(5, "21:30", f"{ADMIN} -> 小知: 同意申诉 V4 大家都认识他")
        self._at(5, "22:00", f"{AUTHOR} -> 小知: 我的违规")

    def _wave(self) -> None:
        for number in range(1, 13):
            self._at(8, f"14:{number // 4:02d}", f"@join 新人{number:02d} by 同学030")
        self._at(8, "14:20", "新人01: 大家好，请多关照", "新人02: 请问从哪里开始学")
        self._at(8, "14:25", f"新人03: {_ADVERTS[2]}")
        self._goes(8, "14:40", "新人03")
        self._at(8, "14:50", f"{OWNER} -> 小知: 待处理")

    def _offender(self) -> None:
        def repeat(day: int, clock: str, text: str) -> None:
            self._at(day, clock, *[f"{OFFENDER}: {text}"] * 5)

        repeat(9, "12:00", "都来看我的直播，今晚八点讲爬虫")
        repeat(11, "12:30", "今晚八点直播讲爬虫，都来看啊")
        self._at(11, "12:40", f"{OFFENDER} -> 小知: 我的违规")
        repeat(13, "13:00", "直播改到九点了，大家都来捧场")
        self._at(13, "13:30", f"{OWNER}: 警告 @{OFFENDER} 请不要在群里反复发直播通知")
        self._at(15, "20:00", f"{OFFENDER}: 直播的课件要的话加我微信 aqiang1999")
        repeat(17, "21:00", "最后一次通知，明晚直播抽奖")
        self._at(19, "20:30", *[f"{OFFENDER}: 今晚直播抽奖，大家快来"] * 3)
        self._goes(19, "21:00", OFFENDER)

    def _brake(self) -> None:
        for number in range(4):
            self._at(22, f"16:{number:02d}", f"@join 小号{number} by 同学044")
        for number, advert in enumerate((_ADVERTS[3], _ADVERTS[4], _ADVERTS[0], _ADVERTS[2])):
            self._at(22, f"16:{10 + number}", f"小号{number}: {advert}")
        self._at(22, "17:00", f"{OWNER} -> 小知: 待处理", f"{OWNER} -> 小知: 1", f"{OWNER} -> 小知: 1")
        for name in ("小号0", "小号1", "小号2"):
            self._goes(22, "17:05", name)
        self._at(22, "17:10", f"{OWNER} -> 小知: 恢复群规")
        self._at(22, "17:20", "@crash")

    def _end(self) -> None:
        self._at(23, "09:30", "同学006: 群规")
        self._at(28, "21:00", "同学007 -> 小知: 我的违规")
        self._at(30, "23:00", f"{OWNER} -> 小知: 案卷")
        self._at(30, "23:10", f"{OWNER} -> 小知: 审计")
        self._at(30, "23:20", f"{OWNER} -> 小知: 待处理")
