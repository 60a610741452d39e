"""What the gateway asks of a puppet service, over one connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress

from wechaty_grpc.wechaty import puppet as pb
from wechaty_puppet import PuppetOptions
from wechaty_puppet_service import PuppetService

from bot.errors import GatewayError, GatewayUnavailable
from bot.gateway import wechaty_compat  # noqa: F401  # turns their logging off
from bot.gateway.wechaty_errors import TokenRefused
from bot.gateway.wechaty_settings import Timings
from bot.gateway.wechaty_stub import CheckedStub, Peer
from bot.gateway.wechaty_wire import DirtyCode, Id, Link, MessagePayload, Picture, SetText, Text


class PuppetClient(PuppetService):
    """One connection to a service.

    Args:
        peer: the service.
        timings: waiting times.
    """

    def __init__(self, peer: Peer, timings: Timings) -> None:
        super().__init__(PuppetOptions(token=peer.token, end_point=f"{peer.host}:{peer.port}"), "qunzhi")
        self._timings = timings
        self._stub = CheckedStub(peer, timings)
        self.channel = self._stub.channel
        self._puppet_stub = self._stub

    async def open(self) -> None:
        """Take the service over: end a stream that an earlier client left behind, then start the puppet.

        Raises:
            TokenRefused: the token is wrong.
            GatewayError: the service cannot be reached or the puppet does not start.
        """
        try:
            await self._stub.call("Stop", pb.StopRequest(), pb.StopResponse, within=self._timings.start)
        except (TokenRefused, GatewayUnavailable):
            raise
        except GatewayError:
            pass  # a puppet that was not running may say so; starting it is what counts
        await self._stub.call("Start", pb.StartRequest(), pb.StartResponse, within=self._timings.start)

    async def events(self) -> AsyncIterator[tuple[int, str]]:
        """Yield (event code, JSON payload) until the stream ends.

        Raises:
            GatewayError: the stream broke.
        """
        async for event in self._stub.stream("Event", pb.EventRequest(), pb.EventResponse):
            yield int(event.type), event.payload

    async def ping(self) -> None:
        """Ask whether the service lives; one that answers with an error, or other calls meanwhile, lives.

        Raises:
            GatewayUnavailable: nothing was heard of it.
            TokenRefused: it does not know our token any more.
        """
        asked_at = asyncio.get_running_loop().time()
        try:
            await self._stub.call("Ding", pb.DingRequest(data="alive"), pb.DingResponse, within=self._timings.ding)
        except TokenRefused:
            raise
        except GatewayUnavailable:
            if self._stub.heard_at <= asked_at:
                raise
        except GatewayError:
            return

    async def say_stop(self, *, is_open: bool) -> None:
        """Tell the service that nobody listens any more, if it was told to start and still hears us."""
        if is_open:
            with suppress(GatewayError):
                await self._stub.call("Stop", pb.StopRequest(), pb.StopResponse, within=self._timings.farewell)

    def close(self) -> None:
        """Drop the connection."""
        self._stub.channel.close()

    async def version_text(self) -> str:
        """Return what the puppet calls its version; some put their name into it."""
        answer = await self._stub.call("Version", pb.VersionRequest(), pb.VersionResponse)
        return str(answer.version)

    async def message(self, message_id: str) -> MessagePayload:
        """Return what is known of one message."""
        return await self._stub.call("MessagePayload", Id(id=message_id), MessagePayload)

    async def member(self, room_id: str, contact_id: str) -> pb.RoomMemberPayloadResponse:
        """Return how a contact appears in a room."""
        request = pb.RoomMemberPayloadRequest(id=room_id, member_id=contact_id)
        return await self._stub.call("RoomMemberPayload", request, pb.RoomMemberPayloadResponse)

    async def friendship(self, friendship_id: str) -> pb.FriendshipPayloadResponse:
        """Return a friend request; the packaged client sends the text `null` along."""
        return await self._stub.call("FriendshipPayload", Id(id=friendship_id), pb.FriendshipPayloadResponse)

    async def invitation(self, invitation_id: str) -> pb.RoomInvitationPayloadResponse:
        """Return an invitation to a room."""
        return await self._stub.call("RoomInvitationPayload", Id(id=invitation_id), pb.RoomInvitationPayloadResponse)

    async def forget(self, code: DirtyCode, key: str) -> None:
        """Make the service read something anew; services without this call read fresh anyway or never."""
        request = pb.DirtyPayloadRequest(type=int(code), id=key)
        with suppress(GatewayError):
            await self._stub.call("DirtyPayload", request, pb.DirtyPayloadResponse)

    async def say(self, conversation_id: str, text: str, mentions: Sequence[str]) -> str:
        """Send a text; return the message id, empty when the puppet tells none."""
        request = pb.MessageSendTextRequest(conversation_id=conversation_id, text=text, mentonal_ids=list(mentions))
        return (await self._stub.call("MessageSendText", request, Text)).value

    async def send_box(self, conversation_id: str, box: str) -> str:
        """Send a file box; return the message id, empty when the puppet tells none."""
        request = pb.MessageSendFileRequest(conversation_id=conversation_id, filebox=box)
        answer = await self._stub.call("MessageSendFile", request, Text, within=self._timings.upload)
        return answer.value

    async def set_topic(self, room_id: str, topic: str) -> None:
        """Rename a room."""
        await self._stub.call("RoomTopic", SetText(id=room_id, old=topic, new=topic), Text)

    async def notice(self, room_id: str) -> str:
        """Return the pinned notice."""
        return (await self._stub.call("RoomAnnounce", Id(id=room_id), Text)).value

    async def set_notice(self, room_id: str, text: str) -> None:
        """Write the pinned notice."""
        await self._stub.call("RoomAnnounce", SetText(id=room_id, old=text, new=text), Text)

    async def set_alias(self, contact_id: str, alias: str) -> None:
        """Set the remark name of a contact."""
        await self._stub.call("ContactAlias", SetText(id=contact_id, old=alias, new=alias), Text)

    async def file_box(self, message_id: str) -> str:
        """Return the file box, as JSON, that came with a message."""
        answer = await self._stub.call("MessageFile", pb.MessageFileRequest(id=message_id), pb.MessageFileResponse)
        return str(answer.filebox)

    async def image_box(self, message_id: str, size: int) -> str:
        """Return the file box of an image in one of its sizes (1 thumbnail, 2 HD, 3 original)."""
        request = pb.MessageImageRequest(id=message_id, type=size)
        answer = await self._stub.call("MessageImage", request, pb.MessageImageResponse)
        return str(answer.filebox)

    async def avatar_box(self, contact_id: str) -> str:
        """Return the file box of a contact's avatar, empty when the puppet tells none."""
        return (await self._stub.call("ContactAvatar", Id(id=contact_id), Picture)).box

    async def link_address(self, message_id: str) -> str:
        """Return the web address a link card leads to."""
        return (await self._stub.call("MessageUrl", Id(id=message_id), Link)).url

    async def upload(self, chunks: Iterable[bytes]) -> str:
        """Bring a file to the service; return the id it is kept under for a while."""
        return await self._stub.upload(chunks)

    async def download(self, file_id: str, limit: int) -> bytes:
        """Return a file the service keeps; ValueError when it is longer than `limit` bytes."""
        return await self._stub.download(file_id, limit)
