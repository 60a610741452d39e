"""Every operation over a real Node puppet service, judged by what the service recorded."""

from __future__ import annotations

from hashlib import sha256

import pytest

from bot.errors import GatewayRefused, NotSupported
from bot.gateway import Gateway
from bot.model import (
    Conversation,
    FileContent,
    FriendRequested,
    MessageKind,
    MessageReceived,
    RoomInvited,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
)
from tests.gateway.conftest import ROOM, Bot
from tests.gateway.node_gateway import NodeGateway

pytestmark = [pytest.mark.node, pytest.mark.asyncio(loop_scope="module")]

HERE = Conversation(room_id=ROOM)
SIZES = {"10 kB": 10_000, "100 kB": 100_000, "6 MB": 6_000_000}


async def test_what_the_bot_says_arrives_in_the_room(node: NodeGateway, bot: Bot):
    message_id = await bot.gateway.send_text(HERE, "大家好")
    assert node.told("messageSendText") == [[ROOM, "大家好", []]]
    echo = await bot.seen.next_of(MessageReceived)
    assert (echo.id, echo.text, echo.from_self) == (message_id, "大家好", True)


async def test_a_mention_is_written_with_the_name_the_room_shows(node: NodeGateway, bot: Bot):
    await bot.gateway.send_text(HERE, "开课了", mentions=["ming", "hong"])
    assert node.told("messageSendText") == [[ROOM, "@小明\u2005@红红\u2005开课了", ["ming", "hong"]]]


async def test_a_private_message_goes_to_the_contact_alone(node: NodeGateway, bot: Bot):
    await bot.gateway.send_text(Conversation(contact_id="ming"), "您的会员明天到期")
    assert node.told("messageSendText") == [["ming", "您的会员明天到期", []]]
    echo = await bot.seen.next_of(MessageReceived)
    assert echo.conversation == Conversation(contact_id="ming")


async def test_a_message_arrives_with_all_that_is_known_of_it(node: NodeGateway, bot: Bot):
    await node.do("say", **{"from": "hong", "room": ROOM, "text": "@小知\u2005你好", "mentions": ["bot"]})
    message = await bot.seen.next_of(MessageReceived)
    assert (message.text, message.mentions, message.kind) == ("@小知\u2005你好", ("bot",), MessageKind.TEXT)
    assert (message.talker.name, message.talker.room_alias, message.talker.is_friend) == ("小红", "红红", False)
    assert message.room is not None
    assert (message.room.topic, message.room.owner_id) == ("Python学习群", "wang")


@pytest.mark.parametrize("size", [10_000, 300_000])
async def test_an_avatar_arrives_whole(node: NodeGateway, bot: Bot, size: int):
    said = await node.do("avatar", contact="ming", size=size)
    assert sha256(await bot.gateway.avatar("ming")).hexdigest() == said["sha256"]
    assert node.told("contactAvatar") == [["ming"]]


async def test_no_avatar_and_a_puppet_without_avatars_are_told_apart(node: NodeGateway, bot: Bot):
    with pytest.raises(GatewayRefused):
        await bot.gateway.avatar("hong")
    assert bot.gateway.capabilities.shows_avatars
    await node.do("fault", method="contactAvatar", error="Wechaty Puppet Unsupported API Error. contactAvatar")
    with pytest.raises(NotSupported):
        await bot.gateway.avatar("hong")
    assert not bot.gateway.capabilities.shows_avatars


async def test_a_private_message_arrives_with_its_answer_address(node: NodeGateway, bot: Bot):
    await node.do("say", **{"from": "ming", "to": "bot", "text": "我的", "seconds": True})
    message = await bot.seen.next_of(MessageReceived)
    assert message.room is None
    assert message.conversation == Conversation(contact_id="ming")
    assert message.talker.weixin == "xiaoming_wx"
    assert abs((message.at - bot.seen.events[0].at).total_seconds()) < 30


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
async def test_a_file_of_any_size_goes_out_whole(node: NodeGateway, bot: Bot, size: int):
    data = bytes(i * 31 % 251 for i in range(1000)) * (size // 1000)
    message_id = await bot.gateway.send_file(HERE, FileContent("海报.png", data, "image/png"))
    sent = node.files[0]
    assert (sent["conversation"], sent["name"], sent["size"]) == (ROOM, "海报.png", size)
    assert sent["sha256"] == sha256(data).hexdigest()
    assert message_id


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
async def test_an_image_of_any_size_comes_in_whole(node: NodeGateway, bot: Bot, size: int):
    said = await node.do(
        "say", **{"from": "ming", "room": ROOM, "type": "image", "file": {"name": "a.jpg", "size": size}}
    )
    message = await bot.seen.next_of(MessageReceived)
    assert (message.kind, message.file_name) == (MessageKind.IMAGE, "a.jpg")
    file = await bot.gateway.download(message.id)
    assert (file.name, len(file.data), file.media_type) == ("a.jpg", size, "image/jpeg")
    assert sha256(file.data).hexdigest() == said["sha256"]


async def test_the_topic_is_changed_and_reported(node: NodeGateway, bot: Bot):
    await bot.gateway.set_topic(ROOM, "Python 进阶群")
    assert node.told("roomTopic") == [[ROOM, "Python 进阶群"]]
    changed = await bot.seen.next_of(RoomTopicChanged)
    assert (changed.old_topic, changed.new_topic, changed.room.topic) == (
        "Python学习群",
        "Python 进阶群",
        "Python 进阶群",
    )
    assert (await bot.gateway.room(ROOM)).topic == "Python 进阶群"


async def test_the_notice_is_written_read_and_cleared(node: NodeGateway, bot: Bot):
    await bot.gateway.set_notice(ROOM, "周五晚八点上课")
    assert (await node.do("look", room=ROOM))["notice"] == "周五晚八点上课"
    assert await bot.gateway.notice(ROOM) == "周五晚八点上课"
    await bot.gateway.set_notice(ROOM, "")
    assert (await node.do("look", room=ROOM))["notice"] == ""
    assert node.told("roomAnnounce") == [[ROOM, "周五晚八点上课"], [ROOM], [ROOM, ""]]


async def test_a_remark_name_is_set_and_cleared(node: NodeGateway, bot: Bot):
    await bot.gateway.set_alias("ming", "明-会员")
    assert (await bot.gateway.contact("ming")).alias == "明-会员"
    await bot.gateway.set_alias("ming", "")
    assert node.told("contactAlias") == [["ming", "明-会员"], ["ming", ""]]
    assert (await bot.gateway.contact("ming")).alias == ""


async def test_members_are_listed_with_the_names_the_room_shows(bot: Bot):
    members = {member.id: member.shown_name for member in await bot.gateway.members(ROOM)}
    assert members == {"bot": "小知", "ming": "小明", "hong": "红红", "wang": "老王"}


async def test_a_room_of_five_hundred_is_read_once_and_then_remembered(node: NodeGateway, bot: Bot):
    ids = [f"m{number}" for number in range(499)]
    for contact_id in ids:
        await node.do("contact", id=contact_id, name=f"群友{contact_id}")
    await node.do("room", id="big@chatroom", topic="大群", members=ids)
    assert len(await bot.gateway.members("big@chatroom")) == 500
    assert len(await bot.gateway.members("big@chatroom")) == 500
    assert (await node.do("counts"))["roomMemberPayload"] == 500


async def test_rooms_are_listed(bot: Bot):
    assert [(room.id, room.topic, room.owner_id) for room in await bot.gateway.rooms()] == [
        (ROOM, "Python学习群", "wang")
    ]


async def test_a_contact_is_added_and_the_join_reported(node: NodeGateway, bot: Bot):
    await bot.gateway.add_member(ROOM, "qiang")
    assert node.told("roomAdd")[0][:2] == [ROOM, "qiang"]
    joined = await bot.seen.next_of(RoomJoined)
    assert ([who.name for who in joined.joined], joined.inviter and joined.inviter.id) == (["阿强"], "bot")
    assert "qiang" in (await node.do("look", room=ROOM))["memberIdList"]


async def test_a_member_is_removed_and_the_leave_reported(node: NodeGateway, bot: Bot):
    await bot.gateway.members(ROOM)
    await bot.gateway.remove_member(ROOM, "hong")
    assert node.told("roomDel") == [[ROOM, "hong"]]
    left = await bot.seen.next_of(RoomLeft)
    assert [(who.name, who.room_alias) for who in left.left] == [("小红", "红红")]
    assert "hong" not in [member.id for member in await bot.gateway.members(ROOM)]


async def test_the_bot_leaves_a_room(node: NodeGateway, bot: Bot):
    await bot.gateway.quit_room(ROOM)
    assert node.told("roomQuit") == [[ROOM]]


async def test_a_join_by_invitation_of_a_member_names_both(node: NodeGateway, bot: Bot):
    await node.do("join", room=ROOM, ids=["qiang"], inviter="ming")
    joined = await bot.seen.next_of(RoomJoined)
    assert (joined.room.id, joined.inviter and joined.inviter.name) == (ROOM, "小明")


async def test_an_invitation_is_reported_and_accepted(node: NodeGateway, bot: Bot):
    await node.do("invite", id="invite-1", topic="新群", inviter="wang")
    invited = await bot.seen.next_of(RoomInvited)
    assert (invited.topic, invited.inviter and invited.inviter.name) == ("新群", "老王")
    await bot.gateway.accept_room_invitation(invited.invitation_id)
    assert node.told("roomInvitationAccept") == [["invite-1"]]


async def test_a_friend_request_is_reported_and_accepted(node: NodeGateway, bot: Bot):
    await node.do("friend", id="friend-0", contact="wang", hello="", type=1)
    await node.do("friend", id="friend-1", contact="qiang", hello="我是阿强")
    request = await bot.seen.next_of(FriendRequested)
    assert (request.request_id, request.contact.name, request.hello) == ("friend-1", "阿强", "我是阿强")
    await bot.gateway.accept_friend(request.request_id)
    assert node.told("friendshipAccept") == [["friend-1"]]


async def test_an_own_message_is_recalled_once(node: NodeGateway, bot: Bot):
    message_id = await bot.gateway.send_text(HERE, "发错了")
    assert message_id is not None
    assert await bot.gateway.recall(message_id) is True
    assert await bot.gateway.recall(message_id) is False
    assert node.told("messageRecall") == [[message_id], [message_id]]


async def test_a_recall_by_a_member_names_the_message(node: NodeGateway, bot: Bot):
    said = await node.do("say", **{"from": "ming", "room": ROOM, "text": "加微信"})
    await node.do("say", **{"from": "ming", "room": ROOM, "type": "recall", "text": said["id"]})
    recall = await bot.seen.next_of(MessageReceived, count=2)
    assert (recall.kind, recall.recalled_id) == (MessageKind.RECALL, said["id"])


async def test_a_quote_stays_as_wechat_writes_it(node: NodeGateway, bot: Bot):
    text = "「红红：asyncio 用 Semaphore」\n- - - - - - - - - - - - - - -\n收录"
    await node.do("say", **{"from": "ming", "room": ROOM, "text": text})
    assert (await bot.seen.next_of(MessageReceived)).text == text


async def test_a_new_name_is_seen_in_the_next_message(node: NodeGateway, bot: Bot):
    await node.do("say", **{"from": "ming", "room": ROOM, "text": "1"})
    await bot.seen.next_of(MessageReceived)
    await node.do("rename", contact="ming", name="大明")
    await node.do("alias", room=ROOM, contact="ming", alias="大明老师")
    await node.do("say", **{"from": "ming", "room": ROOM, "text": "2"})
    talker = (await bot.seen.next_of(MessageReceived, count=2)).talker
    assert (talker.name, talker.room_alias) == ("大明", "大明老师")


async def test_a_contact_is_read_fresh_even_when_nobody_said_it_changed(node: NodeGateway, bot: Bot):
    assert (await bot.gateway.contact("ming")).name == "小明"
    await node.do("rename", contact="ming", name="大明", silent=True)
    assert (await bot.gateway.contact("ming")).name == "大明"


async def test_a_message_of_a_kind_we_do_not_know_arrives_as_unknown(node: NodeGateway, bot: Bot):
    await node.do("say", **{"from": "ming", "room": ROOM, "type": 99, "text": "?"})
    assert (await bot.seen.next_of(MessageReceived)).kind is MessageKind.UNKNOWN


async def test_it_is_a_gateway_for_the_type_checker_and_knows_its_account(bot: Bot):
    gateway: Gateway = bot.gateway
    assert gateway.name == "wechaty"
    assert gateway.account is not None
    assert (gateway.account.id, gateway.account.name) == ("bot", "小知")
