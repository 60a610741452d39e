"""How the words behind a command become the arguments of its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import CommandTable, Entry, Match, Mode
from bot.commands_bind import UsageError, bind
from bot.errors import UserError
from bot.model import Member, Message, Room
from bot.plugin import Context, Fen, Plugin, Rest, Settings
from bot.text import normalise
from tests.test_commands import quote_word

Ctx = Context[Settings]
ALICE, BOB = Member("m1", "Alice"), Member("m2", "小 红")
KNOWN = {"小明": [Member("m3", "小明")], "重名": [Member("m4", "重名"), Member("m5", "重名")]}


@dataclass(frozen=True)
class Session:
    id: str


class FakeServices:
    async def read(self, fn: Callable[[Any], Any]) -> Any:
        return fn(FakeDatabase())


class FakeDatabase:
    """Answers `members.find_by_name` alone."""

    def query(self, sql: str, params: dict[str, str]) -> list[dict[str, Any]]:
        if "from room_members" not in sql and "from members" not in sql:
            return []
        return [{"id": m.id, "name": m.name} for name, found in KNOWN.items() for m in found if name == params["key"]]


async def _handle(ctx: Ctx) -> str:
    return ""


plugin = Plugin("sample")


@plugin.command("数")
async def number(ctx: Ctx, n: int, more: int = 7) -> None: ...


@plugin.command("钱")
async def money(ctx: Ctx, amount: Fen) -> None: ...


@plugin.command("日")
async def day(ctx: Ctx, when: date) -> None: ...


@plugin.command("时")
async def moment(ctx: Ctx, when: datetime, note: Rest | None = None) -> None: ...


@plugin.command("长")
async def length(ctx: Ctx, how_long: timedelta, n: int) -> None: ...


@plugin.command("人")
async def person(ctx: Ctx, who: Member, why: Rest | None = None) -> None: ...


@plugin.command("关")
async def switch(ctx: Ctx, state: Literal["开", "关"]) -> None: ...


@plugin.command("字", examples=(("字 你好", "好"),))
async def words(ctx: Ctx, first: str, *others: str) -> None: ...


@plugin.command("余")
async def rest(ctx: Ctx, tag: Annotated[int | None, "编号"], text: Rest) -> None: ...


@plugin.command("场", examples=(("场 fastapi-101", "好"),))
async def session(ctx: Ctx, session: Annotated[Session, "场次"]) -> None: ...


@plugin.command("选")
async def either(ctx: Ctx, what: int | date | str) -> None: ...


table = CommandTable()
table.add(plugin)


def make_context(mentions: tuple[Member, ...] = (BOB,), text: str = "") -> Ctx:
    now = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    room = Room("r1", "群")
    message = Message(id="1", at=now, talker=ALICE, room=room, text=text, raw="", mentions=mentions)
    return Context(
        services=FakeServices(), config=Settings(), now=now, zone=ZoneInfo("Asia/Shanghai"), cause="1",
        message=message, member=ALICE, room=room,
    )  # type: ignore[arg-type] # fmt: skip


def readers(kind: Any) -> Callable[[str], Awaitable[Any]] | None:
    async def read(text: str) -> Session | None:
        if text == "fastapi-999":
            raise UserError("没有这个场次，发送「场次」看看有哪些。")
        return Session(text) if text.startswith("fastapi") else None

    return read if kind is Session else None


async def read(text: str, *, addressed: bool = True) -> list[Any]:
    match = table.find(normalise(text), addressed)
    assert isinstance(match, Match)
    return await bind(match, make_context(), readers)


@pytest.mark.parametrize(
    ("text", "mentions", "wanted"),
    [
        ("人 @小林", (Member("m9", ""),), Member("m9", "小林")),
        ("人 @小林 和 @小 红 一样", (BOB, Member("m9", "")), Member("m9", "小林")),
        ("人 @小 红 和 @小林 一样", (BOB, Member("m9", "")), BOB),
        ("人 @小林 不是 @小李", (Member("m9", ""),), None),
        ("人 @小林 和 @小李", (Member("m8", ""), Member("m9", "")), None),
        ("人 小林", (Member("m9", ""),), None),
    ],
)
async def test_who_never_spoke_is_known_by_the_mention_where_it_is_clear_which(
    text: str, mentions: tuple[Member, ...], wanted: Member | None
) -> None:
    match = table.find(normalise(text), addressed=True)
    assert isinstance(match, Match)
    if wanted is None:
        with pytest.raises(UsageError, match="没有找到「小林」"):
            await bind(match, make_context(mentions, text), readers)
    else:
        assert (await bind(match, make_context(mentions, text), readers))[0] == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("数 3", [3, 7]),
        ("数３", [3, 7]),
        ("数 3 -4", [3, -4]),
        ("钱 99.5", [9950]),
        ("钱 ￥1,299", [129900]),
        ("钱 99 元", [9900]),
        ("日 明天", [date(2026, 12, 2)]),
        ("日 12月5日", [date(2026, 12, 5)]),
        ("日 12 月 5 日", [date(2026, 12, 5)]),
        ("长 2 小时 3", [timedelta(hours=2), 3]),
        ("长 1d12h 3", [timedelta(hours=36), 3]),
        ("人 @小 红 发广告 两次", [BOB, "发广告 两次"]),
        ("人 @小 红", [BOB, None]),
        ("人 小明", [KNOWN["小明"][0], None]),
        ("关 开", ["开"]),
        ("關 開", ["开"]),
        ("字 你好", ["你好"]),
        ("字 “python 入门” b c", ["python 入门", "b", "c"]),
        ('字 ""', [""]),
        ("余 第一行\n  第二行", [None, "第一行\n  第二行"]),
        ('余 3 说 "好" 了', [3, '说 "好" 了']),
        ('余 "好"', [None, '"好"']),
        ("余 3", [None, "3"]),
        ("场 fastapi-101", [Session("fastapi-101")]),
        ("场fastapi-101", [Session("fastapi-101")]),
        ("选 3", [3]),
        ("选 明天", [date(2026, 12, 2)]),
        ("选 别的", ["别的"]),
    ],
)
async def test_arguments_are_read(text: str, wanted: list[Any]) -> None:
    assert await read(text) == wanted


async def test_a_moment_is_in_the_rooms_zone() -> None:
    when, note = await read("时 周五 20:00 带电脑")
    assert when.isoformat() == "2026-12-04T20:00:00+08:00"
    assert note == "带电脑"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("数", "用法：数 <数字> [数字]"),
        ("数 abc", "「abc」不是数字。用法：数 <数字> [数字]"),
        ("数 1 2 3", "用法：数 <数字> [数字]"),
        ("场", "用法：场 <场次>，例如：场 fastapi-101"),
        ("场 没有", "用法：场 <场次>，例如：场 fastapi-101"),
        ("字", "用法：字 <文字> [文字…]，例如：字 你好"),
        ("关 半开", "「半开」不行，可以写 开、关。用法：关 <开/关>"),
        ("人 @没人", "没有找到「没人」，请用 @ 选中这位成员。用法：人 <@成员> [内容]"),
        ("人 重名", "叫「重名」的不止一位，请用 @ 选中这位成员。用法：人 <@成员> [内容]"),
        ("时 周五", "还缺几点，例如 12-05 20:00。用法：时 <时间> [内容]"),
        ("余 ", "用法：余 [编号] <内容>"),
    ],
)
async def test_a_wrong_use_is_answered_with_usage_and_example(text: str, answer: str) -> None:
    with pytest.raises(UsageError) as caught:
        await read(text)
    assert caught.value.text == answer


async def test_a_reader_that_knows_better_says_so() -> None:
    with pytest.raises(UserError, match="没有这个场次") as caught:
        await read("场 fastapi-999")
    assert not isinstance(caught.value, UsageError)


@pytest.mark.parametrize("text", ["字 的人好多", "字 不错吧", "字 真的？", "字 好了"])
async def test_a_bare_word_before_a_piece_of_a_sentence_is_no_use_of_it(text: str) -> None:
    with pytest.raises(UsageError):
        await read(text, addressed=False)
    assert await read(text)


async def test_a_type_nobody_reads_is_said_kindly() -> None:
    match = table.find("场 fastapi-101", addressed=True)
    assert isinstance(match, Match)
    with pytest.raises(UserError, match="请联系群主"):
        await bind(match, make_context(), lambda kind: None)


ENTRIES = [entry for word in "数钱日时长人关字余场选" if (entry := table.get(word))]
ARGUMENT = (
    st.sampled_from(["3", "明天", "20:00", "2h", "99", "@小 红", '"', "“", "fastapi-1", "开", "的", "\\", "\n"])
    | st.text()
)


@given(st.sampled_from(ENTRIES), st.lists(ARGUMENT, max_size=5).map(" ".join), st.sampled_from(Mode))
async def test_any_text_is_read_or_answered_kindly(entry: Entry, text: str, mode: Mode) -> None:
    outcome = await try_to_bind(Match(entry, mode, normalise(text)))
    least = sum(not parameter.is_many for parameter in entry.parameters)
    assert len(outcome) >= least if isinstance(outcome, list) else "用法：" in outcome or "没有这个场次" in outcome


async def try_to_bind(match: Match) -> list[Any] | str:
    try:
        return await bind(match, make_context(), readers)
    except UserError as error:
        return error.text


@given(st.lists(st.text(), min_size=1))
async def test_quoted_arguments_come_back_as_they_were(values: list[str]) -> None:
    entry = table.get("字")
    assert entry is not None
    match = Match(entry, Mode.SLASH, " ".join(map(quote_word, values)))
    assert await bind(match, make_context(), readers) == values
