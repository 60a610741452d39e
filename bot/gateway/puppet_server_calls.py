"""The calls of the puppet-service protocol, answered from a simulated gateway."""

from __future__ import annotations

import json
from typing import Any

from grpclib.const import Status
from grpclib.exceptions import GRPCError
from wechaty_grpc.wechaty import puppet as pb

from bot.gateway.puppet_server_events import to_payload
from bot.gateway.puppet_server_files import FileShelf
from bot.gateway.puppet_server_wire import Fields, OptionalText, answer_text
from bot.gateway.simulated import SimulatedGateway
from bot.gateway.simulated_text import cut_mentions
from bot.gateway.wechaty_wire import FRIENDSHIP_RECEIVED, Id, Link, LinkPayload, MessagePayload, Picture, Text
from bot.model import Conversation, FileContent

VERSION = "qunzhi-simulated"


class PuppetCalls:
    """One method a call, named as in the protocol; what is missing here is answered with UNIMPLEMENTED.

    Args:
        gateway: does what is asked and records it.
        fields: which generation of moved fields is served.
    """

    def __init__(self, gateway: SimulatedGateway, fields: Fields) -> None:
        self.gateway = gateway
        self.world = gateway.world
        self.fields = fields
        self.shelf = FileShelf()
        self.counts: dict[str, int] = {}

    # ---- service

    async def start(self, _: Any) -> pb.StartResponse:  # noqa: ANN401 - generated classes without types
        """Start the puppet: it always runs."""
        return pb.StartResponse()

    async def version(self, _: Any) -> pb.VersionResponse:  # noqa: ANN401
        """Say which puppet this is."""
        return pb.VersionResponse(version=VERSION)

    async def dirty_payload(self, _: Any) -> pb.DirtyPayloadResponse:  # noqa: ANN401
        """Forget what was read before: nothing is kept here."""
        return pb.DirtyPayloadResponse()

    # ---- contacts

    async def contact_list(self, _: Any) -> pb.ContactListResponse:  # noqa: ANN401
        """Return the ids of all contacts."""
        return pb.ContactListResponse(ids=list(self.world.contacts))

    async def contact_payload(self, request: Any) -> pb.ContactPayloadResponse:  # noqa: ANN401
        """Return one contact."""
        contact = await self.gateway.contact(request.id)
        return pb.ContactPayloadResponse(
            id=contact.id,
            name=contact.name,
            alias=contact.alias,
            weixin=contact.weixin,
            friend=contact.is_friend,
            type=1,
        )

    async def contact_alias(self, request: OptionalText) -> Text:
        """Set or return the remark name."""
        alias = request.value(self.fields)
        if alias is None:
            return answer_text((await self.gateway.contact(request.id)).alias, self.fields)
        await self.gateway.set_alias(request.id, alias)
        return Text()

    async def contact_avatar(self, request: Id) -> Picture:
        """Return the avatar of a contact as a box; an empty one for none."""
        data = await self.gateway.avatar(request.id)
        box = self.shelf.pack(f"avatar-{request.id}", FileContent("avatar", data, "image/*")) if data else ""
        return Picture(
            old=box if box and self.fields is not Fields.NEW else None, new=box if self.fields is not Fields.OLD else ""
        )

    async def friendship_payload(self, request: Any) -> pb.FriendshipPayloadResponse:  # noqa: ANN401
        """Return a friend request."""
        asked = self.world.find_request(request.id)
        return pb.FriendshipPayloadResponse(
            id=request.id, contact_id=asked.contact.id, hello=asked.hello, type=FRIENDSHIP_RECEIVED
        )

    async def friendship_accept(self, request: Any) -> pb.FriendshipAcceptResponse:  # noqa: ANN401
        """Accept a friend request."""
        await self.gateway.accept_friend(request.id)
        return pb.FriendshipAcceptResponse()

    # ---- rooms

    async def room_list(self, _: Any) -> pb.RoomListResponse:  # noqa: ANN401
        """Return the ids of the rooms the account is in."""
        return pb.RoomListResponse(ids=[room.id for room in await self.gateway.rooms()])

    async def room_payload(self, request: Any) -> pb.RoomPayloadResponse:  # noqa: ANN401
        """Return one room."""
        room = await self.gateway.room(request.id)
        return pb.RoomPayloadResponse(
            id=room.id,
            topic=room.topic,
            owner_id=room.owner_id,
            admin_ids=list(room.admin_ids),
            member_ids=list(self.world.rooms[room.id].member_ids),
        )

    async def room_member_list(self, request: Any) -> pb.RoomMemberListResponse:  # noqa: ANN401
        """Return the ids of the people in a room."""
        people = await self.gateway.members(request.id)
        return pb.RoomMemberListResponse(member_ids=[one.id for one in people])

    async def room_member_payload(self, request: Any) -> pb.RoomMemberPayloadResponse:  # noqa: ANN401
        """Return a person as seen in a room."""
        contact = self.world.contact_in(request.id, request.member_id)
        return pb.RoomMemberPayloadResponse(id=contact.id, name=contact.name, room_alias=contact.room_alias)

    async def room_topic(self, request: OptionalText) -> Text:
        """Rename a room or return its name."""
        topic = request.value(self.fields)
        if topic is None:
            return answer_text((await self.gateway.room(request.id)).topic, self.fields)
        await self.gateway.set_topic(request.id, topic)
        return Text()

    async def room_announce(self, request: OptionalText) -> Text:
        """Write or return the pinned notice."""
        text = request.value(self.fields)
        if text is None:
            return answer_text(await self.gateway.notice(request.id), self.fields)
        await self.gateway.set_notice(request.id, text)
        return Text()

    async def room_add(self, request: Any) -> pb.RoomAddResponse:  # noqa: ANN401
        """Bring a contact into a room."""
        await self.gateway.add_member(request.id, request.contact_id)
        return pb.RoomAddResponse()

    async def room_del(self, request: Any) -> pb.RoomDelResponse:  # noqa: ANN401
        """Remove a member."""
        await self.gateway.remove_member(request.id, request.contact_id)
        return pb.RoomDelResponse()

    async def room_quit(self, request: Any) -> pb.RoomQuitResponse:  # noqa: ANN401
        """Leave a room."""
        await self.gateway.quit_room(request.id)
        return pb.RoomQuitResponse()

    async def room_invitation_payload(self, request: Any) -> pb.RoomInvitationPayloadResponse:  # noqa: ANN401
        """Return an invitation to a room."""
        invitation = self.world.find_invitation(request.id)
        inviter = invitation.inviter.id if invitation.inviter else ""
        stamp = int(invitation.at.timestamp())
        return pb.RoomInvitationPayloadResponse(
            id=request.id, inviter_id=inviter, topic=invitation.topic, timestamp=stamp
        )

    async def room_invitation_accept(self, request: Any) -> pb.RoomInvitationAcceptResponse:  # noqa: ANN401
        """Go into the room."""
        await self.gateway.accept_room_invitation(request.id)
        return pb.RoomInvitationAcceptResponse()

    # ---- messages

    async def message_payload(self, request: Id) -> MessagePayload:
        """Return one message; from now on the client has it."""
        payload = to_payload(self.world.messages[request.id])
        self.world.taken.add(request.id)
        return payload

    async def message_image(self, request: Any) -> pb.MessageImageResponse:  # noqa: ANN401
        """Return the image of a message as a box."""
        return pb.MessageImageResponse(filebox=await self._box(request.id))

    async def message_file(self, request: Any) -> pb.MessageFileResponse:  # noqa: ANN401
        """Return the file of a message as a box."""
        return pb.MessageFileResponse(filebox=await self._box(request.id))

    async def message_url(self, request: Any) -> Link:  # noqa: ANN401
        """Return where a link card leads."""
        address = await self.gateway.link(request.id)
        is_old = self.fields is Fields.OLD
        return Link(old=json.dumps({"url": address}), new=LinkPayload(url="" if is_old else address))

    async def message_send_text(self, request: Any) -> Text:  # noqa: ANN401
        """Say something; the client has written the mentions into the text."""
        to = self._conversation(request.conversation_id)
        mentions = list(request.mentonal_ids)
        names = [self.world.contact_in(to.room_id, one).shown_name for one in mentions]
        message_id = await self.gateway.send_text(to, cut_mentions(request.text, names), mentions)
        return answer_text(message_id or "", self.fields)

    async def message_send_file(self, request: Any) -> Text:  # noqa: ANN401
        """Send an image or a file."""
        try:
            file = self.shelf.unpack(request.filebox)
        except ValueError as error:
            raise GRPCError(Status.INVALID_ARGUMENT, str(error)) from error
        message_id = await self.gateway.send_file(self._conversation(request.conversation_id), file)
        return answer_text(message_id or "", self.fields)

    async def message_recall(self, request: Any) -> pb.MessageRecallResponse:  # noqa: ANN401
        """Take back an own message."""
        return pb.MessageRecallResponse(success=await self.gateway.recall(request.id))

    def _conversation(self, key: str) -> Conversation:
        return Conversation(room_id=key) if key in self.world.rooms else Conversation(contact_id=key)

    async def _box(self, message_id: str) -> str:
        return self.shelf.pack(message_id, await self.gateway.download(message_id))
