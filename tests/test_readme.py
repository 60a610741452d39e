"""What the READMEs say is true: transcript, commands, settings, plugin, tables and links."""

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from bot.__main__ import main
from bot.app import make_loader
from bot.clock import SystemClock
from bot.config import ENDPOINT_VARIABLE, TOKEN_VARIABLE, read_config
from bot.dispatcher_status import _CAPABILITIES as CAPABILITIES
from bot.gateway.wechaty_capabilities import KNOWN_PUPPETS
from bot.plugins.qa.front_matter import read_markdown
from bot.schedules import read_schedules
from bot.testing import simulated_room
from tests.readme import COMMANDS, READMES, ROOT, TRANSCRIPT, command_table, first_chat, part_of

DOCUMENTS = (*READMES, "CONTRIBUTING.md")
TWO_SCREENS = 120  # lines before the reference begins


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """Return the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)\n```$", read(name), re.MULTILINE | re.DOTALL)


def commands_in(name: str, program: str) -> list[list[str]]:
    """Return the words of every command line of a program, in blocks and in running text."""
    text = read(name)
    lines = re.findall(rf"^ *({program} [^\n]*)", text, re.MULTILINE) + re.findall(rf"`({program} [^`\n]*)`", text)
    return [shlex.split(line, comments=True) for line in lines]


def lines_of(program: str) -> list[Any]:
    return [pytest.param(words, id=" ".join(words)) for name in DOCUMENTS for words in commands_in(name, program)]


@pytest.mark.encoder
def test_the_first_chat_is_what_the_bot_says() -> None:
    chat = first_chat()
    assert [part_of(name, TRANSCRIPT) for name in READMES] == [chat, chat]


@pytest.mark.parametrize("words", lines_of("python -m bot"))
def test_a_command_line_of_the_documents_names_a_subcommand_and_its_options(words: list[str]) -> None:
    command: click.Command = main
    rest = words[3:]
    path: list[str] = []
    while isinstance(command, click.Group):
        assert rest[0] in command.commands, path
        path.append(rest.pop(0))
        command = command.commands[path[-1]]
    shown = CliRunner().invoke(main, [*path, "--help"])
    assert shown.exit_code == 0
    options = {word.partition("=")[0] for word in rest if word.startswith("-")}
    assert options <= set(re.findall(r"--[a-z-]+", shown.output))
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    values = sum(bool(one.expose_value) and not getattr(one, "is_flag", True) and one.opts[0] in options
                 for one in command.params)  # fmt: skip
    given = len(rest) - len(options) - values
    is_mentioned_only = not rest
    assert is_mentioned_only or given == len(arguments) or any(one.nargs == -1 for one in arguments)


@pytest.mark.parametrize("words", lines_of("make"))
def test_a_make_line_of_the_documents_names_a_target_and_its_variables(words: list[str]) -> None:
    makefile = read("Makefile")
    for word in words[1:]:
        variable, is_setting, _ = word.partition("=")
        assert re.search(rf"\$\({variable}\)" if is_setting else rf"^{word}:", makefile, re.MULTILINE), word


@pytest.mark.parametrize("name", DOCUMENTS)
def test_linked_files_exist(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", read(name))
    assert [link for link in links if not (ROOT / link).exists()] == []


def examples_of_settings() -> list[Any]:
    texts = [text for text in blocks("README.md", "yaml") if text.startswith("# bot.yaml")]
    assert len(texts) == 6
    hosting = [pytest.mark.process]  # it imports Wechaty as a whole
    return [pytest.param(text, id=str(n), marks=hosting * ("wechaty_plugins" in text)) for n, text in enumerate(texts)]


@pytest.mark.parametrize("text", examples_of_settings())
def test_an_example_of_settings_has_no_fault(text: str) -> None:
    config, faults = read_config("README.md", text.encode(), {})
    assert faults == []
    assert config is not None
    loader = make_loader(lambda: config, SystemClock())
    loader.load_all()
    assert read_config("README.md", text.encode(), {}, loader.models())[1] == []


def test_the_examples_of_schedules_have_no_fault() -> None:
    (text,) = [text for text in blocks("README.md", "yaml") if text.startswith("# schedules.yaml")]
    schedules, faults = read_schedules("README.md", text.encode(), "Asia/Shanghai")
    assert faults == []
    assert schedules is not None
    assert [entry.id for entry in schedules.announcements] == ["friday-review"]


def test_the_example_of_a_post_can_be_imported() -> None:
    (text,) = blocks("README.md", "markdown")
    drafts, faults = read_markdown("README.md", text, "example")
    assert faults == []
    assert [draft.title for draft in drafts] == ["asyncio 怎么限制并发？"]


async def test_the_plugin_of_the_readme_works(tmp_path: Path) -> None:
    (source,) = blocks("README.md", "python")
    module: dict[str, Any] = {"__name__": "checkin"}
    exec(compile(source, "README.md", "exec"), module)
    async with simulated_room(plugins=[module["plugin"]], folder=tmp_path) as room:
        alice = room.member("Alice")
        assert await alice.says("打卡") == ["Alice 打卡成功。"]
        await room.clock.advance(minutes=5)
        assert await alice.says("打卡") == ["今天已经打过卡了，明天再来。"]
        await room.clock.advance(days=1)
        assert await alice.says("打卡") == ["Alice 打卡成功。"]


def test_the_table_of_commands_is_what_the_plugins_bring() -> None:
    assert part_of("README.md", COMMANDS) == command_table()


@pytest.mark.parametrize("puppet", ["wechat4u", "xp"])
def test_the_table_of_puppets_names_exactly_what_each_cannot_do(puppet: str) -> None:
    (row,) = re.findall(rf"^\| `{puppet}`.*$", read("README.md"), re.MULTILINE)
    told = {word.strip() for word in row.split("|")[3].split("、")}
    assert told == {CAPABILITIES[name] for name in KNOWN_PUPPETS[puppet].missing()}


def test_the_beginning_fits_on_two_screens() -> None:
    assert read("README.md").splitlines().index("# 参考") <= TWO_SCREENS


def test_the_systemd_unit_runs_the_bot_with_its_variables() -> None:
    unit = read("deploy/qunzhi.service")
    assert re.findall(r"^ExecStart=.*python -m bot (\w+)$", unit, re.MULTILINE) == ["run"]
    for text in (unit, read("README.md")):
        assert TOKEN_VARIABLE in text
        assert ENDPOINT_VARIABLE in text
