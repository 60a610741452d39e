"""Writes a working plugin with its test, to start from."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from string import Template

from bot.cli import new_plugin_texts
from bot.errors import PluginError

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")


def create(directory: Path, name: str) -> list[Path]:
    """Write a plugin.

    Args:
        directory: the folder that holds plugins; it is made when missing.
        name: the plugin's name and its command word: lower-case letters, digits and `_`.

    Returns:
        The files written.

    Raises:
        PluginError: the name cannot be used, or there is something of that name already.
    """
    _check_name(directory, name)
    folder = directory / name
    files = {
        "__init__.py": new_plugin_texts.INIT,
        "store.py": new_plugin_texts.STORE,
        "texts.py": new_plugin_texts.TEXTS,
        f"test_{name}.py": new_plugin_texts.TEST,
        "README.md": new_plugin_texts.README,
    }
    folder.mkdir(parents=True)
    written = []
    for file, text in files.items():
        path = folder / file
        path.write_text(Template(text).substitute(name=name, folder=directory.as_posix()), encoding="utf-8")
        written.append(path)
    return written


def _check_name(directory: Path, name: str) -> None:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise PluginError(f"插件名「{name}」不能用：只用小写字母、数字和下划线，字母开头，比如 checkin")
    if name in sys.stdlib_module_names or name.startswith("test_") or name == "bot":
        raise PluginError(f"插件名「{name}」和 Python 自己的模块重名，请换一个，比如 my_{name}")
    if find_spec(f"bot.plugins.{name}") is not None:
        raise PluginError(f"插件名「{name}」是自带插件的名字，请换一个，比如 my_{name}")
    if (directory / name).exists():
        raise PluginError(f"{directory / name} 已经有了，请换一个名字")
