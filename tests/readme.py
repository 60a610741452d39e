"""The parts of the READMEs that are made from the bot itself: `python -m tests.readme` writes them anew."""

import os
import re
import subprocess
import sys
from pathlib import Path

from bot.app import make_loader
from bot.clock import SystemClock
from bot.config_model import Config
from bot.model import Role
from bot.plugin import Command

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.en.md")
SCRIPT = "tests/data/readme/first-chat.txt"
WHO = {Role.GUEST: "所有人", Role.MEMBER: "成员", Role.EXPERT: "专家", Role.ADMIN: "管理员", Role.OWNER: "群主"}
TRANSCRIPT = re.compile(r"(?<=```text\n).*?(?=\n```)", re.DOTALL)
COMMANDS = re.compile(r"(?<=<!-- commands: made by tests/readme.py -->\n).*?(?=\n\n)", re.DOTALL)


def first_chat() -> str:
    """Return what the bot says to the script, with the embedded encoder and the posts of the project."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "simulate", SCRIPT],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.rstrip("\n")


def command_table() -> str:
    """Return a row for each command, those for everybody first."""
    loader = make_loader(Config, SystemClock())
    loader.load_all()
    found = [one for plugin in loader.plugins.values() for one in plugin.commands if not one.hidden]
    found.sort(key=lambda one: (one.role, one.plugin != "qa", one.plugin))
    return "\n".join(["| 指令 | 谁 | 说明 |", "|---|---|---|", *map(_row, found)])


def part_of(name: str, pattern: re.Pattern[str]) -> str:
    """Return such a part as a README has it."""
    found = pattern.search((ROOT / name).read_text(encoding="utf-8"))
    assert found is not None
    return found[0]


def _row(command: Command) -> str:
    usage, _, purpose = command.summary.replace("|", "\\|").partition("：")
    also = f"也可以说 {'、'.join(command.aliases)}。" if command.aliases else ""
    return f"| `{usage}` | {WHO[command.role]} | {purpose}{also} |"


def _write(name: str, pattern: re.Pattern[str], text: str) -> None:
    path = ROOT / name
    path.write_text(pattern.sub(lambda _: text, path.read_text(encoding="utf-8"), count=1), encoding="utf-8")


def main() -> None:
    """Write the parts into the READMEs."""
    chat = first_chat()
    for name in READMES:
        _write(name, TRANSCRIPT, chat)
    _write("README.md", COMMANDS, command_table())


if __name__ == "__main__":
    main()
