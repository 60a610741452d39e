"""Payloads recorded from a real puppet service → the bot's events, without a service."""

from __future__ import annotations

import asyncio
import base64
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechaty_grpc.wechaty import puppet as pb

from bot.clock import VirtualClock
from bot.errors import GatewayRefused
from bot.gateway.wechaty import WechatyGateway
from bot.gateway.wechaty_directory import Directory
from bot.gateway.wechaty_events import Translator, parse
from bot.gateway.wechaty_mapping import to_moment
from bot.gateway.wechaty_order import OrderedDelivery
from bot.gateway.wechaty_wire import EventCode, Id, MessagePayload, SetText, Text
from bot.model import (
    Contact,
    Event,
    FriendRequested,
    LoggedIn,
    MessageKind,
    MessageReceived,
    RoomInfo,
    RoomInvited,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
    ScanRequired,
)
from tests.examples import examples
from tests.gateway.collector import Collector

pytestmark = pytest.mark.slow  # properties by the hundred

RECORDED = json.loads((Path(__file__).parent.parent / "data/wire/service-1.19.9.json").read_text(encoding="utf-8"))
ROOM = "20001@chatroom"
ARRIVED = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
RECORDED_AT = datetime(2025, 12, 1, 8, 0, 0, 123000, tzinfo=UTC)
HONG = Contact(id="hong", name="小红", room_alias="红红", is_friend=False)
STUDY_ROOM = RoomInfo(id=ROOM, topic="Python学习群", owner_id="wang")


class RecordedService:
    """Answers each call with the recorded bytes that belong to the id asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        for answer in RECORDED["answers"]:
            data = base64.b64decode(answer["base64"])
            self.answers[answer["rpc"] + Id().parse(data).id] = data

    def _find(self, rpc: str, key: str, kind: Any) -> Any:
        if rpc + key not in self.answers:
            raise GatewayRefused(f"{rpc} {key}")
        return kind().parse(self.answers[rpc + key])

    async def message(self, message_id: str) -> MessagePayload:
        return self._find("MessagePayload", message_id, MessagePayload)

    async def contact_payload(self, contact_id: str) -> Any:
        return self._find("ContactPayload", contact_id, pb.ContactPayloadResponse)

    async def room_payload(self, room_id: str) -> Any:
        return self._find("RoomPayload", room_id, pb.RoomPayloadResponse)

    async def member(self, room_id: str, contact_id: str) -> Any:
        return self._find("RoomMemberPayload", contact_id, pb.RoomMemberPayloadResponse)

    async def friendship(self, friendship_id: str) -> Any:
        return self._find("FriendshipPayload", friendship_id, pb.FriendshipPayloadResponse)

    async def invitation(self, invitation_id: str) -> Any:
        return self._find("RoomInvitationPayload", invitation_id, pb.RoomInvitationPayloadResponse)


def make_translator(service: Any) -> Translator:
    async def at_once() -> None:
        return None

    directory = Directory(lambda: service, VirtualClock(ARRIVED))
    return Translator(directory, lambda: service, at_once, lambda: "bot", retry_wait=0.0)


async def translate_recorded() -> list[Event]:
    translator = make_translator(RecordedService())
    events = []
    for recorded in RECORDED["events"]:
        wire = parse(recorded["code"], recorded["payload"], ARRIVED)
        translator.note(wire)
        event = await translator.translate(wire) if translator.is_delivered(wire.code) else None
        if event is not None:
            events.append(event)
    return events


async def test_recorded_messages_become_events():
    messages = [event for event in await translate_recorded() if isinstance(event, MessageReceived)]
    assert messages[0] == MessageReceived(
        at=RECORDED_AT,
        id="msg-1",
        talker=HONG,
        room=STUDY_ROOM,
        text="@小知\u2005asyncio 怎么限制并发？",
        mentions=("bot",),
    )
    assert (messages[1].at, messages[1].room, messages[1].listener_id) == (
        RECORDED_AT.replace(microsecond=0),
        None,
        "bot",
    )
    assert (messages[2].kind, messages[2].file_name) == (MessageKind.IMAGE, "poster.png")
    assert (messages[3].kind, messages[3].recalled_id) == (MessageKind.RECALL, "msg-1")
    assert messages[4].kind is MessageKind.UNKNOWN
    assert (messages[5].from_self, messages[5].conversation.contact_id) == (True, "ming")


async def test_recorded_events_of_rooms_and_people_become_events():
    events = await translate_recorded()
    by_kind = {type(event): event for event in events}
    assert [type(event) for event in events if not isinstance(event, MessageReceived)] == [
        LoggedIn, FriendRequested, RoomInvited, RoomJoined, RoomLeft, RoomTopicChanged, ScanRequired,
    ]  # fmt: skip
    friend = by_kind[FriendRequested]
    assert isinstance(friend, FriendRequested)
    assert (friend.request_id, friend.contact.id, friend.hello) == ("friend-1", "qiang", "我是阿强")
    changed = by_kind[RoomTopicChanged]
    assert isinstance(changed, RoomTopicChanged)
    assert (changed.old_topic, changed.new_topic) == ("Python学习群", "进阶群")
    joined = by_kind[RoomJoined]
    assert isinstance(joined, RoomJoined)
    assert (joined.joined[0].id, joined.inviter and joined.inviter.id) == ("qiang", "ming")


async def test_a_stranger_and_a_room_that_is_gone_do_not_cost_the_message():
    service = RecordedService()
    service.answers = {key: data for key, data in service.answers.items() if key.startswith("MessagePayload")}
    wire = parse(EventCode.MESSAGE, '{"messageId": "msg-1"}', ARRIVED)
    message = await make_translator(service).translate(wire)
    assert isinstance(message, MessageReceived)
    assert (message.talker, message.room) == (Contact(id="hong", name=""), RoomInfo(id=ROOM, topic=""))


async def test_a_payload_is_tried_three_times_and_no_more():
    class Broken(RecordedService):
        tries = 0

        async def message(self, message_id: str) -> MessagePayload:
            self.tries += 1
            raise GatewayRefused("gone")

    service = Broken()
    with pytest.raises(GatewayRefused):
        await make_translator(service).translate(parse(EventCode.MESSAGE, '{"messageId": "x"}', ARRIVED))
    assert service.tries == 3


@pytest.mark.parametrize("payload", ["[]", "null", "7", '"text"', "{", "\ufffd"])
def test_a_payload_that_is_no_object_is_refused(payload: str):
    with pytest.raises(ValueError, match=r"."):
        parse(EventCode.MESSAGE, payload, ARRIVED)


@given(st.integers() | st.floats(allow_nan=True, allow_infinity=True) | st.none() | st.text())
def test_any_timestamp_gives_a_time_that_can_be(stamp: object):
    moment = to_moment(stamp, ARRIVED)
    assert moment.tzinfo is UTC
    assert moment.year >= 2011


@pytest.mark.parametrize("stamp", [1764576000, 1764576000000])
def test_seconds_and_milliseconds_mean_the_same(stamp: int):
    assert to_moment(stamp, ARRIVED) == datetime(2025, 12, 1, 8, 0, tzinfo=UTC)


def test_a_text_that_is_set_is_in_both_fields_and_an_empty_one_is_present():
    assert SetText(id="r", old="x", new="x").SerializeToString() == b"\n\x01r\x12\x03\n\x01x\x1a\x01x"
    assert SetText(id="r", old="", new="").SerializeToString().endswith(b"\x1a\x00")


@pytest.mark.parametrize("answer", [Text(old="id-1"), Text(new="id-1")])
def test_an_answer_of_either_generation_is_read(answer: Text):
    assert Text().parse(bytes(answer)).value == "id-1"


KEYS = ("messageId", "contactId", "roomId", "inviteeIdList", "removeeIdList", "newTopic", "payloadType", "payloadId",
        "friendshipId", "roomInvitationId", "timestamp", "inviterId", "qrcode", "data")  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EventCode) | st.integers(-5, 99), JSON | st.text(max_size=8)), max_size=20))
def test_whatever_comes_from_the_stream_the_next_good_event_is_delivered(rubbish: list[tuple[int, object]]):
    async def run() -> list[str]:
        seen = Collector()
        gateway = WechatyGateway("host:1", "t", VirtualClock(ARRIVED), lock_folder=Path(tempfile.gettempdir()))
        gateway._translator = make_translator(RecordedService())
        gateway._order = order = OrderedDelivery(gateway._translator.translate, seen)
        order.start()
        good = (EventCode.MESSAGE, '{"messageId": "msg-1"}')
        for code, payload in [*((code, json.dumps(payload)) for code, payload in rubbish), good]:
            gateway._take(code, payload)
        await seen.until(lambda: "msg-1" in [message.id for message in seen.of(MessageReceived)])
        await order.stop()
        return [message.id for message in seen.of(MessageReceived)]

    assert "msg-1" in asyncio.run(run())
