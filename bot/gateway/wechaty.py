"""The gateway to a real puppet service: python-wechaty's client packages behind the bot's own protocol.

Only the client layer is used (`wechaty_puppet_service.PuppetService`, `wechaty_grpc`): the `Wechaty` class above it
shares rooms and contacts between all bots of a process, hands messages over out of order and exits on a lost gateway.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from bot.clock import Clock
from bot.errors import GatewayError, GatewayUnavailable, NotSupported
from bot.gateway import LARGEST_AVATAR, Capabilities, Deliver, check_avatar
from bot.gateway.wechaty_capabilities import KNOWN_PUPPETS, UNKNOWN_PUPPET, recognise
from bot.gateway.wechaty_client import PuppetClient
from bot.gateway.wechaty_directory import Directory
from bot.gateway.wechaty_events import Translator, WireEvent, parse
from bot.gateway.wechaty_files import pack, unpack
from bot.gateway.wechaty_link import Link
from bot.gateway.wechaty_lock import ClientLock
from bot.gateway.wechaty_order import OrderedDelivery
from bot.gateway.wechaty_settings import Timings, TlsSettings
from bot.gateway.wechaty_stub import find_peer
from bot.gateway.wechaty_wire import DirtyCode, EventCode
from bot.model import (
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

_LARGEST_IMAGE = 3  # IMAGE_TYPE_ARTWORK: the original


class WechatyGateway:
    """One account behind a puppet service.

    Args:
        endpoint: `host:port` of the service.
        token: its token.
        clock: time of events and gaps.
        lock_folder: where the lock file of this gateway is kept; bots that share the folder exclude each other.
        tls: None for plaintext.
        timings: waiting times.
        puppet: name of the puppet behind the service, when the owner knows it: see `KNOWN_PUPPETS`.

    Raises:
        GatewayRefused: these settings cannot be used.
    """

    def __init__(
        self,
        endpoint: str,
        token: str,
        clock: Clock,
        *,
        lock_folder: Path,
        tls: TlsSettings | None = None,
        timings: Timings | None = None,
        puppet: str = "",
    ) -> None:
        self._peer = find_peer(endpoint, token, tls)
        self._clock = clock
        self._timings = timings or Timings()
        self._hint = puppet
        self._puppet = puppet
        self._lock = ClientLock(lock_folder, endpoint, token)
        self._capabilities = KNOWN_PUPPETS.get(puppet, UNKNOWN_PUPPET)
        self._directory = Directory(self._client, clock)
        self._translator = Translator(
            self._directory, self._client, self._wait_until_up, lambda: self._account_id, self._timings.retry_payload
        )
        self._link: Link | None = None
        self._order: OrderedDelivery | None = None
        self._deliver: Deliver | None = None
        self._account_id = ""
        self._account: Contact | None = None
        self._is_logged_in = False

    @property
    def name(self) -> str:
        """Which gateway this is."""
        return "wechaty"

    @property
    def capabilities(self) -> Capabilities:
        """What the puppet can do, as far as is known by now."""
        return self._capabilities

    @property
    def account(self) -> Contact | None:
        """The bot's own contact; the last known one while the gateway is away."""
        return self._account

    async def start(self, deliver: Deliver) -> None:
        """Begin to connect and to deliver.

        Raises:
            GatewayRefused: another client of this gateway runs.
        """
        self._lock.acquire()
        self._deliver = deliver
        self._order = OrderedDelivery(self._translator.translate, self._hand_over)
        self._order.start()
        self._link = Link(self._peer, self._clock, self._timings, on_event=self._take, on_news=self._take_news)
        self._link.start()

    async def stop(self) -> None:
        """Disconnect; no event is delivered afterwards."""
        if self._order is not None:
            await self._order.stop()
        if self._link is not None:
            await self._link.stop()
        self._lock.release()

    async def send_text(self, to: Conversation, text: str, mentions: Sequence[str] = ()) -> str | None:
        """Say something; in a room the mentioned are written in front by the name the room shows."""
        self._require_login()
        if not to.room_id:
            self._require("can_send_private")
            return await self._send(lambda client: client.say(to.contact_id, text, ()))
        names = [f"@{name}\u2005" for contact_id in mentions if (name := await self._name_in(to.room_id, contact_id))]
        ids = tuple(mentions) if self._capabilities.can_mention else ()
        return await self._send(lambda client: client.say(to.room_id, "".join(names) + text, ids))

    async def send_file(self, to: Conversation, file: FileContent) -> str | None:
        """Send an image or a file; large ones are uploaded first."""
        self._require_login()
        self._require("can_send_files")
        if not to.room_id:
            self._require("can_send_private")
        box = await self._ask(lambda client: pack(client, file), "can_send_files")
        return await self._send(lambda client: client.send_box(to.key, box), "can_send_files")

    async def download(self, message_id: str) -> FileContent:
        """Return the file that came with a message; puppets that keep images apart are asked for the original."""

        async def fetch(client: PuppetClient) -> FileContent:
            try:
                box = await client.file_box(message_id)
            except NotSupported:
                box = await client.image_box(message_id, _LARGEST_IMAGE)
            return await unpack(client, box)

        return await self._ask(fetch)

    async def link(self, message_id: str) -> str:
        """Return the web address that a link card leads to; empty when the puppet tells none."""
        try:
            return await self._ask(lambda client: client.link_address(message_id))
        except NotSupported:
            return ""

    async def recall(self, message_id: str) -> bool:
        """Take back an own message; False when WeChat refused."""
        return bool(await self._ask(lambda client: client.message_recall(message_id), "can_recall"))

    async def rooms(self) -> list[RoomInfo]:
        """Return the rooms the account is in."""
        ids = await self._ask(lambda client: client.room_list())
        return await self._directory.places(ids)

    async def room(self, room_id: str) -> RoomInfo:
        """Return fresh facts about one room."""
        return await self._directory.room(room_id, fresh=True)

    async def members(self, room_id: str) -> list[Contact]:
        """Return the people in a room."""
        return await self._ask(lambda _: self._directory.members(room_id), "lists_members")

    async def contact(self, contact_id: str) -> Contact:
        """Return fresh facts about one contact."""
        return await self._directory.contact(contact_id, fresh=True)

    async def avatar(self, contact_id: str) -> bytes | None:
        """Return the picture of a contact's avatar; None when the puppet has none of this contact."""

        async def fetch(client: PuppetClient) -> bytes:
            box = await client.avatar_box(contact_id)
            return (await unpack(client, box, LARGEST_AVATAR)).data if box else b""

        return check_avatar(await self._ask(fetch, "shows_avatars"))

    async def set_topic(self, room_id: str, topic: str) -> None:
        """Rename a room."""
        await self._ask(lambda client: client.set_topic(room_id, topic), "can_set_topic")
        self._directory.mark_room_changed(room_id)

    async def notice(self, room_id: str) -> str:
        """Return the pinned group notice."""
        return await self._ask(lambda client: client.notice(room_id), "can_set_notice")

    async def set_notice(self, room_id: str, text: str) -> None:
        """Write the pinned group notice."""
        await self._ask(lambda client: client.set_notice(room_id, text), "can_set_notice")

    async def add_member(self, room_id: str, contact_id: str) -> None:
        """Bring a contact into a room."""
        await self._ask(lambda client: client.room_add(room_id, contact_id), "can_add")

    async def remove_member(self, room_id: str, contact_id: str) -> None:
        """Take a member out of a room."""
        await self._ask(lambda client: client.room_delete(room_id, contact_id), "can_remove")

    async def quit_room(self, room_id: str) -> None:
        """Leave a room."""
        await self._ask(lambda client: client.room_quit(room_id), "can_quit")

    async def set_alias(self, contact_id: str, alias: str) -> None:
        """Set the remark name of a contact."""
        await self._ask(lambda client: client.set_alias(contact_id, alias), "can_set_alias")
        self._directory.mark_stale(DirtyCode.CONTACT, contact_id)

    async def accept_friend(self, request_id: str) -> None:
        """Accept a friend request."""
        await self._ask(lambda client: client.friendship_accept(request_id), "can_accept_friends")

    async def accept_room_invitation(self, invitation_id: str) -> None:
        """Accept an invitation to a room."""
        await self._ask(lambda client: client.room_invitation_accept(invitation_id), "can_accept_friends")

    def _client(self) -> PuppetClient:
        if self._link is None:
            raise GatewayUnavailable("the gateway was not started")
        return self._link.client()

    async def _wait_until_up(self) -> None:
        if self._link is not None:
            await self._link.wait_until_up()

    def _require_login(self) -> None:
        """Make sure that a send can work; the link's own error comes first."""
        self._client()
        if not self._is_logged_in:
            raise GatewayUnavailable("no account is logged in")

    def _require(self, capability: str) -> None:
        if not getattr(self._capabilities, capability):
            raise NotSupported(capability)

    async def _ask(self, call: Callable[[PuppetClient], Awaitable[T]], capability: str = "") -> T:
        """Make a call; an answer that it is not supported is remembered as a missing capability."""
        if capability:
            self._require(capability)
        try:
            return await call(self._client())
        except NotSupported as error:
            if not capability:
                raise
            self._learn(capability, value=False)
            raise NotSupported(capability) from error

    async def _send(self, call: Callable[[PuppetClient], Awaitable[str]], capability: str = "") -> str | None:
        message_id = await self._ask(call, capability)
        self._learn("returns_message_id", value=bool(message_id))
        return message_id or None

    def _learn(self, capability: str, *, value: bool) -> None:
        if getattr(self._capabilities, capability) != value:
            log.info("the gateway %s %s", "has" if value else "lacks", capability)
            self._capabilities = replace(self._capabilities, **{capability: value})

    async def _name_in(self, room_id: str, contact_id: str) -> str:
        """Return the name to write after the @: the room alias if there is one."""
        try:
            return (await self._directory.talker(room_id, contact_id)).shown_name
        except GatewayUnavailable:
            raise
        except GatewayError:
            return ""

    def _take(self, code: int, payload: str) -> None:
        """Take one event off the stream; what is malformed is logged and skipped."""
        try:
            event = parse(code, payload, self._clock.now())
            self._translator.note(event)
            self._note_login(event)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            log.warning("malformed event of kind %s is skipped (%s)", code, type(error).__name__)
            return
        if code == EventCode.ERROR:
            log.warning("the puppet reports an error: %.200s", event.data.get("gerror") or event.data.get("data"))
        if self._order is not None and self._translator.is_delivered(code):
            self._order.put(event)

    def _note_login(self, event: WireEvent) -> None:
        """Know at once who we are: later messages on the stream need it to tell an echo.

        Raises:
            KeyError, TypeError: a login without a contact.
        """
        if event.code == EventCode.LOGIN:
            self._account_id = event.read_id("contactId")
            self._is_logged_in = True
        elif event.code == EventCode.MESSAGE:
            self._is_logged_in = bool(self._account_id)  # messages come only to an account that is logged in
        elif event.code == EventCode.LOGOUT:
            self._is_logged_in = False

    def _take_news(self, event: GatewayLost | GatewayRestored) -> None:
        """Pass on that the connection broke or is back; the account has to show up again after a break."""
        if isinstance(event, GatewayLost):
            self._is_logged_in = False
        if self._order is not None:
            self._order.put_news(event)

    async def _hand_over(self, event: Event) -> None:
        if isinstance(event, LoggedIn):
            self._account = event.account
            await self._probe()
        elif isinstance(event, LoggedOut):
            self._account = None
        elif isinstance(event, MessageReceived) and event.from_self:
            self._learn("echoes_own_messages", value=True)
        if self._deliver is not None:
            await self._deliver(event)

    async def _probe(self) -> None:
        """Find out which puppet this is, and so what it can do."""
        try:
            version = await self._client().version_text()
        except NotSupported:
            version = ""
        except GatewayError:
            return  # the next login asks again
        puppet = recognise(self._hint, version, self._account_id)
        if puppet != self._puppet:  # else what was learned stays
            self._puppet = puppet
            self._capabilities = KNOWN_PUPPETS.get(puppet, UNKNOWN_PUPPET)
        log.info("puppet %s (version %s) lacks %s", puppet or "unknown", version, self._capabilities.missing())
