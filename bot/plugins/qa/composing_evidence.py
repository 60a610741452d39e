"""What a passage says, as the check of a composed answer asks it: literally, by its words, and by its noes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.plugin import fold, make_query_terms, spell, to_plain

_HAN = r"\u3400-\u9fff"
_HAN_SIGN = re.compile(f"[{_HAN}]")
_WORD_SIGN = r"a-z0-9_"
# what is not Chinese: code, names, numbers
_RUN = re.compile(rf"[^\s{_HAN}，。！？、；：“”‘’「」『』《》〈〉（）【】…—·～]+")
_OUTER = ".,;:!?'\"()[]{}<>`*~"
_PIECE = re.compile(r"\w+(?:[.+#-]\w+)*[+#]*%?")
_ADDRESS = re.compile(r"://|^www\.|@|^[/~\\]|^\.{1,2}/")
_WHOLE_ONLY = re.compile(r"^[-%]|[=<>!&|$*^\\]")
_MATTERS = re.compile(r"[\w=<>!&|$*^%]")  # dashes, arrows and emoji alone say nothing
_MEASURED = re.compile(r"(\d+(?:\.\d+)*)(%|[a-z]+)")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.:]\d+)*(?!\w)", re.ASCII)
_WITH_UNIT = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)*)\s*(毫秒|微秒|小时|个月|[秒分时天周月年倍次个条行万亿元块字页台层%])", re.ASCII
)
_RANGE = re.compile(r"\d+(?:\.\d+)?(?:-\d+(?:\.\d+)?)+")
_UNITS = {"s": "秒", "ms": "毫秒", "us": "微秒", "min": "分", "h": "小时", "d": "天", "mb": "m", "gb": "g", "kb": "k"}
_DIGITS = "零一二三四五六七八九"
_COUNTABLE = "[个次秒分小天周月年倍种条元块台层级步点行项篇位名款套页张份字节人处遍]"
_COUNT = re.compile(
    r"[一二三四五六七八九两][十百千万亿][一二三四五六七八九十百千万亿]*"
    rf"|[二三四五六七八九十百千万亿两半]+(?={_COUNTABLE})"
)
_ONLY_COUNT = re.compile(rf"[一二三四五六七八九十百千万亿两半]+{_COUNTABLE}?|{_COUNTABLE}")
_COUNTED = re.compile(rf"(?<![\w.])(\d{{1,2}})\s*({_COUNTABLE})", re.ASCII)
_NOT_COUNTS = {"十分", "千万", "百分", "万分", "半天"}
_GLUE_WORDS = """
这样 就是 就 然后 再 需要 建议 使用 通过 进行 如果 因为 所以 但是 而且 以及 并且 此时 应该
应当 必须 例如 比如 首先 其次 最后 即可 时候 时 后 前 中 来 去 做 用 可 并 而 则 若 以
为 于 于是 因此 只要 只 需 先 另外 其中 这种 这些 那些 这里 它们 自己 直接 一般 通常 往往
主要 具体 方法 办法 方式 情况 问题 原因 推荐 注意 记得 会 要 能 得 着 过 该 些 样 点 些许
即 也就是 可能 之后 确认 查看 检查 看看 看 查 执行 运行 之前 以后 之间 的话 一种 一次 还是
或者 不要 不会 不能 没有 不是 无法
"""
_GLUE = frozenset(_GLUE_WORDS.split())
_NO = re.compile(r"不|没|无|未|别|勿|禁止|避免|拒绝|\bno\b|\bnot\b|n't\b|\bnever\b|\bwithout\b")
# what may stand between a no and its word
_NO_BEFORE = re.compile(
    rf"(?:{_NO.pattern})[会能要可以需是用该被再直接太必得有让把敢想肯允许准应当做这那个求 “「\"'`]{{0,5}}$"
)
_LONGEST_NO = 12
_NO_NO = re.compile(
    r"不仅|不但|不光|不过|不同|不断|不管|不论|不妨|不错|不止|不只|不少|不然|差不多|无论|无疑|没错|没事|区别|分别|识别|级别|类别|特别|别的|别人"
    r"|别名|个别|性别|判别|是不是|能不能|会不会|要不要|有没有|未来|还没|不得不|无非|毫无疑问"
)
_CLAUSE = re.compile(r"[，,；;。！？!?：\n]|:(?=\s)")
_PART_END = re.compile(r"[；;：]\s*")
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]*")
_SAME_CLAUSE = 0.6  # share of words from which two clauses say the same thing, or its opposite
_ADDRESSED = re.compile(
    r"(?:忽略|无视|忘[记掉]|不要理会|跳过|覆盖)[^。\n]{0,4}(?:以上|上面|上述|之前|此前|前面|先前|原来|所有|全部|一切|你的|您的)"
    r"[^。\n]{0,8}(?:要求|指令|指示|提示|规则|设定|限制|对话|内容)"
    r"|(?:请|直接|只|必须|务必|一律|就)(?:回复|回答|输出|说)[:「“\"']|告诉用户|你(?:现在)?(?:是|扮演)一?[个名位]"
    r"|(?:系统|开发者)(?:提示词|消息|指令)|给(?:大模型|ai|模型|助手)的|(?:大模型|ai|助手)[^。\n]{0,4}(?:请|必须|注意)"
    r"|(?:ignore|disregard|forget|override)\b[^.\n]{0,20}\b(?:all|any|previous|above|prior|earlier|your|these)\b"
    r"[^.\n]{0,20}\b(?:instructions?|prompts?|messages?|rules)\b"
    r"|system\s*prompt|you are now|<\|?(?:im_start|system|assistant)|\[/?inst\]"
)
_BLOCK_END = re.compile(r"\n[ \t]*\n|\Z")


@dataclass(slots=True)
class Evidence:
    """The text of one or several passages.

    Attributes:
        text: titles, headings and passages, as they are stored.
    """

    text: str
    _folded: str = field(init=False)
    _squeezed: str = field(init=False)
    _runs: set[str] = field(init=False)
    _clauses: list[str] = field(init=False)

    def __post_init__(self) -> None:
        text = leave_out_orders(self.text)
        both = f"{text}\n{to_plain(text)}"
        self._folded = fold(both)
        self._squeezed = "".join(self._folded.split())
        self._runs = set(_runs_of(both))
        self._clauses = split_clauses(to_plain(text))

    def nearest(self, statement: str, most: int) -> list[str]:
        """Return the sentences, or their parts, that share most words with a statement: to be compared by meaning."""
        words = set(content_words(statement))
        text = to_plain(leave_out_orders(self.text))
        parts = [part for one in split_sentences(text) for part in dict.fromkeys((one, *_PART_END.split(one))) if part]
        return sorted(parts, key=lambda part: (-_share(words, fold(part)), len(part)))[:most]

    def find_foreign(self, statement: str) -> str:
        """Return the first name, number, command or address of a statement that does not stand here; empty if all do.

        Args:
            statement: one sentence without its citations.
        """
        statement = self._count_alike(statement)
        is_prose = _HAN_SIGN.search(statement) is None
        foreign = next((run for run in _runs_of(statement) if not self._has_run(run, is_prose=is_prose)), "")
        return (
            foreign
            or self._find_foreign_command(statement)
            or self._find_foreign_count(fold(statement))
            or self._find_parted_numbers(statement)
        )

    def cover(self, statement: str) -> float:
        """Return the share (0…1) of a statement's words, longer ones counting more, that stand here."""
        words = content_words(statement)
        words = [word for word in words if _HAN_SIGN.match(word)] or words  # names must stand here anyway
        total = sum(map(len, words))
        return sum(len(word) for word in words if self._has_word(word)) / total if total else 1.0

    def find_contradiction(self, statement: str) -> str:
        """Return a clause that says here what the statement denies, or the other way round; empty if there is none.

        A word is held against the clauses here that have most of the words around it: what denies it there must stand
        right before it, what makes up for a no of the statement may stand anywhere.
        """
        for clause in split_clauses(statement):
            words = [word for word in content_words(clause) if not _NO.search(word)]
            numbers = set(_NUMBER.findall(clause))
            near = [other for other in self._clauses if numbers <= set(_NUMBER.findall(other))]
            if any(_contradicts(clause, word, _alike(near, words, word)) for word in words):
                return clause
        return ""

    def _has_run(self, run: str, *, is_prose: bool) -> bool:
        if _ADDRESS.search(run):
            return run in self._runs
        if self._stands(run) or not _MATTERS.search(run):
            return True
        if _WHOLE_ONLY.search(run):
            return _bounded(run).search(self._squeezed) is not None
        return all(self._has_piece(piece, is_prose=is_prose) for piece in _PIECE.findall(run))

    def _has_piece(self, piece: str, *, is_prose: bool) -> bool:
        if self._stands(piece) or (is_prose and piece.isalpha()):  # English words are counted, as Chinese ones are
            return True
        if _RANGE.fullmatch(piece):
            return all(self._stands(number) for number in piece.split("-"))
        if measured := _MEASURED.fullmatch(piece):
            return self._has_measured(measured[1], measured[2])
        return False

    def _has_measured(self, number: str, unit: str) -> bool:
        units = {unit, _UNITS.get(unit, unit)}
        return any(re.search(rf"(?<![\w.]){re.escape(number)}\s*{one}(?![a-z])", self._folded) for one in units)

    def _stands(self, token: str) -> bool:
        """Return whether a token stands here, not as a part of a longer word or number."""
        return token in self._folded and _bounded(token).search(self._folded) is not None

    def _has_word(self, word: str) -> bool:
        return word in self._folded if _HAN_SIGN.match(word) else self._stands(word)

    def _find_foreign_command(self, statement: str) -> str:
        """Return a command whose flags do not stand here with it: its parts alone may mean something else."""
        for part in re.split(rf"[{_HAN}，。！？、；：“”「」《》（）【】]+", statement):
            runs = fold(part).split()
            flags = [at for at, run in enumerate(runs) if at and re.match(r"-{1,2}\w", run)]
            wrong = next(
                (at for at in flags if "".join(runs[at - 1 : at + 1]).strip(_OUTER) not in self._squeezed), None
            )
            if wrong is not None:
                return " ".join(runs[wrong - 1 : wrong + 1])
        return ""

    def _find_parted_numbers(self, statement: str) -> str:
        """Return numbers that stand here, but not with that unit, or not in one clause with each other."""
        for found in _WITH_UNIT.finditer(fold(statement)):
            if self._stands(found[1]) and not re.search(rf"(?<![\d.]){re.escape(found[1])}\s*{found[2]}", self._folded):
                return found[0]
        for clause in split_clauses(statement):
            numbers = {number for number in _NUMBER.findall(clause) if self._stands(number)}
            if numbers and not self._stand_together(numbers, content_words(clause)):
                return clause
        return ""

    def _stand_together(self, numbers: set[str], words: Sequence[str]) -> bool:
        """Return whether one clause has all the numbers, and it or a neighbour one of the words.

        A clause that has nearly all the words and other numbers says that these numbers belong elsewhere.
        """
        has_them = False
        for at, clause in enumerate(self._clauses):
            found = set(_NUMBER.findall(clause))
            around = " ".join(self._clauses[max(0, at - 1) : at + 2])
            has_them = has_them or (numbers <= found and (not words or any(word in around for word in words)))
        alike = [set(_NUMBER.findall(clause)) for clause in self._clauses if _share(set(words), clause) >= _SAME_CLAUSE]
        return has_them and (not any(alike) or any(numbers & found for found in alike))

    def _count_alike(self, statement: str) -> str:
        """Return a statement whose counted numbers are written as here: 「两次」 for 「2 次」."""

        def write(found: re.Match[str]) -> str:
            forms = [form + found[2] for form in _IN_CHINESE.get(int(found[1]), ())]
            return next((form for form in forms if form in self._folded), found[0])

        return _COUNTED.sub(write, statement)

    def _find_foreign_count(self, statement: str) -> str:
        for found in _COUNT.finditer(statement):
            count, unit = found[0], statement[found.end() : found.end() + 1]
            if count + unit in _NOT_COUNTS or count + unit in self._folded or count in _NOT_COUNTS:
                continue
            value = _value_of(count)
            if value is None or not re.search(rf"(?<![\d.]){value}\s*{re.escape(unit)}", self._folded):
                return count + unit
        return ""


def leave_out_orders(text: str) -> str:
    """Return a text without what addresses a model, from that sentence to the end of its paragraph."""
    while found := _ADDRESSED.search(fold(text)):
        begin = max(text.rfind(sign, 0, found.start()) for sign in "。！？\n") + 1
        end = _BLOCK_END.search(text, found.end())
        text = text[:begin] + (text[end.start() :] if end else "")
    return text


def split_sentences(text: str) -> list[str]:
    """Return the sentences and lines of a text."""
    return [found.strip() for found in _SENTENCE.findall(text) if found.strip()]


def split_clauses(text: str) -> list[str]:
    """Return what stands between commas and stops, folded."""
    return [fold(clause.strip()) for clause in _CLAUSE.split(text) if clause.strip()]


def content_words(text: str) -> list[str]:
    """Return the different words that carry what a text says: no question words, no glue, no numbers, no letters."""
    return [term for term in map(spell, make_query_terms(text)) if _carries(term)]


def _carries(term: str) -> bool:
    if not _HAN_SIGN.match(term):
        return len(term) > 1 and not term.isdecimal()
    return term not in _GLUE and not _ONLY_COUNT.fullmatch(term)


def _share(words: set[str], clause: str) -> float:
    return sum(word in clause for word in words) / len(words) if words else 0.0


def _alike(clauses: Sequence[str], words: Sequence[str], word: str) -> list[str]:
    """Return the clauses with a word that have most of the others, too; none when that is none of several."""
    shared = {clause: sum(one in clause for one in words) for clause in clauses if word in clause}
    most = max(shared.values(), default=0)
    return [clause for clause, count in shared.items() if count == most >= min(2, len(words))]


def _contradicts(clause: str, word: str, others: Sequence[str]) -> bool:
    if not others:
        return False
    if _denies(clause, word):
        return not any(_NO.search(_hide_no_noes(other)) for other in others)
    return all(_denies(other, word) for other in others)


def _denies(clause: str, word: str) -> bool:
    """Return whether a no stands right before a word."""
    before = _hide_no_noes(clause)[: clause.index(word)]
    return _NO_BEFORE.search(before[-_LONGEST_NO:]) is not None


def _hide_no_noes(clause: str) -> str:
    return _NO_NO.sub(lambda found: "_" * len(found[0]), clause)


def _runs_of(text: str) -> list[str]:
    """Return what stands between Chinese and blanks, folded, without the signs around it."""
    runs = (run.strip(_OUTER) for run in _RUN.findall(text))
    return [fold(run) for run in runs if run]


def _bounded(token: str) -> re.Pattern[str]:
    """Return a pattern that finds a folded token where it is no part of a longer word or number."""
    before = f"{_WORD_SIGN}." if token[0].isdecimal() else _WORD_SIGN
    before = rf"(?<![{before}])" if re.match(f"[{_WORD_SIGN}]", token) else ""
    after = r"(?![0-9]|[.,:][0-9])" if token[-1].isdecimal() else rf"(?![{_WORD_SIGN}])"
    after = after if re.match(f"[{_WORD_SIGN}]", token[-1]) else ""
    return re.compile(before + re.escape(token) + after)


def _value_of(count: str) -> int | None:
    return next((number for number, forms in _IN_CHINESE.items() if count in forms), None)


def _write_number(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (_DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


_IN_CHINESE = {number: (_write_number(number),) for number in range(2, 100)} | {2: ("二", "两")}
