"""Stages for the conformance checks: the simulated group, the same one over the wire, and the Node service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.gateway import Gateway
from bot.gateway.simulated_group import World
from bot.model import Act, Conversation, FileContent, MessageKind
from tests.gateway.collector import Collector
from tests.gateway.conformance import TOPIC, Heard, People
from tests.gateway.conftest import ROOM
from tests.gateway.node_gateway import NodeGateway


class WorldStage:
    """A stage on a simulated `World`, whichever gateway looks into it."""

    gateway: Gateway

    def __init__(self, world: World) -> None:
        self.world = world
        self.seen = Collector()
        names = {"bot": "小知", "owner": "老王", "ming": "小明", "hong": "小红", "outsider": "阿强"}
        self.people = People(**{role: world.add_contact(name) for role, name in names.items()})
        people = self.people
        members = [people.ming, people.hong, people.bot]
        self.room_id = world.add_room(TOPIC, people.owner, members, admin_ids=[people.bot])
        world.rename_contact(people.hong, "红红", self.room_id)

    async def say(self, who: str, text: str, *, in_private: bool = False, mentions: Sequence[str] = ()) -> str:
        to = Conversation(contact_id=self.people.bot) if in_private else Conversation(room_id=self.room_id)
        return self.world.say(who, to, text, mentions=mentions).id

    async def say_file(self, who: str, file: FileContent) -> str:
        return self.world.say(who, Conversation(room_id=self.room_id), file=file).id

    async def say_link(self, who: str, title: str, address: str) -> str:
        place = Conversation(room_id=self.room_id)
        return self.world.say(who, place, f"{title} {address}", kind=MessageKind.LINK).id

    async def recall(self, who: str, message_id: str) -> None:
        self.world.recall(message_id)

    async def join(self, contact_id: str, inviter_id: str) -> None:
        self.world.join(self.room_id, [contact_id], inviter_id)

    async def leave(self, contact_id: str) -> None:
        self.world.leave(self.room_id, contact_id)

    async def rename_room(self, topic: str, changer_id: str) -> None:
        self.world.rename_room(self.room_id, topic, changer_id)

    async def rename_in_room(self, contact_id: str, alias: str) -> None:
        self.world.rename_contact(contact_id, alias, self.room_id)

    async def request_friend(self, contact_id: str, hello: str) -> str:
        return self.world.request_friend(contact_id, self.people.bot, hello)

    async def invite(self, inviter_id: str) -> str:
        room_id = self.world.add_room("第二群", inviter_id, [])
        return self.world.invite(room_id, self.people.bot, inviter_id)

    async def heard(self) -> list[Heard]:
        texts = [act for act in self.world.acts if act.act is Act.TEXT]
        return [Heard(act.room_id or act.contact_id, act.text, act.mentions) for act in texts]

    async def received_files(self) -> list[FileContent | tuple[str, int]]:
        return [act.file for act in self.world.acts if act.file is not None]

    async def member_ids(self) -> set[str]:
        return set(self.world.rooms[self.room_id].member_ids)


class NodeStage:
    """A stage on the Node service of tests/node, furnished as its fixture does it."""

    people = People(bot="bot", owner="wang", ming="ming", hong="hong", outsider="qiang")
    room_id = ROOM

    def __init__(self, node: NodeGateway, gateway: Gateway, seen: Collector) -> None:
        self.node = node
        self.gateway = gateway
        self.seen = seen

    async def _say(self, who: str, **message: Any) -> str:
        said = await self.node.do("say", **{"from": who, "room": ROOM} | message)
        return str(said["id"])

    async def say(self, who: str, text: str, *, in_private: bool = False, mentions: Sequence[str] = ()) -> str:
        place = {"room": "", "to": "bot"} if in_private else {}
        return await self._say(who, text=text, mentions=list(mentions), **place)

    async def say_file(self, who: str, file: FileContent) -> str:
        return await self._say(who, type="file", file={"name": file.name, "size": len(file.data)})

    async def say_link(self, who: str, title: str, address: str) -> str:
        return await self._say(who, type="url", text=title, url=address)

    async def recall(self, who: str, message_id: str) -> None:
        await self._say(who, type="recall", text=message_id)

    async def join(self, contact_id: str, inviter_id: str) -> None:
        await self.node.do("join", room=ROOM, ids=[contact_id], inviter=inviter_id)

    async def leave(self, contact_id: str) -> None:
        await self.node.do("leave", room=ROOM, ids=[contact_id], remover=contact_id)

    async def rename_room(self, topic: str, changer_id: str) -> None:
        await self.node.do("topic", room=ROOM, topic=topic, by=changer_id)

    async def rename_in_room(self, contact_id: str, alias: str) -> None:
        await self.node.do("alias", room=ROOM, contact=contact_id, alias=alias)

    async def request_friend(self, contact_id: str, hello: str) -> str:
        await self.node.do("friend", id="friend-1", contact=contact_id, hello=hello)
        return "friend-1"

    async def invite(self, inviter_id: str) -> str:
        await self.node.do("invite", id="invite-1", topic="第二群", inviter=inviter_id)
        return "invite-1"

    async def heard(self) -> list[Heard]:
        shown = {"ming": "小明", "hong": "红红"}
        heard = []
        for to, text, ids in self.node.told("messageSendText"):
            names = tuple(shown[contact_id] for contact_id in ids)
            prefix = "".join(f"@{name}\u2005" for name in names)
            if to == ROOM or to in vars(self.people).values():
                heard.append(Heard(to, text.removeprefix(prefix), names))
        return heard

    async def received_files(self) -> list[FileContent | tuple[str, int]]:
        return [(file["name"], file["size"]) for file in self.node.files]

    async def member_ids(self) -> set[str]:
        return set((await self.node.do("look", room=ROOM))["memberIdList"])
