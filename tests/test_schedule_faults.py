"""Fifty ways to get schedules.yaml wrong: each gets its line, column and advice, and none stops the running bot."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.clock import VirtualClock
from bot.errors import Fault
from bot.schedule_model import Schedules
from bot.schedule_reload import ScheduleSource
from bot.schedule_review import review_schedules
from bot.testing import simulated_room

pytestmark = pytest.mark.slow  # whole files

BAD = Path(__file__).parent / "data" / "schedules" / "bad"
FILES = sorted(BAD.glob("*.yaml"))
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
GOOD = "announcements:\n  - {id: early, room: Python学习群, every: 每天 09:30, text: 早上好}\n"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_malformed_file_gets_its_line_column_and_advice(file: Path) -> None:
    faults = review_schedules(file.name, file.read_bytes(), "Asia/Shanghai", NOW).faults
    expected = file.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    assert [f"{fault.line}:{fault.column}: {fault.message}" for fault in faults] == expected
    assert expected


def test_there_are_at_least_fifty_malformed_files() -> None:
    assert len(FILES) >= 50


async def test_none_of_them_takes_the_place_of_what_is_in_force(tmp_path: Path) -> None:
    file = tmp_path / "schedules.yaml"
    file.write_text(GOOD, encoding="utf-8")
    source = ScheduleSource(file, Schedules(), VirtualClock(NOW), lambda: "Asia/Shanghai")
    assert await source.poll()
    good, told = source.value, list[list[Fault]]()

    async def note(faults: list[Fault]) -> None:
        told.append(faults)

    source.subscribe(on_faults=note)
    for bad in FILES:
        assert not await source.offer(bad.read_bytes())
        assert not await source.offer(bad.read_bytes())
    assert source.value is good
    assert len(told) == len(FILES)


async def test_the_owner_is_told_once_in_private_and_the_last_good_file_goes_on(tmp_path: Path) -> None:
    async with simulated_room(schedules=GOOD, folder=tmp_path, start=NOW) as room:
        bad = (BAD / "26-weekday-as-digit.yaml").read_text(encoding="utf-8")
        place, advice = "第 5 行第 12 列", "星期请写名称，不写数字：5 是 周五 18:00 吗？原来的设置继续有效。"
        told = f"schedules.yaml {place}：「announcements 第 1 项的 every」{advice}"
        assert await room.edits_schedules(bad) == [told]
        assert [(done.room_id, done.text) for done in room.said if done.text == told] == [("", told)]
        room.clock.advance(days=1)
        await room.app.drain()
        assert await room.texts() == [told, "早上好"]


async def test_what_began_since_it_was_written_is_no_slip(tmp_path: Path) -> None:
    soon = GOOD + "  - {id: soon, room: Python学习群, starts: 2026-12-01 20:00, text: 开始了}\n"
    async with simulated_room(schedules=soon, folder=tmp_path, start=NOW) as room:
        await room.clock.advance(hours=24 * 10)
        await room.texts()
        told = await room.edits_schedules(soon.replace("早上好", "早"))
        assert told == ["schedules.yaml 已生效：修改通知「early」：内容"]
        wrong = soon.replace("2026-12-01 20:00", f"{room.clock.now():%Y-%m-%d} 09:00")
        room.clock.advance(minutes=1)
        (told_now,) = await room.edits_schedules(wrong)
        assert "刚过去，是" in told_now


async def test_advice_is_told_with_what_came_into_force_and_not_again(tmp_path: Path) -> None:
    async with simulated_room(schedules=GOOD, folder=tmp_path, start=NOW) as room:
        late = GOOD + "  - {id: late, room: Python学习群, every: 每天 23:30, text: 晚安}\n"
        tip = "提示：第 3 行 23:30 会吵到睡觉的人（23:00 到 07:00），最近的是 22:00"
        assert await room.edits_schedules(late) == [f"schedules.yaml 已生效：新增通知「late」；{tip}"]
        room.clock.advance(minutes=1)
        assert await room.edits_schedules(late.replace("早上好", "早")) == [
            "schedules.yaml 已生效：修改通知「early」：内容"
        ]
