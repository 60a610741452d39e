"""Says in Chinese what differs between two configurations."""

from __future__ import annotations

from typing import Any, Final

from bot.config_model import Config
from bot.config_schema import schema_at, schema_of

_NO_VALUE: Final = "未设置"
_LONGEST: Final = 40
_OWN_LINES: Final = {"rooms", "plugins"}


def describe_changes(old: Config, new: Config) -> list[str]:
    """Return one line for each thing that changed: `sending.per_minute：40 → 20`.

    A change that takes effect only at the next start says so.
    """
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    lines = _list_changes({k: v for k, v in before.items() if k not in _OWN_LINES}, after)
    lines += _describe_entries("插件", before["plugins"], after["plugins"])
    lines += _describe_rooms(before["rooms"], after["rooms"])
    if old.gateway_token != new.gateway_token:
        lines.append("网关的 token 换了（重启后生效）")
    return lines


def _list_changes(before: dict[str, Any], after: dict[str, Any], name: str = "") -> list[str]:
    lines: list[str] = []
    for key in [*before, *(key for key in after if key not in before and name)]:
        old, new, path = before.get(key), after.get(key), f"{name}.{key}".lstrip(".")
        if isinstance(old, dict) and isinstance(new, dict):
            lines += _list_changes(old, new, path)
        elif old != new:
            lines.append(f"{path}：{_show(old)} → {_show(new)}{_restart_note(path)}")
    return lines


def _describe_rooms(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    lines = [f"不再单独设置群「{topic}」" for topic in before if topic not in after]
    for topic, room in after.items():
        if topic not in before:
            lines.append(f"新增群「{topic}」的设置")
            continue
        old = dict(before[topic])
        if old["enabled"] != room["enabled"]:
            lines.append(f"群「{topic}」{'启用' if room['enabled'] else '停用'}")
        plugins = _describe_entries(f"群「{topic}」的插件", old.pop("plugins"), room["plugins"])
        rest = {key: value for key, value in room.items() if key not in {"plugins", "enabled"}}
        lines += [f"群「{topic}」{line}" for line in _list_changes({key: old[key] for key in rest}, rest)] + plugins
    return lines


def _describe_entries(what: str, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    lines = []
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = dict(before.get(name, {})), dict(after.get(name, {}))
        was_on, is_on = old.pop("enabled", None) is not False, new.pop("enabled", None) is not False
        if was_on != is_on:
            lines.append(f"{what} {name} {'启用' if is_on else '停用'}")
        lines += _list_changes(old, new, f"{what} {name}")
    return lines


def _restart_note(path: str) -> str:
    steps = tuple(path.split("."))
    schemas = [schema_at(schema_of(Config), steps[: length + 1]) or {} for length in range(len(steps))]
    return "（重启后生效）" if any(schema.get("x-needs-restart") for schema in schemas) else ""


def _show(value: object) -> str:
    if value is None or value in ([], {}, ""):
        return _NO_VALUE
    if isinstance(value, bool):
        return "开" if value else "关"
    text = "、".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
