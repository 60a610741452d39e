"""The simulated gateway does what the protocol says, and goes wrong when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.clock import VirtualClock
from bot.errors import GatewayRefused, GatewayUnavailable, NotSupported, SendUncertain
from bot.gateway import Gateway
from bot.gateway.simulated import Mishap, SimulatedGateway
from bot.gateway.simulated_group import World
from bot.model import (
    Act,
    Conversation,
    Event,
    FileContent,
    FriendRequested,
    GatewayLost,
    GatewayRestored,
    LoggedIn,
    MessageKind,
    MessageReceived,
    Quote,
    RoomInvited,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
)

NINE = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)


class Scene:
    """A room with its owner, two members and the bot, and the events the bot got."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock(NINE)
        self.world = World(self.clock)
        self.bot = self.world.add_contact("小知")
        self.owner, self.ming, self.hong = map(self.world.add_contact, ("老王", "小明", "小红"))
        self.room = self.world.add_room("学习群", self.owner, [self.ming, self.hong, self.bot], admin_ids=[self.bot])
        self.gateway = SimulatedGateway(self.world, self.bot, self.clock, **options)
        self.events: list[Event] = []

    async def deliver(self, event: Event) -> None:
        self.events.append(event)

    async def got(self, kind: type[Event]) -> list[Any]:
        await self.clock.settle()
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def here(self) -> Conversation:
        return Conversation(room_id=self.room)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    await scene.gateway.start(scene.deliver)
    yield scene
    await scene.gateway.stop()


async def test_what_members_say_arrives_in_order_after_the_login(scene: Scene) -> None:
    for number in range(50):
        scene.world.say(scene.ming, scene.here, str(number))
    await scene.clock.settle()
    assert isinstance(scene.events[0], LoggedIn)
    assert [event.text for event in await scene.got(MessageReceived)] == [str(number) for number in range(50)]


async def test_a_typed_mention_becomes_a_real_one(scene: Scene) -> None:
    scene.world.say(scene.ming, scene.here, "@小知 你好 @小红 @小红花 x@小知")
    (message,) = await scene.got(MessageReceived)
    assert message.mentions == (scene.bot, scene.hong)
    assert message.text == "@小知\u2005你好 @小红\u2005@小红花 x@小知\u2005"


async def test_private_chats_between_others_are_not_seen(scene: Scene) -> None:
    scene.world.say(scene.ming, Conversation(contact_id=scene.hong), "悄悄话")
    scene.world.say(scene.ming, Conversation(contact_id=scene.bot), "我的")
    (message,) = await scene.got(MessageReceived)
    assert (message.text, message.room, message.conversation) == ("我的", None, Conversation(contact_id=scene.ming))


async def test_a_sent_text_is_recorded_and_echoed(scene: Scene) -> None:
    scene.world.rename_contact(scene.ming, "明哥", scene.room)
    message_id = await scene.gateway.send_text(scene.here, "收到", [scene.ming])
    (echo,) = await scene.got(MessageReceived)
    assert (echo.id, echo.text, echo.from_self, echo.mentions) == (message_id, "@明哥\u2005收到", True, (scene.ming,))
    assert scene.world.acts[0].as_json(ZoneInfo("Asia/Shanghai")) == {
        "at": "2026-12-01T09:00:00+08:00",
        "kind": "text",
        "room": "学习群",
        "to": None,
        "mentions": ["明哥"],
        "text": "收到",
    }


async def test_without_echo_own_messages_do_not_come_back() -> None:
    scene = Scene(echo=False)
    await scene.gateway.start(scene.deliver)
    await scene.gateway.send_text(scene.here, "收到")
    assert await scene.got(MessageReceived) == []
    assert "echoes_own_messages" in scene.gateway.capabilities.missing()
    await scene.gateway.stop()


async def test_files_go_out_and_come_in(scene: Scene) -> None:
    await scene.gateway.send_file(scene.here, FileContent("海报.png", b"PNG", "image/png"))
    await scene.gateway.send_file(Conversation(contact_id=scene.ming), FileContent("账单.csv", b"1,2"))
    incoming = scene.world.say(scene.hong, scene.here, file=FileContent("截图.jpg", b"JPG"))
    assert [(act.act, act.to, act.text) for act in scene.world.acts] == [
        (Act.IMAGE, None, "海报.png"),
        (Act.FILE, "小明", "账单.csv"),
    ]
    assert (await scene.got(MessageReceived))[-1].kind is MessageKind.IMAGE
    assert (await scene.gateway.download(incoming.id)).data == b"JPG"


async def test_quotes_and_recalls_are_handed_over(scene: Scene) -> None:
    first = scene.world.say(scene.ming, scene.here, "asyncio 用 Semaphore")
    scene.world.say(scene.hong, scene.here, "收录", quote=Quote("小明", first.text))
    scene.world.recall(first.id)
    _, quoting, recall = await scene.got(MessageReceived)
    assert quoting.quote == Quote("小明", "asyncio 用 Semaphore")
    assert (recall.kind, recall.recalled_id, recall.id != first.id) == (MessageKind.RECALL, first.id, True)


async def test_rooms_change_and_the_bot_is_told(scene: Scene) -> None:
    newcomer = scene.world.add_contact("阿强")
    scene.world.join(scene.room, [newcomer], scene.ming)
    scene.world.leave(scene.room, scene.hong)
    scene.world.rename_room(scene.room, "新群名", scene.owner)
    await scene.gateway.remove_member(scene.room, newcomer)
    (joined,), (left, removed), (renamed,) = (
        await scene.got(RoomJoined),
        await scene.got(RoomLeft),
        await scene.got(RoomTopicChanged),
    )
    assert ([one.name for one in joined.joined], joined.inviter.name) == (["阿强"], "小明")
    assert (left.left[0].name, left.remover) == ("小红", None)
    assert (removed.left[0].name, removed.remover.name) == ("阿强", "小知")
    assert (renamed.old_topic, renamed.new_topic, renamed.room.topic) == ("学习群", "新群名", "新群名")
    assert [(act.act, act.to) for act in scene.world.acts] == [(Act.REMOVE, "阿强")]


async def test_notice_topic_alias_and_members_are_written_and_read(scene: Scene) -> None:
    await scene.gateway.set_notice(scene.room, "周五上课")
    await scene.gateway.set_topic(scene.room, "Go 群")
    await scene.gateway.set_alias(scene.ming, "学员 01")
    assert await scene.gateway.notice(scene.room) == "周五上课"
    assert [room.topic for room in await scene.gateway.rooms()] == ["Go 群"]
    assert (await scene.gateway.contact(scene.ming)).alias == "学员 01"
    assert [one.name for one in await scene.gateway.members(scene.room)] == ["老王", "小知", "小明", "小红"]


async def test_only_owner_and_admins_may_remove(scene: Scene) -> None:
    with pytest.raises(GatewayRefused):
        await scene.gateway.remove_member(scene.room, scene.owner)
    scene.world.rooms[scene.room].admin_ids.clear()
    with pytest.raises(GatewayRefused):
        await scene.gateway.remove_member(scene.room, scene.ming)
    assert scene.world.acts == []


async def test_friend_requests_and_invitations_are_accepted(scene: Scene) -> None:
    stranger = scene.world.add_contact("路人")
    scene.world.request_friend(stranger, scene.bot, "我是小明的朋友")
    with pytest.raises(GatewayRefused):
        await scene.gateway.send_text(Conversation(contact_id=stranger), "你好")
    other = scene.world.add_room("另一个群", scene.ming)
    scene.world.invite(other, scene.bot, scene.ming)
    (request,), (invitation,) = await scene.got(FriendRequested), await scene.got(RoomInvited)
    await scene.gateway.accept_friend(request.request_id)
    await scene.gateway.accept_room_invitation(invitation.invitation_id)
    await scene.gateway.send_text(Conversation(contact_id=stranger), "你好")
    assert {room.topic for room in await scene.gateway.rooms()} == {"学习群", "另一个群"}


@pytest.mark.parametrize(
    ("mishap", "error", "effects"),
    [
        (Mishap.UNREACHABLE, GatewayUnavailable, 0),
        (Mishap.REFUSED, GatewayRefused, 0),
        (Mishap.LOST_CALL, SendUncertain, 0),
        (Mishap.LOST_ANSWER, SendUncertain, 1),
    ],
)
async def test_a_send_goes_wrong_on_demand_once(
    scene: Scene, mishap: Mishap, error: type[Exception], effects: int
) -> None:
    scene.gateway.expect(mishap)
    with pytest.raises(error):
        await scene.gateway.send_text(scene.here, "一")
    assert len(scene.world.acts) == effects
    await scene.gateway.send_text(scene.here, "二")
    assert len(scene.world.acts) == effects + 1


async def test_missing_capabilities_are_refused_by_name(scene: Scene) -> None:
    scene.gateway.lose(can_remove=False, can_send_private=False, returns_message_id=False)
    with pytest.raises(NotSupported, match="can_remove"):
        await scene.gateway.remove_member(scene.room, scene.ming)
    with pytest.raises(NotSupported, match="can_send_private"):
        await scene.gateway.send_text(Conversation(contact_id=scene.ming), "你好")
    assert await scene.gateway.send_text(scene.here, "你好") is None


async def test_what_is_said_while_down_is_lost_and_the_gap_is_reported(scene: Scene) -> None:
    scene.gateway.go_down()
    scene.world.say(scene.ming, scene.here, "有人吗")
    with pytest.raises(GatewayUnavailable):
        await scene.gateway.send_text(scene.here, "在")
    await scene.clock.advance(minutes=5)
    scene.gateway.come_back()
    scene.world.say(scene.ming, scene.here, "在吗")
    (restored,) = await scene.got(GatewayRestored)
    assert (restored.lost_at, len(await scene.got(GatewayLost))) == (NINE, 1)
    assert [event.text for event in await scene.got(MessageReceived)] == ["在吗"]


async def test_a_restart_may_replay_recent_messages() -> None:
    scene = Scene(replay=2)
    for text in ("一", "二", "三"):
        scene.world.say(scene.ming, scene.here, text)
    await scene.gateway.start(scene.deliver)
    assert [event.text for event in await scene.got(MessageReceived)] == ["二", "三"]
    await scene.gateway.stop()


async def test_a_dropped_gateway_delivers_nothing_more(scene: Scene) -> None:
    await scene.clock.settle()
    scene.world.say(scene.ming, scene.here, "一")
    scene.gateway.drop()
    scene.world.say(scene.ming, scene.here, "二")
    assert await scene.got(MessageReceived) == []


async def test_an_event_that_is_not_taken_over_does_not_end_the_stream(scene: Scene) -> None:
    taken: list[str] = []

    async def deliver(event: Event) -> None:
        if isinstance(event, MessageReceived):
            taken.append(event.text)
            if event.text == "坏":
                raise RuntimeError("bad event")

    await scene.gateway.start(deliver)
    scene.world.say(scene.ming, scene.here, "坏")
    scene.world.say(scene.ming, scene.here, "好")
    await scene.clock.settle()
    assert taken == ["坏", "好"]


async def test_own_messages_are_recalled_within_two_minutes(scene: Scene) -> None:
    early, late = [await scene.gateway.send_text(scene.here, text) for text in ("一", "二")]
    assert early
    assert late
    assert await scene.gateway.recall(early)
    assert not await scene.gateway.recall(early)
    await scene.clock.advance(minutes=3)
    assert not await scene.gateway.recall(late)


def test_people_and_rooms_keep_their_ids_in_the_next_run() -> None:
    first, second = Scene(), Scene()
    assert (first.ming, first.room) == (second.ming, second.room)
    assert first.world.add_contact("小明") != first.ming


async def test_a_call_takes_its_latency_on_the_clock() -> None:
    scene = Scene(latency=0.2)
    await scene.gateway.start(scene.deliver)
    sending = asyncio.create_task(scene.gateway.send_text(scene.here, "一"))
    await scene.clock.settle()
    assert scene.world.acts == []
    await scene.clock.advance(seconds=1)
    await sending
    assert len(scene.world.acts) == 1
    await scene.gateway.stop()


def test_it_is_a_gateway() -> None:
    scene = Scene()
    gateway: Gateway = scene.gateway
    assert gateway.name == "simulated"
    assert gateway.account is None
