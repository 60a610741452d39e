"""What `new-plugin` writes works as it is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.new_plugin import create
from bot.errors import PluginError
from bot.loader_library import Library

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.process
def test_the_new_plugin_passes_its_own_test_untouched(tmp_path: Path) -> None:
    create(tmp_path / "plugins", "notes")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "plugins/notes"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "4 passed" in done.stdout, done.stdout + done.stderr


def test_the_new_plugin_is_loaded_from_its_folder(tmp_path: Path) -> None:
    create(tmp_path, "notes")
    library = Library("", [tmp_path], use_installed=False)
    assert library.load_all(lambda plugin: None) == []
    assert list(library.plugins) == ["notes"]


@pytest.mark.parametrize("name", ["", "Check", "1st", "a-b", "class", "json", "bot", "test_x", "笔记", "../x"])
def test_a_name_that_python_cannot_import_is_refused_with_advice(tmp_path: Path, name: str) -> None:
    with pytest.raises(PluginError, match="插件名"):
        create(tmp_path, name)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    create(tmp_path, "notes")
    with pytest.raises(PluginError, match="已经有了"):
        create(tmp_path, "notes")
