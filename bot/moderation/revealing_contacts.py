"""How people are told to get in touch, whatever it was written with: 薇芯, ➕v, 扣扣裙, vx."""

from __future__ import annotations

import re

from bot.moderation.neighbours import are_neighbours
from bot.moderation.revealing_draft import Draft

_WEI = "微薇徽威溦巍崴维唯惟葳嵬娓炜玮卫围喂"
_XIN = "信芯辛新馨欣鑫心星昕忻薪锌兴"
_ID = r"[号:;\s是.,\-_~>)\]]{0,4}(?=[a-z0-9_\-]{5,}|\d{5})"
_MARK = r"[\W_]{0,2}"
_ADDING = "加嘉佳珈伽家咖茄架甲+十"
# A whole word of two characters may really be meant: it counts as 微信 only where somebody is told to add it.
_ADDED = frozenset("加嘉佳珈伽+找联系")
_REAL = frozenset(
    {"威信", "维新", "唯心", "维信", "卫星", "喂信", "围心", "惟新", "卫兴", "微星", "微辛", "微薪", "维心"}
)
_WEIXIN = re.compile(
    rf"""
      (?P<adding>[{_ADDING}]{_MARK}(?:我{_MARK})?)?
      (?P<word>[{_WEI}]{_MARK}[{_XIN}x](?![a-z])|(?<![a-z0-9])(?:v+|w|wei)\s?[{_XIN}]|[{_WEI}]\s?xin(?![a-z]))
      (?P<id>{_ID})?
    """,
    re.VERBOSE,
)
_VX = re.compile(
    rf"(?<![a-z0-9_.])(?P<word>[vw]{_MARK}x|wechat|weixin)(?![a-z0-9_.(\-])(?P<id>{_ID})?|"
    rf"(?<=[{_ADDING}找私联系扣我的])(?P<glued>[vw]x)(?=[a-z0-9_\-]*\d)"
)
_V_ALONE = re.compile(
    rf"(?<=[{_ADDING}])(?<![a-z0-9)\]][+]){_MARK}(?:[微薇溦徽]|(?:v|w)(?![a-z.()\[=]))(?![{_XIN}博服调小波])|"
    rf"(?<![a-z0-9{_WEI}])(?:v|[薇溦]|微)(?=[号]?\s?[:：]\s?[a-z0-9_\-]{{5,}})"
)
_QQ = re.compile(
    r"扣扣|抠抠|蔻蔻|叩叩|(?<![a-z0-9])q{2,4}(?![a-z])|"
    r"(?:球球|口口|秋秋|丘丘|企鹅|鹅号|(?<![a-z0-9])q)(?=[号群裙]|\s?[:：+]?\s?\d{5,})|(?<=[加+])(?:球球|口口|秋秋|企鹅|q(?![a-z]))|"
    r"扣(?=[:：]?\s?\d{5,})|(?<=[加+])扣(?=[:：\s]?\d|$)"
)
_GROUP = re.compile(r"(?<=[进加拉入扣q建新内外部流利聊享])裙|裙(?=号?[:：]?\s?\d{5,})|(?<=[进加入拉])(?:君羊|峮|宭|群)")
_ADD = re.compile(
    r"[嘉佳珈伽家咖茄架甲](?=微信|qq)|(?<![a-z0-9)\]])[+](?=\s?(?:微信|qq|我|群|(?!86)\d{6,}))|十(?=微信|qq)"
)
_HAN = re.compile("[\u3400-\u9fff+]")


def fold_contacts(draft: Draft) -> None:
    """Write every way of naming 微信, QQ, groups and adding somebody in its plain word."""
    for gate, find in _FINDERS:
        if not gate.search(draft.text):
            continue
        spans = [span for span in find(draft.text) if draft.text[span[0] : span[1]] != span[2]]
        if spans:
            draft.replace(spans)
            draft.tricks["联系方式变形"] += len(spans)


def _find_weixin(text: str) -> list[tuple[int, int, str]]:
    spans = []
    for found in _WEIXIN.finditer(text):
        word = found["word"]
        is_real = word in _REAL or (
            len(word) == len("微信") and word[0] not in "微薇" and are_neighbours(word[0], word[1])
        )
        if not is_real or found["adding"] or found["id"] is not None:
            spans.append((found.start("word"), found.end("word"), "微信"))
    return spans


def _find_vx(text: str) -> list[tuple[int, int, str]]:
    spans = []
    for found in _VX.finditer(text):
        start, end = found.span("glued" if found["glued"] else "word")
        before = text[start - 2 : start].rstrip()[-1:]
        stands_in_chinese = _HAN.match(text[start - 1 : start]) or _HAN.match(text[end : end + 1]) or before in _ADDED
        if found["glued"] or found["id"] is not None or stands_in_chinese or found["word"] in {"weixin", "wechat"}:
            spans.append((start, end, "微信"))
    return spans


def _find_v(text: str) -> list[tuple[int, int, str]]:
    return [(found.start(), found.end(), "微信") for found in _V_ALONE.finditer(text)]


def _find_qq(text: str) -> list[tuple[int, int, str]]:
    return [(found.start(), found.end(), "qq") for found in _QQ.finditer(text)]


def _find_groups(text: str) -> list[tuple[int, int, str]]:
    return [(found.start(), found.end(), "群") for found in _GROUP.finditer(text)]


def _find_adding(text: str) -> list[tuple[int, int, str]]:
    return [(found.start(), found.end(), "加") for found in _ADD.finditer(text)]


_FINDERS = (  # what must be in a text before a finder is worth its time
    (re.compile(f"[{_WEI}vwi]{_MARK}[{_XIN}x]"), _find_weixin),
    (re.compile(f"[vw](?:{_MARK}x|e[ci])"), _find_vx),
    (
        re.compile(
            rf"[vw微薇溦徽](?:(?<=[{_ADDING}].)|(?<=[{_ADDING}][\W_].)|(?<=[{_ADDING}][\W_]{{2}}.)|(?=号?\s?[:：]))"
        ),
        _find_v,
    ),
    (re.compile("q|扣|企鹅|抠抠|蔻蔻|叩叩|球球|口口|秋秋|丘丘|鹅号"), _find_qq),
    (re.compile("裙|峮|宭|君羊"), _find_groups),
    (re.compile("[嘉佳珈伽家咖茄架甲十+](?:(?<=[+])|微信|qq)"), _find_adding),
)
CONTACT_SIGNS = re.compile(f"[{_WEI}vw扣抠蔻叩q球口秋丘企鹅裙峮宭君信+]")
"""One of these is in every way of naming a contact."""
