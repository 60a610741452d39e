"""Where the embedded encoder is looked for: under systemd the environment may be read-only."""

import os
import sys
from pathlib import Path

import pytest

from bot.search.embedded_build import default_cache


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def test_the_encoder_is_built_into_the_virtual_environment(tmp_path: Path) -> None:
    assert default_cache().parent == tmp_path / "venv" / "share" / "qunzhi"


def test_a_read_only_environment_sends_it_to_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert default_cache().parent == tmp_path / "home" / ".cache" / "qunzhi"


def test_what_was_built_is_used_in_a_read_only_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    built = default_cache()
    built.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert default_cache() == built
