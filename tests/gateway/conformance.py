"""What every gateway has to do, as checks that run against a `Stage`: a gateway with a group around it.

A stage has a room with its owner, 小明 and 小红 (called 红红 there) and the bot, which may manage it; 阿强 is a friend
outside. Each check gets a stage of its own and fails by an assertion.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from bot.errors import GatewayRefused
from bot.gateway import Gateway
from bot.model import (
    Conversation,
    Event,
    FileContent,
    FriendRequested,
    MessageKind,
    MessageReceived,
    RoomInvited,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
)
from tests.gateway.collector import Collector

TOPIC = "Python学习群"


@dataclass(frozen=True)
class People:
    """Contact ids on a stage."""

    bot: str
    owner: str
    ming: str
    hong: str
    outsider: str


@dataclass(frozen=True)
class Heard:
    """Something the bot really said, as the group saw it.

    Attributes:
        to: id of the room or contact.
        text: without the mentions in front.
        mentions: names of who was rung.
    """

    to: str
    text: str
    mentions: tuple[str, ...] = field(default=())


class Stage(Protocol):
    """A gateway, already started and logged in, and the levers of its world."""

    gateway: Gateway
    seen: Collector
    people: People
    room_id: str

    async def say(self, who: str, text: str, *, in_private: bool = False, mentions: Sequence[str] = ()) -> str:
        """Let somebody say something in the room or to the bot; return the message id."""

    async def say_file(self, who: str, file: FileContent) -> str:
        """Let somebody send a file to the room; return the message id."""

    async def say_link(self, who: str, title: str, address: str) -> str:
        """Let somebody send a link card to the room; return the message id."""

    async def recall(self, who: str, message_id: str) -> None:
        """Let somebody take a message back."""

    async def join(self, contact_id: str, inviter_id: str) -> None:
        """Let somebody bring a contact into the room."""

    async def leave(self, contact_id: str) -> None:
        """Let somebody leave the room."""

    async def rename_room(self, topic: str, changer_id: str) -> None:
        """Let somebody rename the room."""

    async def rename_in_room(self, contact_id: str, alias: str) -> None:
        """Let somebody change how the room shows them."""

    async def request_friend(self, contact_id: str, hello: str) -> str:
        """Let somebody ask to be the bot's friend; return the request's id."""

    async def invite(self, inviter_id: str) -> str:
        """Let somebody invite the bot to a second room; return the invitation's id."""

    async def heard(self) -> list[Heard]:
        """Return what the bot said so far."""

    async def received_files(self) -> list[FileContent | tuple[str, int]]:
        """Return the files the bot sent so far, or their names and sizes."""

    async def member_ids(self) -> set[str]:
        """Return who is in the room by now."""


Check = Callable[[Stage], Awaitable[None]]
CHECKS: list[Check] = []


def check(function: Check) -> Check:
    """Add a check."""
    CHECKS.append(function)
    return function


def here(stage: Stage) -> Conversation:
    return Conversation(room_id=stage.room_id)


async def settle(stage: Stage, holds: Callable[[], bool]) -> None:
    await stage.seen.until(holds)


@check
async def text_goes_to_the_room_and_comes_back_as_an_echo(stage: Stage) -> None:
    message_id = await stage.gateway.send_text(here(stage), "大家好")
    assert await stage.heard() == [Heard(stage.room_id, "大家好")]
    echo = await stage.seen.next_of(MessageReceived)
    assert (echo.from_self, echo.text, echo.id) == (True, "大家好", message_id)
    assert echo.conversation == here(stage)


@check
async def text_in_private_goes_to_the_contact(stage: Stage) -> None:
    to = Conversation(contact_id=stage.people.ming)
    await stage.gateway.send_text(to, "您的会员明天到期。")
    assert await stage.heard() == [Heard(stage.people.ming, "您的会员明天到期。")]
    assert (await stage.seen.next_of(MessageReceived)).conversation == to


@check
async def a_mention_rings_and_shows_the_room_alias(stage: Stage) -> None:
    await stage.gateway.send_text(here(stage), "开课了", [stage.people.ming, stage.people.hong])
    assert await stage.heard() == [Heard(stage.room_id, "开课了", ("小明", "红红"))]
    assert (await stage.seen.next_of(MessageReceived)).text == "@小明\u2005@红红\u2005开课了"


@check
async def messages_come_in_order_with_talker_room_and_mentions(stage: Stage) -> None:
    for number in range(40):
        await stage.say(stage.people.hong, f"第 {number} 条")
    await stage.say(stage.people.hong, "@小知\u2005你好", mentions=[stage.people.bot])
    await settle(stage, lambda: len(stage.seen.texts) == 41)
    assert stage.seen.texts == [*(f"第 {number} 条" for number in range(40)), "@小知\u2005你好"]
    last = stage.seen.of(MessageReceived)[-1]
    assert (last.talker.id, last.talker.name, last.talker.room_alias) == (stage.people.hong, "小红", "红红")
    assert (last.room and last.room.id, last.room and last.room.topic) == (stage.room_id, TOPIC)
    assert (last.mentions, last.from_self, last.kind) == ((stage.people.bot,), False, MessageKind.TEXT)
    assert last.at.tzinfo is not None
    ids = [message.id for message in stage.seen.of(MessageReceived)]
    assert len(set(ids)) == len(ids)


@check
async def a_private_message_has_no_room_and_an_answer_address(stage: Stage) -> None:
    await stage.say(stage.people.ming, "我的", in_private=True)
    message = await stage.seen.next_of(MessageReceived)
    assert (message.room, message.conversation) == (None, Conversation(contact_id=stage.people.ming))


@check
async def files_go_out_and_come_in_whole(stage: Stage) -> None:
    data = bytes(range(256)) * 400
    await stage.gateway.send_file(here(stage), FileContent("海报.png", data, "image/png"))
    (sent,) = await stage.received_files()
    assert sent in (("海报.png", len(data)), FileContent("海报.png", data, "image/png"))
    message_id = await stage.say_file(stage.people.ming, FileContent("讲义.pdf", data))
    await settle(stage, lambda: message_id in [message.id for message in stage.seen.of(MessageReceived)])
    file = await stage.gateway.download(message_id)
    assert (file.name, len(file.data)) == ("讲义.pdf", len(data))


@check
async def a_link_card_tells_where_it_leads(stage: Stage) -> None:
    message_id = await stage.say_link(stage.people.ming, "限流怎么写", "https://example.com/a?b=1&c=2")
    message = await stage.seen.next_of(MessageReceived)
    assert (message.id, message.kind) == (message_id, MessageKind.LINK)
    assert await stage.gateway.link(message_id) == "https://example.com/a?b=1&c=2"


@check
async def a_recall_by_a_member_names_the_message_and_has_no_text(stage: Stage) -> None:
    message_id = await stage.say(stage.people.ming, "加微信")
    await stage.recall(stage.people.ming, message_id)
    recall = await stage.seen.next_of(MessageReceived, count=2)
    assert (recall.kind, recall.recalled_id, recall.text) == (MessageKind.RECALL, message_id, "")


@check
async def the_bot_recalls_its_own_message(stage: Stage) -> None:
    message_id = await stage.gateway.send_text(here(stage), "发错了")
    assert message_id is not None
    assert await stage.gateway.recall(message_id) is True


@check
async def the_room_is_found_listed_and_described(stage: Stage) -> None:
    assert stage.room_id in [room.id for room in await stage.gateway.rooms()]
    room = await stage.gateway.room(stage.room_id)
    assert (room.topic, room.owner_id) == (TOPIC, stage.people.owner)


@check
async def members_are_listed_with_room_aliases_and_the_bot(stage: Stage) -> None:
    members = {member.id: member.shown_name for member in await stage.gateway.members(stage.room_id)}
    people = stage.people
    assert members == {people.bot: "小知", people.owner: "老王", people.ming: "小明", people.hong: "红红"}


@check
async def a_contact_is_described_and_takes_a_remark_name(stage: Stage) -> None:
    assert (await stage.gateway.contact(stage.people.ming)).name == "小明"
    await stage.gateway.set_alias(stage.people.ming, "明-会员")
    assert (await stage.gateway.contact(stage.people.ming)).alias == "明-会员"
    await stage.gateway.set_alias(stage.people.ming, "")
    assert (await stage.gateway.contact(stage.people.ming)).alias == ""


@check
async def the_topic_is_set_and_its_change_reported(stage: Stage) -> None:
    await stage.gateway.set_topic(stage.room_id, "进阶群")
    changed = await stage.seen.next_of(RoomTopicChanged)
    assert (changed.old_topic, changed.new_topic, changed.changer and changed.changer.id) == (
        TOPIC,
        "进阶群",
        stage.people.bot,
    )
    assert (await stage.gateway.room(stage.room_id)).topic == "进阶群"


@check
async def a_change_of_topic_by_a_member_shows_in_the_next_message(stage: Stage) -> None:
    await stage.say(stage.people.ming, "1")
    await stage.rename_room("进阶群", stage.people.owner)
    await stage.say(stage.people.ming, "2")
    message = await stage.seen.next_of(MessageReceived, count=2)
    assert message.room is not None
    assert message.room.topic == "进阶群"


@check
async def a_new_room_alias_shows_in_the_next_message(stage: Stage) -> None:
    await stage.say(stage.people.ming, "1")
    await stage.seen.next_of(MessageReceived)
    await stage.rename_in_room(stage.people.ming, "明老师")
    await stage.say(stage.people.ming, "2")
    assert (await stage.seen.next_of(MessageReceived, count=2)).talker.shown_name == "明老师"


@check
async def the_notice_is_empty_then_set_then_cleared(stage: Stage) -> None:
    assert await stage.gateway.notice(stage.room_id) == ""
    await stage.gateway.set_notice(stage.room_id, "周五晚八点上课")
    assert await stage.gateway.notice(stage.room_id) == "周五晚八点上课"
    await stage.gateway.set_notice(stage.room_id, "")
    assert await stage.gateway.notice(stage.room_id) == ""


@check
async def a_friend_is_added_and_the_join_reported(stage: Stage) -> None:
    await stage.gateway.add_member(stage.room_id, stage.people.outsider)
    joined = await stage.seen.next_of(RoomJoined)
    assert ([one.id for one in joined.joined], joined.room.id) == ([stage.people.outsider], stage.room_id)
    assert stage.people.outsider in await stage.member_ids()


@check
async def a_member_is_removed_and_the_leave_reported(stage: Stage) -> None:
    await stage.gateway.remove_member(stage.room_id, stage.people.hong)
    left = await stage.seen.next_of(RoomLeft)
    assert ([one.id for one in left.left], left.remover and left.remover.id) == ([stage.people.hong], stage.people.bot)
    assert stage.people.hong not in await stage.member_ids()


@check
async def joins_and_leaves_of_others_are_reported_in_order(stage: Stage) -> None:
    await stage.join(stage.people.outsider, stage.people.ming)
    await stage.say(stage.people.outsider, "大家好")
    await stage.leave(stage.people.outsider)
    await settle(stage, lambda: bool(stage.seen.of(RoomLeft)))
    wanted = (RoomJoined, MessageReceived, RoomLeft)
    order: list[type[Event]] = [type(event) for event in stage.seen.events if isinstance(event, wanted)]
    assert order == list(wanted)
    inviter = stage.seen.of(RoomJoined)[0].inviter
    assert inviter is not None
    assert inviter.name == "小明"


@check
async def the_bot_leaves_the_room(stage: Stage) -> None:
    await stage.gateway.quit_room(stage.room_id)
    assert stage.room_id not in [room.id for room in await stage.gateway.rooms()]


@check
async def a_friend_request_is_reported_and_accepted(stage: Stage) -> None:
    await stage.request_friend(stage.people.outsider, "我是阿强")
    request = await stage.seen.next_of(FriendRequested)
    assert (request.contact.name, request.hello) == ("阿强", "我是阿强")
    await stage.gateway.accept_friend(request.request_id)


@check
async def an_invitation_is_reported_and_accepted(stage: Stage) -> None:
    await stage.invite(stage.people.owner)
    invited = await stage.seen.next_of(RoomInvited)
    assert invited.inviter is not None
    assert invited.inviter.name == "老王"
    await stage.gateway.accept_room_invitation(invited.invitation_id)


@check
async def a_room_that_does_not_exist_is_refused(stage: Stage) -> None:
    with pytest.raises(GatewayRefused):
        await stage.gateway.send_text(Conversation(room_id="nowhere@chatroom"), "?")
    with pytest.raises(GatewayRefused):
        await stage.gateway.room("nowhere@chatroom")
    assert await stage.heard() == []


@check
async def the_account_is_known_and_capabilities_are_stated(stage: Stage) -> None:
    assert stage.gateway.account is not None
    assert (stage.gateway.account.id, stage.gateway.account.name) == (stage.people.bot, "小知")
    assert "can_send_private" not in stage.gateway.capabilities.missing()


@check
async def nothing_is_delivered_after_stop(stage: Stage) -> None:
    for number in range(20):
        await stage.say(stage.people.ming, str(number))
    await asyncio.wait_for(stage.gateway.stop(), 2)
    delivered = len(stage.seen.events)
    await asyncio.sleep(0.02)
    assert len(stage.seen.events) == delivered
