"""The simulated gateway: one account's window into a `World`, in this process, with mishaps on demand."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from bot.clock import Clock, Hold
from bot.errors import GatewayRefused, GatewayUnavailable, NotSupported, SendUncertain
from bot.gateway import Capabilities, Deliver, check_avatar
from bot.gateway.simulated_facts import UNREPORTED, SentAct
from bot.gateway.simulated_group import World, is_image
from bot.gateway.simulated_text import write_mentions
from bot.model import (
    Act,
    Contact,
    Conversation,
    Event,
    FileContent,
    GatewayLost,
    GatewayRestored,
    LoggedIn,
    LoggedOut,
    MessageReceived,
    RoomInfo,
)

log = logging.getLogger(__name__)
T = TypeVar("T")
_RECALL_SECONDS = 120  # WeChat's limit for taking a message back


class Mishap(StrEnum):
    """What can go wrong with one call."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    LOST_CALL = "lost_call"
    LOST_ANSWER = "lost_answer"


class SimulatedGateway:
    """`bot.gateway.Gateway` over a `World`.

    Args:
        world: where the account lives.
        account: contact id of the account.
        clock: the bot's clock; waiting events hold it.
        capabilities: what this gateway says it can do; the rest is refused with `NotSupported`.
        echo: whether own messages come back as events.
        replay: on `start` the last so many messages are delivered again, as some puppets do.
        latency: seconds of the clock each call takes.
    """

    name = "simulated"

    def __init__(
        self,
        world: World,
        account: str,
        clock: Clock,
        *,
        capabilities: Capabilities | None = None,
        echo: bool = True,
        replay: int = 0,
        latency: float = 0.0,
    ) -> None:
        self.world = world
        self.clock = clock
        self.capabilities = replace(capabilities or Capabilities(), echoes_own_messages=echo)
        self.echo = echo
        self.replay = replay
        self.latency = latency
        self.is_relayed = False  # a server that passes events on knows itself when its client takes a message
        self._id = account
        self._mishaps: deque[Mishap] = deque()
        self._events: asyncio.Queue[tuple[Event, Hold]] = asyncio.Queue()
        self._pump: asyncio.Task[None] | None = None
        self._forget: Callable[[], None] = lambda: None
        self._lost_at: datetime | None = None

    @property
    def account(self) -> Contact | None:
        """The bot's own contact; None before `start`."""
        return self.world.contacts[self._id].shown() if self._pump else None

    # ---- mishaps

    def expect(self, mishap: Mishap, times: int = 1) -> None:
        """Let the next calls go wrong that way."""
        self._mishaps.extend([mishap] * times)

    def lose(self, **capabilities: bool) -> None:
        """Change what the gateway can do, such as `lose(can_remove=False)`."""
        self.capabilities = replace(self.capabilities, **capabilities)

    def go_down(self, reason: str = "connection lost") -> None:
        """Break the connection: calls fail, and what is said until `come_back` is never delivered."""
        self._lost_at = self.clock.now()
        self._put(GatewayLost(at=self._lost_at, reason=reason))

    def come_back(self) -> None:
        """Restore the connection."""
        if self._lost_at is not None:
            lost_at, self._lost_at = self._lost_at, None
            self._put(GatewayRestored(at=self.clock.now(), lost_at=lost_at))

    def log_in_again(self) -> None:
        """Log the account out and in, as after a scan; what waits to be delivered comes before it."""
        self._put(LoggedOut(at=self.clock.now(), reason="scanned again"))
        self._put(LoggedIn(at=self.clock.now(), account=self.world.contacts[self._id].shown()))

    # ---- connection

    async def start(self, deliver: Deliver) -> None:
        """Begin to deliver what happens from now on."""
        self.drop()
        self._forget = self.world.listen(self._on_event)
        self._pump = asyncio.create_task(self._run(deliver), name="simulated gateway")
        self._put(LoggedIn(at=self.clock.now(), account=self.world.contacts[self._id].shown()))
        messages = [event for event in self.world.history if isinstance(event, MessageReceived)]
        for message in messages[-self.replay :] if self.replay else ():
            self._on_event(message)

    async def stop(self) -> None:
        """Stop delivering."""
        pump = self._pump
        self.drop()
        if pump is not None:
            await asyncio.gather(pump, return_exceptions=True)

    def drop(self) -> None:
        """Stop at once without a word, as a killed process does; waiting events are lost."""
        self._forget()
        if self._pump is not None:
            self._pump.cancel()
            self._pump = None
        while not self._events.empty():
            self._events.get_nowait()[1].release()

    def _on_event(self, event: Event) -> None:
        if self._lost_at is not None or isinstance(event, UNREPORTED) or not self.world.reaches(event, self._id):
            return
        if isinstance(event, MessageReceived) and event.talker.id == self._id:
            if not self.echo:
                return
            event = replace(event, from_self=True)
        self._put(event)

    def _put(self, event: Event) -> None:
        if self._pump is not None:
            self._events.put_nowait((event, self.clock.hold()))

    async def _run(self, deliver: Deliver) -> None:
        while True:
            event, hold = await self._events.get()
            with self.clock.busy():
                hold.release()
                try:
                    await deliver(event)
                except Exception:  # the boundary: one bad event must not end the stream
                    log.exception("event was not taken over: %s", type(event).__name__)
                if isinstance(event, MessageReceived) and not self.is_relayed:
                    self.world.taken.add(event.id)

    # ---- sending

    async def send_text(self, to: Conversation, text: str, mentions: Sequence[str] = ()) -> str | None:
        """Say something; mentioned names are written in front."""
        rung = tuple(mentions) if self.capabilities.can_mention else ()

        def effect() -> str:
            names = tuple(self.world.contact_in(to.room_id, one).shown_name for one in mentions)
            message = self.world.say(self._id, to, write_mentions(text, names), mentions=rung)
            self._record(Act.TEXT, to, text=text, mentions=names, message_id=message.id)
            return message.id

        return await self._send(to, "", effect)

    async def send_file(self, to: Conversation, file: FileContent) -> str | None:
        """Send an image or a file."""

        def effect() -> str:
            message = self.world.say(self._id, to, file=file)
            act = Act.IMAGE if is_image(file) else Act.FILE
            self._record(act, to, text=file.name, message_id=message.id, file=file)
            return message.id

        return await self._send(to, "can_send_files", effect)

    async def recall(self, message_id: str) -> bool:
        """Take back an own message; False after two minutes."""

        def effect() -> bool:
            message = self.world.messages[message_id]
            age = (self.clock.now() - message.at).total_seconds()
            if message.talker.id != self._id or age > _RECALL_SECONDS or message_id in self.world.recalled:
                return False
            self.world.recall(message_id)
            return True

        return await self._call("can_recall", effect)

    # ---- reading

    async def download(self, message_id: str) -> FileContent:
        """Return the file that came with a message."""
        return await self._call("", lambda: self.world.files[message_id])

    async def link(self, message_id: str) -> str:
        """Return the web address in a link card."""
        message = await self._call("", lambda: self.world.messages[message_id])
        return next((word for word in message.text.split() if word.startswith(("http://", "https://"))), "")

    async def rooms(self) -> list[RoomInfo]:
        """Return the rooms the account is in."""
        rooms = self.world.rooms.values
        return await self._call("", lambda: [room.shown() for room in rooms() if self._id in room.member_ids])

    async def room(self, room_id: str) -> RoomInfo:
        """Return facts about one room."""
        return await self._call("", lambda: self.world.room_info(room_id))

    async def members(self, room_id: str) -> list[Contact]:
        """Return the people in a room."""
        return await self._call("lists_members", lambda: self.world.people_in(room_id))

    async def contact(self, contact_id: str) -> Contact:
        """Return facts about one contact."""
        return await self._call("", lambda: self.world.contact_in("", contact_id))

    async def avatar(self, contact_id: str) -> bytes | None:
        """Return the picture of a contact's avatar; None for none."""
        return await self._call("shows_avatars", lambda: check_avatar(self.world.contacts[contact_id].avatar))

    async def notice(self, room_id: str) -> str:
        """Return the pinned notice."""
        return await self._call("", lambda: self.world.rooms[room_id].notice)

    # ---- acting

    async def set_topic(self, room_id: str, topic: str) -> None:
        """Rename a room."""
        await self._call("can_set_topic", lambda: self.world.rename_room(room_id, topic, self._id))

    async def set_notice(self, room_id: str, text: str) -> None:
        """Write the pinned notice; WeChat allows it to the owner and the admins."""

        def effect() -> None:
            self.world.set_notice(room_id, text, self._id)
            self._record(Act.NOTICE, Conversation(room_id=room_id), text=text)

        await self._call("can_set_notice", effect)

    async def add_member(self, room_id: str, contact_id: str) -> None:
        """Bring a contact into a room."""

        def effect() -> None:
            self.world.join(room_id, [contact_id], self._id)
            self._record(Act.INVITE, Conversation(room_id=room_id), contact_id=contact_id)

        await self._call("can_add", effect)

    async def remove_member(self, room_id: str, contact_id: str) -> None:
        """Take a member out of a room; WeChat allows it to the owner and the admins."""

        def effect() -> None:
            self.world.leave(room_id, contact_id, self._id)
            self._record(Act.REMOVE, Conversation(room_id=room_id), contact_id=contact_id)

        await self._call("can_remove", effect)

    async def quit_room(self, room_id: str) -> None:
        """Leave a room."""
        await self._call("can_quit", lambda: self.world.leave(room_id, self._id))

    async def set_alias(self, contact_id: str, alias: str) -> None:
        """Set the remark name of a contact."""
        await self._call("can_set_alias", lambda: setattr(self.world.contacts[contact_id], "alias", alias))

    async def accept_friend(self, request_id: str) -> None:
        """Accept a friend request."""
        await self._call("can_accept_friends", lambda: self.world.accept_friend(request_id))

    async def accept_room_invitation(self, invitation_id: str) -> None:
        """Accept an invitation to a room."""
        await self._call("can_accept_friends", lambda: self.world.accept_invitation(invitation_id))

    # ---- the way of a call

    async def _send(self, to: Conversation, capability: str, effect: Callable[[], str]) -> str | None:
        if to.contact_id:
            self._check("can_send_private")
        message_id = await self._call(capability, effect, in_doubt=SendUncertain)
        return message_id if self.capabilities.returns_message_id else None

    async def _call(
        self, capability: str, effect: Callable[[], T], in_doubt: type[Exception] = GatewayUnavailable
    ) -> T:
        self._check(capability)
        await self.clock.sleep(self.latency)
        mishap = self._mishaps.popleft() if self._mishaps else None
        if self._lost_at is not None or self._pump is None or mishap is Mishap.UNREACHABLE:
            raise GatewayUnavailable("the simulated gateway is down")
        if mishap is Mishap.REFUSED:
            raise GatewayRefused("refused on demand")
        if mishap is Mishap.LOST_CALL:
            raise in_doubt("the call got lost on demand")
        try:
            result = effect()
        except (LookupError, PermissionError) as error:
            raise GatewayRefused(str(error)) from error
        if mishap is Mishap.LOST_ANSWER:
            raise in_doubt("the answer got lost on demand")
        return result

    def _check(self, capability: str) -> None:
        if capability and not getattr(self.capabilities, capability):
            raise NotSupported(capability)

    def _record(
        self,
        act: Act,
        to: Conversation,
        *,
        text: str = "",
        mentions: tuple[str, ...] = (),
        message_id: str = "",
        contact_id: str = "",
        file: FileContent | None = None,
    ) -> None:
        self.world.record(
            SentAct(
                at=self.clock.now(), act=act, text=text, mentions=mentions, message_id=message_id, account=self._id,
                room_id=to.room_id, contact_id=contact_id or to.contact_id, file=file,
            )
        )  # fmt: skip
