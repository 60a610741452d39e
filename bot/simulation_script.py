"""Reads simulation scripts (DESIGN §6): every line is an act, every fault has its line and an advice.

Besides what DESIGN lists there are `@room 群名`, `@file 小明 讲义.pdf`, `@rename 小明 明哥`, `@alias 小明 群昵称`,
`@topic 新群名 by 老王`, `@friend 路人 你好`, `@down` and `@up` (the gateway is lost and back), and

    @crash 1d                      # the process starts again a day later
    @reshuffle                     # the account logs in again and every contact and room has another id
    @weixin 小明 xiaoming           # the gateway tells 小明's WeChat id, which stays
    @avatar 小明 face.png           # 小明 shows that picture, a file beside the script, from now on
    @schedules moved.yaml          # the owner saves that file beside the script as schedules.yaml; or a text after <<完
    @remember code                 # the last number of four digits or more the bot said; or `@remember code 正则`
    小明: 签到 {code}               # is put here
"""

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
