"""What happens in a chat, as frozen values: no Wechaty type goes further in than `bot.gateway`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum


class Role(IntEnum):
    """What a person may do in a room; greater may do all that a smaller one may."""

    GUEST = 0
    MEMBER = 1
    EXPERT = 2
    ADMIN = 3
    OWNER = 4


class MessageKind(StrEnum):
    """What a message carries."""

    TEXT = "text"
    IMAGE = "image"
    FILE = "file"
    AUDIO = "audio"
    VIDEO = "video"
    EMOTICON = "emoticon"
    LINK = "link"
    CONTACT_CARD = "contact_card"
    MINI_PROGRAM = "mini_program"
    LOCATION = "location"
    TRANSFER = "transfer"
    RED_PACKET = "red_packet"
    RECALL = "recall"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Contact:
    """A WeChat account as the gateway shows it.

    Attributes:
        id: the gateway's id; it changes across logins on some puppets, so it is never a key inside.
        name: the account's nickname.
        room_alias: the name shown in the room at hand; empty outside rooms and when none is set.
        alias: the remark the bot's account gave this contact.
        weixin: the WeChat id people type, when the gateway tells it.
        is_friend: whether it is a friend of the bot's account; None when unknown.
    """

    id: str
    name: str
    room_alias: str = ""
    alias: str = ""
    weixin: str = ""
    is_friend: bool | None = None

    @property
    def shown_name(self) -> str:
        """The name the others see in the room."""
        return self.room_alias or self.name


@dataclass(frozen=True, slots=True)
class RoomInfo:
    """A group chat as the gateway shows it.

    Attributes:
        id: the gateway's id (may change across logins).
        topic: the group's name.
        owner_id: contact id of the owner, empty when the gateway does not tell.
        admin_ids: contact ids of the admins, empty when the gateway does not tell.
    """

    id: str
    topic: str
    owner_id: str = ""
    admin_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a message goes: a room, or a private chat with one contact. Exactly one of the two is set."""

    room_id: str = ""
    contact_id: str = ""

    @property
    def key(self) -> str:
        """One string for both cases."""
        return self.room_id or self.contact_id


@dataclass(frozen=True, slots=True)
class Quote:
    """The message a member quoted: WeChat hands over the shown name and the text, not the id."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file in or out.

    Attributes:
        name: file name with extension.
        data: the bytes.
        media_type: MIME type; guessed from the name when empty.
    """

    name: str
    data: bytes
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of everything a gateway reports.

    Attributes:
        at: when it happened, aware UTC.
    """

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Event):
    """Somebody said something, in a room or in private; the bot's own echo too.

    Attributes:
        id: the gateway's message id, unique for the account.
        talker: who said it; with `room_alias` filled in for rooms.
        room: where; None in a private chat.
        listener_id: in a private chat, the contact it was said to.
        text: as received: mentions, U+2005 and quote marks are still in it.
        kind: what it carries; anything but TEXT can be fetched with `Gateway.download`.
        mentions: contact ids that were really mentioned, as far as the gateway tells.
        quote: the quoted message, when the gateway hands it over apart from the text.
        file_name: for files and images.
        from_self: said by the bot's own account (an echo, or the owner typing on the same account).
        recalled_id: for RECALL, the id of the message that was taken back.
    """

    id: str
    talker: Contact
    room: RoomInfo | None
    text: str
    listener_id: str = ""
    kind: MessageKind = MessageKind.TEXT
    mentions: tuple[str, ...] = ()
    quote: Quote | None = None
    file_name: str = ""
    from_self: bool = False
    recalled_id: str = ""

    @property
    def conversation(self) -> Conversation:
        """Where an answer goes."""
        if self.room is not None:
            return Conversation(room_id=self.room.id)
        return Conversation(contact_id=self.listener_id if self.from_self else self.talker.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomJoined(Event):
    """People came into a room."""

    room: RoomInfo
    joined: tuple[Contact, ...]
    inviter: Contact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLeft(Event):
    """People left a room or were removed."""

    room: RoomInfo
    left: tuple[Contact, ...]
    remover: Contact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomTopicChanged(Event):
    """A room got another name."""

    room: RoomInfo
    old_topic: str
    new_topic: str
    changer: Contact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomInvited(Event):
    """The bot was invited to a room; `Gateway.accept_room_invitation` takes the id."""

    invitation_id: str
    topic: str
    inviter: Contact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FriendRequested(Event):
    """Somebody wants to be a friend; `Gateway.accept_friend` takes the id."""

    request_id: str
    contact: Contact
    hello: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn(Event):
    """The account is online.

    Attributes:
        account: the bot's own contact.
    """

    account: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOut(Event):
    """The account is offline: the owner has to scan again."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequired(Event):
    """The owner has to scan this QR code with the phone."""

    qr_code: str
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayLost(Event):
    """The connection to the gateway broke; it is being restored.

    Attributes:
        reason: what broke, in English, for the log.
        is_permanent: retrying is pointless (a wrong token); a person has to act.
    """

    reason: str
    is_permanent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRestored(Event):
    """The connection is back; what was said in between is lost and is reported as a gap.

    Attributes:
        lost_at: when it broke.
    """

    lost_at: datetime


@dataclass(frozen=True, slots=True)
class RoomMembers:
    """The people in a room at one moment."""

    room: RoomInfo
    contacts: tuple[Contact, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Member:
    """Our record of a person.

    Attributes:
        id: our own number; never changes.
        name: the name the others see where this member was met last (a room alias or a nickname).
        contact_id: the gateway's current id; empty when the member is not reachable now.
    """

    id: str
    name: str
    contact_id: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """Our record of a group chat.

    Attributes:
        id: our own number; never changes.
        topic: the group's current name.
        gateway_id: the gateway's current id.
    """

    id: str
    topic: str
    gateway_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One incoming message after the door: normalised once, people resolved.

    Attributes:
        id: the gateway's message id.
        at: when it was said, aware UTC.
        talker: who said it.
        room: where; None in a private chat.
        text: normalised (NFKC, no zero-width characters, the mention of the bot and the quoted part taken out).
        raw: as received.
        kind: what it carries.
        mentions: the other people it mentions, the bot left out.
        mentions_bot: whether it is addressed to the bot; always true in a private chat.
        quote: the quoted message, if any.
        file_name: for files and images.
        recalled_id: for RECALL, the id of the message that was taken back.
    """

    id: str
    at: datetime
    talker: Member
    room: Room | None
    text: str
    raw: str
    kind: MessageKind = MessageKind.TEXT
    mentions: tuple[Member, ...] = ()
    mentions_bot: bool = False
    quote: Quote | None = None
    file_name: str = ""
    recalled_id: str = ""


class Act(StrEnum):
    """What an outbox row makes the gateway do."""

    TEXT = "text"
    IMAGE = "image"
    FILE = "file"
    NOTICE = "notice"
    REMOVE = "remove"
    INVITE = "invite"


class Priority(IntEnum):
    """Who is served first when sending is paced."""

    ANSWER = 0
    PRIVATE_NOTICE = 1
    ANNOUNCEMENT = 2
    LOW = 3


class Delivery(StrEnum):
    """What happens to a row whose sending ended in doubt and whose echo never came."""

    AT_MOST_ONCE = "at_most_once"
    AT_LEAST_ONCE = "at_least_once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Something to be sent.

    Exactly one of `room_id` and `member_id` says where, except for REMOVE and INVITE,
    where `room_id` is the room and `member_id` the person.

    Attributes:
        room_id: our room id, or empty.
        member_id: our member id, or empty.
        act: what to do.
        text: what to say.
        mentions: member ids to ring.
        dedupe_key: a second row with the same key is never made; empty means a key of its own.
        not_before: earliest time, aware UTC; None means at once.
        priority: who goes first.
        delivery: the rule for doubt.
        cause: id of the message, job fire or event that led to it.
        reason: why, in a few words, for 为什么 and the log.
        file: what to send for IMAGE and FILE.
        contact_id: the gateway's id of the very account it goes to, when the member has several; empty lets the sender
            choose the one seen last.
        is_secret: text and file are forgotten once they are sent: they are worth something to whoever reads them.
    """

    room_id: str = ""
    member_id: str = ""
    act: Act = Act.TEXT
    text: str = ""
    mentions: tuple[str, ...] = ()
    dedupe_key: str = ""
    not_before: datetime | None = None
    priority: Priority = Priority.ANSWER
    delivery: Delivery = Delivery.AT_MOST_ONCE
    cause: str = ""
    reason: str = ""
    file: FileContent | None = None
    contact_id: str = ""
    is_secret: bool = False
