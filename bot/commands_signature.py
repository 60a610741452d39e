"""What a handler takes: its annotations read once, when its plugin is loaded."""

from __future__ import annotations

import inspect
import types
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from bot.errors import PluginError
from bot.model import Member
from bot.plugin_types import Fen, Rest

_LABELS: dict[Any, str] = {
    int: "数字",
    str: "文字",
    Rest: "内容",
    Fen: "金额",
    date: "日期",
    datetime: "时间",
    timedelta: "时长",
    Member: "@成员",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a command.

    Attributes:
        name: the handler's name for it.
        label: what the usage line calls it.
        kinds: the types it may have, tried in this order; a Literal is kept as it is.
        is_optional: it may be left out.
        is_many: it takes all that is left, as `*args` does.
        default: what the handler gets when it is left out.
    """

    name: str
    label: str
    kinds: tuple[Any, ...]
    is_optional: bool = False
    is_many: bool = False
    default: Any = None

    @property
    def is_free_text(self) -> bool:
        """Whether any text would do, so that a bare word before it proves little."""
        return any(kind in {Rest, str} for kind in self.kinds)

    @property
    def shown(self) -> str:
        """How the usage line shows it: `<场次>`, `[@成员]`, `<内容>…`."""
        label = self.label + ("…" if self.is_many else "")
        return f"[{label}]" if self.is_optional else f"<{label}>"


@lru_cache(1024)  # more handlers than there are; resolving annotations is half of what loading plugins costs
def read_signature(handler: Callable[..., Awaitable[Any]]) -> tuple[Parameter, ...]:
    """Return a handler's arguments, the context left out.

    Raises:
        PluginError: an annotation is missing, cannot be resolved, or the handler has keyword-only arguments.
    """
    name = getattr(handler, "__qualname__", repr(handler))
    try:
        hints = get_type_hints(handler, include_extras=True)
    except NameError as error:
        raise PluginError(f"{name}: annotation {error.name} is not known at module level") from error
    parameters = list(inspect.signature(handler).parameters.values())
    if not parameters:
        raise PluginError(f"{name}: a handler takes the context as its first argument")
    return tuple(_read_parameter(parameter, hints, name) for parameter in parameters[1:])


def _read_parameter(parameter: inspect.Parameter, hints: dict[str, Any], handler: str) -> Parameter:
    if parameter.kind in {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}:
        raise PluginError(f"{handler}: argument {parameter.name} cannot be keyword-only")
    if parameter.name not in hints:
        raise PluginError(f"{handler}: argument {parameter.name} has no annotation")
    kinds, label, takes_none = _open_annotation(hints[parameter.name])
    is_many = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    has_default = parameter.default is not inspect.Parameter.empty
    return Parameter(
        parameter.name,
        label or "/".join(map(_label_of, kinds)),
        kinds,
        is_optional=has_default or takes_none or is_many,
        is_many=is_many,
        default=parameter.default if has_default else None,
    )


def _open_annotation(annotation: Any) -> tuple[tuple[Any, ...], str, bool]:  # noqa: ANN401 - any annotation
    """Return the types inside, the label of `Annotated[…, "label"]`, and whether None is among them."""
    label = ""
    if get_origin(annotation) is Annotated:
        annotation, *extras = get_args(annotation)
        label = next((extra for extra in extras if isinstance(extra, str)), "")
    if get_origin(annotation) not in {Union, types.UnionType}:
        return (annotation,), label, False
    kinds: list[Any] = []
    for part in get_args(annotation):
        inner, inner_label, _ = _open_annotation(part)
        kinds += [kind for kind in inner if kind is not type(None)]
        label = label or inner_label
    return tuple(kinds), label, type(None) in get_args(annotation)


def _label_of(kind: Any) -> str:  # noqa: ANN401 - any annotation
    if get_origin(kind) is Literal:
        return "/".join(map(str, get_args(kind)))
    if kind in _LABELS:
        return _LABELS[kind]
    own = getattr(kind, "label", None)
    return own if isinstance(own, str) else str(getattr(kind, "__name__", "参数"))
