"""What hangs on a message, and what people call it and the contacts in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.model import MessageKind

if TYPE_CHECKING:
    from bot.moderation.model import Said

CONTACTS: Final = {
    "weixin": "微信号",
    "qq": "QQ 号",
    "phone": "电话号码",
    "telegram": "Telegram",
    "mail": "邮箱",
    "other": "联系方式",
    "invitation": "进别的群的办法",
}
"""Kind of contact → what people call it."""
ATTACHMENTS: Final = {
    MessageKind.CONTACT_CARD: "card",
    MessageKind.MINI_PROGRAM: "mini_program",
    MessageKind.IMAGE: "picture",
    MessageKind.VIDEO: "picture",
    MessageKind.FILE: "file",
}
"""Kind of message → what hangs on it, as rules call it."""


def attachment_of(said: Said) -> str:
    """Return what hangs on a message: card, mini_program, picture, file, or nothing."""
    return ATTACHMENTS.get(said.kind, "")
