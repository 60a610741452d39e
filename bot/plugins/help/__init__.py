"""帮助: what this person may do here, made from the commands themselves."""

from __future__ import annotations

from typing import Annotated, Any

from bot.plugin import Context, Place, Plugin, Settings
from bot.plugins.help.texts import describe, list_commands

plugin: Plugin[Settings] = Plugin("help", title="帮助")


class CommandWord:
    """A command that the talker may run here.

    Attributes:
        entry: the command with its arguments, from the table of words.
    """

    def __init__(self, entry: Any) -> None:  # noqa: ANN401 - an entry of the core's table
        self.entry = entry


@plugin.argument(CommandWord)
async def read_word(ctx: Context[Settings], text: str) -> CommandWord | None:
    """Read a command word, alias or traditional form; None when there is no such command for this person here."""
    entry = ctx.part("commands").get(text)
    return CommandWord(entry) if entry is not None and entry in _entries(ctx, hidden_too=entry) else None


@plugin.command(
    "帮助",
    aliases=("help", "菜单"),
    examples=(("帮助 帮助", "帮助 [指令]：看我会做什么，或一个指令怎么用。\n也可以说：help、菜单"),),
    utterances=("你会做什么", "你能做什么", "你会什么", "你有什么用", "有哪些指令", "怎么用你", "使用说明"),
)
async def show_help(ctx: Context[Settings], word: Annotated[CommandWord | None, "指令"] = None) -> str:
    """帮助 [指令]：看我会做什么，或一个指令怎么用。"""
    if word is not None:
        return describe(word.entry)
    titles = {one.name: one.title for one in ctx.part("loader").enabled_in(ctx.room)}
    return list_commands(_entries(ctx), titles, is_room=ctx.room is not None)


def _entries(ctx: Context[Settings], hidden_too: Any = None) -> list[Any]:  # noqa: ANN401 - see CommandWord
    """Return what the talker may run here; `hidden_too` is in it although 帮助 does not list it."""
    enabled = {one.name for one in ctx.part("loader").enabled_in(ctx.room)}
    here = Place.ROOM if ctx.room else Place.PRIVATE
    entries: list[Any] = ctx.part("commands").visible(ctx.role, here, enabled)
    command = hidden_too.command if hidden_too is not None else None
    is_allowed = command is not None and command.hidden and command.plugin in enabled and ctx.role >= command.role
    return [*entries, hidden_too] if is_allowed else entries
