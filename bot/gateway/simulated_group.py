"""A small WeChat in memory: people, rooms, private chats, and everything that happens in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.clock import Clock
from bot.gateway.simulated_facts import NoticeChanged, ProfileChanged, SentAct, WorldContact, WorldRoom, make_id
from bot.gateway.simulated_text import MENTION_END, find_mentions
from bot.model import (
    Contact,
    Conversation,
    Event,
    FileContent,
    FriendRequested,
    MessageKind,
    MessageReceived,
    Quote,
    RoomInfo,
    RoomInvited,
    RoomJoined,
    RoomLeft,
    RoomTopicChanged,
)

Listener = Callable[[Event], None]


class World:
    """Everything the people in it see; gateways are windows into it for one account each.

    Unknown ids and impossible acts raise `LookupError` or `PermissionError`, as WeChat would refuse them.

    Args:
        clock: dates what happens.
        id_prefix: begins the ids of messages, so that two runs on the same database do not share any.
    """

    def __init__(self, clock: Clock, *, id_prefix: str = "m") -> None:
        self.clock = clock
        self.contacts: dict[str, WorldContact] = {}
        self.rooms: dict[str, WorldRoom] = {}
        self.messages: dict[str, MessageReceived] = {}
        self.files: dict[str, FileContent] = {}
        self.recalled: set[str] = set()
        self.taken: set[str] = set()
        """Ids of the messages a bot has taken over."""
        self.history: list[Event] = []
        self.acts: list[SentAct] = []
        self.requests: dict[str, tuple[str, str]] = {}
        """Open friend requests and room invitations: id → (room id or empty, contact id)."""
        self._listeners: list[Listener] = []
        self._watchers: list[Callable[[SentAct], None]] = []
        self._numbers = itertools.count(1)
        self._id_prefix = id_prefix

    # ---- who and where

    def add_contact(self, name: str, *, contact_id: str = "", weixin: str = "", is_friend: bool = True) -> str:
        """Bring a person into the world and return the contact id."""
        found = contact_id or make_id("wxid", name, self.contacts)
        self.contacts[found] = WorldContact(found, name, weixin=weixin, is_friend=is_friend)
        return found

    def add_room(
        self, topic: str, owner_id: str, member_ids: Sequence[str] = (), *, admin_ids: Sequence[str] = ()
    ) -> str:
        """Open a room and return its id; the owner is in it."""
        room_id = make_id("room", topic, self.rooms)
        people = list(dict.fromkeys((owner_id, *admin_ids, *member_ids)))
        self.rooms[room_id] = WorldRoom(room_id, topic, owner_id, list(admin_ids), people)
        return room_id

    def find_contact(self, name: str, room_id: str = "") -> str:
        """Return the id of the person with that name or room alias; the first one when there are several."""
        room = self.rooms.get(room_id)
        inside = room.member_ids if room else []
        for found in (*inside, *self.contacts):
            shown = {self.contacts[found].name, room.aliases.get(found) if room else None}
            if name in shown:
                return found
        raise LookupError(f"no contact named {name}")

    def find_room(self, topic: str) -> str:
        """Return the id of the room with that name."""
        for room in self.rooms.values():
            if room.topic == topic:
                return room.id
        raise LookupError(f"no room named {topic}")

    def find_message(self, fragment: str = "", talker_id: str = "") -> MessageReceived | None:
        """Return the latest message that contains a text and can still be seen; None when there is none."""
        wanted = fragment.replace(MENTION_END, " ")
        for message in reversed(self.messages.values()):
            is_shown = message.kind is not MessageKind.RECALL and message.id not in self.recalled
            if is_shown and talker_id in ("", message.talker.id) and wanted in message.text.replace(MENTION_END, " "):
                return message
        return None

    def room_info(self, room_id: str) -> RoomInfo:
        """Return a room as gateways show it."""
        return self.rooms[room_id].shown()

    def contact_in(self, room_id: str, contact_id: str) -> Contact:
        """Return a person as seen in a room, or outside rooms when `room_id` is empty."""
        alias = self.rooms[room_id].aliases.get(contact_id, "") if room_id else ""
        return self.contacts[contact_id].shown(alias)

    def people_in(self, room_id: str) -> list[Contact]:
        """Return the people in a room with their room aliases."""
        return [self.contact_in(room_id, found) for found in self.rooms[room_id].member_ids]

    def reaches(self, event: Event, account: str) -> bool:
        """Whether the person sees that event on the phone."""
        room = getattr(event, "room", None)
        if isinstance(event, MessageReceived) and room is None:
            return account in (event.talker.id, event.listener_id)
        if isinstance(event, RoomLeft):
            return account in self.rooms[event.room.id].member_ids or account in {one.id for one in event.left}
        if isinstance(event, FriendRequested | RoomInvited):
            return self.requests.get(_request_id(event), ("", ""))[1] == account
        return room is None or account in self.rooms[room.id].member_ids

    def reshuffle(self, *, keep: str = "") -> dict[str, str]:
        """Give every person and room another id, as a login does on some puppets; what was said keeps its old ones.

        Args:
            keep: the one contact whose id stays, the account that logs in.

        Returns:
            Old id → new id, of persons and rooms.
        """
        people = {one: one if one == keep else make_id("wxid", f"{one}/again", self.contacts) for one in self.contacts}
        rooms = {one: make_id("room", f"{one}/again", self.rooms) for one in self.rooms}
        self.contacts = {people[old]: replace(found, id=people[old]) for old, found in self.contacts.items()}
        self.rooms = {
            rooms[old]: replace(
                found,
                id=rooms[old],
                owner_id=people[found.owner_id],
                admin_ids=[people[one] for one in found.admin_ids],
                member_ids=[people[one] for one in found.member_ids],
                aliases={people[one]: alias for one, alias in found.aliases.items()},
            )
            for old, found in self.rooms.items()
        }
        self.requests = {
            request: (rooms.get(room, ""), people[person]) for request, (room, person) in self.requests.items()
        }
        return people | rooms

    # ---- what people say

    def say(
        self,
        talker_id: str,
        to: Conversation,
        text: str = "",
        *,
        quote: Quote | None = None,
        file: FileContent | None = None,
        kind: MessageKind | None = None,
        mentions: Sequence[str] | None = None,
    ) -> MessageReceived:
        """Say something in a room or to one person.

        Args:
            talker_id: who.
            to: where.
            text: as typed; `@name ` is turned into a real mention.
            quote: what is quoted.
            file: an image or a file instead of a text.
            kind: what it is, when it is neither text, image nor file.
            mentions: ids of the mentioned, when the text already is in WeChat's form.
        """
        self._check_may_say(talker_id, to)
        if mentions is None:
            people = self.people_in(to.room_id) if to.room_id and "@" in text else []
            text, mentions = find_mentions(text, people)
        room = self.rooms[to.room_id].shown() if to.room_id else None
        message = MessageReceived(
            at=self.clock.now(),
            id=self._new_id(),
            talker=self.contact_in(to.room_id, talker_id),
            room=room,
            listener_id=to.contact_id,
            text=text or (file.name if file else ""),
            kind=kind or _kind_of(file),
            mentions=tuple(mentions),
            quote=quote,
            file_name=file.name if file else "",
        )
        if file:
            self.files[message.id] = file
        return self._keep(message)

    def recall(self, message_id: str) -> MessageReceived:
        """Take a message back; everybody sees that it was."""
        old = self.messages[message_id]
        if message_id in self.recalled:
            raise LookupError(f"{message_id} was recalled before")
        self.recalled.add(message_id)
        return self._keep(
            replace(
                old,
                at=self.clock.now(),
                id=self._new_id(),
                text="",
                kind=MessageKind.RECALL,
                mentions=(),
                quote=None,
                file_name="",
                recalled_id=message_id,
            )
        )

    # ---- rooms change

    def join(self, room_id: str, contact_ids: Sequence[str], inviter_id: str = "") -> None:
        """Bring people into a room."""
        room = self.rooms[room_id]
        fresh = [found for found in contact_ids if found not in room.member_ids]
        room.member_ids.extend(fresh)
        if fresh:
            joined = tuple(self.contact_in(room_id, found) for found in fresh)
            inviter = self.contact_in(room_id, inviter_id) if inviter_id else None
            self._emit(RoomJoined(at=self.clock.now(), room=room.shown(), joined=joined, inviter=inviter))

    def leave(self, room_id: str, contact_id: str, remover_id: str = "") -> None:
        """Take a person out of a room: by themselves, or by a remover who may do it."""
        room = self.rooms[room_id]
        if contact_id not in room.member_ids:
            raise PermissionError(f"{contact_id} is not in {room_id}")
        if remover_id and (not room.can_manage(remover_id) or contact_id == room.owner_id):
            raise PermissionError(f"{remover_id} may not remove {contact_id}")
        left = self.contact_in(room_id, contact_id)
        remover = self.contact_in(room_id, remover_id) if remover_id else None
        room.member_ids.remove(contact_id)
        self._emit(RoomLeft(at=self.clock.now(), room=room.shown(), left=(left,), remover=remover))

    def rename_room(self, room_id: str, topic: str, changer_id: str = "") -> None:
        """Give a room another name."""
        room = self.rooms[room_id]
        old, room.topic = room.topic, topic
        changer = self.contact_in(room_id, changer_id) if changer_id else None
        event = RoomTopicChanged(
            at=self.clock.now(), room=room.shown(), old_topic=old, new_topic=topic, changer=changer
        )
        self._emit(event)

    def set_notice(self, room_id: str, text: str, setter_id: str) -> None:
        """Write the pinned notice."""
        room = self.rooms[room_id]
        if not room.can_manage(setter_id):
            raise PermissionError(f"{setter_id} may not set the notice of {room_id}")
        room.notice = text
        setter = self.contact_in(room_id, setter_id)
        self._emit(NoticeChanged(at=self.clock.now(), room=room.shown(), text=text, setter=setter))

    def rename_contact(self, contact_id: str, name: str, room_id: str = "") -> None:
        """Change a nickname, or the name shown in one room; WeChat tells nobody."""
        if room_id:
            self.rooms[room_id].aliases[contact_id] = name
        else:
            self.contacts[contact_id].name = name
        self._emit(ProfileChanged(at=self.clock.now(), contact_id=contact_id, room_id=room_id))

    def set_avatar(self, contact_id: str, picture: bytes) -> None:
        """Give somebody another picture, none when it is empty; WeChat tells nobody."""
        self.contacts[contact_id].avatar = picture
        self._emit(ProfileChanged(at=self.clock.now(), contact_id=contact_id))

    # ---- requests

    def request_friend(self, contact_id: str, account: str, hello: str = "") -> str:
        """Ask an account to become a friend; returns the request's id."""
        request_id = self._new_id()
        self.contacts[contact_id].is_friend = False
        self.requests[request_id] = ("", account)
        contact = self.contacts[contact_id].shown()
        self._emit(FriendRequested(at=self.clock.now(), request_id=request_id, contact=contact, hello=hello))
        return request_id

    def accept_friend(self, request_id: str) -> None:
        """Become friends."""
        del self.requests[request_id]
        self.contacts[self.find_request(request_id).contact.id].is_friend = True

    def find_request(self, request_id: str) -> FriendRequested:
        """Return a friend request, open or done."""
        for event in self.history:
            if isinstance(event, FriendRequested) and event.request_id == request_id:
                return event
        raise LookupError(f"no friend request {request_id}")

    def invite(self, room_id: str, account: str, inviter_id: str) -> str:
        """Invite an account to a room it is not in; returns the invitation's id."""
        invitation_id = self._new_id()
        self.requests[invitation_id] = (room_id, account)
        inviter = self.contacts[inviter_id].shown()
        topic = self.rooms[room_id].topic
        event = RoomInvited(at=self.clock.now(), invitation_id=invitation_id, topic=topic, inviter=inviter)
        self._emit(event)
        return invitation_id

    def find_invitation(self, invitation_id: str) -> RoomInvited:
        """Return a room invitation, open or done."""
        for event in self.history:
            if isinstance(event, RoomInvited) and event.invitation_id == invitation_id:
                return event
        raise LookupError(f"no invitation {invitation_id}")

    def accept_invitation(self, invitation_id: str) -> None:
        """Go into the room."""
        room_id, account = self.requests.pop(invitation_id)
        inviter = self.find_invitation(invitation_id).inviter
        self.join(room_id, [account], inviter.id if inviter else "")

    # ---- watching

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(event)` for everything that happens from now on; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def record(self, act: SentAct) -> None:
        """Note what an account did; the names of room and person are filled in."""
        room = self.rooms[act.room_id].topic if act.room_id else None
        to = self.contact_in(act.room_id, act.contact_id).shown_name if act.contact_id else None
        self.acts.append(replace(act, room=room, to=to))
        for watcher in tuple(self._watchers):
            watcher(self.acts[-1])

    def watch_acts(self, watcher: Callable[[SentAct], None]) -> Callable[[], None]:
        """Call `watcher(act)` for everything a bot does from now on; returns what ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    def _check_may_say(self, talker_id: str, to: Conversation) -> None:
        if to.room_id:
            if talker_id not in self.rooms[to.room_id].member_ids:
                raise PermissionError(f"{talker_id} is not in {to.room_id}")
            return
        if not (self.contacts[to.contact_id].is_friend and self.contacts[talker_id].is_friend):
            raise PermissionError(f"{talker_id} and {to.contact_id} are not friends")

    def _keep(self, message: MessageReceived) -> MessageReceived:
        self.messages[message.id] = message
        self._emit(message)
        return message

    def _emit(self, event: Event) -> None:
        self.history.append(event)
        for listener in tuple(self._listeners):
            listener(event)

    def _new_id(self) -> str:
        return f"{self._id_prefix}{next(self._numbers)}"


def _kind_of(file: FileContent | None) -> MessageKind:
    if file is None:
        return MessageKind.TEXT
    return MessageKind.IMAGE if is_image(file) else MessageKind.FILE


def is_image(file: FileContent) -> bool:
    """Whether WeChat would show it as a picture."""
    suffix = file.name.rpartition(".")[2].lower()
    return file.media_type.startswith("image/") or suffix in {"png", "jpg", "jpeg", "gif", "webp", "bmp"}


def _request_id(event: FriendRequested | RoomInvited) -> str:
    return event.request_id if isinstance(event, FriendRequested) else event.invitation_id
