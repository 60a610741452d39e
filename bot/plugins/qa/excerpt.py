"""Chooses the lines of an answer: the sentences that say most, in their order, and code that is short enough."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.plugin import fold, is_error_output, read_paste, to_plain
from bot.plugins.qa.prose import Code, Prose, Sentence, take_apart, words_in

MOST_LINES = 4  # of sentences and code; the source has the fifth line
_MOST_WITHOUT_CODE = 3
_MOST_PROSE = 200  # characters of all sentences, the first not counted
_LONGEST_LINE = 110
_SHORTEST_LINE = 5  # what is shorter is a name that stands alone
_LONGEST_CODE_LINE = 90
_LONGEST_HEADING = 20
_LONGEST_EXAMPLE = 16  # lines of code, for whoever asks for an example
_LONG_CODE = 3  # lines of code from which it leaves room for one sentence only
_LONGEST_LEAD = 1000  # characters at the beginning of a post among which its first sentences are
# What the first two sentences are worth, as a share of the question's words, because posts begin with the answer: of
# the post; of a passage further down in one without headings; of a passage below a heading; of the post above that.
_PRIORS = {"beginning": (0.5, 0.3), "further": (), "passage": (0.4, 0.2), "other": (0.1,)}
_CLAUSE = 0.6  # of a sentence's place, what its second and later clauses are worth
_LIST = 0.25  # what a list near the beginning is worth
_IN_TITLE = 0.4  # of what a word is worth, when it stands in the title
_NEXT = 0.1  # what goes on where a chosen sentence ended
_LEAST = 0.15  # a sentence that adds less is not worth its line
_DEPENDS = re.compile(
    r"所以|因此|因而|但是?|不过|而且|并且|另外|此外|同时[，也]|其中|然后|接着|再|也|还(?!没)|又|否则|不然|于是|反之|反过来|同样"
    r"|同理|即|这|那(?!么多)|它|他|她|此|前者|后者|两者|两种|三者|上面|上述|后面|其|或|而|以及|只要这|如上|以上"
    r"|it |this |that |they |so |but "
)
_OPENING = re.compile(
    r"大家好|各位好?|本文|今天|昨天|前几天|最近|分享一?下|记录一下|先说一?下?背景|背景[：:]|hi\b|hello\b"
)
_EXAMPLE = re.compile(r"(?:例|例如|比如|举例|示例|输出|结果|如下)[：:，]")
_WANTS_CODE = re.compile(
    r"(?:怎么|怎样|如何|咋)(?!选|样|办|回事|看)|命令|代码|示例|例子|写法|用法|\bhow (?:to|do|can)\b"
)
_CODE = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_SAYS_WHY = re.compile(r"因为|原因|由于|原理|所以|因此|导致|引起|为什么|本质|怕|否则|\bbecause\b|\bsince\b")
_CLAUSE_END = re.compile(r"[；;，,。：]")
_YES = re.compile(r"(?:多半是?|是的?|对的?)[。，！,]\s*")
_ASKS_YES = re.compile(r"[吗么嘛]|是不是|能不能|可不可以|会不会|有没有|行不行|要不要|是否|还是")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines of an answer, and whether code is among them."""

    lines: tuple[str, ...]
    shows_code: bool = False


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A sentence that may be chosen.

    Attributes:
        sentence: the sentence.
        words: of the question's, those it has.
        prior: what its place is worth.
        leans: it cannot be understood without the one before.
        follows: the one before is in the list.
        is_known: it only shows the error that the question shows as well.
    """

    sentence: Sentence
    words: frozenset[str]
    prior: float
    leans: bool
    follows: bool
    is_known: bool = False


def make_excerpt(
    passage: str,
    weights: Mapping[str, float],
    *,
    title: str = "",
    lead: str = "",
    heading: str = "",
    question: str = "",
) -> Excerpt:
    """Return the lines that answer a question.

    Posts begin with the answer, so their first sentences count more; then what has most of the question's words that
    no chosen sentence has yet. A sentence that leans on the one before it brings it along or stays away.

    Args:
        passage: Markdown or plain.
        weights: the question's words, folded, and what each of them is worth.
        title: of the post: its words are what all of it is about, so the others tell its sentences apart.
        lead: how the post begins, when the passage is from further down.
        heading: what stands above the passage, when the post has headings.
        question: as it was asked.
    """
    worth = _share_out(weights, title)
    prose, is_paste = take_apart(passage), read_paste(question) is not None
    code = _choose_code(prose, worth, question, is_paste=is_paste)
    priors = _PRIORS["passage" if heading else "further" if lead else "beginning"]
    weighed = _weigh(prose.sentences, worth, priors, is_paste=is_paste)
    if lead:
        first = _first_block(take_apart(lead[:_LONGEST_LEAD]))
        weighed = _weigh(first, worth, _PRIORS["other" if heading else "beginning"], is_paste=is_paste) + weighed
    room = _MOST_WITHOUT_CODE if code is None else MOST_LINES - len(code.lines)
    chosen = _choose_before(weighed, prose, code) if code and room == 1 else []
    chosen = chosen or _choose(weighed, worth, room, _announcer(weighed, prose, code))
    lines = [_shorten(weighed[at].sentence.text, _LONGEST_LINE) for at in chosen]
    if not lines and code is None:
        return Excerpt(_first_lines(passage))
    if lines:
        is_below = not lead or chosen[0] >= len(weighed) - len(prose.sentences)
        lines[0] = _add_heading(_open(lines[0], question), heading if is_below else "")
    return Excerpt((*lines, *(code.lines if code else ())), shows_code=code is not None)


def _first_lines(passage: str) -> tuple[str, ...]:
    """Return how a passage begins that has no sentences, such as a table."""
    lines = [" ".join(line.split()) for line in to_plain(_CODE.sub("", passage)).splitlines() if line.strip()]
    return tuple(_shorten(line, _LONGEST_LINE) for line in lines[:_MOST_WITHOUT_CODE])


def find_reasons(body: str) -> tuple[str, ...]:
    """Return the sentences of a post that say why, with those they lean on; none when it does not say.

    How the post begins is left out: it was read in the answer.
    """
    sentences = take_apart(body).sentences
    lines: dict[int, str] = {}
    for at, sentence in enumerate(sentences):
        if not _SAYS_WHY.search(sentence.text) or sentence.announces or sentence.block == 0:
            continue
        leans = sentences[at - 1].block == sentence.block and _DEPENDS.match(fold(sentence.text)) is not None
        added = {one: sentences[one].text for one in ((at - 1, at) if leans else (at,)) if one not in lines}
        if len(lines) + len(added) <= _MOST_WITHOUT_CODE:
            lines |= added
    return tuple(_shorten(lines[at], _LONGEST_LINE) for at in sorted(lines))


def find_code(body: str) -> tuple[str, ...]:
    """Return the first piece of a post's code that a phone shows well; none when there is none."""
    codes = take_apart(body).codes
    return next((code.lines for code in codes if len(code.lines) <= _LONGEST_EXAMPLE), ())


def _share_out(weights: Mapping[str, float], title: str) -> dict[str, float]:
    """Return the words' worth as shares of 1."""
    general = words_in(title, weights)
    worth = {word: value * (_IN_TITLE if word in general else 1.0) for word, value in weights.items()}
    total = sum(worth.values()) or 1.0
    return {word: value / total for word, value in worth.items()}


def _first_block(prose: Prose) -> list[Sentence]:
    return [sentence for sentence in prose.sentences if sentence.block == 0 and sentence.number < 2]  # noqa: PLR2004


def _weigh(
    sentences: Sequence[Sentence], worth: Mapping[str, float], priors: Sequence[float], *, is_paste: bool
) -> list[_Weighed]:
    opens = bool(sentences) and _OPENING.match(fold(sentences[0].text)) is not None
    words = [words_in(sentence.text, worth) for sentence in sentences]
    named = {sentence.number for sentence, own in zip(sentences, words, strict=True) if own}
    known = [is_paste and is_error_output(sentence.text) for sentence in sentences]
    first = next((one for one, is_known in zip(sentences, known, strict=True) if not is_known), None)
    weighed = []
    for at, sentence in enumerate(sentences):
        leans = _DEPENDS.match(fold(sentence.text)) is not None and (at > 0 or not priors)
        leans = leans and not (at > 0 and known[at - 1])  # 「这是因为…」 of what the asker has before their eyes
        place = sentence.number - first.number if first and not opens and sentence.block == first.block else len(priors)
        is_other_case = sentence.is_part and not words[at] and sentence.number in named
        prior = priors[place] if 0 <= place < len(priors) and not is_other_case else 0.0
        prior *= 1.0 if sentence.clause == 0 else _CLAUSE
        prior = max(prior, _LIST) if sentence.is_list and sentence.block <= 1 else prior
        weighed.append(_Weighed(sentence, words[at], prior, leans, follows=at > 0, is_known=known[at]))
    return weighed


def _choose(weighed: Sequence[_Weighed], worth: Mapping[str, float], room: int, announcer: int | None) -> list[int]:
    """Return the places of the chosen sentences, in order."""
    chosen = set[int]()
    while len(chosen) < room:
        best, gain = _best_next(weighed, worth, chosen, room, announcer)
        if not best or (chosen and gain < _LEAST):
            break
        chosen |= best
    return sorted(chosen)


def _best_next(
    weighed: Sequence[_Weighed], worth: Mapping[str, float], chosen: set[int], room: int, announcer: int | None
) -> tuple[set[int], float]:
    covered = {word for at in chosen for word in weighed[at].words}
    best, highest = set[int](), -1.0
    for at in range(len(weighed)):
        added = _with_support(weighed, at, chosen)
        if at in chosen or not _fits(weighed, added, chosen, room, announcer):
            continue
        gain = sum(worth[word] for word in {word for one in added for word in weighed[one].words} - covered)
        gain += sum(weighed[one].prior for one in added) + (_NEXT if weighed[at].follows and at - 1 in chosen else 0)
        if gain / len(added) > highest:
            best, highest = added, gain / len(added)
    return best, highest


def _with_support(weighed: Sequence[_Weighed], at: int, chosen: set[int]) -> set[int]:
    """Return a sentence with those before it that it leans on."""
    added = {at}
    while weighed[at].leans and weighed[at].follows and at - 1 not in chosen:
        at -= 1
        added.add(at)
    return added


def _fits(weighed: Sequence[_Weighed], added: set[int], chosen: set[int], room: int, announcer: int | None) -> bool:
    everything = sorted(chosen | added)
    length = sum(min(len(weighed[at].sentence.text), _LONGEST_LINE) for at in everything[1:])
    return len(everything) <= room and length <= _MOST_PROSE and all(_stands(weighed[at]) for at in added - {announcer})


def _stands(one: _Weighed) -> bool:
    """Whether a sentence can be read without what is not shown."""
    text = one.sentence.text
    if len(text) < _SHORTEST_LINE or one.is_known:
        return False
    return not one.sentence.announces and not _EXAMPLE.match(text) and (one.follows or not one.leans)


def _before(weighed: Sequence[_Weighed], prose: Prose, code: Code | None) -> list[int]:
    """Return the places of the sentences that stand right before the chosen code."""
    skipped = len(weighed) - len(prose.sentences)
    return [at + skipped for at, one in enumerate(prose.sentences) if code and one.block == code.block - 1]


def _announcer(weighed: Sequence[_Weighed], prose: Prose, code: Code | None) -> int | None:
    """Return the place of the sentence that introduces the chosen code."""
    last = _before(weighed, prose, code)[-1:]
    return last[0] if last and weighed[last[0]].sentence.announces else None


def _choose_before(weighed: Sequence[_Weighed], prose: Prose, code: Code | None) -> list[int]:
    """Return the one sentence for which long code leaves room: what introduces it, or opens the paragraph above."""
    before = _before(weighed, prose, code)
    announcer = _announcer(weighed, prose, code)
    return [announcer] if announcer is not None else [at for at in before if _stands(weighed[at])][:1]


def _choose_code(prose: Prose, worth: Mapping[str, float], question: str, *, is_paste: bool) -> Code | None:
    """Return the piece of code that is short enough to be shown whole and has to do with the question."""
    wants_code = _WANTS_CODE.search(fold(question)) is not None
    best, highest = None, -1.0
    for code in prose.codes:
        is_short = len(code.lines) < MOST_LINES and all(len(line) <= _LONGEST_CODE_LINE for line in code.lines)
        value = sum(worth[word] for word in words_in("\n".join(code.lines), worth))
        is_wanted = wants_code or len(code.lines) < _LONG_CODE
        is_wanted = is_wanted and not (is_paste and is_error_output("\n".join(code.lines)))
        if is_short and is_wanted and value > highest:
            best, highest = code, value
    return best


def _open(line: str, question: str) -> str:
    """Drop a yes or no to the post's own title unless the question can be answered by one."""
    said = _YES.match(line)
    is_asked = not question or _ASKS_YES.search(question) is not None
    return line if said is None or is_asked or len(line) - said.end() < said.end() else line[said.end() :]


def _add_heading(line: str, heading: str) -> str:
    """Say what the passage is about when its line does not."""
    last = heading.rpartition(" > ")[2].strip(" ：:？?。")
    if not last or len(last) > _LONGEST_HEADING or fold(last) in fold(line):
        return line
    return f"{last}：{line}"


def _shorten(text: str, most: int) -> str:
    """Return a text that is cut at the end of a clause when it is too long."""
    if len(text) <= most:
        return text
    ends = [found.start() for found in _CLAUSE_END.finditer(text[:most]) if found.start() > most // 2]
    return f"{text[: ends[-1] if ends else most - 1]}…"
