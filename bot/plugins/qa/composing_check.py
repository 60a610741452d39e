"""Whether what a language model wrote may be sent: every sentence cited and supported, nothing smuggled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.plugin import QunzhiError, fold, to_plain
from bot.plugins.qa.composing_evidence import Evidence, content_words

MOST_LINES = 4  # the source takes the fifth
NOTHING = "资料不足"  # what the model is told to write when the passages do not answer
_EMPTY = "大模型什么也没写"
_MOST_WRITTEN_LINES = 6
_LONGEST_LINE, _LONGEST, _LONGEST_WRITTEN = 140, 420, 2000  # the last one with Markdown
_LEAST_COVERED = (
    0.7  # share of a sentence's words that its passages must have; see tests/plugins/qa/test_composing_check
)
_CITED = re.compile(r"\s*[\[【]\s*(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\s*[\]】]")
_CODE_INDEX = re.compile(r"[\w)\]]+$", re.ASCII)
_BULLET = re.compile(r"^(?:[1-9][.、)）]\s*(?!\d)|[①-⑨]\s*|[·•*-]\s+)")
_SENTENCE = re.compile(
    r".+?(?:[。！？]+|(?<=[\w)])[!?](?=\s|$|\x00)|(?<=[a-z]{2})\.(?=\s|$|\x00)|$)[”’」』）\"]*(?:\x00\d+)*", re.DOTALL
)
_DUNDER = re.compile(r"(?<!\w)__\w+__(?!\w)")
_MARK = re.compile(r"\x00(\d+)")  # stands for a citation while sentences are found
_ABOUT_ORDERS = re.compile(
    r"忽略.{0,8}(?:要求|指令|指示|提示|规则)|(?:系统|你的|我的)提示词?|作为一?个?\s*(?:ai|人工智能|语言模型|大模型|助手)"
    r"|我是.{0,8}(?:模型|助手|机器人)|(?:以上|上述|资料中?的?)(?:要求|指令|指示)|按(?:照|您|你)的?(?:要求|指示|指令)"
    r"|根据(?:资料|上文|提供的)|as an ai|language model|system prompt"
    r"|instructions?\b.{0,12}\b(?:ignore|follow)|ignore\b.{0,20}instruction"
)
_SOLICITS = re.compile(
    r"(?:加|添加|联系|私聊|私信|咨询)(?:一下)?(?:我|他|她|客服|老师|群主)?的?(?:微信|薇信|威信|v信|vx|wx|weixin|qq|企鹅|群|好友)"
    r"|关注(?:我们?的?)?公众号|(?:加|进|入)群|微信号|wechat\s*(?:id|:)|扫码|二维码|红包|返现|返利|领取|中奖|优惠券|福利群|私聊我|私信我|转账|汇款|代理加盟|刷单"
    r"|(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|[@＠](?:所有人|全体|all\b|everyone\b)"
)


class CheckFailed(QunzhiError):
    """The text may not be sent.

    Args:
        reason: in Chinese, for 为什么 and the log; quotes at most a word of the text.
    """


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a composed answer.

    Attributes:
        text: without its citations.
        places: the passages it cites.
    """

    text: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A composed answer that may be sent as far as its words tell.

    Attributes:
        lines: plain, with citations as `[1]`; `MOST_LINES` at most.
        statements: its sentences.
    """

    lines: tuple[str, ...]
    statements: tuple[Statement, ...]

    @property
    def places(self) -> tuple[int, ...]:
        """The passages that are cited, each once, in order."""
        return tuple(sorted({place for statement in self.statements for place in statement.places}))


def check(written: str, passages: Mapping[int, str]) -> Checked:
    """Hold what a model wrote against the passages it was given.

    Args:
        written: normalised; Markdown or plain.
        passages: the number each passage was given → its text with its title and heading.

    Raises:
        CheckFailed: it may not be sent.
    """
    lines = _lines_of(written)
    statements = [statement for line in lines for statement in _statements_of(line, passages)]
    if not statements:
        raise CheckFailed(_EMPTY)
    for number, statement in enumerate(statements, 1):
        _check_statement(number, statement, passages)
    shown = tuple(_show(line, passages) for line in _join(lines))
    return Checked(shown, tuple(statements))


def _lines_of(written: str) -> list[str]:
    if fold(NOTHING) in fold(written):
        raise CheckFailed("大模型说引用的帖子回答不了")
    if len(written) > _LONGEST_WRITTEN:
        raise CheckFailed(f"写得太长：{len(written)} 字")
    lines = [" ".join(line.split()) for line in to_plain(_keep_names(written)).splitlines() if line.strip()]
    if not lines:
        raise CheckFailed(_EMPTY)
    total = sum(map(len, lines))
    if len(lines) > _MOST_WRITTEN_LINES or total > _LONGEST or max(map(len, lines)) > _LONGEST_LINE:
        raise CheckFailed(f"写得太长：{len(lines)} 行 {total} 字")
    return lines


def _keep_names(written: str) -> str:
    """Return the text with `__name__`, which Markdown takes for bold, as code."""
    return written if "`" in written else _DUNDER.sub(r"`\g<0>`", written)


def _statements_of(line: str, passages: Mapping[int, str]) -> list[Statement]:
    """Return the sentences of a line; a citation behind the stop belongs to the sentence before it."""
    marked = _BULLET.sub("", _mark_citations(line, passages))
    statements = []
    for found in _SENTENCE.finditer(marked):
        text, places = _MARK.sub("", found[0]).strip(), tuple(dict.fromkeys(map(int, _MARK.findall(found[0]))))
        if re.search(r"\w", text):
            statements.append(Statement(text, places))
    return statements


def _mark_citations(line: str, passages: Mapping[int, str]) -> str:
    def mark(found: re.Match[str]) -> str:
        if _is_code(line, found, passages):
            return found[0]
        return "".join(f"\x00{int(number)}" for number in re.findall(r"\d+", found[1]))

    return _CITED.sub(mark, line.replace("\x00", ""))


def _is_code(line: str, cited: re.Match[str], passages: Mapping[int, str]) -> bool:
    """Return whether what looks like a citation is an index, as in `items[1]`, and stands in a passage like that."""
    before = _CODE_INDEX.search(line[: cited.start()])
    if before is None or cited[0][0] != "[":
        return False
    return any(before[0] + cited[0] in text for text in passages.values())


def _check_statement(number: int, statement: Statement, passages: Mapping[int, str]) -> None:
    missing = [place for place in statement.places if place not in passages]
    if missing:
        raise CheckFailed(f"第 {number} 句引用了不存在的 [{missing[0]}]")
    if not statement.places:
        raise CheckFailed(f"第 {number} 句没有出处")
    folded = fold(statement.text)
    if _ABOUT_ORDERS.search(folded):
        raise CheckFailed(f"第 {number} 句说的是给它的要求")
    if _SOLICITS.search("".join(folded.split())) or _SOLICITS.search(folded):
        raise CheckFailed(f"第 {number} 句像是拉人或广告")
    _check_support(number, statement, Evidence("\n".join(passages[place] for place in statement.places)))


def _check_support(number: int, statement: Statement, evidence: Evidence) -> None:
    if foreign := evidence.find_foreign(statement.text):
        raise CheckFailed(f"第 {number} 句的「{foreign[:30]}」不在它引用的原文里")
    if not content_words(statement.text) and not re.search(r"[A-Za-z0-9]", statement.text):
        raise CheckFailed(f"第 {number} 句什么也没说")
    if (covered := evidence.cover(statement.text)) < _LEAST_COVERED:
        raise CheckFailed(f"第 {number} 句只有 {covered:.0%} 的词在它引用的原文里")
    if clause := evidence.find_contradiction(statement.text):
        raise CheckFailed(f"第 {number} 句的「{clause[:20]}」和原文说的相反")


def _join(lines: Sequence[str]) -> list[str]:
    """Return at most `MOST_LINES` lines: the shortest neighbours are put together."""
    joined = list(lines)
    while len(joined) > MOST_LINES:
        at = min(range(len(joined) - 1), key=lambda at: len(joined[at]) + len(joined[at + 1]))
        joined[at : at + 2] = [f"{joined[at]} {joined[at + 1]}"]
    return joined


def _show(line: str, passages: Mapping[int, str]) -> str:
    """Return a line with every citation written as ` [1]`."""
    return _MARK.sub(lambda found: f" [{found[1]}]", _mark_citations(line, passages))
