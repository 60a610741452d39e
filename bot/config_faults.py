"""Turns what pydantic found into faults an owner understands: where, what, and the nearest right value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.config_advice import advise_bool, advise_integer, advise_text, describe, nearest, range_of
from bot.config_payments import AFDIAN_TOKEN, WECHAT_PAY_KEY
from bot.config_schema import Schema, find_key, keys_at, schema_at, schema_of
from bot.config_yaml import Document, Path
from bot.errors import Fault

_SECRET_KEY: Final = re.compile(
    r"token|secret|passw|api_?key|private_?key|credential|令牌|密码|密钥|口令", re.IGNORECASE
)
_SECRET_VALUE: Final = re.compile(r"(puppet_[a-z]+_|sk-|ghp_|xox[abp]-)[A-Za-z0-9_-]{8,}|\d{6,}:[A-Za-z0-9_-]{30,}")
_KEY_MARK: Final = "[key]"  # pydantic's name for the key itself in a path
_ENVIRONMENT_ADVICE: Final = "密钥不要写进文件，请删掉这一行，改用环境变量 "
_VARIABLES: Final = {"wechat_pay": WECHAT_PAY_KEY, "afdian": AFDIAN_TOKEN}
_TOKEN_VARIABLE: Final = "WECHATY_PUPPET_SERVICE_TOKEN"  # noqa: S105 - the name of a variable, not a secret
_MOST_LISTED: Final = 12


class Explainer:
    """Explains the errors of one settings model in one place of a file.

    Args:
        document: the file as written.
        model: what was validated.
        prefix: where in the file its value stands.
    """

    def __init__(self, document: Document, model: type[BaseModel], prefix: Path = ()) -> None:
        self._document = document
        self._schema: Schema = schema_of(model)
        self._prefix = prefix
        self._tellers: dict[str, Callable[[Path, ErrorDetails], str]] = {
            "extra_forbidden": self._tell_unknown_key, "missing": self._tell_missing,
            "string_type": self._tell_text, "bool_type": self._tell_bool,
            "int_type": self._tell_integer, "int_from_float": self._tell_integer, "float_type": self._tell_integer,
            "model_type": self._tell_mapping, "dict_type": self._tell_mapping,
            "tuple_type": self._tell_list, "list_type": self._tell_list, "set_type": self._tell_list,
            "too_short": self._tell_count, "too_long": self._tell_count,
            "literal_error": self._tell_choice, "enum": self._tell_choice,
            "greater_than": self._tell_range, "greater_than_equal": self._tell_range,
            "less_than": self._tell_range, "less_than_equal": self._tell_range,
        }  # fmt: skip

    def explain(self, error: ValidationError, *, only_written: bool = False) -> list[Fault]:
        """Return one fault for every error; with `only_written`, of what stands at the prefix in the file."""
        found = error.errors(include_url=False)
        if only_written:
            found = [details for details in found if self._prefix + details["loc"] in self._document.values]
        parents = {details["loc"][:-1] for details in found}  # a list is counted short of the items that were refused
        found = [details for details in found if details["type"] != "too_short" or details["loc"] not in parents]
        unknown = [details["loc"] for details in found if details["type"] == "extra_forbidden"]
        meant = {self._meant(path) for path in unknown} - set(unknown)
        return [self.explain_one(details) for details in found if details["loc"] not in meant]

    def _meant(self, path: Path) -> Path:
        """Return the path that a misspelt key probably meant, so that it is not missed a second time."""
        return (*path[:-1], nearest(str(path[-1]), keys_at(self._schema, path[:-1])) or path[-1])

    def explain_one(self, details: ErrorDetails) -> Fault:
        """Return the fault of one error."""
        of_key = details["loc"][-1:] == (_KEY_MARK,)
        path = details["loc"][:-1] if of_key else details["loc"]
        if self._prefix + path[:-1] in self._document.texts:
            path = path[:-1]  # one value written where a list of one was meant
        teller = self._tellers.get(details["type"])
        message = teller(path, details) if teller else self._tell_own(path, details)
        at_key = of_key or details["type"] in {"extra_forbidden", "missing"}
        return self._document.fault(self._prefix + path, message, of_key=at_key)

    def _tell_own(self, path: Path, details: ErrorDetails) -> str:
        if details["type"] == "value_error":
            own = str(details["ctx"]["error"])
            return own if own.startswith(("时", "金额", "密钥")) else f"「{_dotted(path)}」{own}"
        return f"「{_dotted(path)}」的值不合适（{details['msg']}）{self._example(path, '，比如 {}')}"

    def _tell_unknown_key(self, path: Path, _details: ErrorDetails) -> str:
        key, options = str(path[-1]), keys_at(self._schema, path[:-1])
        if _SECRET_KEY.search(key):
            return _ENVIRONMENT_ADVICE + _variable_for(path)
        if other := self._list_with(key, path):
            return f"「{key}」只能写在 {other} 里，这里请删掉"
        if near := nearest(key, options):
            return f"不认识「{key}」，是 {near} 吗？"
        if place := find_key(self._schema, key):
            return f"「{key}」要写在{f' {_dotted(place[:-1])} 下面' if place[:-1] else '最外层，不要缩进'}"
        if not options:
            return f"不认识「{key}」，这里没有可写的设置，请删掉"
        return f"不认识「{key}」，这里可以写：{'、'.join(list(options)[:_MOST_LISTED])}"

    def _list_with(self, key: str, path: Path) -> str | None:
        """Return the other list on top whose items take a key that stands in an item of this one."""
        if len(path) < 3 or not isinstance(path[1], int):  # noqa: PLR2004 - the list, the item, the key
            return None
        lists = (str(name) for name in keys_at(self._schema, ()) if name != path[0])
        return next((name for name in lists if key in keys_at(self._schema, (name, 0))), None)

    def _tell_missing(self, path: Path, _details: ErrorDetails) -> str:
        if isinstance(path[-1], int):
            return f"「{_dotted(path[:-1])}」缺少第 {path[-1] + 1} 项{self._example(path[:-1], '，比如 {}')}"
        if self._prefix + path in self._document.keys:
            example = self._example(path, "，比如 {}") or "；以 # 开头的文字要加引号"
            return f"「{_dotted(path)}」后面还没有写值{example}"
        return f"缺少「{path[-1]}」{self._example(path, f'，比如 {path[-1]}: {{}}')}"

    def _tell_text(self, path: Path, details: ErrorDetails) -> str:
        return f"「{_dotted(path)}」{advise_text(details['input'], self._written(path))}"

    def _tell_bool(self, path: Path, details: ErrorDetails) -> str:
        return f"「{_dotted(path)}」{advise_bool(details['input'])}"

    def _tell_integer(self, path: Path, details: ErrorDetails) -> str:
        is_whole = details["type"] != "float_type"
        advice = advise_integer(details["input"], self._written(path), is_whole=is_whole)
        return f"「{_dotted(path)}」{advice or self._example(path, '比如 {}') or '请写数字'}".replace("，，", "，")

    def _tell_mapping(self, path: Path, details: ErrorDetails) -> str:
        given = details["input"]
        inside = list(keys_at(self._schema, path))[:1]
        example = f"，比如另起一行缩进写 {inside[0]}: …" if inside else "，另起一行缩进写「名称: 值」"
        return f"「{_dotted(path)}」下面要写一组「名称: 值」，现在是{describe(given)}{example}"

    def _tell_list(self, path: Path, details: ErrorDetails) -> str:
        given = details["input"]
        dash = "，每一项前面要加「- 」" if isinstance(given, dict) else ""
        return f"「{_dotted(path)}」要写列表{self._example(path, '，比如 {}')}；现在是{describe(given)}{dash}"

    def _tell_count(self, path: Path, details: ErrorDetails) -> str:
        context = details["ctx"]
        bound = f"至少 {context['min_length']} 项" if "min_length" in context else f"最多 {context['max_length']} 项"
        return f"「{_dotted(path)}」要有{bound}，现在是 {context['actual_length']} 项{self._example(path, '，比如 {}')}"

    def _tell_choice(self, path: Path, details: ErrorDetails) -> str:
        is_key = details["loc"][-1:] == (_KEY_MARK,)
        if is_key:
            options = list(keys_at(self._schema, path[:-1]))
        else:
            options = [str(option) for option in (schema_at(self._schema, path) or {}).get("enum", ())]
        given = str(path[-1]) if is_key else self._written(path) or str(details["input"])
        near = nearest(given, {option: option for option in options})
        return f"「{_dotted(path)}」不能是 {given!r}{f'，是 {near} 吗？' if near else '，'}可选：{'、'.join(options)}"

    def _tell_range(self, path: Path, details: ErrorDetails) -> str:
        schema = schema_at(self._schema, path) or {}
        return f"「{_dotted(path)}」{range_of(schema, details['input'])}"

    def _written(self, path: Path) -> str:
        return self._document.texts.get(self._prefix + path, "")

    def _example(self, path: Path, form: str) -> str:
        schema = schema_at(self._schema, path) or {}
        examples = [*schema.get("examples", ()), schema.get("default")]
        example: Any = next((one for one in examples if one not in (None, [], {}, "")), None)
        return form.format(_show(example)) if example is not None else ""


def find_secrets(document: Document, known: Iterable[Fault] = ()) -> list[Fault]:
    """Return a fault for every value that looks like a token; the value itself is not repeated.

    Args:
        document: the file.
        known: faults found before; a line whose key was refused as a secret is not told twice.
    """
    told = {fault.line for fault in known if fault.message.startswith(_ENVIRONMENT_ADVICE)}
    found = [path for path, text in document.texts.items() if _SECRET_VALUE.fullmatch(text)]
    return [
        document.fault(path, "这里像是密钥。" + _ENVIRONMENT_ADVICE + _variable_for(path))
        for path in found
        if document.place(path)[0] not in told
    ]


def _variable_for(path: Path) -> str:
    """Return the variable that a secret at that place belongs in."""
    return next((_VARIABLES[step] for step in path if isinstance(step, str) and step in _VARIABLES), _TOKEN_VARIABLE)


def in_order(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults sorted by place, one for each place and message."""
    return sorted(set(faults))


def _show(example: object) -> str:
    if isinstance(example, list):
        return f"[{', '.join(map(_show, example))}]"
    return f"{example:g}" if isinstance(example, float) else str(example)


def _dotted(path: Path) -> str:
    words = [f" 第 {step + 1} 项" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(words).lstrip(". ").replace("项.", "项的 ")
