"""Regular expressions of owners: RE2 only, which reads any text in linear time; refusals say what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bot.moderation.model import Span

_LONGEST: Final = 1000  # characters; a longer one is a word list
_MEMORY: Final = 1 << 20  # bytes for one compiled pattern: RE2 refuses what needs more, instead of becoming slow
_LARGEST_SET: Final = 10_000  # instructions of patterns that are asked in one pass
_SET_MEMORY: Final = 64 << 20  # bytes a pass may use; twenty states of the largest set need 2 MB
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ADVICE: Final = (
    (re.compile(r"\(\?<?[=!]"), "不支持环视 {}，请写成两条规则，或者把排除的例子写进 allow"),
    (re.compile(r"\\[1-9]|\(\?P="), "不支持反向引用 {}，请把重复的部分写出来"),
    (re.compile(r"\(\?>|[+*?}]\+"), "不支持占有量词和原子组 {}，普通的 + * 已经是线性时间，直接写就行"),
    (re.compile(r"\(\?\("), "不支持条件分支 {}，请写成两个表达式"),
    (re.compile(r"\(\?#"), "不支持注释 {}，请删掉"),
    (re.compile(r"\\u[0-9a-fA-F]{4}"), "不支持 {}，汉字直接写就行"),
    (re.compile(r"\\[Zh]"), "不支持 {}，结尾请写 \\z 或 $"),
)
_REASONS: Final = (
    ("missing )", "括号没有配对，缺少 )"),
    ("unexpected )", "括号没有配对，多了 )"),
    ("missing ]", "方括号没有配对，缺少 ]"),
    ("no argument for repetition", "{} 前面没有可以重复的内容，要匹配这个字符本身请写 \\{}"),
    ("bad repetition operator", "量词写重了：{}，请只留一个"),
    ("invalid repetition size", "重复次数太多：{}，最多 1000 次"),
    ("pattern too large", "展开后太大，请减少 {{}} 里的次数"),
    ("trailing \\", "结尾的反斜杠后面少了字符"),
    ("invalid character class range", "方括号里的范围 {} 前后颠倒"),
    ("invalid escape sequence", "不认识的转义 {}"),
)


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Any:  # noqa: ANN401 - re2 has no types
    """Return a compiled pattern that does not care about case.

    Raises:
        ValueError: RE2 does not take it; the text says in Chinese what to write instead.
    """
    import re2

    if len(pattern) > _LONGEST:
        raise ValueError(f"有 {len(pattern)} 个字符，太长了，最多 {_LONGEST} 个；词很多请用 words 规则")
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error as error:
        raise ValueError(_advise(pattern, _text_of(error))) from None
    except UnicodeEncodeError:
        raise ValueError("里面有无法表示的字符，请重新输入") from None
    if compiled.search(""):
        raise ValueError(f"「{pattern}」连空消息也匹配，会命中所有人，请写得具体一些")
    return compiled


def _options() -> Any:  # noqa: ANN401 - re2 has no types
    import re2

    options = re2.Options()
    options.log_errors, options.case_sensitive, options.max_mem = False, False, _MEMORY
    return options


def _text_of(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)


def _advise(pattern: str, told: str) -> str:
    for shape, advice in _ADVICE:
        if found := shape.search(pattern):
            return advice.format(found[0])
    kind, _, part = told.partition(": ")
    for start, advice in _REASONS:
        if kind.startswith(start):
            return advice.format(part, part)
    return f"这个正则表达式读不了：{told}"


class Patterns:
    """Many patterns asked at once: one pass tells which occur, only those are searched for their place.

    Args:
        patterns: as written, all of them compiled before.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._each = [compile_pattern(pattern) for pattern in patterns]
        self._sets = [(first, _make_set(patterns[first:end])) for first, end in self._chunks()]

    def _chunks(self) -> Iterator[tuple[int, int]]:
        """Yield ranges of patterns that one set can hold: beyond its memory it would find nothing, and not say so."""
        first = size = 0
        for at, compiled in enumerate(self._each):
            if at > first and size + compiled.programsize > _LARGEST_SET:
                yield first, at
                first, size = at, 0
            size += compiled.programsize
        if self._each:
            yield first, len(self._each)

    def find(self, text: str) -> list[tuple[int, Span]]:
        """Return the number of each pattern that occurs, and where it does first."""
        finds = []
        try:
            for first, one in self._sets:
                for number in sorted(one.Match(text) or ()):
                    found = self._each[first + number].search(text)
                    if found and found.start() < found.end():  # a mere border between words is no evidence
                        finds.append((first + number, found.span()))
        except UnicodeEncodeError:
            return self.find(_LONE_SURROGATE.sub("\ufffd", text))
        return finds


def _make_set(patterns: Sequence[str]) -> Any:  # noqa: ANN401 - re2 has no types
    import re2

    options = _options()
    options.max_mem = _SET_MEMORY
    made = re2.Set.SearchSet(options)
    for pattern in patterns:
        made.Add(pattern)
    made.Compile()
    return made
