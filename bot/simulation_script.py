"""Reads simulation scripts (DESIGN §6): every line is an act, every fault has its line and an advice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.errors import QunzhiError
from bot.simulation_lines import read_lines
from bot.simulation_reader import LineFault, ScriptReader
from bot.simulation_steps import Step


@dataclass(frozen=True, slots=True)
class ScriptFault:
    """One line that cannot be used."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ScriptError(QunzhiError):
    """A simulation script cannot be run.

    Args:
        faults: every line that cannot be used, in order.
    """

    def __init__(self, faults: list[ScriptFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def read_script(path: Path, bot_name: str = "小知") -> list[Step]:
    """Read a script file.

    Raises:
        ScriptError: the file cannot be read, or lines of it cannot be used.
    """
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScriptError([ScriptFault(str(path), 1, f"打不开这个文件：{error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise ScriptError([ScriptFault(str(path), 1, "这个文件不是 UTF-8 编码，请另存为 UTF-8")]) from error
    return parse_script(source, str(path), bot_name)


def parse_script(source: str, file: str = "<script>", bot_name: str = "小知") -> list[Step]:
    """Read a script.

    Args:
        source: its text.
        file: its name in faults.
        bot_name: how the people in it call the bot.

    Raises:
        ScriptError: with every line that cannot be used.
    """
    reader = ScriptReader(bot_name)
    steps: list[Step] = []
    faults: list[ScriptFault] = []
    for line in read_lines(source):
        try:
            steps.append(reader.read(line))
        except LineFault as fault:
            faults.append(ScriptFault(file, line.number, str(fault)))
    if faults:
        raise ScriptError(faults)
    return steps
