"""Owners publish, cancel and move sessions by chatting, and schedules.yaml says so afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.model import Act, Role
from bot.plugin import PlannedEdit
from bot.schedule_reload import ScheduleSource
from bot.testing import SimulatedRoom, simulated_room

pytestmark = pytest.mark.slow  # days of conversation

SCHEDULES = """\
# 我的课表
sessions:
  - id: go        # 周会
    title: Go 周会
    room: Python学习群
    every: 周五 20:00
    announce: []
  - id: redis
    title: Redis 实战
    room: Python学习群
    starts: 2026-12-05 20:00   # 周六
    capacity: 2
    price: 99
"""
SUMMARY = """\
请核对：
1 标题：FastAPI 入门
2 时间：2026-12-12 周六 20:00
3 时长：2 小时
4 名额：30 人
5 价格：99 元
6 主讲：群主
7 群：Python学习群
报名时打的编号：fastapi
回复「是」就发布，要改哪一项就发「改 2」，不发布了发「取消」。"""
PUBLISHED = (
    "已发布《FastAPI 入门》，发「报名 fastapi」就能报名，开课前 3 天我会在群里通知。"
    "会议链接写进 schedules.yaml 的 link，只私聊发给报名的人。"
)
AGAIN = SUMMARY.splitlines()[-1]


@pytest.fixture
def room_config() -> str:
    return "commands:\n  cooldown: 0s\n"


@pytest.fixture
def room_schedules() -> str:
    return SCHEDULES


def written(folder: Path) -> str:
    return (folder / "schedules.yaml").read_text(encoding="utf-8")


def told(room: SimulatedRoom, name: str) -> list[str]:
    return [act.text for act in room.said if act.act is Act.TEXT and act.to == name and act.room is None]


async def test_a_session_is_published_step_by_step(room: SimulatedRoom, tmp_path: Path) -> None:
    owner = room.owner
    assert await owner.says("发布场次") == ["好的，一项一项来，随时发「取消」退出。课叫什么名字？"]
    assert (await owner.says("FastAPI 入门"))[0].startswith("什么时候上？")
    assert await owner.says("改天吧") == ["「改天吧」不是日期，可以写 明天、周五 或 12-05。"]
    assert (await owner.says("下周六 20:00"))[0].startswith("上多久？")
    assert (await owner.says("2h"))[0].startswith("收多少人？")
    assert await owner.says("一大堆") == ["「一大堆」不是人数，请写 30 这样的数字，不限就发「跳过」。"]
    assert (await owner.says("30"))[0].startswith("收多少钱？")
    assert (await owner.says("99"))[0].startswith("谁主讲？")
    assert await owner.says("我") == [SUMMARY]
    assert await owner.says("嗯？") == [AGAIN]
    assert await owner.says("改 4 40") == [SUMMARY.replace("30 人", "40 人")]
    assert (await owner.says("改名额 40"))[0] == SUMMARY.replace("30 人", "40 人")
    assert (await owner.says("改第一项"))[0] == "课叫什么名字？"
    assert await owner.says("FastAPI 入门") == [SUMMARY.replace("30 人", "40 人")]
    assert written(tmp_path) == SCHEDULES
    assert await owner.says("确认") == [PUBLISHED]
    assert written(tmp_path) == SCHEDULES + (
        "  - id: fastapi\n    title: FastAPI 入门\n    host: 群主\n    room: Python学习群\n"
        "    starts: 2026-12-12 20:00\n    duration: 2h\n    price: 99\n    capacity: 40\n    remind: [1d, 30m]\n"
    )
    assert "fastapi FastAPI 入门 周六 12-12 20:00" in (await room.member("小明").says("课表"))[0]


async def test_a_session_is_published_in_one_line(room: SimulatedRoom, tmp_path: Path) -> None:
    said = await room.owner.says("发布场次 FastAPI 入门 2026-12-12 20:00 2h 30人 99元 主讲 群主")
    assert said == [SUMMARY]
    await room.owner.says("是")
    assert "starts: 2026-12-12 20:00" in written(tmp_path)


async def test_a_series_shows_its_first_day(room: SimulatedRoom, tmp_path: Path) -> None:
    (said,) = await room.owner.says("发布场次 读书会 每周三 21:00")
    assert "2 时间：每周三 21:00，第一次 2026-12-02 周三 21:00" in said
    await room.owner.says("好的")
    assert "every: 每周三 21:00" in written(tmp_path)
    assert "读书会 周三 12-02 21:00" in (await room.owner.says("课表"))[0]


async def test_what_the_line_leaves_out_is_asked(room: SimulatedRoom) -> None:
    assert (await room.owner.says("发布场次 FastAPI 入门"))[0].startswith("什么时候上？")
    assert await room.owner.says("取消") == ["好的，先不继续了。"]
    assert await room.owner.says("发布场次 FastAPI 入门 2020-12-05 20:00") == [
        "2020-12-05 20:00 已经过去了，请写以后的时间。"
    ]


async def test_a_host_who_is_busy_then_is_told_and_the_plan_stays(room: SimulatedRoom, tmp_path: Path) -> None:
    await room.owner.says("发布场次 甲 2026-12-06 20:00 主讲 老王")
    await room.owner.says("是")
    await room.owner.says("发布场次 乙 2026-12-06 20:30 主讲 老王")
    (said,) = await room.owner.says("是")
    assert said.startswith("这样写不进去：老王 在 2026-12-06 周日 20:00 到 21:00 已有「甲」")
    assert "2026-12-06 周日 21:00" in (await room.owner.says("改 2 12-06 21:00"))[0]
    assert (await room.owner.says("是"))[0].startswith("已发布《乙》")
    assert written(tmp_path).count("host: 老王") == 2


async def test_a_crash_on_the_way_forgets_nothing(room: SimulatedRoom, tmp_path: Path) -> None:
    await room.owner.says("发布场次 FastAPI 入门")
    await room.crash()
    await room.owner.says("2026-12-12 20:00")
    await room.owner.says("2h")
    await room.crash()
    for said in ("30", "99"):
        await room.owner.says(said)
    assert await room.owner.says("我") == [SUMMARY]
    await room.crash()
    await room.owner.says("是")
    assert written(tmp_path).count("id: fastapi") == 1


async def test_a_crash_between_writing_and_answering_writes_once(
    room: SimulatedRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, is_written = ScheduleSource.put, asyncio.Event()

    async def put_and_hang(source: ScheduleSource, planned: PlannedEdit) -> None:
        await put(source, planned)
        if not is_written.is_set():
            is_written.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(ScheduleSource, "put", put_and_hang)
    await room.owner.says("发布场次 FastAPI 入门 2026-12-12 20:00")
    saying = asyncio.create_task(room.owner.says("是"))
    await is_written.wait()
    saying.cancel()
    await room.crash()
    assert [act.text for act in room.said if act.text.startswith("已发布")] == [PUBLISHED]
    assert written(tmp_path).count("id: fastapi\n") == 1


async def test_only_owners_and_admins_organise(room: SimulatedRoom, tmp_path: Path) -> None:
    alice = room.member("小明")
    for line in ("/发布场次 甲 周六 20:00", "/取消场次 redis", "/改期 redis 周日 20:00", "/确定停办 redis"):
        assert "已" not in "".join(await alice.says(line))
    assert await alice.says("发布场次了吗？") == []
    assert written(tmp_path) == SCHEDULES
    assert (await room.member("小红", Role.ADMIN).says("发布场次 甲 12-06 20:00"))[0].startswith("请核对")


async def test_a_session_is_called_off_after_saying_whom_it_affects(room: SimulatedRoom, tmp_path: Path) -> None:
    await room.member("小明").says("报名 redis")
    await room.owner.says("确认收款 D1", private=True)
    (asked,) = await room.owner.says("取消场次 redis 老师生病了")
    assert asked == (
        "要取消《Redis 实战》2026-12-05 周六 20:00 吗？1 人已报名，其中 1 人付了款，要退款，我会逐一通知。"
        "回复「是」就取消，「否」就不动。"
    )
    assert "共 99 元要退，我" in (await room.owner.says("取消场次 redis", private=True))[0]
    assert await room.owner.says("否") == ["好的，不办了。"]
    assert written(tmp_path) == SCHEDULES
    await room.owner.says("取消场次 redis 老师生病了")
    said = await room.owner.says("是")
    assert said[0].startswith("已取消《Redis 实战》2026-12-05 周六 20:00，1 位会收到通知。要退的款我私聊列给您。")
    assert written(tmp_path) == SCHEDULES[: SCHEDULES.index("  - id: redis")]
    assert any("取消了（老师生病了）。您付的 99 元" in text for text in told(room, "小明"))
    assert not any("应用" in text for text in said)


async def test_one_day_of_a_series_is_called_off_or_all_of_it(room: SimulatedRoom, tmp_path: Path) -> None:
    (asked,) = await room.owner.says("取消场次 go 12-11")
    assert "《Go 周会》2026-12-11 周五 20:00" in asked
    assert "整个系列请发「取消场次 go 全部」" in asked
    await room.owner.says("是")
    assert "except: [2026-12-11]" in written(tmp_path)
    (listed,) = await room.owner.says("课表")
    assert "12-04" in listed
    assert "12-11" not in listed
    assert "《Go 周会》整个系列" in (await room.owner.says("取消场次 go 全部 没人来"))[0]
    await room.owner.says("是")
    assert "go" not in written(tmp_path)


async def test_a_session_is_moved_and_registrations_stay(room: SimulatedRoom, tmp_path: Path) -> None:
    alice = room.member("小明")
    await alice.says("报名 go")
    (asked,) = await room.owner.says("改期 go 21:00")
    assert asked == (
        "把《Go 周会》2026-12-04 周五 20:00 改到 2026-12-04 周五 21:00 吗？"
        "1 人已报名，报名都保留，我会逐一通知。回复「是」改期，「否」就不动。"
    )
    said = await room.owner.says("是")
    assert said[0] == "已改期：《Go 周会》改到 2026-12-04 周五 21:00，1 位会收到通知。"
    assert "moved: {2026-12-04: 2026-12-04 21:00}" in written(tmp_path)
    assert any("21:00" in text for text in told(room, "小明"))
    assert "21:00" in "".join(await alice.says("我的课"))
    await room.owner.says("改期 redis 21:00")
    assert (await room.owner.says("是"))[0].startswith("已改期：《Redis 实战》改到 2026-12-05 周六 21:00")
    await room.owner.says("改期 redis 到周日晚上7点半")
    await room.owner.says("是")
    assert "    starts: 2026-12-06 19:30   # 周六\n" in written(tmp_path)


async def test_a_new_time_is_asked_for_until_it_is_one(room: SimulatedRoom, tmp_path: Path) -> None:
    assert (await room.owner.says("改期 redis"))[0].startswith("《Redis 实战》2026-12-05 周六 20:00 改到什么时候？")
    assert await room.owner.says("下周三") == ["还缺几点，例如 12-05 20:00。"]
    assert "改到 2026-12-09 周三 20:00 吗？" in (await room.owner.says("下周三 20:00"))[0]
    await room.owner.says("是")
    assert "starts: 2026-12-09 20:00" in written(tmp_path)


async def test_what_cannot_be_moved_is_said_at_once(room: SimulatedRoom) -> None:
    assert "已经过去了" in (await room.owner.says("改期 redis 2026-11-01 20:00"))[0]
    assert "本来就是这个时间" in (await room.owner.says("改期 redis 12-05 20:00"))[0]
    assert "不是日期" in (await room.owner.says("改期 redis 改天"))[0]
    assert "改 schedules.yaml 里的 every" in (await room.owner.says("改期 go 每周六 20:00"))[0]
    assert "没有" in (await room.owner.says("/改期 rediss 周日 20:00"))[0]


async def test_what_the_owner_writes_by_hand_meanwhile_is_kept(room: SimulatedRoom, tmp_path: Path) -> None:
    await room.owner.says("发布场次 FastAPI 入门 2026-12-12 20:00")
    by_hand = SCHEDULES.replace("# 我的课表", "# 我的新课表")
    (tmp_path / "schedules.yaml").write_text(by_hand, encoding="utf-8")
    await room.owner.says("是")
    assert written(tmp_path).startswith(by_hand)
    assert "id: fastapi" in written(tmp_path)


async def test_what_was_just_written_by_hand_is_not_confirmed_along(room: SimulatedRoom, tmp_path: Path) -> None:
    await room.member("小明").says("报名 redis")
    await room.owner.says("发布场次 FastAPI 入门 2026-12-12 20:00")
    (tmp_path / "schedules.yaml").write_text(SCHEDULES.replace("12-05 20:00", "12-06 20:00"), encoding="utf-8")
    said = await room.owner.says("是")
    assert said[0].startswith("schedules.yaml 刚在文件里改过，那些改动先处理，请再来一次。回复「是」就发布")
    assert any("发「应用」就照改" in text for text in said)
    assert (await room.owner.says("就这样吧"))[0] == PUBLISHED
    assert "周六 12-05 20:00" in (await room.member("小明").says("我的课"))[0]


async def test_a_file_with_faults_is_not_written_to(room: SimulatedRoom, tmp_path: Path) -> None:
    await room.owner.says("发布场次 FastAPI 入门 2026-12-12 20:00")
    (tmp_path / "schedules.yaml").write_text("sessions: 5\n", encoding="utf-8")
    (said,) = await room.owner.says("是")
    assert said.startswith("schedules.yaml 现在有错，请先改好：第 1 行")
    assert written(tmp_path) == "sessions: 5\n"


async def test_times_are_those_of_the_room_whatever_the_zone_of_the_file(tmp_path: Path) -> None:
    async with simulated_room(schedules="timezone: America/New_York\n", folder=tmp_path) as room:
        (said,) = await room.owner.says("发布场次 夜谈 12-05 20:00")
        assert "2 时间：2026-12-05 周六 20:00（Asia/Shanghai 时间）" in said
        await room.owner.says("是")
        assert "    timezone: Asia/Shanghai\n" in written(tmp_path)
        assert "周六 12-05 20:00" in (await room.owner.says("课表"))[0]
        await room.owner.says("改期 1 21:00")
        await room.owner.says("是")
        assert "starts: 2026-12-05 21:00" in written(tmp_path)


async def test_in_private_with_several_rooms_it_is_asked_where(tmp_path: Path) -> None:
    async with simulated_room("commands:\n  cooldown: 0s\n", folder=tmp_path) as room:
        room.world.add_room("Go群", room.owner.contact_id, [room.bot_id])
        await room.crash()  # the gateway tells all its rooms at a start
        assert "课叫什么名字" in (await room.owner.says("发布场次", private=True))[0]
        for said in ("FastAPI 入门", "周六 20:00", "跳过", "跳过", "跳过"):
            await room.owner.says(said, private=True)
        (asked,) = await room.owner.says("跳过", private=True)
        assert asked.startswith("发到哪些群？")
        assert "7 群：" in (await room.owner.says("全部", private=True))[0]
        await room.owner.says("是", private=True)
        assert "room: [" in written(tmp_path)
