from datetime import UTC, datetime, timedelta

import pytest

from bot import inbox, members, outbox
from bot.clock import VirtualClock
from bot.model import Contact, MessageKind, MessageReceived, Outgoing, Quote, RoomInfo
from bot.outbox_rows import OutboxState
from bot.storage import Database, Storage

START = datetime(2026, 12, 1, tzinfo=UTC)
ROOM = RoomInfo("r1", "Python学习群", "wx9", ("wx8",))


class Desk:
    def __init__(self, path):
        self.clock = VirtualClock(START)
        migrations = [members.migrations, inbox.migrations, outbox.migrations]
        self.storage = Storage.open(path, self.clock, migrations)

    async def run(self, fn, *args, **kwargs):
        return await self.storage.run("c", fn, *args, **kwargs)

    async def accept(self, message_id, text="你好", talker="小明", **fields):
        fields.setdefault("room", ROOM)
        event = MessageReceived(id=message_id, at=self.clock.now(), talker=Contact(talker, talker), text=text, **fields)
        return await self.run(inbox.accept, "bot", event, True)


@pytest.fixture
async def desk(tmp_path):
    desk = Desk(tmp_path / "qunzhi.db")
    yield desk
    await desk.storage.close()


async def test_a_message_is_accepted_once(desk):
    first, second = await desk.accept("m1"), await desk.accept("m1")
    assert (first.is_new, second.is_new) == (True, False)
    assert (first.talker, first.room) == (second.talker, second.room)


async def test_accepting_resolves_the_people_and_the_room(desk):
    red = await desk.run(members.resolve_contact, "bot", Contact("小红", "小红"), True)
    accepted = await desk.accept("m1", mentions=("bot", "小红"))
    assert accepted.talker.name == "小明"
    assert accepted.room.topic == "Python学习群"
    assert [m.id for m in accepted.mentions] == [red.id]
    assert [m.name for m in await desk.run(members.members_of, accepted.room.id)] == ["小明"]


async def test_a_private_message_has_no_room(desk):
    accepted = await desk.accept("m1", room=None)
    assert accepted.room is None
    assert (await desk.run(inbox.get, "m1")).room_id == ""


async def test_finishing_closes_the_message_and_makes_its_answers_once(desk):
    room = (await desk.accept("m1")).room
    answers = [Outgoing(room_id=room.id, text="一"), Outgoing(room_id=room.id, text="二")]
    assert len(await desk.run(inbox.finish, "m1", {"stage": "command"}, answers)) == 2
    assert await desk.run(inbox.finish, "m1", {"stage": "command"}, answers) == []
    message = await desk.run(inbox.get, "m1")
    assert (message.state, message.decision, message.event) == ("done", {"stage": "command"}, None)
    assert [row.text for row in await desk.run(outbox.of_cause, "m1")] == ["一", "二"]


async def test_an_answer_and_its_message_are_stored_together_or_not_at_all(desk):
    room = (await desk.accept("m1")).room

    def fail_after_finishing(db):
        inbox.finish(db, "m1", {}, [Outgoing(room_id=room.id, text="一")])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await desk.run(fail_after_finishing)
    assert (await desk.run(inbox.get, "m1")).state == "open"
    assert await desk.run(outbox.of_cause, "m1") == []


async def test_a_step_runs_once_and_gives_its_first_result_again(desk):
    calls = []

    def work(db):
        calls.append(1)
        return {"n": len(calls), "pair": (1, 2)}

    assert await desk.run(inbox.step, "m1", 1, work) == {"n": 1, "pair": [1, 2]}
    assert await desk.run(inbox.step, "m1", 1, work) == {"n": 1, "pair": [1, 2]}
    assert await desk.run(inbox.step, "m1", 2, work) == {"n": 2, "pair": [1, 2]}
    assert len(calls) == 2


async def test_a_step_that_raises_is_not_remembered(desk):
    def fail(db):
        members.resolve_contact(db, "bot", Contact("x", "x"), True)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await desk.run(inbox.step, "m1", 1, fail)
    assert await desk.run(members.find_by_name, "x") == []
    assert await desk.run(inbox.step, "m1", 1, lambda db: 7) == 7


async def test_a_step_with_a_result_that_is_no_json_is_refused(desk):
    with pytest.raises(TypeError):
        await desk.run(inbox.step, "m1", 1, lambda db: object())


async def test_finishing_forgets_the_steps(desk):
    await desk.accept("m1")
    await desk.run(inbox.step, "m1", 1, lambda db: 1)
    await desk.run(inbox.finish, "m1", {}, [])
    assert await desk.run(inbox.step, "m1", 1, lambda db: 2) == 2
    await desk.run(inbox.forget_steps, "m1")
    assert await desk.run(inbox.step, "m1", 1, lambda db: 3) == 3


async def test_after_a_crash_recent_messages_are_open_in_order_and_old_ones_expire(desk):
    await desk.accept("old")
    await desk.run(inbox.step, "old", 1, lambda db: 1)
    desk.clock._now += timedelta(minutes=30)
    quote = Quote("小红", "原文")
    await desk.accept("m2", "二", mentions=("bot",), quote=quote)
    await desk.accept("m1", "一", kind=MessageKind.IMAGE, file_name="a.png", room=None)
    await desk.accept("m3")
    await desk.run(inbox.finish, "m3", {}, [])
    found, expired = await desk.run(inbox.open_messages, START + timedelta(minutes=25))
    assert [message.id for message in found] == ["m2", "m1"]
    expected = MessageReceived(
        id="m2",
        at=desk.clock.now(),
        talker=Contact("小明", "小明"),
        text="二",
        room=ROOM,
        mentions=("bot",),
        quote=quote,
    )  # fmt: skip
    assert found[0].event == expected
    assert (found[1].event.kind, found[1].event.file_name, found[1].event.room) == (MessageKind.IMAGE, "a.png", None)
    assert await desk.run(_states) == {"old": "expired", "m1": "open", "m2": "open", "m3": "done"}
    assert expired == 1
    assert await desk.run(inbox.step, "old", 1, lambda db: 2) == 2  # its steps went with it


def _states(db: Database) -> dict[str, str]:
    return {r["id"]: r["state"] for r in db.query("select id, state from messages where community = :community")}


async def test_a_start_does_not_read_all_messages_on_record(desk: Desk) -> None:
    def plans(db: Database) -> list[str]:
        found = "explain query plan select * from messages where community = :community and state = 'open' and seq > ''"
        expired = (
            "explain query plan update messages set state = 'expired', envelope = ''"
            " where community = :community and state = 'open' and seq < :since"
        )
        return [str(row["detail"]) for row in [*db.query(found), *db.query(expired, {"since": "1"})]]

    assert all("messages_open" in plan for plan in await desk.run(plans))


async def test_an_own_message_settles_its_row_once(desk):
    room = (await desk.accept("m1")).room
    [row_id] = await desk.run(inbox.finish, "m1", {}, [Outgoing(room_id=room.id, text="dong")])
    await desk.run(outbox.claim, row_id, "dead", desk.clock.now())
    echo = MessageReceived(
        id="e1", at=desk.clock.now(), talker=Contact("bot", "小知"), room=ROOM, text="@小明\u2005dong", from_self=True
    )
    assert await desk.run(inbox.accept_own, "bot", echo, True)
    assert not await desk.run(inbox.accept_own, "bot", echo, True)
    assert (await desk.run(outbox.get, row_id)).state is OutboxState.SENT


async def test_an_own_private_message_settles_the_row_of_its_listener(desk):
    talker = (await desk.accept("m1", room=None)).talker
    [row_id] = await desk.run(inbox.finish, "m1", {}, [Outgoing(member_id=talker.id, text="dong")])
    await desk.run(outbox.claim, row_id, "dead", desk.clock.now())
    echo = MessageReceived(
        id="e1", at=desk.clock.now(), talker=Contact("bot", "小知"), room=None, listener_id="小明", text="dong",
        from_self=True,
    )  # fmt: skip
    assert await desk.run(inbox.accept_own, "bot", echo, True)


@pytest.mark.parametrize(
    "quoted", ["asyncio 用 Semaphore 限制并发", "asyncio 用 Sema…", "asyncio 用 Sema...", "asyncio\n用"]
)
async def test_a_quoted_message_is_found_by_its_beginning(desk, quoted):
    room = (await desk.accept("m1", "asyncio 用 Semaphore 限制并发", "小红")).room
    desk.clock._now += timedelta(minutes=1)
    found = await desk.run(inbox.find_quoted, room.id, "", Quote("小红", quoted), desk.clock.now())
    assert found.id == "m1"


async def test_of_equal_messages_the_quoted_persons_latest_is_found(desk):
    for message_id, talker in (("m1", "小红"), ("m2", "小红"), ("m3", "小明")):
        room = (await desk.accept(message_id, "好的", talker)).room
        desk.clock._now += timedelta(minutes=1)
    now = desk.clock.now()
    assert (await desk.run(inbox.find_quoted, room.id, "", Quote("小红", "好的"), now)).id == "m2"
    assert (await desk.run(inbox.find_quoted, room.id, "", Quote("改过的名字", "好的"), now)).id == "m3"
    before = START + timedelta(seconds=30)
    assert (await desk.run(inbox.find_quoted, room.id, "", Quote("小红", "好的"), before)).id == "m1"
    assert await desk.run(inbox.find_quoted, room.id, "", Quote("小红", "没说过"), now) is None
    assert await desk.run(inbox.find_quoted, room.id, "", Quote("小红", "…"), now) is None


async def test_private_quotes_are_looked_for_in_that_chat_only(desk):
    red = (await desk.accept("m1", "秘密", "小红", room=None)).talker
    blue = (await desk.accept("m2", "别的", "小蓝", room=None)).talker
    later = START + timedelta(minutes=1)
    assert (await desk.run(inbox.find_quoted, "", red.id, Quote("小红", "秘密"), later)).id == "m1"
    assert await desk.run(inbox.find_quoted, "", blue.id, Quote("小红", "秘密"), later) is None


async def test_recent_messages_come_latest_first_and_old_ones_are_purged(desk):
    for number in range(4):
        room = (await desk.accept(f"m{number}")).room
        if number != 1:
            await desk.run(inbox.finish, f"m{number}", {}, [])
        desk.clock._now += timedelta(days=1)
    assert [m.id for m in await desk.run(inbox.recent, room.id, 2)] == ["m3", "m2"]
    assert await desk.run(inbox.purge, START + timedelta(days=2)) == 1
    assert [m.id for m in await desk.run(inbox.recent, room.id, 9)] == ["m3", "m2", "m1"]


async def test_what_was_said_before_a_message_comes_latest_first_and_ends_at_a_time(desk):
    await desk.accept("old", "很久以前")
    await desk.clock.advance(minutes=31)
    for number in range(3):
        await desk.accept(f"m{number}", f"第 {number} 句")
        await desk.accept(f"p{number}", "私聊", room=None)
        await desk.clock.advance(minutes=1)
    last = await desk.run(inbox.get, "m2")
    since = desk.clock.now() - timedelta(minutes=30)
    assert [m.id for m in await desk.run(inbox.said_before, last, since, 9)] == ["m1", "m0"]
    assert [m.id for m in await desk.run(inbox.said_before, last, since, 1)] == ["m1"]


async def test_what_was_said_since_a_time_comes_in_order(desk):
    await desk.accept("old", "很久以前")
    await desk.clock.advance(minutes=31)
    since = desk.clock.now()
    for number in range(3):
        await desk.accept(f"m{number}", f"第 {number} 句")
        await desk.accept(f"p{number}", "私聊", room=None)
    room_id = (await desk.run(inbox.get, "m0")).room_id
    assert [m.id for m in await desk.run(inbox.said_since, room_id, since, 2)] == ["m0", "m1"]
    assert [m.id for m in await desk.run(inbox.said_since, room_id, since, 9)] == ["m0", "m1", "m2"]
