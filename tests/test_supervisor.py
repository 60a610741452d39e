"""Faults, limits and budgets of handlers."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.clock import VirtualClock
from bot.errors import UserError
from bot.model import Room
from bot.plugin import Reply
from bot.supervisor import FAILED, SORRY, FaultReport, Supervisor

ROOM = Room("r1", "Python学习群")
OTHER = Room("r2", "前端群")


class Heard:
    def __init__(self) -> None:
        self.reports: list[FaultReport] = []

    async def on_fault(self, report: FaultReport) -> None:
        self.reports.append(report)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 12, 1, 1, tzinfo=UTC))


async def _boom() -> str:
    raise ZeroDivisionError


async def test_a_result_is_returned_as_it_is(clock: VirtualClock) -> None:
    async def run() -> str:
        return "dong"

    assert await Supervisor(clock).call("ding", ROOM, "m1", run) == "dong"


async def test_a_user_error_is_the_answer_and_no_fault(clock: VirtualClock) -> None:
    async def run() -> str:
        raise UserError("今天已经打过卡了，明天再来。")

    heard = Heard()
    answer = await Supervisor(clock, heard).call("checkin", ROOM, "m1", run)
    assert isinstance(answer, Reply)
    assert answer.text == "今天已经打过卡了，明天再来。"
    assert heard.reports == []


async def test_any_other_error_is_answered_kindly_and_reported_with_its_message(clock: VirtualClock) -> None:
    heard = Heard()
    answer = await Supervisor(clock, heard).call("ding", ROOM, "m1", _boom)
    assert answer == Reply(text=SORRY, why=FAILED)
    assert [(r.plugin, r.room, r.cause, r.what, r.stopped) for r in heard.reports] == [
        ("ding", ROOM, "m1", "ZeroDivisionError", False)
    ]


async def test_a_fault_nobody_asked_for_is_not_answered(clock: VirtualClock) -> None:
    assert await Supervisor(clock).call("ding", ROOM, "m1", _boom, quiet=True) is None


async def test_the_third_fault_in_ten_minutes_stops_the_plugin_in_that_room_only(clock: VirtualClock) -> None:
    heard = Heard()
    supervisor = Supervisor(clock, heard)
    for room in (ROOM, OTHER, ROOM, OTHER, ROOM):
        await supervisor.call("ding", room, "m", _boom)
        await clock.advance(minutes=1)
    assert [(r.room, r.stopped) for r in heard.reports if r.stopped] == [(ROOM, True)]


async def test_three_faults_in_more_than_ten_minutes_stop_nothing(clock: VirtualClock) -> None:
    heard = Heard()
    supervisor = Supervisor(clock, heard)
    for _ in range(6):
        await supervisor.call("ding", ROOM, "m", _boom)
        await clock.advance(minutes=6)
    assert not any(r.stopped for r in heard.reports)


async def test_an_overrun_counts_as_a_fault(clock: VirtualClock) -> None:
    heard = Heard()
    supervisor = Supervisor(clock, heard, limit_seconds=0.005)
    answer = await supervisor.call("ding", ROOM, "m1", asyncio.Event().wait)
    assert answer == Reply(text=SORRY, why=FAILED)
    assert heard.reports[0].what == "超过 0.005 秒没有做完"


async def test_a_handlers_own_timeout_is_not_taken_for_an_overrun(clock: VirtualClock) -> None:
    async def run() -> None:
        raise TimeoutError

    heard = Heard()
    await Supervisor(clock, heard).call("ding", ROOM, "m1", run)
    assert heard.reports[0].what == "TimeoutError"


async def test_cancelling_passes_through_and_is_no_fault(clock: VirtualClock) -> None:
    heard = Heard()
    task = asyncio.create_task(Supervisor(clock, heard).call("ding", ROOM, "m1", asyncio.Event().wait))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert heard.reports == []


async def test_a_plugin_started_again_begins_with_a_full_budget(clock: VirtualClock) -> None:
    heard = Heard()
    supervisor = Supervisor(clock, heard)
    for _ in range(2):
        await supervisor.call("ding", ROOM, "m", _boom)
    supervisor.forgive("ding", ROOM.id)
    await supervisor.call("ding", ROOM, "m", _boom)
    assert not any(r.stopped for r in heard.reports)


async def test_a_listener_that_cannot_write_does_not_cost_the_member_the_answer(clock: VirtualClock) -> None:
    class Broken:
        async def on_fault(self, report: FaultReport) -> None:
            raise OSError

    answer = await Supervisor(clock, Broken()).call("ding", ROOM, "m1", _boom)
    assert answer == Reply(text=SORRY, why=FAILED)


async def test_a_handler_that_waits_goes_on_where_it_stood(clock: VirtualClock) -> None:
    async def run() -> str:
        told = []
        for number in range(3):
            await asyncio.sleep(0)
            told.append(await asyncio.wait_for(_later(str(number)), 5))
        return "".join(told)

    assert await Supervisor(clock).call("ding", ROOM, "m1", run) == "012"


async def test_a_handler_may_be_a_future(clock: VirtualClock) -> None:
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, future.set_result, "dong")
    assert await Supervisor(clock).call("ding", ROOM, "m1", lambda: future) == "dong"


async def test_what_cannot_be_awaited_is_a_fault(clock: VirtualClock) -> None:
    heard = Heard()
    answer = await Supervisor(clock, heard).call("ding", ROOM, "m1", lambda: "dong")  # type: ignore[arg-type, return-value]
    assert answer == Reply(text=SORRY, why=FAILED)
    assert [report.what for report in heard.reports] == ["TypeError"]


async def test_a_handler_whose_task_is_cancelled_may_clean_up_and_wait_for_it(clock: VirtualClock) -> None:
    waits, seen = asyncio.Event(), []

    async def run() -> None:
        try:
            waits.set()
            await asyncio.Event().wait()
        finally:
            seen.append(await _later("cleaned up"))

    task = asyncio.create_task(Supervisor(clock).call("ding", ROOM, "m1", run))
    await waits.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cleaned up"]


async def test_a_handler_that_answers_when_its_time_is_over_is_heard(clock: VirtualClock) -> None:
    async def run() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            raise UserError("太久了，请再试一次。") from None
        return ""

    heard = Heard()
    answer = await Supervisor(clock, heard, limit_seconds=0.01).call("ding", ROOM, "m1", run)
    assert isinstance(answer, Reply)
    assert answer.text == "太久了，请再试一次。"
    assert heard.reports == []


async def _later(text: str) -> str:
    await asyncio.sleep(0.001)
    return text
