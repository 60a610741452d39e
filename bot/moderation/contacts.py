"""Ways of getting in touch that a text gives: accounts, numbers, addresses, and invitations to other groups.

Looked for in revealed text, where 薇芯, vx and ➕v have become 微信 and every number of five digits and more stands in
one piece. 「加个微信」 among friends gives nothing to get in touch with, and is none.
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
_MIXED_ID: Final = r"(?=[a-z_-]*\d|[a-z0-9]*[_-])[a-z][a-z0-9_-]{4,19}"  # no word of English
_TELLS: Final = r"\s*(?:号码|号|id|账号)?\s*(?:[:是为=>]|->)+\s*"  # 「微信号：…」
_COUNTED: Final = r"(?![\d.]|\s*(?:个|人|名|条|元|块|次|万|k|w|mb|位|多|分|点))"  # no account: 「100000 人」
_ASKED: Final = "吗呢怎\n"  # 「怎么扫码进群？」 invites nobody
_GROUP: Final = "(?:qq|微信|外部|交流|内部|福利|官方|粉丝|资源|新|二|售后|咨询)?群"
_ASKING: Final = re.compile("怎么|如何|哪里|能不能|可以")
_SCAN: Final = "扫码|扫描|扫一扫|二维码|私我|私聊我"
_INVITATIONS: Final = (
    rf"{_GROUP}(?:号码?|聊号)?\s{{0,2}}[:是为]?\s{{0,2}}(?P<value>[1-9]\d{{5,10}}){_COUNTED}",
    rf"(?:加|进|入|拉)(?:我们?的?|这个|一下)?{_GROUP}[^?{_ASKED}]{{0,8}}?(?:{_SCAN})",
    rf"(?:{_SCAN}|点击链接)[^?{_ASKED}]{{0,6}}?(?:加|进|入)群",
    r"邀请你加入",
    r"weixin\.qq\.com/g/[\w-]+|(?:qm|jq)\.qq\.com/[\w/?=&-]+|t\.me/(?:\+|joinchat/)[\w-]+",
)
_BY: Final = "(?:加|联系|咨询|添加|搜|找)(?:一?下|个|我|他|她|客服|老师)?的?"
_WEIXINS: Final = (
    rf"微信(?:同(?:号|步)|同)?{_TELLS}{_ID}",
    rf"{_BY}微信(?:号|id)?[\s,.:]{{0,3}}(?P<value>{_MIXED_ID}|1[3-9]\d{{9}}|[1-9]\d{{5,10}})(?![a-z0-9_.-])",
    r"微信(?:号|id)?\s{0,2}(?=[a-z0-9_-]*\d)(?P<value>[a-z][a-z0-9_-]{5,19}|1[3-9]\d{9})(?![a-z0-9_.-])",
    r"(?P<value>wxid_[a-z0-9]{6,})",
)
_QQS: Final = (
    r"qq(?:号码|号)?\s{0,2}[:是为+]?\s{0,2}(?P<value>[1-9]\d{4,10})(?!\d|@)",
    rf"加(?:我|好友|v|q)*\s{{0,2}}[:]?\s{{0,2}}(?P<value>[1-9]\d{{5,9}}){_COUNTED}",
)
_PHONES: Final = (
    r"(?<![\d.a-z_])(?:\+?86[- ]?)?(?P<value>1[3-9]\d{9})(?![\d.]|\s*;)",
    r"(?:电话|热线|致电|来电|手机|咨询|详询|联系|tel|专线)\D{0,8}?(?P<value>\d{7,12})(?![\d.])",
    r"(?<![\d.-])(?P<value>(?:400|800)-?\d{3,4}-?\d{3,4}|0\d{2,3}-\d{7,8})(?![\d.-])",
)
_TELEGRAMS: Final = (
    r"t\.me/(?P<value>[a-z][a-z0-9_]{3,31})",
    r"(?:telegram|(?<![a-z])tg|电报|纸?飞机)(?:号|群|频道)?\s*(?:[:@]|是)+\s*(?P<value>[a-z][a-z0-9_]{3,31})",
)
_MAILS: Final = (
    r"(?<![\w.+-])(?!git@|noreply@)(?P<value>[a-z0-9][\w.+-]{1,40}@(?!example\.|test\.)[a-z0-9.-]{1,30}\.[a-z]{2,8})(?![\w/:])",
)
_OTHERS: Final = (
    rf"(?:whatsapp|(?<![a-z])line|skype|抖音|快手|微博|小红书|旺旺|钉钉|陌陌)(?:号|id)?{_TELLS}(?P<value>@?[a-z0-9_.+-]{{4,30}})",
    r"(?:关注|搜索?|回复)(?:一?下)?(?:我们?的?)?(?:微信)?公众号\s*[:\"\[<]+\s*(?P<value>[\u4e00-\u9fffa-z0-9_]{2,16})",
)
# What a text must have before the patterns of a kind are worth their time.
_KINDS: Final[tuple[tuple[ContactKind, str, tuple[str, ...]], ...]] = (
    ("invitation", r"群|邀请你加入|qq\.com|t\.me", _INVITATIONS),
    ("weixin", "微信|wxid", _WEIXINS),
    ("qq", "[0-9]{5}", _QQS),
    ("telegram", r"t\.me|telegram|tg|电报|飞机", _TELEGRAMS),
    ("mail", "@", _MAILS),
    ("phone", r"\d{7}|\d{3}-", _PHONES),
    ("other", "whatsapp|line|skype|抖音|快手|公众号|微博|小红书|旺旺|钉钉|陌陌", _OTHERS),
)
_PATTERNS: Final = tuple((kind, re.compile(gate), tuple(map(re.compile, patterns))) for kind, gate, patterns in _KINDS)
# Without one of these a text gives nothing. All begin with one character, which is found several times as quickly.
_ANY: Final = re.compile(r"@|群|微信|加入|t\.me|qq\.com|wxid|telegram|电报|飞机|whatsapp|line|skype|号")
_DIGITS: Final = re.compile(r"\d\d\d(?:-|\d\d)")
# What people write behind 「微信：」 without giving anybody an account.
_NO_ACCOUNTS: Final = frozenset(
    {
        "webview",
        "android",
        "iphone",
        "browser",
        "miniprogram",
        "openid",
        "unionid",
        "login",
        "oauth",
        "oauth2",
        "payment",
    }
)


def find_contacts(revealed: Revealed) -> list[Contact]:
    """Return the ways of getting in touch that a text gives, in order; where two overlap, the longer one.

    Args:
        revealed: the text.
    """
    text = revealed.text
    if not _ANY.search(text) and not _DIGITS.search(text):
        return []
    found = sorted(_find(text), key=lambda contact: (contact.start, -contact.end))
    kept: list[Contact] = []
    for contact in found:
        if not kept or contact.start >= kept[-1].end:
            kept.append(contact)
    return kept


def _find(text: str) -> Iterator[Contact]:
    for kind, gate, patterns in _PATTERNS:
        if not gate.search(text):
            continue
        for pattern in patterns:
            for found in pattern.finditer(text):
                value = found.groupdict().get("value") or ""
                if value not in _NO_ACCOUNTS and (value or not _is_question(text, *found.span())):
                    yield Contact(kind, found.start(), found.end(), value)


def _is_question(text: str, start: int, end: int) -> bool:
    """Tell whether 「扫码进群」 is only asked about."""
    return bool(_ASKING.search(text[max(0, start - 6) : start]) or text[end : end + 2].strip()[:1] in {"吗", "呢", "?"})
