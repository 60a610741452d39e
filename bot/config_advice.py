"""Words of advice about single values: what was written, what was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any, Final

_YES: Final = {"是", "开", "启用", "打开", "对", "真", "1", "y", "t", "enable", "enabled", "ture", "treu"}
_NO: Final = {"否", "关", "停用", "关闭", "不", "假", "0", "n", "f", "disable", "disabled", "flase", "fasle"}
_CHINESE_ROLES: Final = {"群主": "owner", "管理员": "admin", "专家": "expert", "成员": "member", "访客": "guest"}
_NO_LIMIT: Final = {"不限", "无限", "无", "没有", "none", "unlimited", "no limit"}
_SEXAGESIMAL = re.compile(r"(\d+):([0-5]?\d)")
_LONGEST_SHOWN: Final = 30


def describe(value: object) -> str:
    """Return what a value is, in Chinese."""
    if isinstance(value, bool):
        return "真假值"
    if isinstance(value, int | float):
        return f"数字 {value:g}"
    if isinstance(value, str):
        shown = value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…"
        return f"文字 {shown!r}"
    if isinstance(value, list):
        return "列表"
    return "一组「名称: 值」" if isinstance(value, dict) else "空的"


def nearest(word: str, options: Mapping[str, str]) -> str | None:
    """Return the option that was probably meant.

    Args:
        word: what was written.
        options: key → its Chinese name.
    """
    folded = word.strip().lower().replace("-", "_").replace(" ", "_")
    by_word = {name: key for key, name in options.items()} | {key.lower(): key for key in options}
    by_word |= {name: key for name, key in _CHINESE_ROLES.items() if key in options}
    found = difflib.get_close_matches(folded, by_word, 1, 0.6)
    return by_word[found[0]] if found else None


def advise_text(given: object, written: str) -> str:
    """Return what to do where text was expected."""
    if isinstance(given, bool):
        return f'要写文字，不加引号的 {written} 会被当成真假值，请写 "{written}"'
    if isinstance(given, int | float):
        return f'要写文字，数字请加引号："{written}"'
    if isinstance(given, dict):
        return "要写文字，现在是一组「名称: 值」；文字里有冒号时请加引号"
    return f"要写文字，现在是{describe(given)}"


def advise_bool(given: object) -> str:
    """Return what to do where true or false was expected."""
    word = str(given).strip().lower()
    if word in _YES:
        return f"要写 true 或 false，{given!r} 请写 true"
    if word in _NO:
        return f"要写 true 或 false，{given!r} 请写 false"
    near = difflib.get_close_matches(word, ["true", "false"], 1)
    return f"要写 true 或 false，现在是{describe(given)}" + (f"，是 {near[0]} 吗？" if near else "")


def advise_integer(given: object, written: str, *, is_whole: bool) -> str:
    """Return what to do where a number was expected."""
    kind = "整数" if is_whole else "数字"
    if isinstance(given, float) and not isinstance(given, bool):
        return f"要写整数，{written or given} 请写 {round(given)}"
    if not isinstance(given, str):
        return f"要写{kind}，现在是{describe(given)}"
    if given.strip().lower() in _NO_LIMIT:
        return f"要写{kind}，没有限制就删掉这一行"
    guess = _guess_number(given.strip(), is_whole=is_whole)
    return f"要写{kind}，{given!r} " + (f"请写 {guess}" if guess else "看不懂，只写数字就行")


def _guess_number(text: str, *, is_whole: bool) -> str | None:
    if found := _SEXAGESIMAL.fullmatch(text):
        return str(int(found[1]) * 60 + int(found[2]))
    plain = text.replace("_", "").replace(",", "").replace("，", "")
    found = re.search(r"\d+" if is_whole else r"\d+(\.\d+)?", plain)
    return (found[0].lstrip("0") or "0") if found else None


def range_of(schema: Mapping[str, Any], given: float) -> str:
    """Return the range a number must lie in and the nearest value inside it."""
    low, high = schema.get("minimum"), schema.get("maximum")
    above = schema.get("exclusiveMinimum")
    if low is not None and high is not None:
        bounds = f"要在 {low:g} 到 {high:g} 之间"
    elif above is not None:
        bounds = f"要大于 {above:g}" + (f" 且不超过 {high:g}" if high is not None else "")
    else:
        bounds = f"不能小于 {low:g}" if low is not None else f"不能大于 {high:g}"
    near = low if low is not None and given < low else high if high is not None and given > high else None
    return f"{bounds}，现在是 {given:g}" + (f"，最近的是 {near:g}" if near is not None else "")
