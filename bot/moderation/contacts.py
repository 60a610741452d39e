"""Ways of getting in touch that a text gives: accounts, numbers, addresses, and invitations to other groups.

Looked for in revealed text, where 薇芯, vx and ➕v have become 微信 and every number of five digits and more stands in one
piece. 「加个微信」 among friends gives nothing to get in touch with, and is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from bot.moderation.revealing import Revealed

ContactKind = Literal["weixin", "qq", "phone", "telegram", "mail", "other", "invitation"]


@dataclass(frozen=True, slots=True)
class Contact:
    """One way of getting in touch.

    Attributes:
        kind: weixin, qq, phone, telegram, mail, other (WhatsApp, Line and so on), or invitation (to a group).
        start: its first character in the revealed text.
        end: the character behind its last.
        value: the account, number or address; empty where there is none (「扫码进群」).
    """

    kind: ContactKind
    start: int
    end: int
    value: str


_ID: Final = r"(?P<value>[a-z][a-z0-9_-]{4,19}|1[3-9]\d{9}|[1-9]\d{4,10})(?![a-z0-9_.-])"
_SURE_ID: Final = (
    r"(?P<sure>(?=[a-z_-]*\d|[a-z0-9]*[_-])[a-z][a-z0-9_-]{4,19}|1[3-9]\d{9}|[1-9]\d{5,10})(?![a-z0-9_.-])"
)
_TELLS: Final = r"\s*(?:号码|号|id|账号)?\s*(?:[:是为=>]|->)+\s*"  # 「微信号：…」
_GROUP_NUMBER: Final = r"(?P<value>[1-9]\d{5,10})(?![\d.]|\s*(?:个|人|名|条|元|块|次|万|k|w|mb|位|多))"
_PATTERNS: Final[tuple[tuple[ContactKind, re.Pattern[str], re.Pattern[str]], ...]] = tuple(
    (kind, re.compile(gate), re.compile(pattern))  # type: ignore[misc]
    for kind, gate, pattern in (
        (
            "invitation",
            "群|加入",
            rf"(?:qq|微信|外部|交流|内部|福利|官方|粉丝|资源|新|二|售后|咨询)?群(?:号码?|聊号)?\s{{0,2}}[:是为]?\s{{0,2}}{_GROUP_NUMBER}"
            r"|(?:加|进|入|拉)(?:我们?的?|这个|一下)?(?:qq|微信|交流|福利|内部|粉丝|资源)?群[^?吗呢怎\n]{0,8}?(?:扫码|扫描|扫一扫|二维码|私我|私聊我)"
            rf"|(?:扫码|扫描?(?:下方|上方|图中)?二维码|私聊我|私我|点击链接)[^?吗呢\n]{{0,6}}?(?:加|进|入)群|邀请你加入|加群\s{{0,2}}[:]?\s{{0,2}}(?P<sure>[1-9]\d{{5,10}})",
        ),
        ("invitation", r"weixin|qm\.|jq\.|t\.me", r"weixin\.qq\.com/g/[\w-]+|(?:qm|jq)\.qq\.com/[\w/?=&-]+|t\.me/(?:\+|joinchat/)[\w-]+"),
        (
            "weixin",
            "微信|weixin|wxid",
            rf"微信(?:同(?:号|步)|同)?{_TELLS}{_ID}|(?:加|联系|咨询|添加|搜|找)(?:一?下|个|我|他|她|客服|老师)?(?:的)?微信(?:号|id)?[\s,.:]{{0,3}}{_SURE_ID}"
            r"|微信(?:号|id)?\s{0,2}(?=[a-z0-9_-]*\d)(?P<third>(?:[a-z][a-z0-9_-]{5,19}|1[3-9]\d{9}))(?![a-z0-9_.-])|(?P<fourth>wxid_[a-z0-9]{6,})",
        ),
        (
            "qq",
            "qq|扣|加",
            r"qq(?:号码|号)?\s{0,2}[:是为+]?\s{0,2}(?P<value>[1-9]\d{4,10})(?!\d|@)"
            r"|加(?:我|好友|v|q)?\s{0,2}[:]?\s{0,2}(?P<sure>[1-9]\d{5,9})(?![\d.]|\s*(?:个|人|名|条|元|块|次|万|w|k|分|点|位|多))",
        ),
        ("telegram", r"t\.me|telegram|tg|电报|飞机", r"t\.me/(?P<value>[a-z][a-z0-9_]{3,31})|(?:telegram|(?<![a-z])tg|电报|纸?飞机)(?:号|群|频道)?\s*(?:[:@]|是)+\s*(?P<sure>[a-z][a-z0-9_]{3,31})"),
        ("mail", "@|邮箱", r"(?P<value>(?<![\w.+-])(?!git@|noreply@)[a-z0-9][\w.+-]{1,40}@(?!example\.|test\.)[a-z0-9-]{1,30}(?:\.[a-z]{2,8}){1,3})(?![\w/:])"),
        ("phone", r"\d{7}|\d{3}-", r"(?<![\d.a-z_])(?:\+?86[- ]?)?(?P<value>1[3-9]\d{9})(?![\d.])|(?<![\d.-])(?P<sure>(?:400|800)-?\d{3,4}-?\d{3,4}|0\d{2,3}-\d{7,8})(?![\d.-])"),
        (
            "other",
            "whatsapp|line|skype|wechat|抖音|快手|公众号|微博|小红书|旺旺|阿里旺旺|钉钉|陌陌",
            rf"(?:whatsapp|(?<![a-z])line|skype|抖音|快手|微博|小红书|旺旺|钉钉|陌陌)(?:号|id)?{_TELLS}(?P<value>@?[a-z0-9_.+-]{{4,30}})"
            r"|(?:关注|搜索?|回复)(?:一?下)?(?:我们?的?)?(?:微信)?公众号\s*[:\"\[<]*\s*(?P<sure>[\u4e00-\u9fffa-z0-9_]{2,16})",
        ),
    )
)  # fmt: skip
_ANY: Final = re.compile(r"\d{5}|@|群|微信|加入|t\.me|qq\.com|wxid|telegram|电报|飞机|whatsapp|line|skype|号|\d{3}-")
# What people write behind 「微信：」 without giving anybody an account.
_NO_ACCOUNTS: Final = frozenset(
    "webview android iphone browser mini miniprogram openid unionid wechat weixin login oauth oauth2 payment notify appid".split()
)


def find_contacts(revealed: Revealed) -> list[Contact]:
    """Return the ways of getting in touch that a text gives, in order; where two overlap, the longer one.

    Args:
        revealed: the text.
    """
    text = revealed.text
    if not _ANY.search(text):
        return []
    found = sorted(_find(text), key=lambda contact: (contact.start, -contact.end))
    kept: list[Contact] = []
    for contact in found:
        if not kept or contact.start >= kept[-1].end:
            kept.append(contact)
    return kept


def _find(text: str) -> Iterator[Contact]:
    for kind, gate, pattern in _PATTERNS:
        if not gate.search(text):
            continue
        for found in pattern.finditer(text):
            value = next((part for part in found.groups() if part), "")
            if value not in _NO_ACCOUNTS:
                yield Contact(kind, found.start(), found.end(), value)
