"""The messages and routes of the puppet-service protocol, as a server needs them.

`wechaty_grpc` carries client stubs only; grpclib asks a server for nothing but a mapping from route to handler.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Optional

import betterproto
from grpclib.const import Cardinality, Handler
from wechaty_grpc.wechaty import puppet as pb

from bot.gateway.wechaty_wire import SERVICE, Chunk, Id, Link, MessagePayload, Picture, Text

_OLD_FIELD, _NEW_FIELD = 2, 3

Call = Callable[[Any], Awaitable[None]]
"""Takes a grpclib stream from its request to its answer."""


class Fields(Enum):
    """Which generation of the moved optional fields a server reads and writes (WECHATY.md)."""

    OLD = "old"
    NEW = "new"
    BOTH = "both"


@dataclass
class OptionalText(betterproto.Message):
    """RoomTopicRequest, RoomAnnounceRequest and ContactAliasRequest, in both generations.

    An empty text that is present clears the value; a text that is absent asks for it, so presence is kept.
    """

    id: str = betterproto.string_field(1)
    old: Optional[str] = betterproto.message_field(2, wraps=betterproto.TYPE_STRING)  # noqa: UP045  # betterproto cannot read `str | None`
    new: str = betterproto.string_field(3)

    def parse(self, data: bytes) -> OptionalText:
        """Read the wire bytes and note which fields are there."""
        self.present = frozenset(field.number for field in betterproto.parse_fields(data))
        super().parse(data)
        return self

    def value(self, fields: Fields) -> str | None:
        """Return the text to set; None when the request asks for the current one."""
        if _NEW_FIELD in self.present and fields is not Fields.OLD:
            return self.new
        if _OLD_FIELD in self.present and fields is not Fields.NEW:
            return self.old or ""
        return None


def answer_text(value: str, fields: Fields) -> Text:
    """Return an optional text as servers of that generation answer it."""
    return Text(
        old=value if value and fields is not Fields.NEW else None,
        new=value if fields is not Fields.OLD else "",
    )


_UNARY, _OUT, _IN = Cardinality.UNARY_UNARY, Cardinality.UNARY_STREAM, Cardinality.STREAM_UNARY
_OWN: dict[str, tuple[Cardinality, type[Any], type[Any]]] = {
    "RoomTopic": (_UNARY, OptionalText, Text),
    "RoomAnnounce": (_UNARY, OptionalText, Text),
    "ContactAlias": (_UNARY, OptionalText, Text),
    "MessageSendText": (_UNARY, pb.MessageSendTextRequest, Text),
    "MessageSendFile": (_UNARY, pb.MessageSendFileRequest, Text),
    "MessagePayload": (_UNARY, Id, MessagePayload),
    "MessageUrl": (_UNARY, Id, Link),
    "ContactAvatar": (_UNARY, Id, Picture),
    "Event": (_OUT, pb.EventRequest, pb.EventResponse),
    "MessageFileStream": (_OUT, pb.MessageFileStreamRequest, pb.MessageFileStreamResponse),
    "MessageImageStream": (_OUT, pb.MessageImageStreamRequest, pb.MessageImageStreamResponse),
    "MessageSendFileStream": (_IN, pb.MessageSendFileStreamRequest, pb.MessageSendFileStreamResponse),
    "Download": (_OUT, Id, Chunk),
    "Upload": (_IN, Chunk, Id),
}


def build_routes(bind: Callable[[str], Call]) -> dict[str, Handler]:
    """Return the mapping grpclib serves: every call of the protocol by name.

    Args:
        bind: returns what handles a call of that name.
    """
    shapes = dict(_OWN)
    for name, request in vars(pb).items():
        if name.endswith("Request"):
            base = name.removesuffix("Request")
            shape = (_UNARY, request, getattr(pb, f"{base}Response"))
            shapes.setdefault(base.replace("QrCode", "QRCode"), shape)  # the generator respelled it
    return {f"{SERVICE}{name}": Handler(bind(name), *shape) for name, shape in shapes.items()}
