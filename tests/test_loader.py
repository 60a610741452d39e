"""Loading, switching and replacing plugins."""

from pathlib import Path
from typing import Any

import pytest

from bot.clock import VirtualClock
from bot.config_model import Config
from bot.errors import PluginError
from bot.loader import Loader
from bot.loader_library import Library
from bot.model import Room
from bot.plugin import Context, Plugin, Settings
from tests.dispatcher_harness import START, Group, running

pytestmark = pytest.mark.slow  # plugins of other files

ROOM, OTHER = Room("r1", "Python学习群"), Room("r2", "前端群")
GOOD = """
from bot.plugin import Plugin
plugin = Plugin("{name}", requires={requires})
@plugin.command("{name}")
async def answer(ctx) -> str:
    \"\"\"{name}：答。\"\"\"
    return "{answer}"
"""

BAD_JOB = """
from bot.plugin import Plugin
plugin = Plugin("bad")
@plugin.job("weekly", cron="0 20 * * 7")
async def run(ctx): ...
"""


def write(folder: Path, name: str, text: str = "", *, requires: str = "()", answer: str = "one") -> Path:
    path = folder / f"{name}.py"
    path.write_text(text or GOOD.format(name=name, requires=requires, answer=answer), encoding="utf-8")
    return path


def load(folder: Path, config: Config | None = None) -> tuple[Loader, list[str]]:
    loader = Loader(Library("", [folder], use_installed=False), lambda: config or Config(), VirtualClock(START))
    return loader, [str(fault) for fault in loader.load_all()]


def test_plugins_come_after_those_they_require(tmp_path: Path) -> None:
    write(tmp_path, "a", requires='("b",)')
    write(tmp_path, "b")
    loader, faults = load(tmp_path)
    assert list(loader.plugins) == ["b", "a"]
    assert faults == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plugin = 1 +", "bad.py:1: SyntaxError: invalid syntax"),
        ("import nowhere_at_all", "bad.py:1: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("\n\nraise SystemExit(3)", "bad.py:3: SystemExit: 3"),
        ("answer = 42", "bad.py: it has no `plugin = Plugin(…)`"),
        (GOOD.format(name="bad", requires='("gone",)', answer=""), "bad requires gone, which is not there"),
        (GOOD.format(name="good", requires="()", answer=""), "bad.py: plugin name good is taken by"),
        (BAD_JOB, "plugin bad: job weekly: cron 的星期"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_one_clear_line_and_stops_no_other(
    tmp_path: Path, text: str, said: str
) -> None:
    write(tmp_path, "good")
    (tmp_path / "bad.py").write_text(text, encoding="utf-8")
    if "good" in said:
        (tmp_path / "bad.py").rename(tmp_path / "zbad.py")
        said = said.replace("bad.py", "zbad.py", 1)
    loader, faults = load(tmp_path)
    assert "good" in loader.plugins
    assert len(faults) == 1
    assert said in faults[0]
    assert "\n" not in faults[0]


def test_wrong_settings_leave_the_plugin_out_and_name_the_key(tmp_path: Path) -> None:
    write(tmp_path, "good")
    config = Config.model_validate({"plugins": {"good": {"colour": "red"}}})
    loader, faults = load(tmp_path, config)
    assert "good" not in loader.plugins
    assert "plugins.good.colour" in faults[0]


def test_a_missing_folder_is_a_fault(tmp_path: Path) -> None:
    _, faults = load(tmp_path / "gone")
    assert "there is no such plugin folder" in faults[0]


def test_the_built_in_plugins_load() -> None:
    loader = Loader(Library("bot.plugins", use_installed=False), Config, VirtualClock(START))
    assert loader.load_all() == []
    assert {"status", "admin", "why"} <= set(loader.plugins)


def make(name: str) -> Plugin[Any]:
    return Plugin(name)


def made(config: Config, *names: str) -> Loader:
    loader = Loader(Library("", use_installed=False), lambda: config, VirtualClock(START))
    for name in names:
        loader.library.add(make(name))
    return loader


def test_bot_yaml_says_where_a_plugin_runs() -> None:
    rooms = {"前端群": {"plugins": {"b": True}}, "关": {"enabled": False}}
    loader = made(Config.model_validate({"plugins": {"b": False}, "rooms": rooms}), "a", "b")
    assert [p.name for p in loader.enabled_in(ROOM)] == ["a"]
    assert [p.name for p in loader.enabled_in(OTHER)] == ["a", "b"]
    assert loader.enabled_in(Room("r3", "关")) == []


async def test_a_switch_in_one_room_leaves_the_others_alone() -> None:
    loader = made(Config(), "a")
    await loader.disable("a", ROOM)
    assert (loader.is_enabled("a", ROOM), loader.is_enabled("a", OTHER)) == (False, True)
    await loader.enable("a")
    assert loader.is_enabled("a", ROOM)


async def test_a_plugin_that_bot_yaml_turns_off_can_be_switched_on() -> None:
    loader = made(Config.model_validate({"plugins": {"a": False}}), "a")
    await loader.enable("a")
    assert loader.is_enabled("a", ROOM)


async def test_an_unknown_plugin_cannot_be_switched() -> None:
    with pytest.raises(PluginError, match="no plugin gone"):
        await made(Config()).enable("gone")


async def test_switches_outlive_a_restart(tmp_path: Path) -> None:
    group = Group()
    async with running(group, tmp_path, [make("a")]) as bot:
        await bot.loader.disable("a")
    async with running(group, tmp_path, [make("a")]) as bot:
        assert not bot.loader.is_enabled("a", ROOM)


async def _call(loader: Loader, name: str) -> str:
    return str(await loader.plugins[name].commands[0].handler(None))


async def test_a_reload_brings_the_new_code_and_that_of_dependent_plugins(tmp_path: Path) -> None:
    write(tmp_path, "a")
    write(tmp_path, "b", requires='("a",)')
    loader, _ = load(tmp_path)
    old_b = loader.plugins["b"]
    write(tmp_path, "a", answer="two")
    assert [p.name for p in loader.library.reload("a", lambda plugin: None)] == ["a", "b"]
    assert await _call(loader, "a") == "two"
    assert loader.plugins["b"] is not old_b


@pytest.mark.parametrize(
    "text",
    [
        "plugin = 1 +",
        "raise ValueError('broken')",
        GOOD.format(name="renamed", requires="()", answer=""),
        GOOD.format(name="a", requires='("gone",)', answer=""),
    ],
)
async def test_a_reload_that_fails_leaves_the_old_code_running(tmp_path: Path, text: str) -> None:
    write(tmp_path, "a")
    loader, _ = load(tmp_path)
    write(tmp_path, "a", text)
    assert await loader.try_reload("a") != ""
    assert await _call(loader, "a") == "one"
    write(tmp_path, "a", answer="two")
    loader.library.reload("a", lambda plugin: None)
    assert await _call(loader, "a") == "two"


async def test_a_reload_runs_stoppers_of_the_old_and_starters_of_the_new(tmp_path: Path) -> None:
    text = (
        "from bot.plugin import Plugin\nimport builtins\nplugin = Plugin('a')\n"
        "@plugin.on_start\nasync def start(ctx): builtins.qz_log.append('start')\n"
        "@plugin.on_stop\nasync def stop(ctx): builtins.qz_log.append('stop')\n"
    )
    import builtins

    builtins.qz_log = []  # type: ignore[attr-defined]
    folder = tmp_path / "plugins"
    folder.mkdir()
    write(folder, "a", text)
    group = Group()
    loader, _ = load(folder)
    async with running(group, tmp_path, []) as bot:
        bot.core.loader = loader
        await loader.start(bot.storage, bot.supervisor, bot.core.make_context)
        assert await loader.try_reload("a") == ""
    assert builtins.qz_log == ["start", "stop", "start"]  # type: ignore[attr-defined]


async def test_what_a_starter_writes_is_no_step_that_a_crash_would_leave_behind(tmp_path: Path) -> None:
    plugin: Plugin[Any] = Plugin("a")
    seen: list[tuple[int, int]] = []

    @plugin.on_start
    async def start(ctx: Context[Any]) -> None:
        number = await ctx.db(lambda db: db.next_number("starts"))
        rows = await ctx.read(lambda db: db.query("select 1 from steps where community = :community"))
        seen.append((number, len(rows)))

    for _ in range(2):
        async with running(Group(), tmp_path, [plugin]):
            pass
    assert seen == [(1, 0), (2, 0)]


def test_settings_of_a_room_lie_over_the_common_ones() -> None:
    class Own(Settings):
        most: int = 1

    config = Config.model_validate(
        {"plugins": {"a": {"most": 2}}, "rooms": {"前端群": {"plugins": {"a": {"most": 3}}}}}
    )
    loader = Loader(Library("", use_installed=False), lambda: config, VirtualClock(START))
    plugin: Plugin[Any] = Plugin("a", config=Own)
    loader.library.add(plugin)
    assert [loader.settings(plugin, room).most for room in (None, ROOM, OTHER)] == [2, 2, 3]  # type: ignore[attr-defined]


async def test_a_starter_that_fails_does_not_stop_the_start(tmp_path: Path) -> None:
    bad: Plugin[Any] = Plugin("bad")

    @bad.on_start
    async def start(ctx: Context[Any]) -> None:
        raise ValueError

    async with running(Group(), tmp_path, [bad, make("good")]) as bot:
        assert list(bot.loader.plugins) == ["bad", "good"]
