"""What becomes of the answer to something the bot asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.commands_reasons import Reason
from bot.dialogue import DialogueKind
from bot.dialogue_answers import read_choice, read_consent
from bot.router_commands import CommandRunner
from bot.router_turn import Outcome, Turn
from bot.text import fold

_STOP = re.compile(r"(?:取消|算了|退出|不用了|不写了)[。.!~]*")


class DialogueRunner:
    """Takes numbers, 是 and 否, and free answers.

    Args:
        commands: runs what was chosen.
    """

    def __init__(self, commands: CommandRunner) -> None:
        self._commands = commands

    async def short_answer(self, turn: Turn) -> Outcome | None:
        """Take a number of a list, a yes or no, or a word that ends a dialogue; None when the text is neither."""
        if turn.dialogue is None or turn.plugin(turn.dialogue.plugin) is None:
            return None
        match turn.dialogue.kind:
            case DialogueKind.CHOICE:
                return await self._choose(turn, turn.dialogue.data)
            case DialogueKind.CONFIRM:
                return await self._consent(turn, turn.dialogue.data["command"])
            case DialogueKind.DIALOGUE:
                if _STOP.fullmatch(fold(turn.message.text)):
                    return self._stop(turn, "好的，先不继续了。")
                is_answer = read_consent(turn.message.text) is not None  # 「确认」 may be a command elsewhere
                return await self.free_answer(turn) if is_answer else None

    async def free_answer(self, turn: Turn) -> Outcome | None:
        """Hand the message to the dialogue that waits for it; None when none does."""
        waiting = turn.dialogue
        plugin = turn.plugin(waiting.plugin) if waiting else None
        if waiting is None or plugin is None or waiting.kind is not DialogueKind.DIALOGUE:
            return None
        handler = plugin.dialogues.get(waiting.data["name"])
        if handler is None:
            return None
        turn.close_dialogue()
        result = await turn.run(plugin.name, lambda: handler(turn.context(plugin), waiting.data["data"]))
        return turn.end("dialogue", Reason.DIALOGUE, result, plugin=plugin.name)

    async def _choose(self, turn: Turn, data: dict[str, Any]) -> Outcome | None:
        number = read_choice(turn.message.text)
        if number is None:
            return None
        numbers = data.get("numbers") or range(1, len(data["commands"]) + 1)
        if number not in numbers:
            if not turn.message.mentions_bot:
                return None
            return turn.end("dialogue", Reason.NO_COMMAND, _ask_again(numbers), typed=str(number))
        line = data["commands"][list(numbers).index(number)]
        return await self._commands.run_line(turn, line, Reason.CHOSEN, number=number)

    async def _consent(self, turn: Turn, line: str) -> Outcome | None:
        consent = read_consent(turn.message.text)
        if consent is None:
            return None
        if not consent:
            return self._stop(turn, "好的，不办了。")
        turn.close_dialogue()
        return await self._commands.run_line(turn, line, Reason.CONFIRMED)

    def _stop(self, turn: Turn, text: str) -> Outcome:
        plugin = turn.dialogue.plugin if turn.dialogue else ""
        turn.close_dialogue()
        return turn.end("dialogue", Reason.DECLINED, text, plugin=plugin)


def _ask_again(numbers: Sequence[int]) -> str:
    if isinstance(numbers, range):
        return f"请回复 1 到 {len(numbers)} 之间的数字。"
    return f"请回复列表里的编号：{'、'.join(map(str, numbers))}。"
