"""What is wrong with the form of a YAML file, said so that an owner can mend it."""

from __future__ import annotations

import difflib
import re
from typing import Final

import yaml

from bot.errors import Fault

_SLIPS: Final[list[tuple[re.Pattern[str], str]]] = [
    (re.compile(r"^[ \u3000\u00a0]*(\t)"), "这里用了制表符（Tab），缩进请用空格，每层两个"),
    (re.compile(r"^ *(\u3000|\u00a0)"), "这里的缩进是全角空格或网页空格，请换成普通空格"),
    (re.compile(r"^ *(?:- +)?[\w.-]+ *(：)"), "冒号是全角的「：」，请换成半角冒号加空格「: 」"),
    (re.compile(r"^ *(?:- +)?(?!weixin:|contact:)[A-Za-z_]\w*(:)[^\s/:0-9]"), "冒号后面要有一个空格"),
    (re.compile(r"^ *(-)[^\s\d.-]"), "列表的横线后面要有一个空格"),
    (re.compile(r"^ *(－|—|–|•)"), "列表的横线要用半角减号加空格「- 」"),
]
_SYNTAX: Final[list[tuple[str, bool, str]]] = [
    # words of the YAML reader, whether to point at the start of the construct, what to tell
    ("found undefined alias", False, "没有叫这个名字的锚点，先用 & 定义再用 * 引用"),
    ("found duplicate anchor", False, "这个锚点名用过了，请换一个名字"),
    ("but found another document", False, "一个文件里只能有一份配置，请删掉多出来的「---」"),
    ("found unexpected end of stream", True, "引号没有配对，请补上另一半引号"),
    ("found unexpected document separator", True, "引号没有配对，请补上另一半引号"),
    ("mapping values are not allowed here", False, "这一行有两个冒号，含冒号的文字请加引号"),
    ("could not find expected ':'", True, "这一行缺少冒号，请写成「名称: 值」"),
    ("but found '}'", False, "多了一个「}」，请删掉"),
    ("but found ']'", False, "多了一个「]」，请删掉"),
    ("expected <block end>, but found '-'", False, "这一行的缩进没有和同级的列表对齐"),
    ("expected <block end>, but found '<scalar>'", False, "值的引号后面多了内容，请把整段放进引号里"),
    ("expected <block end>", False, "这一行的缩进没有和同级的名称对齐"),
    ("expected ',' or ']'", True, "方括号没有配对，请补上「]」或逗号"),
    ("expected ',' or '}'", True, "花括号没有配对，请补上「}」或逗号"),
    ("found unknown escape character", False, r"双引号里的 \ 要写成 \\，或者改用单引号"),
    ("found character '\\t'", False, "这里用了制表符（Tab），缩进请用空格，每层两个"),
    ("that cannot start any token", False, "值不能以这个符号开头，请给整段文字加引号"),
    ("expected alphabetic or numeric character", False, "文字以 * 或 & 开头时要加引号"),
    ("sequence entries are not allowed here", False, "列表要另起一行写，每项以「- 」开头"),
    ("expected chomping or indentation indicators", False, "文字以 | 或 > 开头时要加引号"),
    ("found undefined tag handle", False, "文字以 ! 开头时要加引号"),
]
_ANCHOR = re.compile(r"&([\w.-]+)")
_PRINTABLE_NAMES: Final = {0: "空字符", 7: "响铃字符", 8: "退格字符", 27: "转义字符"}


def refuse_bytes(file: str, data: bytes) -> Fault | None:
    """Return the fault of a file that is not UTF-8, at the first wrong byte; None when it is."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Fault(file, 1, 1, "文件编码是 UTF-16，请另存为 UTF-8")
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        line, column = _line_and_column(before, len(before))
        return Fault(file, line, column, f"文件编码不是 UTF-8{_guess_encoding(data)}，请另存为 UTF-8")
    return None


def _guess_encoding(data: bytes) -> str:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "（看起来是 GBK）"


def explain_reader_error(file: str, text: str, error: yaml.reader.ReaderError) -> Fault:
    """Return the fault of a character that YAML does not allow."""
    code = error.character if isinstance(error.character, int) else ord(error.character)
    name = _PRINTABLE_NAMES.get(code, "控制字符")
    line, column = _line_and_column(text, text.index(chr(code)))
    return Fault(file, line, column, f"这里有看不见的{name}（U+{code:04X}），请删掉")


def explain_syntax_error(file: str, text: str, error: yaml.MarkedYAMLError) -> list[Fault]:
    """Return the faults of a file that is no YAML: slips seen in its lines, else what stopped the reader."""
    problem = error.problem or error.context or ""
    advice, at_start = next(
        ((told, start) for words, start, told in _SYNTAX if words in problem), (f"YAML 写法有误（{problem}）", False)
    )
    mark = (error.context_mark if at_start else None) or error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    slips = [slip for slip in find_typing_slips(file, text) if slip.line <= line + 1]
    if slips:
        return slips
    if "undefined alias" in problem:
        advice = _suggest_anchor(text, problem) or advice
    if "mapping values" in problem and (better := _explain_lone_colon(file, text, line, column)):
        return [better]
    return [Fault(file, line, column, advice)]


def _explain_lone_colon(file: str, text: str, line: int, column: int) -> Fault | None:
    """Tell a colon that surprised the reader although it is the first of its line: the line above is to blame."""
    lines = text.splitlines()
    if ":" in lines[line - 1][: column - 1]:
        return None
    above = max((n for n in range(1, line) if lines[n - 1].strip()), default=line)
    if ":" not in lines[above - 1]:
        return Fault(file, above, _indent(lines[above - 1]), "这一行缺少冒号，请写成「名称: 值」")
    return Fault(file, line, _indent(lines[line - 1]), "这一行缩进多了，请和上一行的名称对齐")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip()) + 1


def _suggest_anchor(text: str, problem: str) -> str | None:
    wanted = problem.split("'")[1] if "'" in problem else ""
    known = sorted(set(_ANCHOR.findall(text)))
    nearest = difflib.get_close_matches(wanted, known, 1) or known[:1]
    return f"没有叫「{wanted}」的锚点，是 *{nearest[0]} 吗？" if nearest else None


def find_typing_slips(file: str, text: str) -> list[Fault]:
    """Return what Chinese input methods and editors slip into YAML: full-width colons, tabs, missing spaces.

    Such a line can be legal inside a longer text, so this is asked only when the file does not make sense.
    """
    slips = []
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern, advice in _SLIPS:
            if found := pattern.match(line):
                slips.append(Fault(file, number, found.start(1) + 1, advice))
                break
    return slips


def _line_and_column(text: str, at: int) -> tuple[int, int]:
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
