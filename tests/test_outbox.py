from datetime import UTC, datetime, timedelta

import pytest

from bot import members, outbox
from bot.clock import VirtualClock
from bot.model import Act, Delivery, FileContent, MessageKind, Outgoing, Priority
from bot.outbox_queue import SendResult, claim_all, finish_sent, first_of_each_lane
from bot.outbox_rows import OutboxState
from bot.storage import Storage

START = datetime(2026, 12, 1, tzinfo=UTC)


class Desk:
    def __init__(self, path):
        self.clock = VirtualClock(START)
        self.storage = Storage.open(path, self.clock, [members.migrations, outbox.migrations])

    async def run(self, fn, *args, **kwargs):
        return await self.storage.run("c", fn, *args, **kwargs)

    async def put(self, text="你好", room_id="r1", **fields):
        return await self.run(outbox.enqueue, Outgoing(text=text, room_id=room_id, **fields))

    async def due(self):
        return [row.text for row in await self.run(outbox.due, self.clock.now(), 50)]

    async def claim(self, row_id, owner="me"):
        return await self.run(outbox.claim, row_id, owner, self.clock.now())

    async def finish(self, row_id, attempt, state=OutboxState.SENT, owner="me", **facts):
        return await self.run(outbox.finish, row_id, owner, attempt, state, at=self.clock.now(), **facts)

    async def echo(self, text="你好", message_id="e1", after=0.0, room_id="r1", **fields):
        at = self.clock.now() + timedelta(seconds=after)
        return await self.run(outbox.settle_echo, room_id=room_id, text=text, at=at, message_id=message_id, **fields)

    async def state(self, row_id):
        return (await self.run(outbox.get, row_id)).state


@pytest.fixture
async def desk(tmp_path):
    desk = Desk(tmp_path / "qunzhi.db")
    yield desk
    await desk.storage.close()


async def test_a_dedupe_key_makes_one_row(desk):
    assert await desk.put(dedupe_key="k") is not None
    assert await desk.put(dedupe_key="k") is None
    assert await desk.put() is not None
    assert await desk.put() is not None
    assert len(await desk.due()) == 3


async def test_a_dedupe_key_of_another_community_is_another_key(desk):
    await desk.put(dedupe_key="k")
    assert await desk.storage.run("other", outbox.enqueue, Outgoing(room_id="r1", text="x", dedupe_key="k"))


async def test_a_long_text_becomes_several_rows_in_order_and_its_key_counts_once(desk):
    text = "这是一句话。" * 300
    await desk.put(text, dedupe_key="k", mentions=("m1",))
    assert await desk.put(text, dedupe_key="k") is None
    rows = await desk.run(outbox.due, desk.clock.now(), 50)
    assert "".join(row.text for row in rows) == text
    assert all(len(row.text) <= outbox.LONGEST_TEXT for row in rows)
    assert [row.mentions for row in rows] == [("m1",), ()]


async def test_due_rows_come_by_priority_then_in_the_order_they_were_made(desk):
    await desk.put("later", not_before=START + timedelta(seconds=1))
    for priority in (Priority.ANNOUNCEMENT, Priority.ANSWER):
        await desk.put(f"{priority.name} 1", priority=priority)
        await desk.put(f"{priority.name} 2", priority=priority)
    assert await desk.due() == ["ANSWER 1", "ANSWER 2", "ANNOUNCEMENT 1", "ANNOUNCEMENT 2"]
    desk.clock._now += timedelta(seconds=1)
    assert (await desk.due())[2] == "later" or "later" in await desk.due()


async def test_a_row_is_claimed_by_one(desk):
    row_id = await desk.put()
    assert await desk.claim(row_id) == 1
    assert await desk.claim(row_id, "other") is None


async def test_a_result_counts_only_for_the_claim_it_belongs_to(desk):
    row_id = await desk.put()
    attempt = await desk.claim(row_id)
    assert not await desk.finish(row_id, attempt, owner="other")
    assert not await desk.finish(row_id, attempt + 1)
    assert await desk.finish(row_id, attempt)
    assert not await desk.finish(row_id, attempt, OutboxState.PENDING)
    assert await desk.state(row_id) is OutboxState.SENT


async def test_one_message_of_a_room_is_on_the_way_at_a_time(desk):
    first = await desk.put("一")
    await desk.put("二")
    await desk.put("别处", room_id="r2")
    attempt = await desk.claim(first)
    assert await desk.due() == ["别处"]
    await desk.finish(first, attempt)
    assert await desk.due() == ["二", "别处"]


async def test_an_uncertain_row_holds_back_its_own_priority_only(desk):
    first = await desk.put("一", priority=Priority.ANNOUNCEMENT)
    await desk.put("二", priority=Priority.ANNOUNCEMENT)
    await desk.put("答")
    attempt = await desk.claim(first)
    later = START + timedelta(seconds=10)
    await desk.finish(first, attempt, OutboxState.UNCERTAIN, next_at=later)
    assert await desk.due() == ["答"]
    desk.clock._now = later
    await desk.run(outbox.sweep, "me", later)
    assert await desk.due() == ["答", "二"]


async def test_claiming_several_takes_what_was_picked_in_its_order(desk):
    for number, room_id in enumerate(("r1", "r2", "r1", "r1")):
        await desk.put(f"{number} {room_id}", room_id=room_id)
    now = desk.clock.now()
    claimed = await desk.run(claim_all, "me", now, 50, lambda heads: first_of_each_lane(heads, 2))
    assert [(row.text, attempt) for row, attempt in claimed] == [("0 r1", 1), ("1 r2", 1), ("2 r1", 1)]
    assert await desk.due() == []  # the last one waits for those on the way


async def test_several_results_are_recorded_and_a_lost_claim_is_not(desk):
    first, second = await desk.put("一"), await desk.put("二", room_id="r2")
    now = desk.clock.now()
    await desk.run(claim_all, "me", now, 50, list)
    results = [
        SendResult(row_id=first, attempt=1, state=OutboxState.SENT, at=now, message_id="m1"),
        SendResult(row_id=second, attempt=7, state=OutboxState.SENT, at=now, message_id="m2"),
    ]
    await desk.run(finish_sent, "me", results)
    assert [await desk.state(row_id) for row_id in (first, second)] == [OutboxState.SENT, OutboxState.SENDING]
    assert await desk.run(outbox.settle_echo, room_id="r1", text="换了字", at=now, message_id="m1")


@pytest.mark.parametrize(
    "echoed",
    [
        "你好 世界",
        "@小明\u2005你好 世界",
        "@小明 @小红 你好 世界",
        "你好\u2005世界 ",
        "@小 明\u2005@小红\u2005你好 世界",
    ],
)
async def test_an_echo_is_recognised_behind_mentions_and_other_blanks(desk, echoed):
    row_id = await desk.put("你好 世界")
    await desk.claim(row_id)
    assert await desk.echo(echoed)
    assert await desk.state(row_id) is OutboxState.SENT


@pytest.mark.parametrize(
    "echo",
    [
        {"text": "别的"},
        {"room_id": "r2"},
        {"after": -11},
        {"after": 200},
        {"kind": MessageKind.IMAGE},
        {"kind": MessageKind.LINK},
    ],
)
async def test_another_text_place_time_or_kind_is_no_echo(desk, echo):
    row_id = await desk.put()
    await desk.claim(row_id)
    assert not await desk.echo(**echo)
    assert await desk.state(row_id) is OutboxState.SENDING


async def test_a_row_that_was_never_called_has_no_echo(desk):
    row_id = await desk.put()
    assert not await desk.echo()
    assert await desk.state(row_id) is OutboxState.PENDING


async def test_a_repeated_echo_settles_one_of_two_equal_rows(desk):
    first, second = await desk.put(), await desk.put(room_id="r1")
    await desk.claim(first)
    assert await desk.echo()
    await desk.claim(second)
    assert not await desk.echo()
    assert await desk.state(second) is OutboxState.SENDING
    assert await desk.echo(message_id="e2")


async def test_an_answered_row_takes_its_echo_so_that_an_equal_one_in_doubt_does_not(desk):
    first, second = await desk.put(), await desk.put()
    await desk.finish(first, await desk.claim(first), message_id="e1")
    await desk.claim(second)
    assert await desk.echo(message_id="e1")
    assert await desk.state(second) is OutboxState.SENDING


async def test_an_echo_that_comes_before_the_answer_wins_and_the_answer_is_ignored(desk):
    row_id = await desk.put()
    attempt = await desk.claim(row_id)
    assert await desk.echo()
    assert not await desk.finish(row_id, attempt, OutboxState.UNCERTAIN)
    assert await desk.state(row_id) is OutboxState.SENT


async def test_the_echo_of_an_image_is_told_by_its_kind(desk):
    row_id = await desk.put("", act=Act.IMAGE, file=FileContent("海报.png", b"x", "image/png"))
    await desk.claim(row_id)
    assert await desk.echo("", kind=MessageKind.IMAGE)
    assert await desk.state(row_id) is OutboxState.SENT


@pytest.mark.parametrize(
    ("delivery", "act", "state"),
    [
        (Delivery.AT_LEAST_ONCE, Act.TEXT, OutboxState.PENDING),
        (Delivery.AT_MOST_ONCE, Act.TEXT, OutboxState.UNCERTAIN),
        (Delivery.AT_MOST_ONCE, Act.REMOVE, OutboxState.PENDING),
        (Delivery.AT_MOST_ONCE, Act.NOTICE, OutboxState.PENDING),
        (Delivery.AT_MOST_ONCE, Act.INVITE, OutboxState.UNCERTAIN),
    ],
)
async def test_without_an_echo_the_kind_decides(desk, delivery, act, state):
    row_id = await desk.put(delivery=delivery, act=act)
    await desk.claim(row_id, "dead")
    assert [row.id for row in await desk.run(outbox.sweep, "me", desk.clock.now())] == [row_id]
    assert await desk.state(row_id) is state
    assert [row.id for row in await desk.run(outbox.in_doubt)] == [row_id]
    assert await desk.run(outbox.sweep, "me", desk.clock.now()) == []


async def test_a_sweep_leaves_what_this_owner_is_sending_now(desk):
    row_id = await desk.put()
    await desk.claim(row_id, "me")
    assert await desk.run(outbox.sweep, "me", START + timedelta(hours=1)) == []
    assert await desk.state(row_id) is OutboxState.SENDING


async def test_a_repetition_is_recognised_by_its_own_text_too(desk):
    row_id = await desk.put("上课", delivery=Delivery.AT_LEAST_ONCE)
    await desk.claim(row_id, "dead")
    await desk.run(outbox.sweep, "me", desk.clock.now())
    await desk.claim(row_id)
    row = await desk.run(outbox.get, row_id)
    assert row.spoken_text == f"上课\n（补发 {row.short_id}）"
    assert await desk.echo(row.spoken_text)
    assert [row.id for row in await desk.run(outbox.in_doubt)] == [row_id]  # the first call may have come out too


@pytest.mark.parametrize("delivery", Delivery)
async def test_a_late_echo_ends_the_doubt_of_what_was_not_called_again(desk, delivery):
    row_id = await desk.put("上课", delivery=delivery)
    await desk.claim(row_id, "dead")
    await desk.run(outbox.sweep, "me", desk.clock.now())
    assert await desk.echo("上课")
    assert await desk.state(row_id) is OutboxState.SENT
    assert await desk.run(outbox.in_doubt) == []


async def test_the_owner_sends_again_or_drops_what_is_in_doubt(desk):
    first, second = await desk.put("一"), await desk.put("二", room_id="r2")
    for row_id in (first, second):
        await desk.claim(row_id, "dead")
    assert not await desk.run(outbox.resend, first)  # its echo may still come
    await desk.run(outbox.sweep, "me", desk.clock.now())
    assert await desk.run(outbox.resend, first)
    assert await desk.run(outbox.drop, second, "not needed")
    assert await desk.due() == ["一"]
    assert [row.error for row in await desk.run(outbox.undelivered)] == ["not needed"]


async def test_explain_counts_what_goes_first(desk):
    await desk.put("答")
    await desk.put("先", priority=Priority.LOW)
    row_id = await desk.put("后", priority=Priority.LOW)
    assert (await desk.run(outbox.explain, row_id, desk.clock.now())).ahead == 2
    assert await desk.run(outbox.explain, "none", desk.clock.now()) is None


async def test_own_messages_are_found_by_a_quoted_beginning(desk):
    row_id = await desk.put("asyncio 用 Semaphore")
    await desk.finish(row_id, await desk.claim(row_id))
    later = START + timedelta(seconds=1)
    assert (await desk.run(outbox.find_said, "r1", "asyncio 用 Sem…", later)).id == row_id
    assert await desk.run(outbox.find_said, "r2", "asyncio", later) is None
    assert await desk.run(outbox.find_said, "r1", "…", later) is None


async def test_purging_takes_files_along_and_leaves_what_is_not_done(desk):
    sent = await desk.put("", act=Act.FILE, file=FileContent("a.pdf", b"x"))
    await desk.put("waits")
    await desk.finish(sent, await desk.claim(sent))
    assert await desk.run(outbox.purge, START + timedelta(days=1)) == 1
    assert await desk.run(lambda db: db.query("select * from outbox_files where community = :community")) == []
    assert await desk.due() == ["waits"]


async def test_enqueueing_wakes_the_watcher_only_when_it_commits(desk):
    watch = desk.storage.watch("outbox")

    def fail(db):
        outbox.enqueue(db, Outgoing(room_id="r1", text="x"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await desk.run(fail)
    assert not watch._event.is_set()
    await desk.put()
    assert watch._event.is_set()
