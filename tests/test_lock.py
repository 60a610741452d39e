"""The lock files fit every Python that pyproject.toml promises."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

OLDEST_PYTHON = "3.11.0"
DEPLOY = Path(__file__).parent.parent / "deploy"


@pytest.mark.parametrize("name", ["slim", "full", "dev"])
def test_every_locked_package_installs_on_the_oldest_python(name: str) -> None:
    too_new = []
    for line in (DEPLOY / f"requirements-{name}.txt").read_text(encoding="utf-8").splitlines():
        package = line.partition("==")[0]
        if line.startswith("#"):
            continue
        try:
            wants = distribution(package).metadata["Requires-Python"] or ""
        except PackageNotFoundError:
            continue  # the slim set is installed
        if OLDEST_PYTHON not in SpecifierSet(wants):
            too_new.append(f"{line} wants Python {wants}")
    assert too_new == []
