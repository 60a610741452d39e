"""Which messages are commands, before arguments are read."""

from __future__ import annotations

import re
import timeit
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import CommandTable, Entry, Match, Mode, NearMiss
from bot.commands_near import count_slips
from bot.commands_words import cut_words
from bot.errors import PluginError
from bot.model import Member, Role
from bot.plugin import Context, Place, Plugin, Rest, Settings
from bot.text import normalise

Ctx = Context[Settings]


def make_plugin() -> Plugin[Settings]:
    plugin = Plugin("sample", title="样例")

    @plugin.command("帮助", aliases=("help", "菜单"))
    async def show_help(ctx: Ctx, word: Annotated[str | None, "指令"] = None) -> str:
        """帮助 [指令]：列出能用的指令。"""
        return ""

    @plugin.command("报名", examples=(("报名 fastapi-101", "好"),))
    async def register(ctx: Ctx, session: Annotated[str, "场次"]) -> str:
        """报名 <场次>：占一个名额。"""
        return ""

    @plugin.command("问")
    async def ask(ctx: Ctx, question: Rest) -> str:
        """问 <问题>：在知识里找答案。"""
        return ""

    @plugin.command("我的")
    async def mine(ctx: Ctx) -> str:
        """我的：看自己的报名和会员。"""
        return ""

    @plugin.command("来源")
    async def source(ctx: Ctx, number: int) -> str:
        """来源 <n>：看出处。"""
        return ""

    @plugin.command("警告", role=Role.ADMIN)
    async def warn(ctx: Ctx, who: Member, why: Rest | None = None) -> str:
        """警告 @成员：记一次警告。"""
        return ""

    @plugin.command("状态", role=Role.OWNER, bare=False, hidden=True)
    async def status(ctx: Ctx) -> str:
        """状态：看机器人好不好。"""
        return ""

    @plugin.command("删除我的数据", place=Place.PRIVATE)
    async def forget(ctx: Ctx) -> str:
        """删除我的数据：全部删掉。"""
        return ""

    return plugin


@pytest.fixture(scope="module")
def table() -> CommandTable:
    table = CommandTable()
    table.add(make_plugin())
    return table


def shown(found: Match | NearMiss | None) -> str:
    if found is None:
        return "-"
    if isinstance(found, NearMiss):
        return f"是不是 {found.entry.command.word}"
    return f"{found.entry.command.word}|{found.rest}"


BARE = [
    ("报名", "报名|"),
    ("报名。", "报名|"),
    ("报名!", "报名|"),
    (" 报名 ", "报名|"),
    ("報名", "报名|"),
    ("報名 fastapi-101", "报名|fastapi-101"),
    ("报名 fastapi-101", "报名|fastapi-101"),
    ("报名\u3000fastapi-101", "报名|fastapi-101"),
    ("报名fastapi-101", "报名|fastapi-101"),
    ("报名3", "报名|3"),
    ("报名３", "报名|3"),
    ("报名\n3", "报名|3"),
    ("报名了吗？", "-"),
    ("报名了吗", "-"),
    ("报名？", "-"),
    ("报名?", "-"),
    ("报名的人好多", "-"),
    ("报名费多少", "-"),
    ("报名3个人", "-"),
    ("报名python课程的有谁", "-"),
    ("报名：周五晚上", "-"),
    ("已经报名", "-"),
    ("我要报名", "-"),
    ("帮助", "帮助|"),
    ("帮助别人", "-"),
    ("帮助！", "帮助|"),
    ("幫助", "帮助|"),
    ("帮助 报名", "帮助|报名"),
    ("help", "帮助|"),
    ("HELP", "帮助|"),
    ("Ｈｅｌｐ", "帮助|"),
    ("helper 函数怎么写", "-"),
    ("help3", "-"),
    ("菜单", "帮助|"),
    ("菜单栏怎么隐藏", "-"),
    ("问", "问|"),
    ("问 asyncio 怎么取消任务", "问|asyncio 怎么取消任务"),
    ("问题不大", "-"),
    ("问了一下", "-"),
    ("问chatgpt", "-"),
    ("问：今天几点", "-"),
    ("我的", "我的|"),
    ("我的电脑坏了", "-"),
    ("我的 电脑坏了", "我的|电脑坏了"),
    ("来源 2", "来源|2"),
    ("来源2", "来源|2"),
    ("来源：2", "来源|2"),
    ("来源不明", "-"),
    ("警告 @小明 广告", "警告|@小明 广告"),
    ("警告@小明 广告", "警告|@小明 广告"),
    ("警告标志", "-"),
    ("状态", "-"),
    ("删除我的数据", "删除我的数据|"),
    ("删除我的数据吧", "-"),
    ("报明", "-"),
    ("大家早上好", "-"),
    ("", "-"),
    ("？", "-"),
    ("😀", "-"),
    ("@小明 报名", "-"),
    ("https://example.com/报名", "-"),
]

ADDRESSED = [
    ("报名", "报名|"),
    ("报名？", "报名|"),
    ("帮助吧", "帮助|"),
    ("状态", "状态|"),
    ("报名了吗？", "-"),
    ("帮助别人", "-"),
    ("问python怎么退出", "问|python怎么退出"),
    ("问：今天几点", "问|今天几点"),
    ("报名：fastapi-101", "报名|fastapi-101"),
    ("报名“python 入门”", "报名|“python 入门”"),
    ("报明 fastapi-101", "是不是 报名"),
    ("报明", "是不是 报名"),
    ("名报", "是不是 报名"),
    ("報明", "是不是 报名"),
    ("hlep", "是不是 帮助"),
    ("报表 怎么做", "-"),
    ("怎么退款", "-"),
    ("谢谢", "-"),
    ("", "-"),
]

SLASH = [
    ("/报名", "报名|"),
    ("／报名 3", "报名|3"),
    ("/ 报名 3", "报名|3"),
    ("/報名 3", "报名|3"),
    ("/状态", "状态|"),
    ("/报明 3", "是不是 报名"),
    ("/报名了吗", "是不是 报名"),
    ("/删除我的数", "是不是 删除我的数据"),
    ("/删我的数据", "是不是 删除我的数据"),
    ("/helpp", "是不是 帮助"),
    ("/usr/bin/python 报错", "-"),
    ("/", "-"),
    ("/ ", "-"),
    ("/天气", "-"),
    ("//报名", "-"),
]


@pytest.mark.parametrize(("raw", "wanted"), BARE)
def test_a_bare_word_fires_alone_or_before_arguments(table: CommandTable, raw: str, wanted: str) -> None:
    assert shown(table.find(normalise(raw), addressed=False)) == wanted


@pytest.mark.parametrize(("raw", "wanted"), ADDRESSED)
def test_an_addressed_word_fires_and_a_slip_is_noticed(table: CommandTable, raw: str, wanted: str) -> None:
    assert shown(table.find(normalise(raw), addressed=True)) == wanted


@pytest.mark.parametrize(("raw", "wanted"), SLASH)
def test_a_slash_word_fires_and_a_slip_is_noticed(table: CommandTable, raw: str, wanted: str) -> None:
    for addressed in (False, True):
        assert shown(table.find(normalise(raw), addressed)) == wanted


def test_the_way_it_was_meant_is_told(table: CommandTable) -> None:
    found = [
        table.find("/报名", addressed=True),
        table.find("报名", addressed=True),
        table.find("报名", addressed=False),
    ]
    assert [match.mode for match in found if isinstance(match, Match)] == [Mode.SLASH, Mode.ADDRESSED, Mode.BARE]


def test_a_plugin_that_is_off_here_has_no_commands(table: CommandTable) -> None:
    assert table.find("报名", addressed=False, plugins=set()) is None
    assert table.find("/报名", addressed=False, plugins={"other"}) is None


def test_a_removed_plugin_is_forgotten_and_can_be_added_again() -> None:
    table = CommandTable()
    table.add(make_plugin())
    table.remove("sample")
    assert table.find("报名", addressed=False) is None
    table.add(make_plugin())
    assert isinstance(table.find("报名", addressed=False), Match)


def test_the_owners_own_words_work_and_impossible_ones_are_named() -> None:
    table = CommandTable()
    assert table.set_aliases({"签名": "报名", "两 个": "报名", "帮助": "报名", "飞": "没有"}) == [
        "签名",
        "两 个",
        "帮助",
        "飞",
    ]
    table.add(make_plugin())
    assert shown(table.find("签名 3", addressed=False)) == "报名|3"
    assert shown(table.find("帮助", addressed=False)) == "帮助|"


def test_a_word_that_another_plugin_has_is_refused(table: CommandTable) -> None:
    other = Plugin("other")

    @other.command("報名")
    async def register(ctx: Ctx) -> str:
        return ""

    with pytest.raises(PluginError, match="taken by plugin sample"):
        table.add(other)


def test_of_two_words_as_near_the_one_that_more_people_may_use_was_meant() -> None:
    table, plugin = CommandTable(), Plugin("other")

    @plugin.command("报告", role=Role.ADMIN)
    async def report(ctx: Ctx) -> str:
        """报告：这一周的情况。"""
        return ""

    table.add(plugin)
    table.add(make_plugin())
    assert shown(table.find("/报明", addressed=False)).endswith("报名")


@pytest.mark.parametrize("is_builtin_first", [True, False])
def test_a_plugin_from_elsewhere_takes_a_word_over_from_a_built_in_one_where_it_is_on(is_builtin_first: bool) -> None:
    builtin, own, table = Plugin("study"), Plugin("checkin"), CommandTable()

    async def check_in(ctx: Ctx) -> str:
        """打卡：记录今天的训练。"""
        return ""

    own.command("打卡")(check_in)
    made = type(check_in)(check_in.__code__, check_in.__globals__, "check_in")
    made.__module__, made.__doc__, made.__annotations__ = "bot.plugins.study", "打卡：自带的。", {"ctx": Ctx}
    builtin.command("打卡", aliases=("签个到",))(made)
    for plugin in (builtin, own) if is_builtin_first else (own, builtin):
        table.add(plugin)

    def answers(word: str, *plugins: str) -> str:
        found = table.find(word, addressed=False, plugins=plugins or None)
        assert isinstance(found, Match)
        return found.entry.command.plugin

    assert answers("打卡") == answers("打卡", "study", "checkin") == "checkin"
    assert answers("打卡", "study") == answers("签个到") == "study"
    assert [entry.purpose for entry in table.visible(Role.MEMBER)] == ["记录今天的训练。"]
    assert [entry.purpose for entry in table.visible(Role.MEMBER, plugins={"study"})] == ["自带的。"]
    table.remove("checkin")
    assert answers("打卡") == "study"


@pytest.mark.parametrize("word", ["", "两 词", "/报名", "字" * 25])
def test_an_impossible_word_is_refused(word: str) -> None:
    plugin = Plugin("odd")

    @plugin.command(word)
    async def handle(ctx: Ctx) -> str:
        return ""

    with pytest.raises(PluginError, match="cannot be a command word"):
        CommandTable().add(plugin)


def handler_without_annotation(ctx: Ctx, what) -> Any: ...  # type: ignore[no-untyped-def]


def handler_with_keyword(ctx: Ctx, *, what: str) -> Any: ...


def handler_with_unknown(ctx: Ctx, what: Unknown) -> Any: ...  # type: ignore[name-defined] # noqa: F821


@pytest.mark.parametrize("handler", [handler_without_annotation, handler_with_keyword, handler_with_unknown])
def test_a_handler_whose_arguments_cannot_be_read_is_refused(handler: Any) -> None:
    plugin = Plugin("odd")
    plugin.command("词")(handler)
    with pytest.raises(PluginError, match="handler_with"):
        CommandTable().add(plugin)


def words_of(entries: list[Entry]) -> list[str]:
    return [entry.command.word for entry in entries]


def test_people_see_what_they_may_run_where_they_are(table: CommandTable) -> None:
    everyone = ["帮助", "报名", "问", "我的", "来源"]
    assert words_of(table.visible(Role.GUEST, Place.ROOM)) == everyone
    assert words_of(table.visible(Role.ADMIN, Place.ROOM)) == [*everyone, "警告"]
    assert words_of(table.visible(Role.GUEST, Place.PRIVATE)) == [*everyone, "删除我的数据"]
    assert table.visible(Role.OWNER, plugins=[]) == []


def test_usage_comes_from_the_docstring_or_from_the_types(table: CommandTable) -> None:
    entry = table.get("報名")
    assert entry is not None
    assert (entry.usage, entry.purpose) == ("报名 <场次>", "占一个名额。")
    assert table.get("不存在") is None
    plugin = Plugin("plain")

    @plugin.command("加")
    async def add(ctx: Ctx, first: int, who: Member | None = None, *more: str) -> str:
        return ""

    table = CommandTable()
    table.add(plugin)
    entry = table.get("加")
    assert entry is not None
    assert entry.usage == "加 <数字> [@成员] [文字…]"


@given(st.text(), st.booleans())
def test_any_text_is_taken(table: CommandTable, text: str, addressed: bool) -> None:
    found = table.find(normalise(text), addressed)
    assert found is None or isinstance(found, Match | NearMiss)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a b", ["a", "b"]),
        ('"python 入门" 3', ["python 入门", "3"]),
        ("“python 入门” 3", ["python 入门", "3"]),
        (r'"a \"b\" \\ c"', [r'a "b" \ c']),
        ('"没有结束 3', ['"没有结束', "3"]),
        ('""', [""]),
        ('"a"b', ['"a"b']),
        ("@小 明 广告", ["@小 明", "广告"]),
        ("@小 红 广告", ["@小", "红", "广告"]),
        (r"C:\new", [r"C:\new"]),
        ("  ", []),
    ],
)
def test_arguments_are_cut_into_words(text: str, wanted: list[str]) -> None:
    assert [word.text for word in cut_words(text, ["小 明", ""])] == wanted


def quote_word(value: str) -> str:
    """Write a value as a member does who wants it read as one word."""
    escaped = re.sub(r'([\\"“”])', r"\\\1", value)
    return f'"{escaped}"'


@given(st.lists(st.text()))
def test_quoted_words_come_back_as_they_were(values: list[str]) -> None:
    assert [word.text for word in cut_words(" ".join(map(quote_word, values)))] == values


@given(st.text())
def test_words_cover_the_text_in_order(text: str) -> None:
    ends = [0]
    for word in cut_words(text):
        assert not text[ends[-1] : word.start].strip()
        ends.append(word.end)
    assert not text[ends[-1] :].strip()


@pytest.mark.parametrize(
    ("a", "b", "slips"),
    [("", "", 0), ("报名", "报明", 1), ("ab", "ba", 1), ("abc", "ac", 1), ("ca", "abc", 3), ("a", "xyz", 3)],
)
def test_slips_are_counted(a: str, b: str, slips: int) -> None:
    assert count_slips(a, b, 3) == count_slips(b, a, 3) == slips


def test_chat_is_told_from_commands_in_microseconds(table: CommandTable) -> None:
    chat = [normalise(raw) for raw, wanted in BARE if wanted == "-"]
    table.find(chat[0], addressed=False)
    seconds = min(timeit.repeat(lambda: [table.find(text, addressed=False) for text in chat], number=20, repeat=5))
    assert seconds / (20 * len(chat)) < 50e-6
