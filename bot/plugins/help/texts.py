"""How commands are described on a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.plugin import Place

_OTHERS = "其他"
_SHOWN_EXAMPLES = 2
_LONGEST_LINE = 40
_PLACES = {Place.ROOM: "只在群里用", Place.PRIVATE: "请私聊我用"}


def list_commands(entries: Sequence[Any], titles: Mapping[str, str], *, is_room: bool) -> str:
    """Return the words by plugin, a line each.

    Args:
        entries: what this person may run here.
        titles: Chinese title of each plugin by its name.
        is_room: whether it is shown in a room.
    """
    groups: dict[str, list[str]] = {}
    for entry in entries:
        if entry.command.plugin != "help":
            title = titles.get(entry.command.plugin, entry.command.plugin)
            groups.setdefault(title, []).append(entry.command.word)
    groups = _without_echoes(groups)
    ask = "@我 提问也行。" if is_room else "直接提问也行。"
    if not groups:
        return f"这里还没有能用的指令，{ask}"
    lines = [line for title, words in groups.items() for line in _wrap(f"【{title}】", words)]
    example = next(word for words in groups.values() for word in words)
    return "\n".join(["我会做这些：", *lines, f"想知道怎么用，发送「帮助 {example}」这样；{ask}"])


def _wrap(head: str, words: Sequence[str]) -> list[str]:
    """Return the words behind their title, on as many lines as a phone shows well."""
    lines = [head + words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} · {word}"
        lines[-1:] = [longer] if len(longer) <= _LONGEST_LINE else [lines[-1], f"　　{word}"]
    return lines


def _without_echoes(groups: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Put words that only repeat their group's title on one last line."""
    told = {title: words for title, words in groups.items() if words != [title]}
    echoes = [title for title in groups if title not in told]
    return {**told, _OTHERS: [*told.get(_OTHERS, []), *echoes]} if echoes else told


def describe(entry: Any) -> str:  # noqa: ANN401 - an entry of the core's table
    """Return how one command is used: usage, purpose, examples, other words and limits."""
    command = entry.command
    lines = [f"{entry.usage}：{entry.purpose}" if entry.purpose else entry.usage]
    typed = [example.typed for example in command.examples if example.typed != f"{command.word} {command.word}"]
    if typed:
        lines.append(f"例如：{'；'.join(' '.join(one.split()) for one in typed[:_SHOWN_EXAMPLES])}")
    if len(entry.words) > 1:
        lines.append(f"也可以说：{'、'.join(entry.words[1:])}")
    if limits := _limits(command):
        lines.append("，".join(limits) + "。")
    return "\n".join(lines)


def _limits(command: Any) -> list[str]:  # noqa: ANN401 - see describe
    limits = [_PLACES[command.place]] if command.place in _PLACES else []
    if command.cooldown:
        limits.append(f"每 {command.cooldown:g} 秒一次")
    if command.daily:
        limits.append(f"每人每天 {command.daily} 次")
    if command.entitlement:
        limits.append("要有对应的权益")
    return limits
