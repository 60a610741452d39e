"""The simulated group over the puppet-service protocol, seen by the real Wechaty client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.errors import GatewayError, GatewayRefused, NotSupported, SendUncertain
from bot.gateway.puppet_server import PuppetServer
from bot.gateway.puppet_server_wire import Fields
from bot.gateway.simulated import Mishap, SimulatedGateway
from bot.gateway.simulated_group import World
from bot.model import (
    Act,
    Conversation,
    FileContent,
    FriendRequested,
    GatewayLost,
    GatewayRestored,
    MessageKind,
    MessageReceived,
    Quote,
    RoomInvited,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
)

pytestmark = pytest.mark.slow

Connect = Callable[..., AbstractAsyncContextManager[Any]]
TOKEN = "loopback"


class Scene:
    """A served room with its owner, two members and the bot."""

    def __init__(self, *, fields: Fields = Fields.BOTH, replay: int = 0, **options: Any) -> None:
        clock = SystemClock()
        self.world = World(clock)
        self.bot = self.world.add_contact("小知")
        self.owner, self.ming, self.hong = map(self.world.add_contact, ("老王", "小明", "小红"))
        self.room = self.world.add_room("学习群", self.owner, [self.ming, self.hong, self.bot], admin_ids=[self.bot])
        self.here = Conversation(room_id=self.room)
        self.simulated = SimulatedGateway(self.world, self.bot, clock, **options)
        self.server = PuppetServer(self.simulated, TOKEN, fields=fields, replay=replay)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    scene = Scene()
    await scene.server.start()
    yield scene
    await scene.server.stop()


@pytest.fixture
async def client(scene: Scene, connect: Connect) -> AsyncIterator[Any]:
    async with connect(scene.server.endpoint, token=TOKEN) as running:
        yield running


async def test_messages_come_in_with_mentions_aliases_and_order(scene: Scene, client: Any) -> None:
    scene.world.rename_contact(scene.ming, "明哥", scene.room)
    scene.world.say(scene.ming, scene.here, "@小知 你好")
    for number in range(30):
        scene.world.say(scene.hong, scene.here, str(number))
    await client.seen.until(lambda: len(client.seen.texts) == 31)
    assert client.seen.texts == ["@小知\u2005你好", *map(str, range(30))]
    first = client.seen.of(MessageReceived)[0]
    assert (first.talker.shown_name, first.mentions, first.kind) == ("明哥", (scene.bot,), MessageKind.TEXT)
    assert (first.room.topic, first.room.owner_id, first.room.admin_ids) == ("学习群", scene.owner, (scene.bot,))


async def test_private_chat_works_both_ways(scene: Scene, client: Any) -> None:
    scene.world.say(scene.ming, Conversation(contact_id=scene.bot), "我的")
    asked = await client.seen.next_of(MessageReceived)
    assert (asked.room, asked.conversation) == (None, Conversation(contact_id=scene.ming))
    await client.gateway.send_text(asked.conversation, "您还没有订单。")
    assert [(act.act, act.room, act.to, act.text) for act in scene.world.acts] == [
        (Act.TEXT, None, "小明", "您还没有订单。")
    ]


async def test_a_mention_rings_and_is_recorded_apart_from_the_text(scene: Scene, client: Any) -> None:
    scene.world.rename_contact(scene.ming, "小明(助教)", scene.room)
    message_id = await client.gateway.send_text(scene.here, "收到", [scene.ming])
    echo = await client.seen.next_of(MessageReceived)
    assert (echo.id, echo.text, echo.from_self) == (message_id, "@小明(助教)\u2005收到", True)
    (act,) = scene.world.acts
    assert (act.room, act.mentions, act.text) == ("学习群", ("小明(助教)",), "收到")


@pytest.mark.parametrize("size", [10_000, 100_000, 5_000_000])
async def test_files_go_out_and_come_in_whole(scene: Scene, client: Any, size: int) -> None:
    data = bytes(range(256)) * (size // 256)
    await client.gateway.send_file(scene.here, FileContent("海报.png", data, "image/png"))
    (act,) = scene.world.acts
    assert act.file is not None
    assert (act.act, act.text, act.file.data == data) == (Act.IMAGE, "海报.png", True)
    sent = scene.world.say(scene.ming, scene.here, file=FileContent("讲义.pdf", data))
    file = await client.gateway.download(sent.id)
    assert (file.name, file.data == data) == ("讲义.pdf", True)


async def test_quotes_are_in_the_text_and_recalls_name_the_message(scene: Scene, client: Any) -> None:
    first = scene.world.say(scene.ming, scene.here, "用 Semaphore")
    scene.world.say(scene.hong, scene.here, "收录", quote=Quote("小明", first.text))
    scene.world.recall(first.id)
    recall = await client.seen.next_of(MessageReceived, count=3)
    quoting = client.seen.of(MessageReceived)[1]
    assert quoting.text == "「小明：用 Semaphore」\n- - - - - - - - - - - - - - -\n收录"
    assert (recall.kind, recall.recalled_id) == (MessageKind.RECALL, first.id)


@pytest.mark.parametrize("fields", list(Fields))
async def test_moved_fields_are_served_to_our_client_in_every_generation(fields: Fields, connect: Connect) -> None:
    scene = Scene(fields=fields)
    await scene.server.start()
    async with connect(scene.server.endpoint, token=TOKEN) as client:
        await client.gateway.set_notice(scene.room, "周五上课")
        await client.gateway.set_topic(scene.room, "Go 群")
        await client.gateway.set_alias(scene.ming, "学员")
        assert await client.gateway.notice(scene.room) == "周五上课"
        assert (await client.gateway.room(scene.room)).topic == "Go 群"
        assert (await client.gateway.contact(scene.ming)).alias == "学员"
        await client.gateway.set_alias(scene.ming, "")
        assert scene.world.contacts[scene.ming].alias == ""
        assert await client.gateway.send_text(scene.here, "好")
    await scene.server.stop()


async def test_rooms_change_and_the_client_reads_fresh_facts(scene: Scene, client: Any) -> None:
    newcomer = scene.world.add_contact("阿强")
    scene.world.join(scene.room, [newcomer], scene.ming)
    joined = await client.seen.next_of(RoomJoined)
    await client.gateway.remove_member(scene.room, newcomer)
    left = await client.seen.next_of(RoomLeft)
    scene.world.rename_room(scene.room, "新群名", scene.owner)
    renamed = await client.seen.next_of(RoomTopicChanged)
    assert ([one.name for one in joined.joined], joined.inviter.name) == (["阿强"], "小明")
    assert (left.left[0].name, left.remover.name) == ("阿强", "小知")
    assert (renamed.old_topic, renamed.new_topic, renamed.room.topic) == ("学习群", "新群名", "新群名")
    assert [one.name for one in await client.gateway.members(scene.room)] == ["老王", "小知", "小明", "小红"]


async def test_a_new_nickname_is_seen_at_once(scene: Scene, client: Any) -> None:
    scene.world.say(scene.ming, scene.here, "一")
    await client.seen.next_of(MessageReceived)
    scene.world.rename_contact(scene.ming, "明明")
    scene.world.say(scene.ming, scene.here, "二")
    assert (await client.seen.next_of(MessageReceived, count=2)).talker.name == "明明"


async def test_friend_requests_and_invitations_are_accepted(scene: Scene, client: Any) -> None:
    stranger = scene.world.add_contact("路人")
    scene.world.request_friend(stranger, scene.bot, "我是小明的朋友")
    other = scene.world.add_room("另一个群", scene.ming)
    scene.world.invite(other, scene.bot, scene.ming)
    request, invitation = await client.seen.next_of(FriendRequested), await client.seen.next_of(RoomInvited)
    assert (request.contact.name, request.hello) == ("路人", "我是小明的朋友")
    assert (invitation.topic, invitation.inviter.name) == ("另一个群", "小明")
    await client.gateway.accept_friend(request.request_id)
    await client.gateway.accept_room_invitation(invitation.invitation_id)
    assert scene.world.contacts[stranger].is_friend
    assert scene.bot in scene.world.rooms[other].member_ids


async def test_refusals_doubts_and_missing_calls_keep_their_meaning(scene: Scene, client: Any) -> None:
    with pytest.raises(GatewayRefused):
        await client.gateway.remove_member(scene.room, scene.owner)
    with pytest.raises(GatewayRefused):
        await client.gateway.send_text(Conversation(room_id="nowhere"), "有人吗")
    scene.simulated.expect(Mishap.LOST_ANSWER)
    with pytest.raises(SendUncertain):
        await client.gateway.send_text(scene.here, "一")
    assert [act.text for act in scene.world.acts] == ["一"]
    scene.simulated.lose(can_quit=False)
    with pytest.raises(NotSupported):
        await client.gateway.quit_room(scene.room)


async def test_a_wrong_token_is_told_as_permanent(scene: Scene, connect: Connect) -> None:
    async with connect(scene.server.endpoint, token="wrong", logged_in=False) as client:
        lost = await client.seen.next_of(GatewayLost)
    assert lost.is_permanent


async def test_a_server_that_comes_back_is_found_again(scene: Scene, client: Any) -> None:
    port = scene.server.port
    await scene.server.stop()
    await client.seen.next_of(GatewayLost)
    with pytest.raises(GatewayError):
        await client.gateway.send_text(scene.here, "一")
    await scene.server.start(port)
    await client.seen.next_of(GatewayRestored)
    await client.gateway.send_text(scene.here, "二")
    assert [act.text for act in scene.world.acts] == ["二"]


async def test_a_client_that_connects_again_gets_recent_events_once_more(connect: Connect) -> None:
    scene = Scene(replay=2)
    await scene.server.start()
    for text in ("一", "二", "三"):
        scene.world.say(scene.ming, scene.here, text)
    async with connect(scene.server.endpoint, token=TOKEN) as client:
        await client.seen.next_of(MessageReceived, count=3)
        assert client.seen.texts == ["一", "二", "三"]
    async with connect(scene.server.endpoint, token=TOKEN) as client:
        await client.seen.next_of(MessageReceived, count=2)
        assert client.seen.texts == ["二", "三"]
    await scene.server.stop()


async def test_a_service_without_a_token_lets_everybody_in(connect: Connect) -> None:
    scene = Scene()
    server = PuppetServer(scene.simulated, "")
    await server.start()
    async with connect(server.endpoint, token="whatever") as client:
        assert server.is_connected
        assert client.gateway.account.name == "小知"
    await server.stop()


async def test_without_echo_the_client_sees_nothing_of_its_own(connect: Connect) -> None:
    scene = Scene(echo=False)
    await scene.server.start()
    async with connect(scene.server.endpoint, token=TOKEN) as client:
        await client.gateway.send_text(scene.here, "一")
        scene.world.say(scene.ming, scene.here, "二")
        assert (await client.seen.next_of(MessageReceived)).text == "二"
    await scene.server.stop()
