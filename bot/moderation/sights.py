"""What can be seen in a message apart from its words: contacts, invitations to other groups, cards, codes, files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from bot.model import MessageKind

if TYPE_CHECKING:
    from bot.moderation.model import Said
    from bot.moderation.revealing import Revealed

_CHINESE: Final = {
    "weixin": "微信号", "qq": "QQ 号", "phone": "手机号", "telegram": "Telegram", "mail": "邮箱", "other": "联系方式",
    "invitation": "别的群",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sight:
    """Something seen in a text.

    Attributes:
        kind: weixin, qq, phone, telegram, mail, other, or invitation.
        start: first character in the revealed text.
        end: the character behind the last.
    """

    kind: str
    start: int
    end: int

    @property
    def chinese(self) -> str:
        """What people call it."""
        return _CHINESE.get(self.kind, "联系方式")


_PATTERNS: Final = (
    (
        "invitation",
        r"邀请你加入|(?:加|进|入|拉)(?:我们?的?|这个|一下)?(?:微信|qq)?群[^?？吗]{0,12}(?:\d{6,11}|扫码|二维码)|weixin\.qq\.com/g/|qm\.qq\.com/",
    ),
    (
        "weixin",
        r"(?:加|\+|联系|咨询)?(?:微信|weixin|wechat|wx|vx|v信)(?:号|id)?\s*[:：是]?\s*(?P<id>[a-z][a-z0-9_-]{5,19}|1[3-9]\d{9})\b",
    ),
    ("qq", r"(?:qq|扣扣)(?:号)?\s*[:：是]?\s*(?P<id>[1-9]\d{4,10})\b"),
    ("phone", r"(?:^|[^\d.])(?P<id>1[3-9]\d{9})(?:$|[^\d])"),
    ("telegram", r"t\.me/[a-z0-9_]{4,}|(?:telegram|tg|电报|飞机)\s*[:：@]\s*@?(?P<id>[a-z0-9_]{5,32})"),
)


@cache
def _compiled(pattern: str) -> Any:  # noqa: ANN401 - re2 has no types
    import re2

    return re2.compile(pattern)


def find_sights(revealed: Revealed) -> Iterator[Sight]:
    """Yield the contacts and invitations of a text."""
    for kind, pattern in _PATTERNS:
        for found in _compiled(pattern).finditer(revealed.text):
            yield Sight(kind, *found.span())


def attachment_of(said: Said) -> str:
    """Return what hangs on a message: card, mini_program, picture, file, or nothing."""
    return _ATTACHMENTS.get(said.kind, "")


_ATTACHMENTS: Final = {
    MessageKind.CONTACT_CARD: "card",
    MessageKind.MINI_PROGRAM: "mini_program",
    MessageKind.IMAGE: "picture",
    MessageKind.VIDEO: "picture",
    MessageKind.FILE: "file",
}
