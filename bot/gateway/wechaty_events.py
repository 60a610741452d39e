"""Events of the puppet service → events of the bot, with their payloads fetched."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.errors import GatewayError, GatewayUnavailable
from bot.gateway.wechaty_client import PuppetClient
from bot.gateway.wechaty_directory import Directory
from bot.gateway.wechaty_mapping import to_message, to_moment
from bot.gateway.wechaty_wire import FRIENDSHIP_RECEIVED, EventCode
from bot.model import (
    Contact,
    Event,
    FriendRequested,
    LoggedIn,
    LoggedOut,
    MessageReceived,
    RoomInvited,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
    ScanRequired,
)

log = logging.getLogger(__name__)

PAYLOAD_TRIES = 3


@dataclass(frozen=True, slots=True)
class WireEvent:
    """One event as it came from the stream.

    Attributes:
        code: kind of event.
        data: its JSON payload.
        arrived: when, aware UTC.
    """

    code: int
    data: dict[str, Any]
    arrived: datetime

    def read_id(self, key: str) -> str:
        """Return an id from the payload.

        Raises:
            KeyError: it is missing.
            TypeError: it is not a text, or empty.
        """
        value = self.data[key]
        if not isinstance(value, str) or not value:
            raise TypeError(f"{key} is not an id")
        return value

    def read_ids(self, key: str) -> list[str]:
        """Return a list of ids from the payload; KeyError or TypeError when it is none."""
        values = self.data[key]
        if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
            raise TypeError(f"{key} is not a list of ids")
        return values


def parse(code: int, payload: str, arrived: datetime) -> WireEvent:
    """Read one event from the stream.

    Raises:
        ValueError: the payload is no JSON object.
    """
    data = json.loads(payload or "{}")
    if not isinstance(data, dict):
        raise ValueError(f"payload is {type(data).__name__}, not an object")  # noqa: TRY004  # as json.loads says it
    return WireEvent(code, data, arrived)


class Translator:
    """Turns wire events into the bot's events.

    Args:
        directory: contacts and rooms.
        client: returns the live connection; raises GatewayUnavailable when there is none.
        wait_until_up: returns once the gateway is connected.
        account_id: returns the contact id of the bot's account, empty before login.
        retry_wait: seconds before the second try for a payload, twice as long before the third.
    """

    def __init__(
        self,
        directory: Directory,
        client: Callable[[], PuppetClient],
        wait_until_up: Callable[[], Awaitable[None]],
        account_id: Callable[[], str],
        retry_wait: float,
    ) -> None:
        self._directory = directory
        self._client = client
        self._wait_until_up = wait_until_up
        self._account_id = account_id
        self._retry_wait = retry_wait
        self._makers: dict[int, Callable[[WireEvent], Awaitable[Event | None]]] = {
            EventCode.MESSAGE: self._message,
            EventCode.FRIENDSHIP: self._friendship,
            EventCode.ROOM_INVITE: self._invitation,
            EventCode.ROOM_JOIN: self._join,
            EventCode.ROOM_LEAVE: self._leave,
            EventCode.ROOM_TOPIC: self._topic,
            EventCode.SCAN: self._scan,
            EventCode.LOGIN: self._login,
            EventCode.LOGOUT: self._logout,
        }

    def is_delivered(self, code: int) -> bool:
        """Tell whether events of this kind reach the bot."""
        return code in self._makers

    def note(self, event: WireEvent) -> None:
        """Mark what this event makes outdated; called in arrival order, before anything later is translated.

        Raises:
            KeyError, TypeError: the event lacks what it must have.
        """
        data = event.data
        if event.code == EventCode.DIRTY:
            self._directory.mark_stale(int(data["payloadType"]), event.read_id("payloadId"))
        elif event.code == EventCode.ROOM_JOIN:
            self._directory.mark_room_changed(event.read_id("roomId"), members=event.read_ids("inviteeIdList"))
        elif event.code in (EventCode.ROOM_LEAVE, EventCode.ROOM_TOPIC):
            self._directory.mark_room_changed(event.read_id("roomId"))

    async def translate(self, event: WireEvent) -> Event | None:
        """Return the event for the bot, None when there is nothing to tell.

        Raises:
            GatewayError: its payload could not be had in three tries.
            KeyError, TypeError, ValueError: it lacks what it must have.
        """
        make = self._makers[event.code]
        for attempt in range(1, PAYLOAD_TRIES):
            try:
                return await make(event)
            except GatewayUnavailable:
                await self._wait_until_up()
            except GatewayError as error:
                log.info("payload of %s failed (%s), trying again", EventCode(event.code).name, error)
            await asyncio.sleep(self._retry_wait * attempt)
        return await make(event)

    async def _message(self, event: WireEvent) -> MessageReceived | None:
        payload = await self._client().message(event.read_id("messageId"))
        if not payload.talker_id:
            return None  # a notice of WeChat itself; joins and the like come as events of their own
        payload.id = payload.id or event.read_id("messageId")
        talker = await self._directory.talker(payload.room_id, payload.talker_id)
        room = await self._directory.place(payload.room_id) if payload.room_id else None
        return to_message(payload, talker, room, account_id=self._account_id(), arrived=event.arrived)

    async def _join(self, event: WireEvent) -> RoomJoined:
        room_id = event.read_id("roomId")
        return RoomJoined(
            at=to_moment(event.data.get("timestamp"), event.arrived),
            room=await self._directory.place(room_id),
            joined=await self._people(room_id, event.read_ids("inviteeIdList")),
            inviter=await self._person(room_id, event.data.get("inviterId")),
        )

    async def _leave(self, event: WireEvent) -> RoomLeft:
        room_id = event.read_id("roomId")
        return RoomLeft(
            at=to_moment(event.data.get("timestamp"), event.arrived),
            room=await self._directory.place(room_id),
            left=await self._people(room_id, event.read_ids("removeeIdList")),
            remover=await self._person(room_id, event.data.get("removerId")),
        )

    async def _topic(self, event: WireEvent) -> RoomTopicChanged:
        room_id = event.read_id("roomId")
        return RoomTopicChanged(
            at=to_moment(event.data.get("timestamp"), event.arrived),
            room=await self._directory.place(room_id),
            old_topic=str(event.data.get("oldTopic") or ""),
            new_topic=str(event.data["newTopic"]),
            changer=await self._person(room_id, event.data.get("changerId")),
        )

    async def _invitation(self, event: WireEvent) -> RoomInvited:
        invitation = await self._client().invitation(event.read_id("roomInvitationId"))
        return RoomInvited(
            at=to_moment(invitation.timestamp, event.arrived),
            invitation_id=event.read_id("roomInvitationId"),
            topic=invitation.topic,
            inviter=await self._person("", invitation.inviter_id),
        )

    async def _friendship(self, event: WireEvent) -> FriendRequested | None:
        friendship = await self._client().friendship(event.read_id("friendshipId"))
        if int(friendship.type) != FRIENDSHIP_RECEIVED:
            return None
        return FriendRequested(
            at=event.arrived,
            request_id=event.read_id("friendshipId"),
            contact=await self._directory.talker("", friendship.contact_id),
            hello=friendship.hello,
        )

    async def _login(self, event: WireEvent) -> LoggedIn:
        return LoggedIn(at=event.arrived, account=await self._directory.talker("", event.read_id("contactId")))

    async def _logout(self, event: WireEvent) -> LoggedOut:
        return LoggedOut(at=event.arrived, reason=str(event.data.get("data") or ""))

    async def _scan(self, event: WireEvent) -> ScanRequired | None:
        qr_code = event.data.get("qrcode")
        if not qr_code:
            return None
        return ScanRequired(at=event.arrived, qr_code=str(qr_code), status=str(event.data.get("status", "")))

    async def _person(self, room_id: str, contact_id: object) -> Contact | None:
        return await self._directory.talker(room_id, contact_id) if isinstance(contact_id, str) and contact_id else None

    async def _people(self, room_id: str, contact_ids: list[str]) -> tuple[Contact, ...]:
        return tuple([await self._directory.talker(room_id, contact_id) for contact_id in contact_ids])
