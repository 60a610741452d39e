"""What handlers return, as rows for the outbox: numbered choices, private answers with a note, mentions, files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from mimetypes import guess_type

from bot.gateway import Capabilities
from bot.model import Act, FileContent, Member, Message, Outgoing, Room
from bot.plugin import Choice, Reply
from bot.plugin_types import numbered

NO_PRIVATE = "这条只能私聊回复，但当前通道发不了私聊，请直接联系群主。"
NO_FILES = "（当前通道发不了文件「{name}」。）"


def as_reply(result: Reply | str | None) -> Reply | None:
    """Return what a handler returned as a reply; None when there is nothing to say."""
    reply = Reply(text=result) if isinstance(result, str) else result
    return reply if reply is not None and (reply.text or reply.choices or reply.file) else None


def to_outgoing(replies: Sequence[Reply], message: Message, capabilities: Capabilities) -> list[Outgoing]:
    """Return the rows that answer a message; handled twice, it yields the same dedupe keys.

    Args:
        replies: what was returned, in order.
        message: what is answered; in a room the talker is rung when the message was addressed to the bot.
        capabilities: what the gateway lacks is said openly.
    """
    ring = (message.talker,) if message.room and message.mentions_bot else ()
    rows = _Rows(message.id)
    has_note = False
    for reply in replies:
        if reply.private and message.room and not capabilities.can_send_private:
            rows.add(reply, message.room, message.talker, _named(message.talker, NO_PRIVATE), ring)
            continue
        room = None if reply.private else message.room
        rows.add_all(reply, room, message.talker, ring if room else (), capabilities)
        if reply.private and message.room and not has_note:
            has_note = True
            note = f"{message.talker.name}，已私聊回复您。"
            rows.add(reply, message.room, message.talker, note, ())
    return rows.made


def to_announcement(
    reply: Reply, room: Room | None, member: Member | None, cause: str, capabilities: Capabilities
) -> list[Outgoing]:
    """Return the rows for what a listener or job said without being asked.

    Args:
        reply: what was returned.
        room: where; None says it to the member in private.
        member: whom it is about.
        cause: the event or job fire; the dedupe keys begin with it.
        capabilities: what the gateway can do.
    """
    room = None if reply.private and member else room
    if room is None and member is None:
        return []
    rows = _Rows(cause)
    rows.add_all(reply, room, member, (), capabilities)
    return rows.made


def number_rows(rows: Iterable[Outgoing], cause: str) -> list[Outgoing]:
    """Return the rows with dedupe keys `<cause>/<n>`, those without one of their own."""
    return [_with_cause(row, cause, number) for number, row in enumerate(rows, 1)]


def with_choices(text: str, choices: Sequence[Choice]) -> str:
    """Return a text with numbered lines that a bare number answers."""
    lines = [f"{number}. {choice.text}" for number, choice in numbered(choices)]
    return "\n".join([*([text] if text else []), *lines])


class _Rows:
    """Rows that one cause leads to, with dedupe keys as `number_rows` gives them.

    Args:
        cause: the message, event or job fire.
    """

    def __init__(self, cause: str) -> None:
        self.made: list[Outgoing] = []
        self._cause = cause

    def add_all(
        self,
        reply: Reply,
        room: Room | None,
        member: Member | None,
        ring: tuple[Member, ...],
        capabilities: Capabilities,
    ) -> None:
        """Add what says a reply: its text with the choices, and its file."""
        text = with_choices(reply.text, reply.choices) if reply.choices else reply.text
        if reply.file and not capabilities.can_send_files:
            text += NO_FILES.format(name=reply.file.name)
        if text:
            self.add(reply, room, member, text, ring)
        if reply.file and capabilities.can_send_files:
            self.add(reply, room, member, "", (), file=reply.file)

    def add(
        self,
        reply: Reply,
        room: Room | None,
        member: Member | None,
        text: str,
        ring: tuple[Member, ...],
        *,
        file: FileContent | None = None,
    ) -> None:
        """Add one row."""
        mentions = dict.fromkeys(person.id for person in (*ring, *(reply.mentions if room else ())))
        row = Outgoing(
            room_id=room.id if room else "",
            member_id="" if room or member is None else member.id,
            contact_id="" if room or member is None else member.contact_id,
            act=_act_of(file) if file else Act.TEXT,
            text=text,
            mentions=tuple(mentions) if not file else (),
            dedupe_key=f"{self._cause}/{len(self.made) + 1}",
            priority=reply.priority,
            delivery=reply.delivery,
            cause=self._cause,
            reason=reply.why,
            file=file,
        )
        self.made.append(row)


def _act_of(file: FileContent) -> Act:
    media_type = file.media_type or guess_type(file.name)[0] or ""
    return Act.IMAGE if media_type.startswith("image/") else Act.FILE


def _named(member: Member, text: str) -> str:
    return f"{member.name}，{text}"


def _with_cause(row: Outgoing, cause: str, number: int) -> Outgoing:
    return replace(row, cause=cause, dedupe_key=row.dedupe_key or f"{cause}/{number}")
