"""What the judge finds: every kind of rule, whom rules are for, and that a replay finds the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import MessageKind, Role
from bot.moderation.adverts import Advert
from bot.moderation.adverts_parts import Part
from bot.moderation.judging import Judge
from bot.moderation.model import NOWHERE, Finding, Said, VerdictAction, are_independent
from bot.moderation.revealing import Revealed
from bot.moderation.rules_model import Rule
from bot.moderation.rules_text import Reading
from bot.moderation.watching import RoomWatch
from tests.examples import examples
from tests.moderation.judging_kit import NOON, Talk, rules_of

INVOICES: dict[str, Any] = {"kind": "words", "words": ["代开发票", "vx"], "sounds": ["加微信"], "action": "warn"}


def test_a_finding_names_its_rule_and_quotes_the_original() -> None:
    (found,) = Talk(rules_of(no_invoices=INVOICES | {"text": "不发广告", "weight": 2})).says("大家好，代·开·发·票找我")
    assert (found.rule, found.words, found.family) == ("no-invoices", "不发广告", "words")
    assert (found.action, found.weight, found.score) == (VerdictAction.WARN, 2.0, 1.0)
    assert found.reason == "出现「代·开·发·票」"
    assert "大家好，代·开·发·票找我"[slice(*found.span)] == found.evidence == "代·开·发·票"


@pytest.mark.parametrize(
    ("text", "is_hit"),
    [
        ("代开发票", True), ("代 開 發 票", True), ("代\u200b开\u200b发\u200b票", True), ("加我vx聊", True),
        ("ＶＸ：abc", True),
        ("vxlan 怎么配", False), ("devx", False), ("佳薇芯 abc123", True), ("家微信号", True),
        ("微信小程序怎么部署", False),
        ("开发票据系统", False), ("", False), ("😀😀", False),
    ],
)  # fmt: skip
def test_words_are_found_as_written_or_as_they_sound_and_not_inside_others(text: str, is_hit: bool) -> None:
    assert bool(Talk(rules_of(invoices=INVOICES)).says(text)) is is_hit


def test_several_words_can_be_asked_for_and_exceptions_made() -> None:
    rules = rules_of(ads={"kind": "words", "words": ["返利", "红包", "发票"], "at_least": 2, "allow": ["电子发票"]})
    talk = Talk(rules)
    assert not talk.says("红包红包红包")
    assert not talk.says("电子发票和红包")
    assert [one.reason for one in talk.says("红包和发票和返利")] == ["出现「红包」「发票」「返利」"]


def test_a_quoted_message_is_not_the_quoters_own() -> None:
    talk = Talk(rules_of(invoices=INVOICES))
    quoting = "「小红：代开发票」\n- - - - - - - - - - - - - - -\n"
    assert not talk.says(quoting + "这是广告吧")
    raw = quoting + "我也代开发票"
    (found,) = talk.says(raw)
    assert raw[slice(*found.span)] == "代开发票"
    assert found.span[0] > len(quoting)


@pytest.mark.parametrize(
    ("rule", "text", "reason"),
    [
        ({"kind": "pattern", "patterns": [r"日[赚结]\d{3}"]}, "日赚５００元", "出现「日赚５００」"),
        ({"kind": "pattern", "patterns": ["兼职.*日结", "刷单"], "allow": ["反对刷单"]}, "我反对刷单", ""),
        ({"kind": "link"}, "看 https://a.io/x", "发了链接「https://a.io/x」"),
        ({"kind": "link", "allow": ["github.com"]}, "https://gist.github.com/a 和 https://github.com/b", ""),
        ({"kind": "link", "deny": ["evil.top"]}, "https://a.evil.top/x", "发了不允许的链接「https://a.evil.top/x」"),
        ({"kind": "link", "deny": ["evil.top"]}, "https://good.top/x", ""),
        ({"kind": "link", "shorteners": True}, "t.cn/a1", "发了看不出通向哪里的短链接「t.cn/a1」"),
        ({"kind": "link", "shorteners": True}, "https://python.org", ""),
        ({"kind": "length", "characters": 10}, "一二三四五六七八九十", "一条消息有 10 个字"),
        ({"kind": "length", "lines": 3}, "一\n二\n三", "一条消息有 3 行"),
        ({"kind": "length", "characters": 10}, "一二三四五六七八九", ""),
    ],
)
def test_what_a_text_breaks(rule: dict[str, Any], text: str, reason: str) -> None:
    assert [one.reason for one in Talk(rules_of(rule=rule)).says(text)] == ([reason] if reason else [])


def test_job_posts_and_promotion_have_their_hours_and_talk_about_them_is_free() -> None:
    rules = rules_of(
        jobs={"kind": "job", "when": {"free": "18:00-20:00"}}, projects={"kind": "project", "when": {"free": "周六"}}
    )
    talk = Talk(rules)
    job = "【招聘】上海 Python 后端工程师，薪资 25-40K，双休，简历发 hr@example.com"
    project = "我写了一个异步任务队列，开源了，欢迎 star：https://github.com/someone/queue"
    assert [talk.broken(job), talk.broken(project)] == [["jobs"], ["projects"]]
    talk.at = NOON + timedelta(hours=7)
    assert [talk.broken(job), talk.broken(project)] == [[], ["projects"]]
    talk.at = NOON - timedelta(days=1)
    assert [talk.broken(job), talk.broken(project)] == [["jobs"], []]
    for chat in (
        "有人内推过字节吗，流程要多久",
        "这个项目的 README 写得不错",
        "招聘网站哪个靠谱",
        "求助：我写了一个脚本报错了怎么办",
    ):
        assert talk.broken(chat) == []


def test_cards_and_mini_programs_and_codes() -> None:
    rules = rules_of(
        cards={"kind": "card"}, programs={"kind": "mini_program", "allow": ["腾讯会议"]},
        codes={"kind": "code", "codes": "weixin_group"}, groups={"kind": "invitation"},
    )  # fmt: skip
    talk = Talk(rules)
    assert talk.broken("<msg/>", kind=MessageKind.CONTACT_CARD) == ["cards"]
    assert talk.broken("拼多多", kind=MessageKind.MINI_PROGRAM) == ["programs"]
    assert talk.broken("腾讯会议", kind=MessageKind.MINI_PROGRAM) == []
    found = talk.says("", kind=MessageKind.IMAGE, codes=("https://weixin.qq.com/g/AwYAAKx",))
    assert [(one.rule, one.reason) for one in found] == [
        ("codes", "图片里有微信群二维码"), ("groups", "拉人进别的群，图片里有微信群二维码")
    ]  # fmt: skip
    assert talk.broken("", kind=MessageKind.IMAGE, codes=("https://example.com",)) == []


def test_codes_that_are_read_later_are_judged_without_counting_the_message_again() -> None:
    talk = Talk(rules_of(codes={"kind": "code"}, flood={"kind": "flood", "count": 2}))
    assert talk.broken("", kind=MessageKind.IMAGE) == []
    said = talk.heard[-1]
    with_code = replace(said, codes=("https://a.io",))
    assert [one.rule for one in talk.judge.judge_attached(with_code)] == ["codes"]
    assert talk.broken("好的", after=100) == []


def test_a_newcomers_first_messages_are_looked_at_more_closely() -> None:
    talk = Talk()
    new = {"joined_at": NOON, "said_before": 0}
    assert talk.broken("加我微信：abc12345", **new) == ["newcomers"]
    assert talk.broken("加我微信：abc12345", "小红") == []
    assert talk.broken("加我微信：abc12345", "小刚", joined_at=NOON, said_before=5) == []
    assert talk.broken("加我微信：abc12345", "小李", joined_at=NOON - timedelta(days=4), said_before=2) == []
    assert talk.broken("加我微信：abc12345", "小王", joined_at=NOON, said_before=9, is_in_join_wave=True) == [
        "newcomers"
    ]
    assert talk.broken("大家好，我是做后端的", "小周", **new) == []
    assert talk.broken("", "小吴", kind=MessageKind.CONTACT_CARD, **new) == ["newcomers"]


def test_the_same_said_again_and_again_is_a_repetition() -> None:
    talk = Talk(rules_of(again={"kind": "repeat"}))
    said = "今晚八点直播讲异步编程，欢迎来听！"
    assert [talk.broken(said), talk.broken(said + "！！"), talk.broken("🎉" + said)] == [[], [], ["again"]]
    assert talk.says(said)[0].reason == "10 分钟内把同样的话发了 4 遍"
    assert talk.broken(said, after=601) == []


def test_who_says_much_in_between_repeats_oneself_too() -> None:
    talk = Talk(rules_of(again={"kind": "repeat"}))
    said = "今晚八点直播讲异步编程，欢迎来听！"
    for number in range(30):
        assert talk.broken("".join(chr(0x4E00 + (number * 379 + at * 101) % 9000) for at in range(9))) == []
        assert talk.broken(said, f"听众{number % 15}") == []
    assert [talk.broken(said) for _ in range(3)] == [[], [], ["again"]]
    assert talk.broken(said, "听众1") == ["again"]


def test_nearly_the_same_counts_too_and_laughter_and_short_answers_do_not() -> None:
    talk = Talk(rules_of(again={"kind": "repeat"}))
    said = "诚招线上数据录入员，时间自由，一单一结，想了解的朋友可以看群公告{}"
    assert [talk.broken(said.format(tail)) for tail in ("哦", "呀", "啦")] == [[], [], ["again"]]
    for text in ("哈哈哈哈哈哈哈哈", "收到", "+1", "？？？？？？？", "好的好的好的好的"):
        assert [talk.broken(text) for _ in range(5)] == [[]] * 5


def test_a_repetition_may_be_one_persons_or_several_peoples() -> None:
    said = "恭喜老王拿到了心仪的录用通知"
    by_one, by_several = (Talk(rules_of(again={"kind": "repeat", "by": by})) for by in ("one", "several"))
    assert [by_one.broken(said, who) for who in "甲乙丙丁"] == [[]] * 4
    assert [by_several.broken(said, who) for who in "甲乙丙丁"] == [[], [], ["again"], ["again"]]
    assert [by_several.broken("恭喜小红拿到了心仪的岗位", "甲") for _ in range(5)][-1] == []


def test_flooding_counts_messages_of_one_person_and_an_album_once() -> None:
    talk = Talk(rules_of(flood={"kind": "flood", "count": 5, "within": "10s"}))
    assert [talk.broken(f"第{n}句") for n in range(6)] == [[], [], [], [], ["flood"], ["flood"]]
    assert talk.broken("好", "小红") == []
    assert [talk.broken("", "小刚", kind=MessageKind.IMAGE) for _ in range(9)] == [[]] * 9
    assert [talk.broken(str(n), "小李", after=3) for n in range(8)] == [[]] * 8


def test_ringing_many_or_everybody() -> None:
    talk = Talk(rules_of(rings={"kind": "mentions", "count": 4, "within": "1m"}))
    assert talk.broken("@甲 @乙 在吗", mentions=2) == []
    assert talk.says("@丙 @丁 在吗", mentions=2)[0].reason == "1 分钟内 @ 了 4 次"
    assert talk.broken("好的") == []
    assert talk.says("@大家", "小红", mentions=7)[0].reason == "一条消息 @ 了 7 个人"
    assert talk.says("@所有人 开会", "小刚", mentions_all=True)[0].reason == "@ 了所有人"


def test_quiet_hours_go_by_the_rooms_clock() -> None:
    rules = rules_of(night={"kind": "hours", "when": {"hours": "23:00-07:00"}})
    for zone, hour, is_quiet in (("Asia/Shanghai", 15, True), ("Asia/Shanghai", 22, True), ("Asia/Shanghai", 23, False),
                                 ("America/New_York", 15, False)):  # fmt: skip
        talk = Talk(rules, zone=ZoneInfo(zone))
        talk.at = NOON.replace(hour=hour)
        assert bool(talk.says("有人吗")) is is_quiet


@pytest.mark.parametrize(
    ("when", "facts", "is_hit"),
    [
        ({"roles": "guest"}, {"role": Role.GUEST}, True), ({"roles": "guest"}, {}, False),
        ({"roles": ["guest", "member"]}, {}, True), ({"paying": False}, {}, True),
        ({"paying": False}, {"is_paying": True}, False),
        ({"paying": True}, {"is_paying": True}, True), ({"first": 3}, {"said_before": 2}, True),
        ({"first": 3}, {"said_before": 3}, False), ({"joined": "1d"}, {"joined_at": NOON - timedelta(hours=23)}, True),
        ({"joined": "1d"}, {"joined_at": NOON - timedelta(hours=25)}, False), ({"joined": "1d"}, {}, False),
        ({"rooms": "甲群"}, {}, True), ({"rooms": ["乙群"]}, {}, False), ({"hours": "周日"}, {}, True),
        ({"free": "周日"}, {}, False), ({}, {"role": Role.EXPERT}, True), ({}, {"role": Role.ADMIN}, False),
        ({}, {"role": Role.OWNER}, False), ({}, {"is_exempt": True}, False), ({}, {"kind": MessageKind.RECALL}, False),
    ],
)  # fmt: skip
def test_whom_a_rule_is_for(when: dict[str, Any], facts: dict[str, Any], is_hit: bool) -> None:
    talk = Talk(rules_of(invoices=INVOICES | {"when": when}), topic="甲群")
    assert bool(talk.says("代开发票", **facts)) is is_hit


def test_rules_that_are_off_or_told_from_elsewhere_find_nothing() -> None:
    talk = Talk(rules_of(invoices=INVOICES | {"enabled": False}, topic={"kind": "topic"}, reports={"kind": "report"}))
    assert talk.broken("代开发票") == []
    assert set(talk.judge.rules) == {"topic", "reports"}


def test_a_command_to_the_bot_is_no_flood_and_its_words_still_count() -> None:
    talk = Talk(rules_of(flood={"kind": "flood", "count": 2}, invoices=INVOICES, new={"kind": "newcomer"}))
    assert [talk.broken("签到", is_command=True) for _ in range(5)] == [[]] * 5
    assert talk.broken("/问 代开发票加微信 abc12345", is_command=True) == ["invoices"]


def test_two_findings_are_two_reasons_only_of_two_families_and_about_two_things() -> None:
    def finding(family: str, evidence: str = "", span: tuple[int, int] = NOWHERE) -> Finding:
        return Finding(rule=family, words="", family=family, action=VerdictAction.WARN, evidence=evidence, span=span)

    words, contact = finding("words", "加微信", (0, 3)), finding("contact", "微信abc", (1, 6))
    far, flood = finding("contact", "abc123", (10, 16)), finding("flood")
    assert not are_independent(words, finding("words", "返利", (20, 22)))
    assert not are_independent(words, contact)
    assert are_independent(words, far)
    assert are_independent(words, flood)
    assert not are_independent(finding("code", "https://a"), finding("invitation", "https://a"))


class Marked:
    """One marked advertisement, as `KnownAdverts` knows it."""

    def find(self, revealed: Revealed) -> tuple[str, float] | None:
        return ("M1", 0.8) if "投资稳赚" in revealed.text else None


def test_a_repost_and_the_contact_in_it_are_two_reasons() -> None:
    rules = rules_of(again={"kind": "repost", "action": "report"}, contact={"kind": "contact"})
    text = "投资稳赚不赔的机会，名额有限！加微信：abc12345"
    found = Talk(rules, known=Marked()).says(text)
    assert [(one.rule, one.evidence, one.score) for one in found] == [
        ("again", "投资稳赚不赔的机会，名额有限！", 0.8),
        ("contact", "加微信：abc12345", 1.0),
    ]
    assert are_independent(*found)
    (only,) = Talk(rules, known=Marked()).says("投资稳赚啦")
    assert (only.evidence, only.reason) == ("投资稳赚啦", "和标记过的广告有 80% 相同")
    strict = rules_of(again={"kind": "repost", "similarity": "90%"})
    assert Talk(strict, known=Marked()).says(text) == []
    assert Talk(rules, known=Marked()).says("投资稳赚") == []


class Suspicious:
    """A filter that knows two words."""

    def threshold_at(self, false_alarms: float) -> float:
        return 0.99 if false_alarms < 0.004 else 0.5

    def score(self, revealed: Revealed) -> Advert:
        found = [revealed.raw.find(word) for word in ("日赚五百", "微信")]
        parts = [Part(text=revealed.raw[at : at + 4], weight=1.0, span=(at, at + 4)) for at in found if at >= 0]
        return Advert(score=0.45 * len(parts), is_advert=len(parts) > 1, parts=tuple(reversed(parts)))


def test_an_advert_is_explained_by_parts_that_no_other_rule_quotes() -> None:
    rules = rules_of(
        ads={"kind": "advert"}, strict={"kind": "advert", "false_alarms": "0.1%"},
        loose={"kind": "advert", "false_alarms": "1%"},
        contact={"kind": "contact"},
    )  # fmt: skip
    talk = Talk(rules, adverts=Suspicious())
    found = {one.rule: one for one in talk.says("日赚五百，加微信：abc12345")}
    assert list(found) == ["ads", "loose", "contact"]
    assert found["ads"].reason == "像广告：「日赚五百」「微信：a」"
    assert (found["ads"].evidence, found["ads"].score) == ("日赚五百", 0.9)
    assert are_independent(found["ads"], found["contact"])
    assert talk.says("加微信：abc12345")[0].rule == "contact"
    assert talk.judge.advert_score(talk.heard[-1]) == 0.45
    assert talk.judge.advert_score(replace(talk.heard[-1], role=Role.OWNER)) == 0.0


def test_texts_are_not_read_when_no_rule_is_for_whoever_said_them(monkeypatch: pytest.MonkeyPatch) -> None:
    talk = Talk(rules_of(new={"kind": "newcomer", "when": {"first": 3}}, flood={"kind": "flood", "count": 3}))
    read = list[str]()
    monkeypatch.setattr(talk.judge, "_read_again", lambda text: read.append(text) or Reading())
    for text, before in (("你好", 0), ("早", 3), ("在", 1_000_000)):
        talk.says(text, said_before=before)
    assert read == ["你好"]


def test_shipped_rules_leave_friends_alone() -> None:
    talk = Talk()
    for text in (
        "加个微信聊吧，我微信 laowang123", "这个报错怎么解决 https://stackoverflow.com/q/1", "哈哈哈哈",
        "收到收到", "周五聚餐 +1",
        "def f(x):\n    return x + 1", "招聘行情怎么样", "我写了个小工具 https://github.com/a/b", "谁有内推",
        "@小红 在吗",
    ):  # fmt: skip
        assert talk.broken(text, mentions=text.count("@"), after=10) == []


WORDS = [
    "你好",
    "代开发票",
    "加微信 abc12345",
    "哈哈哈",
    "今晚八点直播讲异步编程，欢迎来听",
    "https://t.cn/a",
    "看文档",
    "日赚500",
    "@所有人",
]
MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(WORDS), st.sampled_from("甲乙丙"), st.sampled_from([0, 1, 5, 40, 700]), st.integers(0, 6),
        st.sampled_from([MessageKind.TEXT, MessageKind.IMAGE, MessageKind.EMOTICON]),
    ),
    max_size=60,
)  # fmt: skip
EVERYTHING = rules_of(
    invoices=INVOICES, link={"kind": "link"}, money={"kind": "pattern", "patterns": [r"日赚\d+"]},
    again={"kind": "repeat"},
    crowd={"kind": "repeat", "by": "several"}, flood={"kind": "flood", "count": 4},
    rings={"kind": "mentions", "count": 3},
    new={"kind": "newcomer", "when": {"first": 3}},
    night={"kind": "hours", "count": 2, "when": {"hours": "12:05-13:00"}},
    advert={"kind": "advert"},
)  # fmt: skip


def hear(told: list[tuple[str, str, int, int, MessageKind]]) -> tuple[list[Said], list[list[Finding]]]:
    talk = Talk(EVERYTHING)
    counts: dict[str, int] = {}
    found = []
    for text, who, after, mentions, kind in told:
        before = counts[who] = counts.get(who, -1) + 1
        facts = {"mentions": mentions, "kind": kind, "said_before": before}
        found.append(talk.says(text, who, after=after, **facts))
    return talk.heard, found


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(MESSAGES, st.integers(0, 60))
def test_a_replay_finds_what_was_found(told: list[tuple[str, str, int, int, MessageKind]], cut: int) -> None:
    heard, found = hear(told)
    judge, watch = Judge(EVERYTHING), RoomWatch()
    assert [judge.judge(said, watch) for said in heard] == found
    restarted, watch = Judge(EVERYTHING), RoomWatch()
    for said in heard[:cut]:
        restarted.remember(said, watch)
    assert [restarted.judge(said, watch) for said in heard[cut:]] == found[cut:]


ANYTHING = st.builds(
    lambda piece, count, tail: piece * count + tail,
    st.one_of(st.text(max_size=12), st.sampled_from(["加\u200b", "「：", "」\n- - - - - -\n", "\ud800", "(a+)+$",
    "h ttp", "𝓪̸", "\u202e"])),
    st.integers(0, 400),
    st.text(max_size=20),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=examples(100))
@given(ANYTHING, st.sampled_from(MessageKind), st.lists(st.text(max_size=20), max_size=3))
def test_nothing_that_can_be_said_raises(text: str, kind: MessageKind, codes: list[str]) -> None:
    said = Said(
        id="1", at=NOON, room_id="r", member_id="m", name="n", text=text, kind=kind, codes=tuple(codes), said_before=0
    )
    for found in Judge(EVERYTHING).judge(said, RoomWatch()):
        start, end = found.span
        assert 0 <= start <= end <= len(text)


def watch_of(make: Callable[[int], tuple[str, str]], count: int, **rule: Any) -> RoomWatch:
    talk = Talk(rules_of(again={"kind": "repeat", "within": "1d", **rule}))
    for number in range(count):
        text, who = make(number)
        talk.says(text, who, after=0.1)
    return talk.watch


@pytest.mark.slow
def test_a_watch_is_bounded() -> None:
    def make(number: int) -> tuple[str, str]:
        return f"第 {number} 句完全不同的话，说了又说，{number * 7919}", f"m{number}"

    for by in ("one", "any"):
        texts = watch_of(make, 1100, by=by)
        assert len(texts) == 1000
        assert len(texts._by_member) == 1000
        assert len(texts._by_mark) < 10_000
        assert len(texts._unmarked) <= 1000
    few = Talk(rules_of(again={"kind": "repeat", "within": "1m", "by": "any"}))
    for number in range(150):
        few.says(f"第 {number} 句完全不同的话，说了又说", after=1)
    assert len(few.watch) <= 61
    assert len(few.watch._by_mark) <= 61 * 9


@pytest.mark.parametrize("rule", [Rule.model_validate(INVOICES)])
def test_readings_of_short_texts_are_remembered(rule: Rule) -> None:
    judge = Judge({"invoices": rule})
    assert judge.read("代开发票") is judge.read("代开发票")
    assert judge.renewed(None, None).rules.keys() == judge.rules.keys()
