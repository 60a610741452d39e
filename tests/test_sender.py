import asyncio
import random
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot import members, outbox
from bot.clock import VirtualClock
from bot.config_model import SendingConfig
from bot.errors import GatewayRefused, GatewayUnavailable, NotSupported, SendUncertain
from bot.model import Act, Contact, Delivery, FileContent, Outgoing, Priority, RoomInfo
from bot.outbox_rows import OutboxState
from bot.sender import Sender
from bot.storage import Storage
from tests.dispatcher_harness import until
from tests.scripted_gateway import ScriptedGateway

START = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)  # nine in the morning in Shanghai
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Bench:
    """A sender over a scripted gateway, two rooms and a member."""

    def __init__(self, path, **settings):
        self.clock = VirtualClock(START)
        self.storage = Storage.open(path, self.clock, [members.migrations, outbox.migrations])
        self.gateway = ScriptedGateway(self.clock)
        self.settings = SendingConfig(**settings)
        self.told = []
        self.senders = []

    async def set_up(self):
        self.room = (await self.run(members.resolve_room, "bot", RoomInfo("r1", "Python学习群"), True)).id
        self.other = (await self.run(members.resolve_room, "bot", RoomInfo("r2", "Linux群"), True)).id
        self.alice = (await self.run(members.resolve_contact, "bot", Contact("wx1", "小明"), True)).id
        return self

    def start(self, owner="one", **options):
        def tell(db, text, key, room_id):
            self.told.append(text)

        options = {"tell_owner": tell, "chance": random.Random(1), "zone": SHANGHAI, **options}
        self.sender = Sender(self.storage, "c", self.gateway, self.clock, self.settings, owner, **options)
        self.senders.append(self.sender)
        self.sender.start()

    async def run(self, fn, *args, **kwargs):
        return await self.storage.run("c", fn, *args, **kwargs)

    async def put(self, text, room=None, **fields):
        if "member_id" not in fields or fields.get("act"):
            fields.setdefault("room_id", room or self.room)
        return await self.run(outbox.enqueue, Outgoing(text=text, **fields))

    async def row(self, row_id):
        return await self.storage.read("c", outbox.get, row_id)

    async def echo(self, text, message_id, lane=None):
        return await self.run(
            outbox.settle_echo, room_id=lane or self.room, text=text, at=self.clock.now(), message_id=message_id
        )

    async def tear_down(self):
        for sender in self.senders:
            sender.abandon()
        await asyncio.sleep(0)
        await self.storage.close()


@pytest.fixture
async def make(tmp_path):
    made = []

    async def build(**settings):
        made.append(await Bench(tmp_path / "qunzhi.db", **settings).set_up())
        return made[-1]

    yield build
    for bench in made:
        await bench.tear_down()


@pytest.fixture
async def bench(make):
    return await make()


async def test_a_row_is_sent_and_marked_sent(bench):
    bench.start()
    row_id = await bench.put("你好")
    await bench.clock.advance(seconds=1)
    assert bench.gateway.calls == [(0.0, "text", "r1", "你好", ())]
    assert (await bench.row(row_id)).state is OutboxState.SENT


async def test_mentions_and_private_chats_are_addressed_by_contact_id(bench):
    bench.start()
    await bench.put("看这里", mentions=(bench.alice,))
    await bench.put("只给您", member_id=bench.alice)
    await bench.clock.advance(seconds=10)
    assert [call[2:] for call in bench.gateway.calls] == [("r1", "看这里", ("wx1",)), ("wx1", "只给您", ())]


async def test_one_room_gets_one_message_a_second_in_order(bench):
    bench.start()
    for number in range(5):
        await bench.put(str(number))
    await bench.clock.advance(seconds=10)
    assert bench.gateway.texts == ["0", "1", "2", "3", "4"]
    assert bench.gateway.times == [0, 1, 2, 3, 4]


async def test_switching_rooms_takes_three_to_five_seconds(bench):
    bench.start()
    for number in range(6):
        await bench.put(str(number), room=(bench.room, bench.other)[number % 2])
    await bench.clock.advance(minutes=1)
    gaps = [b - a for a, b in zip(bench.gateway.times, bench.gateway.times[1:], strict=False)]
    assert bench.gateway.texts == ["0", "1", "2", "3", "4", "5"]
    assert all(3 <= gap <= 5 for gap in gaps)
    assert len(set(gaps)) > 1


async def test_no_minute_has_more_than_forty_messages(bench):
    bench.start()
    for number in range(100):
        await bench.put(str(number))
    await bench.clock.advance(minutes=4)
    times = bench.gateway.times
    assert len(times) == 100
    assert max(sum(1 for t in times if start <= t < start + 60) for start in times) == 40


async def test_the_daily_budget_begins_anew_at_local_midnight(make):
    bench = await make(daily_budget=10, first_week_factor=0.5)
    bench.start()
    for number in range(12):
        await bench.put(str(number))
    await bench.clock.advance(hours=1)
    assert len(bench.gateway.calls) == 5  # half of ten: the account is new
    await bench.clock.advance_to(datetime(2026, 12, 2, 0, 1, tzinfo=SHANGHAI))
    assert len(bench.gateway.calls) == 10
    assert (await bench.sender.snapshot())["budget"] == 5
    await bench.clock.advance(days=8)
    assert (await bench.sender.snapshot())["budget"] == 10


async def test_new_limits_count_from_the_next_message_on(make):
    bench = await make(per_room_seconds=3600)
    bench.start()
    await bench.put("一")
    await bench.put("二")
    await bench.clock.advance(minutes=1)
    assert bench.gateway.texts == ["一"]
    bench.sender.settings = SendingConfig()
    await bench.clock.advance(seconds=1)
    assert bench.gateway.texts == ["一", "二"]


async def test_a_restart_does_not_forget_pace_and_budget(make):
    bench = await make(daily_budget=10, first_week_factor=0.5)
    bench.start()
    for number in range(6):
        await bench.put(str(number))
    await bench.clock.advance(seconds=2.5)
    assert bench.gateway.times == [0, 1, 2]
    await bench.sender.stop()
    bench.start(owner="two")
    await bench.clock.advance(minutes=5)
    assert bench.gateway.times[:4] == [0, 1, 2, 3]
    assert len(bench.gateway.calls) == 5
    assert (await bench.sender.snapshot())["used"] == 5


async def test_answers_go_before_private_notices_before_announcements(bench):
    for priority in (Priority.LOW, Priority.ANNOUNCEMENT, Priority.PRIVATE_NOTICE, Priority.ANSWER):
        await bench.put(priority.name, priority=priority)
    bench.start()
    await bench.clock.advance(seconds=10)
    assert bench.gateway.texts == ["ANSWER", "PRIVATE_NOTICE", "ANNOUNCEMENT", "LOW"]


async def test_an_answer_overtakes_an_announcement_that_waits_for_its_pace(bench):
    bench.start()
    await bench.put("一", priority=Priority.ANNOUNCEMENT)
    await bench.put("二", priority=Priority.ANNOUNCEMENT)
    await bench.clock.advance(seconds=0.5)
    await bench.put("答", priority=Priority.ANSWER)
    await bench.clock.advance(seconds=5)
    assert bench.gateway.texts == ["一", "答", "二"]


async def test_nothing_goes_out_before_its_time(bench):
    bench.start()
    await bench.put("上课", not_before=START + timedelta(minutes=30))
    await bench.clock.advance(minutes=29)
    assert bench.gateway.calls == []
    await bench.clock.advance(minutes=2)
    assert bench.gateway.times == [1800]


async def test_an_unreachable_gateway_is_tried_again_with_growing_pauses(bench):
    bench.gateway.errors.extend([GatewayUnavailable("down")] * 3)
    bench.start()
    first = await bench.put("一")
    await bench.put("二")
    await bench.clock.advance(minutes=1)
    assert bench.gateway.texts == ["一", "二"]
    assert bench.gateway.times[0] == 7  # after 1 + 2 + 4 seconds
    row = await bench.row(first)
    assert (row.state, row.attempt, row.doubts) == (OutboxState.SENT, 4, 0)


async def test_a_gateway_that_is_back_before_the_pause_is_over_gets_the_messages_in_order(bench):
    bench.gateway.errors.append(GatewayUnavailable("down"))
    bench.start(is_paced=False)
    for text in ("一", "二", "三"):
        await bench.put(text)
    await bench.clock.settle()
    bench.sender.gateway_state(False)
    bench.sender.gateway_state(True)
    await bench.clock.advance(seconds=10)
    assert bench.gateway.texts == ["一", "二", "三"]


async def test_nothing_is_tried_while_the_gateway_is_lost(bench):
    bench.start()
    bench.sender.gateway_state(False)
    row_id = await bench.put("一")
    await bench.clock.advance(hours=2)
    assert (await bench.row(row_id)).attempt == 0
    bench.sender.gateway_state(True)
    await bench.clock.advance(seconds=1)
    assert bench.gateway.texts == ["一"]


async def test_nothing_is_tried_before_the_account_is_logged_in(bench):
    account, bench.gateway.account = bench.gateway.account, None
    bench.start()
    row_id = await bench.put("一")
    await bench.clock.advance(minutes=1)
    assert (await bench.row(row_id)).attempt == 0
    bench.gateway.account = account
    await bench.clock.advance(seconds=2)
    assert bench.gateway.texts == ["一"]


async def test_a_paused_sender_waits_for_resume(bench):
    bench.start()
    bench.sender.pause()
    await bench.put("一")
    await bench.clock.advance(minutes=1)
    assert bench.gateway.calls == []
    bench.sender.resume()
    await bench.clock.advance(seconds=1)
    assert bench.gateway.texts == ["一"]


async def test_a_refused_message_fails_and_the_owner_is_told_once(bench):
    bench.gateway.errors.append(GatewayRefused("no such room"))
    bench.start()
    row_id = await bench.put("一")
    await bench.put("二")
    await bench.clock.advance(minutes=1)
    row = await bench.row(row_id)
    assert (row.state, row.error) == (OutboxState.FAILED, "no such room")
    assert bench.told == [f"给「Python学习群」的一条消息被拒绝，没有发出（编号 {row.short_id}）。"]
    assert bench.gateway.texts == ["二"]
    assert [r.id for r in await bench.storage.read("c", outbox.undelivered)] == [row_id]


async def test_a_failed_notice_to_the_owner_is_not_told_again(bench):
    bench.gateway.errors.append(GatewayRefused("not a friend"))
    bench.start()
    await bench.put("一", cause="undelivered/x")
    await bench.clock.advance(minutes=1)
    assert bench.told == []


async def test_a_failed_row_can_be_sent_again_by_the_owner(bench):
    bench.gateway.errors.append(GatewayRefused("flood"))
    bench.start()
    row_id = await bench.put("一")
    await bench.clock.advance(minutes=1)
    assert await bench.run(outbox.resend, row_id)
    await bench.clock.advance(minutes=1)
    assert bench.gateway.texts == ["一"]


@pytest.mark.parametrize("delivery", list(Delivery))
async def test_an_echo_settles_a_message_whose_answer_was_lost(bench, delivery):
    bench.gateway.errors.append(SendUncertain("deadline exceeded"))
    bench.start()
    row_id = await bench.put("一", delivery=delivery)
    await bench.clock.advance(seconds=1)
    assert (await bench.row(row_id)).state is OutboxState.UNCERTAIN
    assert await bench.echo("一", "e1")
    await bench.clock.advance(minutes=5)
    assert (await bench.row(row_id)).state is OutboxState.SENT
    assert bench.gateway.texts == []
    assert bench.told == []


async def test_without_an_echo_an_at_least_once_message_is_sent_again_with_its_short_id(bench):
    bench.gateway.errors.append(SendUncertain("deadline exceeded"))
    bench.start()
    row_id = await bench.put("马上上课", delivery=Delivery.AT_LEAST_ONCE)
    await bench.clock.advance(seconds=9.9)
    assert bench.gateway.texts == []
    await bench.clock.advance(seconds=0.2)
    assert bench.gateway.texts == [f"马上上课\n（补发 {row_id[-4:]}）"]
    assert [row.id for row in await bench.storage.read("c", outbox.in_doubt)] == [row_id]


async def test_a_doubt_waits_while_messages_that_arrived_are_not_written_down_yet(bench):
    bench.gateway.errors.append(SendUncertain("deadline exceeded"))
    is_behind = True
    bench.start(is_behind=lambda: is_behind)
    row_id = await bench.put("马上上课", delivery=Delivery.AT_LEAST_ONCE)
    await bench.clock.advance(minutes=1)
    assert bench.gateway.texts == []
    await bench.echo("马上上课", "e1")
    is_behind = False
    await bench.clock.advance(minutes=1)
    assert bench.gateway.texts == []
    assert (await bench.row(row_id)).state is OutboxState.SENT


async def test_without_an_echo_an_at_most_once_message_waits_for_the_owner(bench):
    bench.gateway.errors.append(SendUncertain("deadline exceeded"))
    bench.start()
    row_id = await bench.put("请付款", delivery=Delivery.AT_MOST_ONCE)
    await bench.clock.advance(hours=1)
    row = await bench.row(row_id)
    assert (row.state, row.settle_at) == (OutboxState.UNCERTAIN, None)
    assert bench.gateway.texts == []
    assert bench.told == [f"有一条消息不确定是否发出（编号 {row.short_id}），没有自动重发，请看一眼再决定。"]
    assert [row.id for row in (await bench.sender.snapshot())["in_doubt"]] == [row_id]


async def test_where_no_echo_is_ever_missed_a_missing_one_proves_that_nothing_came_out(bench):
    bench.gateway = ScriptedGateway(bench.clock, replays_missed=True)
    bench.gateway.errors.append(SendUncertain("deadline exceeded"))
    bench.start()
    row_id = await bench.put("请付款", delivery=Delivery.AT_MOST_ONCE)
    await bench.clock.advance(minutes=1)
    assert (await bench.row(row_id)).state is OutboxState.SENT
    assert len(bench.gateway.texts) == 1
    assert bench.told == []


async def test_a_gateway_that_never_echoes_is_not_waited_for(bench):
    bench.gateway = ScriptedGateway(bench.clock, echoes_own_messages=False)
    bench.gateway.errors.append(SendUncertain("deadline exceeded"))
    bench.start()
    await bench.put("一", delivery=Delivery.AT_LEAST_ONCE)
    await bench.clock.advance(seconds=2)
    assert len(bench.gateway.texts) == 1


async def test_a_late_echo_stops_a_repetition_that_waits(bench):
    bench.gateway.errors.append(SendUncertain("deadline exceeded"))
    bench.start()
    row_id = await bench.put("一", delivery=Delivery.AT_LEAST_ONCE)
    await bench.clock.advance(seconds=9)
    bench.sender.pause()
    await bench.clock.advance(seconds=20)
    assert (await bench.row(row_id)).state is OutboxState.PENDING
    assert await bench.echo("一", "e1")
    bench.sender.resume()
    await bench.clock.advance(minutes=1)
    assert bench.gateway.texts == []


async def test_the_room_keeps_its_order_while_a_message_is_in_doubt(bench):
    bench.gateway.errors.append(SendUncertain("deadline exceeded"))
    bench.start()
    await bench.put("一", delivery=Delivery.AT_LEAST_ONCE)
    await bench.put("二")
    await bench.put("别处", room=bench.other)
    await bench.clock.advance(minutes=1)
    assert [text[:2] for text in bench.gateway.texts] == ["别处", "一\n", "二"]


async def test_a_doubtful_message_is_given_up_after_five_times(bench):
    bench.gateway.errors.extend([SendUncertain("lost")] * 10)
    bench.start()
    row_id = await bench.put("一", delivery=Delivery.AT_LEAST_ONCE)
    await bench.clock.advance(minutes=10)
    row = await bench.row(row_id)
    assert (row.state, row.attempt) == (OutboxState.DEAD, 5)
    assert len(bench.told) == 1


async def test_a_broken_gateway_counts_as_doubt_and_does_not_stop_the_sender(bench):
    bench.gateway.errors.append(ZeroDivisionError())
    bench.start()
    row_id = await bench.put("一")
    await bench.put("二", room=bench.other)
    await bench.clock.advance(seconds=8)
    assert (await bench.row(row_id)).state is OutboxState.UNCERTAIN
    assert bench.gateway.texts == ["二"]


async def test_what_a_dead_process_left_waits_the_settle_time_for_its_echo(bench):
    row_id = await bench.put("一", delivery=Delivery.AT_LEAST_ONCE)
    await bench.run(outbox.claim, row_id, "dead", bench.clock.now())
    bench.start()
    await bench.clock.advance(seconds=9)
    assert (await bench.row(row_id)).state is OutboxState.SENDING
    assert await bench.echo("一", "e1")
    await bench.clock.advance(minutes=1)
    assert bench.gateway.texts == []


async def test_the_settle_time_counts_from_when_the_gateway_came_back(bench):
    row_id = await bench.put("一", delivery=Delivery.AT_LEAST_ONCE)
    await bench.run(outbox.claim, row_id, "dead", bench.clock.now())
    bench.start()
    bench.sender.gateway_state(False)
    await bench.clock.advance(minutes=5)
    bench.sender.gateway_state(True)
    await bench.clock.advance(seconds=9)
    assert (await bench.row(row_id)).state is OutboxState.SENDING
    await bench.clock.advance(seconds=2)
    assert len(bench.gateway.texts) == 1


async def test_low_replies_to_one_room_become_one_message_when_many_wait(make):
    bench = await make(merge_from=3)
    await bench.put("先答", priority=Priority.ANSWER)
    for number in range(4):
        await bench.put(f"记下了 {number}", priority=Priority.LOW, mentions=(bench.alice,))
    bench.start()
    await bench.clock.advance(seconds=30)
    assert bench.gateway.texts == ["先答", "记下了 0\n记下了 1\n记下了 2\n记下了 3"]
    assert bench.gateway.calls[1][4] == ("wx1",)
    counts = await bench.storage.read("c", outbox.counts, bench.clock.now())
    assert counts.by_state == {OutboxState.SENT: 2, OutboxState.MERGED: 3}


async def test_few_low_replies_stay_apart(make):
    bench = await make(merge_from=3)
    await bench.put("一", priority=Priority.LOW)
    await bench.put("二", priority=Priority.LOW)
    bench.start()
    await bench.clock.advance(seconds=30)
    assert bench.gateway.texts == ["一", "二"]


async def test_each_act_calls_its_operation(bench):
    bench.start()
    await bench.put("公告", act=Act.NOTICE)
    await bench.put("", act=Act.REMOVE, member_id=bench.alice)
    await bench.put("", act=Act.INVITE, member_id=bench.alice)
    await bench.put("", act=Act.IMAGE, file=FileContent("海报.png", b"png", "image/png"))
    await bench.put("", act=Act.FILE, file=FileContent("讲义.pdf", b"pdf"))
    await bench.clock.advance(minutes=1)
    assert [call[1:4] for call in bench.gateway.calls] == [
        ("notice", "r1", "公告"),
        ("remove", "r1", "wx1"),
        ("add", "r1", "wx1"),
        ("file", "r1", "海报.png"),
        ("file", "r1", "讲义.pdf"),
    ]


async def test_a_lacking_capability_is_told_to_the_owner(bench):
    bench.gateway.errors.append(NotSupported("can_remove"))
    bench.start()
    await bench.put("", act=Act.REMOVE, member_id=bench.alice, reason="广告三次")
    await bench.clock.advance(minutes=1)
    assert bench.told == ["这个账号不能移除成员，请手动把「小明」移出「Python学习群」。原因：广告三次。"]


async def test_a_notice_that_cannot_be_set_is_said_in_the_room(bench):
    bench.gateway.errors.append(NotSupported("can_set_notice"))
    bench.start()
    await bench.put("今晚八点上课", act=Act.NOTICE)
    await bench.clock.advance(minutes=1)
    assert bench.gateway.texts == ["今晚八点上课"]
    assert bench.told == ["这个账号不能设置群公告，已改成普通消息发到「Python学习群」。"]


async def test_a_file_that_cannot_be_sent_leaves_a_line(bench):
    bench.gateway.errors.append(NotSupported("can_send_files"))
    bench.start()
    await bench.put("", act=Act.FILE, file=FileContent("讲义.pdf", b"pdf"))
    await bench.clock.advance(minutes=1)
    assert bench.gateway.texts == ["文件「讲义.pdf」在这里发不出来，已告诉群主。"]


async def test_a_room_that_was_not_seen_since_the_login_is_waited_for(bench):
    room = await bench.run(members.resolve_room, "bot", RoomInfo("old", "旧群"), False)
    await bench.run(members.begin_login, "bot")
    bench.start()
    await bench.put("一", room=room.id)
    await bench.clock.advance(minutes=3)
    assert bench.gateway.calls == []
    await bench.run(members.resolve_room, "bot", RoomInfo("new", "旧群"), False)
    await bench.clock.advance(minutes=2)
    assert [call[2] for call in bench.gateway.calls] == ["new"]


async def test_a_place_that_never_shows_up_fails(bench):
    room = await bench.run(members.resolve_room, "bot", RoomInfo("old", "旧群"), False)
    await bench.run(members.begin_login, "bot")
    bench.start()
    row_id = await bench.put("一", room=room.id)
    await bench.clock.advance(minutes=30)
    assert (await bench.row(row_id)).state is OutboxState.FAILED
    assert len(bench.told) == 1


async def test_without_pacing_rooms_are_served_in_parallel_and_each_in_order(bench):
    bench.start(is_paced=False)
    bench.gateway.gate = asyncio.Event()
    for number in range(20):
        await bench.put(str(number), room=(bench.room, bench.other)[number % 2])
    await until(lambda: bench.gateway._now == 2)
    bench.gateway.gate.set()
    await bench.clock.settle()
    assert bench.gateway.most_at_once == 2
    by_room = {place: [int(c[3]) for c in bench.gateway.calls if c[2] == place] for place in ("r1", "r2")}
    assert by_room == {"r1": list(range(0, 20, 2)), "r2": list(range(1, 20, 2))}


async def test_without_pacing_what_comes_behind_a_doubt_waits_and_the_refused_is_passed_over(bench):
    bench.gateway.errors += [GatewayRefused("no"), SendUncertain("no answer")]
    rows = [await bench.put(text, delivery=Delivery.AT_LEAST_ONCE) for text in ("一", "二", "三", "四")]
    bench.start(is_paced=False)
    await bench.clock.settle()
    states = [(await bench.row(row_id)).state for row_id in rows]
    assert states == [OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.PENDING, OutboxState.PENDING]
    await bench.clock.advance(seconds=11)
    assert bench.gateway.texts == [f"二\n（补发 {rows[1][-4:]}）", "三", "四"]
    assert len(bench.told) == 1


async def test_a_writer_quicker_than_the_event_loop_does_not_end_the_sending(bench, monkeypatch):
    submit = bench.storage._writer.submit

    def submit_and_wait(community, fn):
        has_run = threading.Event()

        def run(db):
            try:
                return fn(db)
            finally:
                has_run.set()

        future = submit(community, run)
        has_run.wait()
        return future

    for number in range(3):
        await bench.put(str(number))
    monkeypatch.setattr(bench.storage._writer, "submit", submit_and_wait)
    bench.start()
    await bench.clock.advance(seconds=10)
    assert bench.gateway.texts == ["0", "1", "2"]


async def test_stopping_records_what_is_on_the_way(bench):
    bench.start()
    bench.gateway.gate = asyncio.Event()
    row_id = await bench.put("一")
    await until(lambda: bench.gateway._now == 1)
    stopping = asyncio.create_task(bench.sender.stop())
    await asyncio.sleep(0)
    bench.gateway.gate.set()
    await stopping
    assert (await bench.row(row_id)).state is OutboxState.SENT


async def test_the_snapshot_tells_the_budget_the_queue_and_the_last_errors(bench):
    bench.start()
    await bench.clock.settle()
    bench.sender.gateway_state(False)
    await bench.put("一")
    await bench.put("二", priority=Priority.ANNOUNCEMENT, not_before=START + timedelta(hours=1))
    bench.clock._now += timedelta(seconds=30)
    snapshot = await bench.sender.snapshot()
    assert snapshot["queue"] == {"answer": 1}
    assert (snapshot["later"], snapshot["oldest_wait_seconds"], snapshot["is_up"]) == (1, 30.0, False)
    assert snapshot["budget"] == 250
    bench.gateway.errors.append(GatewayUnavailable("down"))
    bench.sender.gateway_state(True)
    await bench.clock.advance(minutes=1)
    snapshot = await bench.sender.snapshot()
    assert [text for _, text in snapshot["errors"]] == ["GatewayUnavailable: down"]
    assert snapshot["used"] == 2  # tries count: WeChat may have counted them


async def test_explain_tells_how_many_go_first_and_how_long_it_takes(bench):
    bench.start()
    bench.sender.pause()
    await bench.put("一")
    second = await bench.put("二")
    waiting = await bench.sender.explain(second)
    assert waiting.ahead == 1
    assert 2 <= waiting.seconds <= 10
    assert await bench.sender.has_due()
    bench.sender.resume()
    await bench.clock.advance(seconds=10)
    assert (await bench.sender.explain(second)).seconds == 0
    assert not await bench.sender.has_due()
    assert await bench.sender.explain("nothing") is None
